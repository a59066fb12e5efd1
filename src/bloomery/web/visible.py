"""Text from the data as something that can be shown: nothing in it may act on the page, the terminal or the reader.

HTML escaping is the template engine's work. Here the characters are dealt with that survive escaping: control
characters (an ESC drives a terminal, a NUL ends some readers' file), direction overrides that reorder a whole line,
invisible characters that hide what an edit removed, and lone surrogates that cannot be written as UTF-8. Joiners within
words and emoji stay, since Persian, Hindi and family emoji need them.
"""

import re

from bloomery.text.counted import counted

_HARMFUL = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff0-\ufffb"
    "\ud800-\udfff\U000e0000-\U000e0fff]"
)


def visible(text: str) -> str:
    r"""`text` with every harmful or invisible character spelled out; tab and line feed stay.

    >>> print(visible("a\x00b\u202ec\x1b[31m"))
    a⟨U+0000⟩b⟨U+202E⟩c⟨U+001B⟩[31m
    """
    return _HARMFUL.sub(lambda match: f"⟨U+{ord(match[0]):04X}⟩", text.replace("\r\n", "\n"))


def cut(text: str, limit: int) -> str:
    """At most `limit` characters of `text`, and how many more there are.

    >>> cut("abcdef", 4)
    'abcd… (2 more characters)'
    """
    return text if len(text) <= limit else f"{text[:limit]}… ({counted(len(text) - limit, 'more character')})"


def shown(text: str, limit: int = 400) -> str:
    """`text` cut and made visible: what a template does to any name, path or sentence with something from the data."""
    return visible(cut(text, limit))

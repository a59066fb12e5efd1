"""The frame of every page: one self-contained HTML file.

It works from a mail attachment: no script, no font, no picture, no request of any kind, and a Content-Security-Policy
that holds the reader's browser to that even if a text from the data were to slip through. Autoescape is always on; what
is not `Markup` is escaped. Light or dark follows the reader's system, the layout the width of the screen, and on paper
the folded parts open. It holds no time of day, so the same content gives the same bytes.

Templates of other parts stand in their own ``templates`` folder and use the same environment (`environment`), with the
number formats of `bloomery.web.numbers`, ``counted`` and ``shown`` as filters.
"""

from collections.abc import Sequence
from functools import cache
from typing import NamedTuple

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from bloomery.text.counted import counted
from bloomery.web import numbers
from bloomery.web.visible import shown


class Link(NamedTuple):
    """An entry of the page's table of contents."""

    anchor: str
    label: str


@cache
def environment(package: str) -> Environment:
    """Templates of `package` (its folder ``templates``): autoescaped, an unknown name is an error."""
    made = Environment(
        loader=PackageLoader(package),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    made.filters |= {
        "number": numbers.number,
        "counted": counted,
        "share": numbers.share,
        "size": numbers.size,
        "words": numbers.words,
        "shown": shown,
    }
    return made


def page(
    title: str,
    body: Markup,
    *,
    hero: Markup | None = None,
    kicker: str = "",
    contents: Sequence[Link] = (),
    footer: str = "",
) -> str:
    """A whole HTML document around `body`.

    `title` names the tab and, unless a `hero` brings its own ``<h1>``, heads the page. `kicker` says what kind of page
    this is, `contents` links to the sections of `body`, `footer` is the last line. What is not Markup is escaped.
    """
    template = environment(__package__).get_template("page.html")
    return template.render(title=title, body=body, hero=hero, kicker=kicker, contents=contents, footer=footer)

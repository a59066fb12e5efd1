"""A verdict as Markdown, for the summary of a CI run.

Names and sentences may hold text from the data or a model: in Markdown they are escaped, so that they can make no link, no
picture, no mention of anybody, no heading and no further column.
"""

import re

from bloomery.evaluate.verdict.words import HEAD, Told, beside, cells, counts, title
from bloomery.text.one_line import one_line
from bloomery.web.visible import shown

_LONGEST = 600
_MARKS = re.compile(r"([\\`*_{}\[\]()#!|~$])")
_BLOCK = re.compile(r"^([-+=](?=[-=\s]|$)|\d+(?=[.)]\s))")
_SIGNS = {"pass": "✅", "fail": "❌", "undecided": "❔", "missing": "⚠️"}
_HEADS = {"deploy": "✅", "no_deploy": "❌", "inconclusive": "❔"}


def markdown(told: Told) -> str:
    """The page.

    >>> told = {"verdict": "deploy", "model": "tuned", "base": None, "certainty": 0.95, "reasons": [], "gates": []}
    >>> markdown(told | {"not_measured": []}).splitlines()[0]
    '## ✅ deploy: tuned, decided at 95 % certainty'
    """
    lines = [f"## {_HEADS.get(told['verdict'], '')} {escaped(title(told))}", ""]
    lines += [f"- {escaped(one)}" for one in told["reasons"]]
    if told["gates"]:
        lines += ["", f"{counts(told)}", "", "| | " + " | ".join(HEAD) + " |", "|" + "---|" * (len(HEAD) + 1)]
        for gate in told["gates"]:
            row = " | ".join(escaped(cell) for cell in cells(gate))
            lines.append(f"| {_SIGNS.get(gate['state'], '')} | {row} |")
    said = beside(told)
    lines += ["", *(f"- {escaped(one)}" for one in said)] if said else []
    return "\n".join(lines) + "\n"


def escaped(text: str) -> str:
    r"""`text` as itself, on one line, whatever it holds.

    >>> escaped("[x](http://a) | <b> @you\n# no")
    '\\[x\\]\\(http:&#8203;//a\\) \\| &lt;b&gt; @&#8203;you \\# no'
    """
    plain = shown(one_line(text), _LONGEST)
    plain = _BLOCK.sub(r"&#8203;\1", _MARKS.sub(r"\\\1", plain).replace("&", "&amp;"))
    plain = plain.replace("<", "&lt;").replace(">", "&gt;")
    # nobody is mentioned, no issue, and nothing becomes a link by itself
    plain = plain.replace("@", "@&#8203;").replace("://", ":&#8203;//")
    return re.sub(r"(?i)\bwww\.", "www&#8203;.", plain)

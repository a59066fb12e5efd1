"""A verdict as JUnit XML, for CI systems that show tests: a test case a gate.

pass        passed
fail        failure, of the type fail
undecided   failure, of the type undecided: nobody may take it for a pass
missing     error, of the type missing; so is a required part that was not measured
advice      skipped, with the reason, where it does not pass; so is a part that the recipe waives

What no XML may hold (control characters, half of a pair) is spelled out. The same verdict gives the same bytes: no time is in it.
"""

import re
from collections.abc import Iterator
from html import escape
from typing import NamedTuple

from bloomery.evaluate.verdict.words import Told, beside, title
from bloomery.web.visible import visible

_NO_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class _Case(NamedTuple):
    name: str
    part: str
    kind: str  #: failure, error, skipped, or "" where it passed
    type: str
    said: str


def junit(told: Told) -> str:
    """The document.

    >>> print(junit({"verdict": "deploy", "model": "a<b", "base": None, "certainty": None, "reasons": [], "gates": [],
    ...     "missing": {}, "waived": ["safety"], "not_measured": []}))
    <?xml version="1.0" encoding="UTF-8"?>
    <testsuites>
    <testsuite name="bloomery a&lt;b" tests="1" failures="0" errors="0" skipped="1">
    <testcase classname="bloomery.safety" name="safety"><skipped type="waived" message="waived by the recipe"/></testcase>
    <system-out>deploy: a&lt;b, decided on the values alone</system-out>
    </testsuite>
    </testsuites>
    <BLANKLINE>
    """
    cases = list(_cases(told))
    kinds = [case.kind for case in cases]
    head = (
        f'<testsuite name={_quoted("bloomery " + str(told["model"]))} tests="{len(cases)}" failures="{kinds.count("failure")}" '
        f'errors="{kinds.count("error")}" skipped="{kinds.count("skipped")}">'
    )
    out = "\n".join([title(told), *told["reasons"], *beside(told)])
    lines = ['<?xml version="1.0" encoding="UTF-8"?>', "<testsuites>", head, *map(_line, cases)]
    return "\n".join([*lines, f"<system-out>{_text(out)}</system-out>", "</testsuite>", "</testsuites>", ""])


def _cases(told: Told) -> Iterator[_Case]:
    for part in told["waived"]:
        yield _Case(part, part, "skipped", "waived", "waived by the recipe")
    for part, why in told["missing"].items():
        yield _Case(part, part, "error", "missing", f"required, and not measured: {why}")
    for gate in told["gates"]:
        name, part = f"{gate['name']} {gate['threshold']}", gate["name"].partition(".")[0]
        state, advice = gate["state"], gate["level"] == "advise"
        kind = {"pass": "", "missing": "error"}.get(state, "failure")
        said = f"advice: {gate['reason']}" if advice and kind else gate["reason"]
        yield _Case(name, part, "skipped" if advice and kind else kind, state, said)


def _line(case: _Case) -> str:
    head = f"<testcase classname={_quoted(f'bloomery.{case.part}')} name={_quoted(case.name)}"
    if not case.kind:
        return f"{head}/>"
    return f"{head}><{case.kind} type={_quoted(case.type)} message={_quoted(case.said)}/></testcase>"


def _text(text: str) -> str:
    return escape(_NO_XML.sub(lambda match: f"⟨U+{ord(match[0]):04X}⟩", visible(text)), quote=False)


def _quoted(text: str) -> str:
    return f'"{_text(text).replace(chr(34), "&quot;").replace(chr(10), " ").replace(chr(9), " ")}"'

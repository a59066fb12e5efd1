"""The verdict of an evaluation: deploy, no_deploy or inconclusive, and everything that it rests on.

no_deploy       a gate that must hold does not
inconclusive    otherwise, where such a gate is undecided, or a required part or value is missing
deploy          otherwise
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from bloomery.evaluate.gates.decide import Decided
from bloomery.text.counted import counted

Word = Literal["deploy", "no_deploy", "inconclusive"]
#: the exit code of each
EXIT: dict[Word, int] = {"deploy": 0, "no_deploy": 100, "inconclusive": 101}
_ORDER = {"fail": 0, "missing": 1, "undecided": 2}


@dataclass(frozen=True)
class Verdict:
    """What was decided, and on what."""

    verdict: Word
    reasons: tuple[str, ...]  #: sentences: first what was left out or changed, then the weightiest first
    gates: tuple[Decided, ...]
    waived: tuple[str, ...] = ()  #: required parts that the recipe waives
    missing: dict[str, str] = field(default_factory=dict)  #: required part → why it was not measured
    not_measured: tuple[str, ...] = ()  #: what was left open without being required
    certainty: float | None = 0.95
    model: str = ""
    base: str | None = None
    baseline: str | None = None
    gates_sha256: str = ""
    hashes: dict[str, str] = field(default_factory=dict)  #: recipe, gates, test, answers, replies, suites
    looks: int | None = None  #: how often this test set has been looked at, this time included
    changed: tuple[
        dict[str, Any], ...
    ] = ()  #: gates that were changed after results existed: what, was, now; oldest first
    left_out: tuple[str, ...] = ()  #: defaults that the recipe takes away
    loosened: tuple[str, ...] = ()  #: defaults in whose place the recipe wants less
    notes: tuple[str, ...] = ()  #: what a reader must know
    rules: dict[str, Any] = field(default_factory=dict)  #: the gates as they were written, before they met values

    @property
    def exit_code(self) -> int:
        """0 deploy, 100 no deploy, 101 inconclusive."""
        return EXIT[self.verdict]

    def told(self) -> dict[str, Any]:
        """What verdict.json holds."""
        return {
            "verdict": self.verdict,
            "reasons": list(self.reasons),
            "waived": list(self.waived),
            "missing": self.missing,
            "not_measured": list(self.not_measured),
            "gates": [gate.told() for gate in self.gates],
            "certainty": self.certainty,
            "model": self.model,
            "base": self.base,
            "baseline": self.baseline,
            "gates_sha256": self.gates_sha256,
            "hashes": self.hashes,
            "looks": self.looks,
            "changed": list(self.changed),
            "left_out": list(self.left_out),
            "loosened": list(self.loosened),
            "notes": list(self.notes),
            "rules": self.rules,
        }


def word_of(gates: Sequence[Decided], missing: Mapping[str, str]) -> Word:
    """The verdict that gates and missing parts give.

    >>> word_of([Decided("task.accuracy", ">= 0.85", "must", "pass", "")], {"safety": "no suite"})
    'inconclusive'
    """
    must = [gate.state for gate in gates if gate.level == "must"]
    if "fail" in must:
        return "no_deploy"
    if any(state != "pass" for state in must) or missing:
        return "inconclusive"
    return "deploy"


def reasons_of(
    gates: Sequence[Decided],
    missing: Mapping[str, str],
    waived: Sequence[str],
    *,
    left_out: Sequence[str] = (),
    changed: Sequence[Mapping[str, Any]] = (),
) -> tuple[str, ...]:
    """Why it is that: what was waived, left out or changed; gates that must hold, failed ones first, the furthest off before
    others, then parts and values that are missing, then undecided ones; then advice.
    """
    said = [f"waived by the recipe: {', '.join(waived)}"] if waived else []
    said += [f"left out by the recipe: the default gate {one}" for one in left_out]
    said += changed_said(changed)
    must = sorted((gate for gate in gates if gate.level == "must" and gate.state != "pass"), key=_weight)
    said += [gate.reason for gate in must if gate.state == "fail"]
    said += [f"{part} is required and was not measured: {why}" for part, why in missing.items()]
    said += [gate.reason for gate in must if gate.state != "fail" and not _told_by_part(gate, missing)]
    if not must and not missing:
        held = sum(gate.level == "must" for gate in gates)
        said.append(f"{counted(held, 'gate that must hold does', 'gates that must hold do')}")
    advice = sorted(
        (gate for gate in gates if gate.level == "advise" and gate.state in ("fail", "undecided")), key=_weight
    )
    return (*said, *(f"advice: {gate.reason}" for gate in advice))


def changed_said(changed: Sequence[Mapping[str, Any]]) -> list[str]:
    """Changes as one sentence, each thing once: as it was first, and as it is. All of them stand in ``changed``.

    >>> changed_said([{"what": "task.accuracy", "was": ">= 0.85 (must)", "now": ">= 0.8 (must)"}])
    ['changed after results existed: task.accuracy was >= 0.85 (must), is >= 0.8 (must)']
    """
    first: dict[str, str] = {}
    last: dict[str, str] = {}
    for one in changed:
        first.setdefault(one["what"], one["was"])
        last[one["what"]] = one["now"]
    net = [f"{what} was {was}, is {last[what]}" for what, was in first.items() if was != last[what]]
    back = [what for what, was in first.items() if was == last[what]]
    net += [f"{', '.join(back)} changed and changed back"] if back else []
    return [f"changed after results existed: {'; '.join(net)}"] if net else []


def _told_by_part(gate: Decided, missing: Mapping[str, str]) -> bool:
    """Whether the gate is missing because its whole part is, which is said once."""
    return gate.state == "missing" and gate.name.partition(".")[0] in missing


def _weight(gate: Decided) -> tuple[int, float]:
    """Failed before missing before undecided; of each the furthest on the wrong side first, in parts of what is wanted where
    that is no share.
    """
    size = max(abs(gate.limit or 0.0), abs(gate.other or 0.0))
    return _ORDER.get(gate.state, 3), (gate.margin or 0.0) / (size if size > 1 else 1.0)

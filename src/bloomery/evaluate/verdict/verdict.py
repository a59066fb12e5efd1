"""The verdict of an evaluation: deploy, no_deploy or inconclusive, and everything that it rests on.

no_deploy       a gate that must hold does not
inconclusive    otherwise, where such a gate is undecided, or a required part or value is missing
deploy          otherwise
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from bloomery.evaluate.gates.decide import Decided

Word = Literal["deploy", "no_deploy", "inconclusive"]
#: the exit code of each
EXIT: dict[Word, int] = {"deploy": 0, "no_deploy": 100, "inconclusive": 101}


@dataclass(frozen=True)
class Verdict:
    """What was decided, and on what."""

    verdict: Word
    reasons: tuple[str, ...]  #: sentences, the weightiest first
    gates: tuple[Decided, ...]
    waived: tuple[str, ...] = ()  #: required parts that the recipe waives
    missing: dict[str, str] = field(default_factory=dict)  #: required part → why it was not measured
    not_measured: tuple[str, ...] = ()  #: what was left open without being required
    certainty: float | None = 0.95
    model: str = ""
    base: str | None = None
    baseline: str | None = None
    gates_sha256: str = ""
    hashes: dict[str, str] = field(default_factory=dict)
    looks: int | None = None  #: how often this test set has been looked at, this time included
    changed: tuple[dict[str, Any], ...] = ()  #: gates that were changed after results existed

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
        }


def word_of(gates: Sequence[Decided], missing: dict[str, str]) -> Word:
    """The verdict that gates and missing parts give.

    >>> word_of([Decided("task.accuracy", ">= 0.85", "must", "pass", "")], {"safety": "no suite"})
    'inconclusive'
    """
    must = [gate.state for gate in gates if gate.level == "must"]
    if "fail" in must:
        return "no_deploy"
    if "undecided" in must or "missing" in must or missing:
        return "inconclusive"
    return "deploy"


def reasons_of(gates: Sequence[Decided], missing: dict[str, str], waived: Sequence[str]) -> tuple[str, ...]:
    """Why it is that, the weightiest first."""
    order = {"fail": 0, "missing": 1, "undecided": 2, "pass": 4}
    said = [f"waived by the recipe: {', '.join(waived)}"] if waived else []
    must = sorted(
        (gate for gate in gates if gate.level == "must" and gate.state != "pass"), key=lambda g: order[g.state]
    )
    said += [f"{gate.name} {gate.threshold}: {gate.state}, {gate.reason}" for gate in must]
    said += [f"{part} is required and was not measured: {why}" for part, why in missing.items()]
    said += [
        f"advice: {gate.name} {gate.threshold}: {gate.state}, {gate.reason}"
        for gate in gates
        if gate.level == "advise" and gate.state != "pass"
    ]
    return tuple(said)

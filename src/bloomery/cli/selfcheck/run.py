"""Run the checks: each computes something through the product and holds it against what is known."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple

import numpy as np

from bloomery.cli.selfcheck import (
    checks_agreement,
    checks_bootstrap,
    checks_cleaning,
    checks_extraction,
    checks_means,
    checks_metrics,
    checks_models,
    checks_planning,
    checks_sequential,
    checks_shares,
    checks_text,
)
from bloomery.cli.selfcheck.check import Check, Outcome, agree, leaves
from bloomery.cli.selfcheck.needs import lacking

#: every check, by topic, in the order of the table
TOPICS: dict[str, Sequence[Check]] = {
    "Means and differences": checks_means.CHECKS,
    "Shares and counts": checks_shares.CHECKS,
    "Bootstrap": checks_bootstrap.CHECKS,
    "Agreement": checks_agreement.CHECKS,
    "Planning": checks_planning.CHECKS,
    "Sequential": checks_sequential.CHECKS,
    "Models": checks_models.CHECKS,
    "Classification and scoring": checks_metrics.CHECKS,
    "Extraction": checks_extraction.CHECKS,
    "Text": checks_text.CHECKS,
    "Cleaning and leaks": checks_cleaning.CHECKS,
}
AGREES, DIFFERS = "agrees", "differs"


class SelfCheck(NamedTuple):
    """What became of each check."""

    outcomes: list[Outcome]

    @property
    def ran(self) -> list[Outcome]:
        """Those that could run here."""
        return [one for one in self.outcomes if one.status in (AGREES, DIFFERS)]

    @property
    def differing(self) -> list[Outcome]:
        """Those whose result is not what was expected."""
        return [one for one in self.outcomes if one.status == DIFFERS]

    @property
    def left_out(self) -> dict[str, int]:
        """Why checks did not run, and how many."""
        reasons = [one.status for one in self.outcomes if one.status not in (AGREES, DIFFERS)]
        return {reason: reasons.count(reason) for reason in dict.fromkeys(reasons)}

    def without(self, reason: str) -> list[str]:
        """What was not checked for this reason, each name once."""
        return names(one for one in self.outcomes if one.status == reason)

    @property
    def ok(self) -> bool:
        """Whether all that ran agree."""
        return not self.differing

    def as_dict(self) -> dict[str, Any]:
        """For machines: the counts, and each check with its numbers as texts that lose nothing."""
        return {
            "ok": self.ok,
            "agree": len(self.ran) - len(self.differing),
            "differ": len(self.differing),
            "left_out": self.left_out,
            "checks": [_as_dict(one) for one in self.outcomes],
        }


def selfcheck(only: Callable[[Check], bool] = lambda check: True, *, compile: bool = False) -> SelfCheck:  # noqa: A002
    """Compute everything that has a check, and compare. Offline, on data that the package ships, in seconds.

    `only` picks checks; `compile` compiles kernels where that was not done before (a minute), so that their checks can run.
    """
    return SelfCheck([outcome(check, compile=compile) for checks in TOPICS.values() for check in checks if only(check)])


def outcome(check: Check, *, compile: bool = False) -> Outcome:  # noqa: A002
    """Run one check. Whatever is raised is a difference: nothing passes because it broke."""
    missing = lacking(check.needs, compile=compile)
    if missing:
        return Outcome(check, None, missing)
    try:
        with np.errstate(all="ignore"):
            got = check.got()
        same = agree(got, check.expected, check.tolerance)
    except Exception as error:
        return Outcome(check, f"{type(error).__name__}: {error}", DIFFERS)
    return Outcome(check, got, AGREES if same else DIFFERS)


def covered() -> set[str]:
    """What has a check."""
    return {check.covers for checks in TOPICS.values() for check in checks}


def _as_dict(one: Outcome) -> dict[str, Any]:
    check = one.check
    return {
        "covers": check.covers,
        "what": check.what,
        "expected": _plain(check.expected),
        "got": _plain(one.got),
        "tolerance": check.tolerance,
        "source": check.source,
        "status": one.status,
    }


def _plain(value: Any) -> list[Any]:
    return [repr(one) if isinstance(one, float) and not np.isfinite(one) else one for one in leaves(value)]


def names(outcomes: Iterable[Outcome]) -> list[str]:
    """What the checks are about, each once."""
    return list(dict.fromkeys(one.check.covers for one in outcomes))

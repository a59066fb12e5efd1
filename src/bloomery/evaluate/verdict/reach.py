"""Reaching a verdict: the parts measure, the gates decide, and all of it is written.

The gates are read and hashed before a model is asked (`ruled`), so nobody can have seen results.
"""

from collections.abc import Mapping, Sequence
from hashlib import file_digest, sha256
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from bloomery.errors import NotComputableError, RecipeError, UsageError
from bloomery.evaluate.as_json import json_bytes
from bloomery.evaluate.asked import REPLIES
from bloomery.evaluate.gates.decide import decide
from bloomery.evaluate.gates.gates import REQUIRED, Gate, gates_of, hash_of, left_out, loosened
from bloomery.evaluate.gates.measure import Measure
from bloomery.evaluate.gates.unscored import unscored_rate
from bloomery.evaluate.history import NOT_KNOWN, Look, Seen
from bloomery.evaluate.identity import digests, fingerprint
from bloomery.evaluate.options import Evaluate
from bloomery.evaluate.parts.base import Case, Found
from bloomery.evaluate.parts.every import PARTS
from bloomery.evaluate.remade import Remade
from bloomery.evaluate.verdict.changed import changes
from bloomery.evaluate.verdict.junit import junit
from bloomery.evaluate.verdict.markdown import markdown
from bloomery.evaluate.verdict.verdict import Verdict, reasons_of, word_of

#: options that decide nothing
_NOT_RULES = frozenset({"cache", "budget", "history"})


class Ruled(NamedTuple):
    """What was decided beforehand."""

    gates: list[Gate]
    waive: tuple[str, ...]
    certainty: float | None
    sha256: str
    left_out: tuple[str, ...] = ()
    loosened: tuple[str, ...] = ()

    def told(self) -> dict[str, Any]:
        """The rules as they stand in verdict.json."""
        return {
            "gates": {gate.name: str(gate) for gate in self.gates},
            "waive": sorted(self.waive),
            "certainty": self.certainty,
        }


def ruled(options: Evaluate) -> Ruled | None:
    """The gates of the recipe; None where it has none, and so decides nothing. RecipeError for one that cannot be read."""
    if options.gates is None:
        return None
    certainty = None if options.certainty == "none" else float(options.certainty)
    gates = gates_of(options.gates, options.waive)
    beside = [gate.name for gate in gates if gate.wanted.of == "baseline"]
    if beside and options.baseline is None:
        raise RecipeError(
            f"The gate {beside[0]} is held against a baseline, and none is named",
            expected="`evaluate: {baseline: DIR}`, a finished evaluation",
        )
    return Ruled(
        gates,
        options.waive,
        certainty,
        hash_of(gates, options.waive, certainty),
        tuple(left_out(options.gates)),
        tuple(loosened(gates)),
    )


def measured(case: Case, rules: Ruled) -> list[Found]:
    """What every part says that is not waived and has something to measure; one that fails is missing, not gone."""
    found = []
    for name, part in PARTS.items():
        if name in rules.waive:
            continue
        try:
            found.append(part(case))
        except (UsageError, NotComputableError) as error:
            found.append(Found(name, missing=str(error)))
    return found


class Before(NamedTuple):
    """What was there before this evaluation."""

    verdict: Mapping[str, Any]  #: that stood in the folder; {} where there was none
    seen: Seen


def reach(
    rules: Ruled,
    task: Sequence[Measure],
    found: Sequence[Found],
    beside: Mapping[str, Remade],
    *,
    case: Case,
    hashes: Mapping[str, str] | None = None,
    before: Before | None = None,
) -> Verdict:
    """The verdict on what was measured. `beside` has the ``base`` and the ``baseline`` on the task."""
    measures = {one.name: one for one in (*task, *(each for part in found for each in part.measures))}
    rate = unscored_rate(measures.values())
    measures.setdefault(rate.name, rate)
    gates = tuple(
        decide(
            rules.gates,
            measures,
            others(found, beside),
            certainty=rules.certainty,
            seed=case.options.seed,
            why=_why(found, beside, case),
        )
    )
    parts = {one.part: one for one in found}
    missing = {
        name: (parts[name].missing if name in parts else "no such part ran")
        for name in REQUIRED
        if name != "task" and name not in rules.waive and (name not in parts or parts[name].missing)
    }
    seen = before.seen if before else Seen(None)
    told, hashed = rules.told(), dict(hashes or {}) | _suites(found)
    changed = changes(before.verdict if before else {}, told, hashed, seen.rules)
    return Verdict(
        word_of(gates, missing),
        reasons_of(gates, missing, rules.waive, left_out=rules.left_out, changed=changed),
        gates,
        waived=rules.waive,
        missing=missing,
        not_measured=_not_measured(found),
        certainty=rules.certainty,
        model=case.name,
        base=case.base.name if case.base else None,
        baseline=case.options.baseline,
        gates_sha256=rules.sha256,
        hashes=hashed,
        looks=seen.looks,
        changed=changed,
        left_out=rules.left_out,
        loosened=rules.loosened,
        notes=_notes(found, beside, seen),
        rules=told,
    )


def others(found: Sequence[Found], beside: Mapping[str, Remade]) -> dict[str, dict[str, Measure]]:
    """The measures of base and baseline: on the task, and what parts measured of the base."""
    of_parts = {one.name: one for part in found for one in part.base}
    others = {name: dict(beside[name].measures) if name in beside else {} for name in ("base", "baseline")}
    return others | {"base": others["base"] | of_parts}


def _why(found: Sequence[Found], beside: Mapping[str, Remade], case: Case) -> dict[str, str]:
    """Why base, baseline or a part has nothing."""
    why = {name: one.why for name, one in beside.items()}
    if case.base is None:
        why["base"] = "no base is named (evaluate: {base: NAME})"
    why |= {f"{name} {part}": said for name, one in beside.items() for part, said in one.parts.items()}
    return why | {one.part: one.missing for one in found if one.missing}


def _not_measured(found: Sequence[Found]) -> tuple[str, ...]:
    """What was left open: what parts say, and parts that nobody requires."""
    said = [one for part in found for one in part.not_measured]
    said += [f"{part.part}: {part.missing}" for part in found if part.missing and part.part not in REQUIRED]
    return tuple(dict.fromkeys(said))


def _notes(found: Sequence[Found], beside: Mapping[str, Remade], seen: Seen) -> tuple[str, ...]:
    said = [note for one in beside.values() for note in one.notes]
    said += [note for part in found for note in part.notes]
    said += [f"{NOT_KNOWN}{seen.why}"] if seen.why else []
    return tuple(dict.fromkeys(said))


def _suites(found: Sequence[Found]) -> dict[str, str]:
    """The digests of suites that parts tell (``told["sha256"]``: one, or by name)."""
    hashes: dict[str, str] = {}
    for part in found:
        told = part.told.get("sha256")
        if isinstance(told, str):
            hashes[f"suite {part.part}"] = told
        elif isinstance(told, Mapping):
            hashes |= {f"suite {part.part}/{name}": str(digest) for name, digest in told.items()}
    return hashes


def hashes_of(case: Case, rules: Ruled | None, test_frame_sha256: str) -> dict[str, str]:
    """SHA-256 of what the verdict rests on: recipe, gates, test, answers, and the replies of every model that was asked.

    ``answers.parquet`` and ``replies/`` must be written already.
    """
    options = case.options.model_dump(mode="json", exclude=set(_NOT_RULES))
    hashes = {"recipe": sha256(msgspec.json.encode(options, order="deterministic")).hexdigest()}
    if rules is not None:
        hashes["gates"] = rules.sha256
    hashes |= {"test": test_frame_sha256} | digests(case.folder, ["answers.parquet"])
    for path in sorted((case.folder / REPLIES).glob("*.jsonl")):
        with path.open("rb") as file:
            hashes[f"{REPLIES}/{path.name}"] = file_digest(file, "sha256").hexdigest()
    return hashes


def look_of(case: Case) -> Look:
    """This evaluation as a look at the test: the items, and what was answered, whatever was made of it."""
    digest = sha256()
    for row in case.answers.select("item", "prediction").sort("item").iter_rows():
        digest.update(msgspec.json.encode(row))
    return Look(fingerprint(case.answers), digest.hexdigest(), case.name)


def write(verdict: Verdict, folder: Path) -> None:
    """``verdict.json``, ``junit.xml`` and ``summary.md``."""
    told = verdict.told()
    (folder / "verdict.json").write_bytes(json_bytes(told))
    (folder / "junit.xml").write_text(junit(told), encoding="utf-8")
    (folder / "summary.md").write_text(markdown(told), encoding="utf-8")

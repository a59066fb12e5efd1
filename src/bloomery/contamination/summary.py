"""contamination.json: how much of the test is in the training data, what could not be checked, and under which rules."""

import platform
from collections import Counter
from collections.abc import Sequence
from importlib.metadata import version
from math import ceil, floor
from typing import Any, NamedTuple

import msgspec

from bloomery import __version__
from bloomery.contamination.evidence import Found
from bloomery.contamination.items import ANSWER, SHORT, TIERS, TINY
from bloomery.contamination.options import Contamination
from bloomery.contamination.paraphrase import Paraphrases
from bloomery.contamination.sought import Side, Sought
from bloomery.contamination.substrings import LENGTH, SAMPLES
from bloomery.kernels.contained import WIDTH
from bloomery.text.counted import counted

LIBRARIES = ("polars", "msgspec", "pydantic", "numpy")
COUNTED = ("verbatim", "question", "near")


class Outcome(NamedTuple):
    """What became of a test item."""

    id: str
    looked_for: tuple[str, ...]  # tiers; none: unchecked
    tier: str | None
    found: Found | None
    train: str | None  # id of the training row
    train_rows: int  # training rows that hold it

    @property
    def contaminated(self) -> bool:
        """Whether it counts."""
        return self.tier in COUNTED


def summarise(
    outcomes: Sequence[Outcome], sought: Sought, train: Side, test: Side, options: Contamination
) -> dict[str, Any]:
    """The whole of contamination.json.

    ``test_rows = checked + unchecked``; unchecked are rows without a token and records that could not be read. `ratio` is
    contaminated / checked, in 0..1 (null if nothing was checked); `bounds` are the ratios over all test rows if none, or
    all, of the unchecked were contaminated.
    """
    tiers = Counter(outcome.tier for outcome in outcomes if outcome.tier is not None)
    wordless = sum(not outcome.looked_for for outcome in outcomes)
    unchecked, rows = wordless + test.unreadable, test.rows + test.unreadable
    contaminated = sum(outcome.contaminated for outcome in outcomes)
    ratio = contaminated / (rows - unchecked) if rows > unchecked else None
    over = options.fail_over is not None and (ratio is None or ratio > options.fail_over)
    return {
        "bloomery": __version__,
        "verb": "contamination",
        "test_rows": rows,
        "contaminated": contaminated,
        "ratio": ratio,
        "bounds": [contaminated / rows, (contaminated + unchecked) / rows],
        "unchecked": unchecked,
        "unchecked_reasons": {"no text": wordless, "unreadable": test.unreadable},
        "tiers": {tier: tiers[tier] for tier in TIERS},
        "rules": dict(sorted(Counter(o.found.rule for o in outcomes if o.found and o.contaminated).items())),
        "looked_for": dict(Counter(tier for outcome in outcomes for tier in outcome.looked_for)),
        "train_rows": train.rows,
        "failed": over,
        "settings": options.model_dump(mode="json") | {"whole_field_up_to": TINY, "answers_from": ANSWER},
        "notes": _notes(sought, train, test, options, tiers[SHORT]),
        "train": {"formats": train.formats, "unreadable": train.unreadable, "files": train.files},
        "test": {"formats": test.formats, "unreadable": test.unreadable, "files": test.files},
        "versions": {"python": platform.python_version()} | {name: version(name) for name in LIBRARIES},
    }


def note_paraphrases(summary: dict[str, Any], found: Paraphrases) -> None:
    """Which model suspected paraphrases, and what it could not read."""
    summary["embedding"] = {
        "model": found.embedder.name,
        "kind": found.embedder.kind,
        "digest": found.embedder.digest,
        "questions_not_embedded": found.unread,
        "train_texts_not_embedded": found.unread_train,
    }
    if found.unread or found.unread_train:
        summary["notes"].append(
            f"Paraphrases: {counted(found.unread, 'question')} and {counted(found.unread_train, 'training text')} could not "
            "be read by the embedding model, so they were compared with nothing"
        )


def json_bytes(value: Any) -> bytes:
    """`value` as indented JSON."""
    return msgspec.json.format(msgspec.json.encode(value), indent=2) + b"\n"


def _notes(sought: Sought, train: Side, test: Side, options: Contamination, held: int) -> list[str]:
    """What a reader should know before trusting the ratio."""
    notes = [*train.notes, *test.notes]
    shared = {file["sha256"] for file in train.files} & {file["sha256"] for file in test.files}
    if shared:
        paths = ", ".join(str(file["path"]) for file in test.files if file["sha256"] in shared)
        notes.append(f"The same file is training and test: {paths}")
    if train.unreadable:
        notes.append(
            f"{counted(train.unreadable, 'training record')} could not be read, so nothing was looked for there"
        )
    if sought.unasked_answers:
        notes.append(
            f"{counted(sought.unasked_answers, 'answer')} of fewer than {ANSWER} tokens not looked for alone: so short an "
            "answer is found everywhere"
        )
    if sought.boilerplate:
        notes.append(
            f"{counted(sought.boilerplate, f'{options.n}-gram')} found in many test items: taken for a template, which is no "
            "evidence"
        )
    if held:
        found = counted(
            held, f"item of fewer than {options.n} tokens stands", f"items of fewer than {options.n} tokens stand"
        )
        notes.append(
            f"{found} inside of longer training texts. So short a text is often there by accident, so that does not count: "
            f"see contaminated.jsonl, tier {SHORT}"
        )
    unread = sum(one.about.items for one in sought.shared)
    if unread:
        notes.append(
            f"{counted(unread, 'item comes', 'items come')} from an index without text: near and short_near were not looked for, "
            "and runs of words were compared as 64-bit numbers, not word by word (two different runs are one with a chance of "
            "2**-63)"
        )
    if sought.tiny:
        notes.append(f"{counted(sought.tiny, 'text')} of up to {TINY} tokens compared with whole fields only")
    if options.method == "chars50":
        return [
            *notes,
            f"{SAMPLES} substrings of {LENGTH} letters and digits of each question were looked for: one other character in each "
            "hides it, and one passage that two texts share is a match; a shorter question is found inside of any text",
        ]
    notes.append(
        "Words are compared: a rephrasing, a translation or answer options in another order are not found, and one changed "
        f"word can hide a text of fewer than about {hidden_below(options)} tokens"
    )
    return notes


def hidden_below(options: Contamination) -> int:
    """Tokens from which one changed word cannot hide a text, where all words are as rare as one another.

    It spoils `n` of ``tokens - n + 1`` grams, and three of ``tokens - 2`` runs of three; `near` asks for ``near`` of these.

    >>> hidden_below(Contamination(n=13, threshold=0.8, near=1))  # 13 of 66 grams are less than 20 %, 13 of 65 are not
    78
    >>> hidden_below(Contamination(near=0.8))  # 3 of 15 runs of three are 20 %
    17
    """
    grams = floor(options.n / (1 - options.threshold) + 1e-9) + 1
    by_grams = grams + options.n - 1
    if options.near == 1:
        return by_grams
    return min(by_grams, max(options.n, ceil(WIDTH / (1 - options.near) - 1e-9) + WIDTH - 1))

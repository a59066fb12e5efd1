"""The figures that explain a regression, and what can be done about it, with the numbers of this training.

What is known of a training: rows × epochs, learning rate, steps. It is what the recipe says (``trained:``), else what the
trainer left in the model's folder or adapter (``trainer_state.json``, also of the last ``checkpoint-N``), and for rows the files.
Pickled files (``training_args.bin``) are not read. Beside it the distance of the training text from what the base knows: how much
less likely the training answers are to it than a neutral text. The further away, and the more often repeated at a high rate, the
more is forgotten.
"""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import msgspec
import polars as pl

from bloomery.errors import UsageError
from bloomery.evaluate.parts.base import Case
from bloomery.evaluate.parts.likelihood import documents, of_answers, of_neutral, read, scorer
from bloomery.evaluate.parts.training import Examples, examples
from bloomery.llm.base import Logprobs, Passage, Scorer
from bloomery.metrics.perplexity import Perplexity

STATE = "trainer_state.json"
#: training answers that the base reads
SAMPLE = 200
#: general rows that are mixed in, as a part of the training rows
REPLAYED = 0.10
_FIGURES = ("rows", "epochs", "learning_rate", "steps")
_CHECKPOINT = re.compile(r"checkpoint-(\d+)")
_LARGEST = 64 << 20  # bytes of a trainer's state


def explained(case: Case) -> dict[str, Any]:
    """The figures as plain JSON: ``rows``, ``epochs``, ``learning_rate``, ``steps``, where each is ``from``, ``seen`` in all,
    ``distance``, and the ``remedies`` as sentences. What is not known is null.
    """
    drawn = _drawn(case)
    known, source = _known(case, drawn)
    rows, epochs = known["rows"], known["epochs"]
    return {
        **known,
        "from": source,
        "seen": rows * epochs if rows and epochs else None,
        "distance": _distance(case, drawn),
        "remedies": remedies(known),
    }


def remedies(known: Mapping[str, Any]) -> list[str]:
    """What to try, in the order of its price; with this training's numbers where they are known.

    >>> for said in remedies({"rows": 5000, "epochs": 3, "learning_rate": 2e-5, "steps": 938}):
    ...     print(said)
    a lower learning rate: 1e-05 in place of 2e-05
    fewer steps: 1.5 epochs in place of 3 (469 steps in place of 938)
    replay: 500 general rows among the 5,000 training rows (10 % of them), so that what the base could is seen again
    """
    rate, epochs, steps, rows = (known.get(name) for name in ("learning_rate", "epochs", "steps", "rows"))
    said = ["a lower learning rate" + (f": {rate / 2:g} in place of {rate:g}" if rate else ", half of what it was")]
    of_steps = f"{max(1, round(steps / 2)):,} steps in place of {steps:,}" if steps else ""
    if epochs:
        said.append(f"fewer steps: {epochs / 2:g} epochs in place of {epochs:g}{f' ({of_steps})' if of_steps else ''}")
    else:
        said.append(f"fewer steps{f': {of_steps}' if of_steps else ', half of what they were'}")
    mixed = (
        f"{max(1, round(REPLAYED * rows)):,} general rows among the {rows:,} training rows" if rows else "general rows"
    )
    share = f"({100 * REPLAYED:.0f} % of {'them' if rows else 'the training rows'})"
    said.append(f"replay: {mixed} {share}, so that what the base could is seen again")
    return said


def _drawn(case: Case) -> Examples | str | None:
    """Training rows, why they cannot be read, or None where no file is named."""
    if not case.options.train:
        return None
    try:
        return examples(case.options.train, most=SAMPLE, seed=case.options.seed)
    except UsageError as error:
        return str(error)


def _known(case: Case, drawn: Examples | str | None) -> tuple[dict[str, Any], dict[str, str]]:
    """Each figure, and where it is from."""
    given = case.options.trained.model_dump() if case.options.trained else {}
    state, file = _state(case)
    rows = drawn.of if isinstance(drawn, Examples) else None
    sources: tuple[tuple[str, Mapping[str, Any]], ...] = (
        ("the recipe", given),
        (file, state),
        ("the training files", {"rows": rows}),
    )
    known: dict[str, Any] = dict.fromkeys(_FIGURES)
    source: dict[str, str] = {}
    for name in _FIGURES:
        for said, values in sources:
            if values.get(name) is not None:
                known[name], source[name] = values[name], said
                break
    return known, source


def _state(case: Case) -> tuple[dict[str, Any], str]:
    """What the trainer left, and the name of its file; nothing where there is none."""
    options = getattr(case.model, "options", None)
    folders = [getattr(options, name, None) for name in ("adapter", "path")]
    for folder in folders:
        if folder and Path(folder).is_dir():
            for file in _files(Path(folder)):
                if found := trainer_state(file):
                    return found, str(Path(file.parent.name) / file.name)
    return {}, ""


def _files(folder: Path) -> Iterator[Path]:
    """The folder's own, then that of its last checkpoint."""
    numbered = [(int(found[1]), one) for one in folder.iterdir() if (found := _CHECKPOINT.fullmatch(one.name))]
    yield folder / STATE
    yield from (one / STATE for _, one in sorted(numbered, reverse=True))


def trainer_state(file: Path) -> dict[str, Any]:
    """``epochs``, ``steps`` and the highest ``learning_rate`` that a trainer's state tells; empty where it cannot be read."""
    try:
        if file.stat().st_size > _LARGEST:
            return {}
        told = msgspec.json.decode(file.read_bytes(), type=dict[str, Any])
    except (OSError, msgspec.DecodeError, RecursionError):
        return {}
    history = told.get("log_history")
    lines = [one for one in history if isinstance(one, dict)] if isinstance(history, list) else []
    rates = [rate for one in lines if (rate := _number(one.get("learning_rate"))) is not None]
    steps = _number(told.get("global_step"))
    found = {
        "epochs": _number(told.get("epoch")),
        "steps": int(steps) if steps else None,
        "learning_rate": max(rates, default=None),
    }
    return found if any(found.values()) else {}


def _number(value: Any) -> float | None:
    """A number above 0."""
    good = isinstance(value, int | float) and not isinstance(value, bool) and 0 < value < float("inf")
    return float(value) if good else None


def _distance(case: Case, drawn: Examples | str | None) -> dict[str, Any]:
    """How likely training answers are to the base, beside a neutral text; or why that is not known."""
    base = scorer(case.base) if case.base else "no base is named"
    if isinstance(base, str):
        return {"missing": base}
    if not isinstance(drawn, Examples):
        return {"missing": drawn or "no training files are named"}
    if not drawn.rows:
        return {"missing": "no training row has a prompt and an answer"}
    frame = pl.DataFrame(
        {
            "item": [str(k) for k in range(len(drawn.rows))],
            "prompt": [one.prompt for one in drawn.rows],
            "references": [[one.answer] for one in drawn.rows],
        }
    )
    try:
        training = _nll(case, base, of_answers(case, frame, before="explained/training/"))
        neutral = _nll(case, base, of_neutral())
    except UsageError as error:
        return {"missing": str(error)}
    return {"rows": len(drawn.rows), "training": training, "neutral": neutral, "says": _says(training, neutral)}


def _nll(case: Case, base: Scorer, passages: list[Passage]) -> dict[str, float | None]:
    told: list[Logprobs] = read(case, base, passages)
    kept = documents(passages, told).filter(pl.col("state") != "missing")
    metric = Perplexity(text="words")
    return metric.total(metric.items(kept))


def _says(training: Mapping[str, float | None], neutral: Mapping[str, float | None]) -> str:
    mine, plain = training["perplexity"], neutral["perplexity"]
    if mine is None or plain is None:
        return ""
    return (
        f"to the base a training answer has a perplexity of {mine:.3g} after its prompt, and plain prose of {plain:.3g}: "
        f"{mine / plain:.2g} times"
    )

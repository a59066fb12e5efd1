"""Answers for the tests of metrics over generated text."""

import random
from collections.abc import Sequence

import polars as pl

from bloomery.metrics.base import ANSWERS_SCHEMA

_SOME = "the a cat dog house on under sat ran to red blue über naïve , . ! (well) 12 3.5 don't x-ray"
WORDS = _SOME.split()


def answers(predictions: Sequence[str | None], references: Sequence[Sequence[str | None]]) -> pl.DataFrame:
    """A frame of answers, all answered."""
    items = [f"r{n}" for n in range(len(predictions))]
    columns = {"item": items, "prediction": predictions, "references": references, "state": ["answered"] * len(items)}
    return pl.DataFrame(columns, schema=ANSWERS_SCHEMA)


def sentence(rng: random.Random, most: int = 12) -> str:
    return " ".join(rng.choice(WORDS) for _ in range(rng.randint(0, most)))


def edited(text: str, rng: random.Random) -> str:
    """The text with some of its words exchanged, left out or doubled."""
    words = []
    for word in text.split():
        words += rng.choice([[word], [word], [word], [], [word, word], [rng.choice(WORDS)]])
    return " ".join(words)


def ragged(rng: random.Random, rows: int, most: int = 4) -> pl.DataFrame:
    """Answers that are near one of 1 to `most` references."""
    references = [[sentence(rng) or "cat" for _ in range(rng.randint(1, most))] for _ in range(rows)]
    predictions = [edited(rng.choice(some), rng) for some in references]
    return answers(predictions, references)


def streams(frame: pl.DataFrame) -> list[list[str | None]]:
    """The references as sacrebleu wants them: first references, second references …, None where there is none."""
    lists = frame["references"].to_list()
    return [[some[k] if k < len(some) else None for some in lists] for k in range(max(map(len, lists)))]

"""The evidence of what is nearly there: counted again on words and characters, as `bloomery.contamination.evidence` does."""

from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt
import polars as pl

from bloomery.contamination.evidence import Found, Said, Speech, grams, name_of, place_of
from bloomery.contamination.items import TWIN, Target
from bloomery.contamination.near import LETTERS, plain
from bloomery.kernels.contained import WIDTH
from bloomery.text.kinds import is_variable

RULE, VALUES, CHARACTERS = f"word {WIDTH}-grams", "other values", "characters"
_ANY = "\0"  # stands for every variable word


def verify_near(
    target: Target, item: Sequence[str], row: Sequence[Speech], weights: npt.NDArray[np.float64], threshold: float
) -> Found | None:
    """What the words say of a target of `n` words and more: None if they do not agree.

    `weights` are those of its distinct runs (with variable words as one, for a twin), in order of appearance.
    """
    said = [word for speech in row for word in speech.words]
    mask: Callable[[str], str] = (lambda word: _ANY if is_variable(word) else word) if target.tier == TWIN else str
    runs = [[mask(word) for word in item[s.start : s.start + len(s.tokens)]] for s in target.segments]
    mine = dict.fromkeys(gram for run in runs for gram in grams(run, min(WIDTH, len(run))))
    theirs = {width: set(grams([mask(word) for word in said], width)) for width in {len(gram) for gram in mine}}
    if len(mine) != len(weights):
        return None
    overlap = sum(weight for gram, weight in zip(mine, weights.tolist(), strict=True) if gram in theirs[len(gram)])
    guarded = target.tier == TWIN or set(filter(is_variable, item)) <= set(said)
    if round(overlap, 9) < threshold or not guarded:
        return None
    field, detail = place_of([mask(word) for word in item], [mask(word) for word in said], row, WIDTH, item)
    return Found(VALUES if target.tier == TWIN else RULE, round(overlap, 6), field, detail)


def verify_short(target: Target, row: Sequence[Said], words: Sequence[Speech], threshold: float) -> Found | None:
    """What the characters say of a target of fewer than `n` words: the part of the row that is most like it."""
    texts = plain(pl.Series([" ".join(target.texts), *(part.text for part in row)], dtype=pl.String)).to_list()
    mine, *parts = [set(_letters(text)) for text in texts]
    shares = [len(mine & other) / max(len(mine), len(other), 1) for other in parts]
    best = max(range(len(shares)), key=shares.__getitem__)
    if round(shares[best], 9) < threshold:
        return None
    before = sum(len(speech.words) for speech in words[:best])
    detail = {
        "item_words": [0, len(target.whole)],
        "train_words": [before, before + len(words[best].words)],
        "excerpt": " ".join(words[best].words),
    }
    return Found(CHARACTERS, round(shares[best], 6), name_of(words, best), detail)


def _letters(text: str) -> list[str]:
    width = min(LETTERS, len(text))
    return [text[k : k + width] for k in range(len(text) - width + 1)] if width else []

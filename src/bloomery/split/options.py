"""What `bloomery split` can be told; the flags, the recipe section and the docs derive from these fields."""

import re
from typing import Literal

from pydantic import Field, field_validator

from bloomery.schema import Options

NAMES = {2: ("train", "test"), 3: ("train", "validation", "test")}


class Split(Options):
    """How rows are shared out among training, validation and test."""

    ratio: str = "70/10/20"
    """Shares of train/validation/test, or of train/test; they sum to 100, 10 or 1."""
    stratify: str | None = None
    """Column whose values every split gets its share of (dots reach into objects); the label, where the format has one."""
    group: str | None = None
    """Column, such as a user or a document, whose equal values stay in one split."""
    time: str | None = None
    """Column with a date or a number: the latest rows become the test and, without stratify, those before them the validation."""
    hold_out: list[str] = Field(default_factory=list)
    """Sources (paths or patterns) that become a test of their own, out of distribution: ood.jsonl."""
    balance: Literal["none", "undersample"] = "none"
    """Whether training rows are set aside until every label has as many as the rarest."""
    seed: int = Field(default=0, ge=0)
    """Number that the shuffle is drawn from."""
    near: float = Field(default=0.8, ge=0.5, le=1)
    """Similarity (Jaccard, of word shingles) from which two rows may not be in different splits."""
    width: int = Field(default=3, ge=1, le=20)
    """Words in a shingle."""
    match: Literal["both", "text", "question"] = "both"
    """What makes two rows the same: text is prompt and completion together, question the prompt alone, both is either."""

    @field_validator("ratio")
    @classmethod
    def _adds_up(cls, ratio: str) -> str:
        _shares(ratio)
        return ratio

    @property
    def shares(self) -> dict[str, float]:
        """Split name to share (0 < share <= 1), in the order train, validation, test; those of share 0 left out."""
        return _shares(self.ratio)


def _shares(ratio: str) -> dict[str, float]:
    numbers = re.findall(r"[0-9]+(?:\.[0-9]+)?|\.[0-9]+", ratio) if re.fullmatch(r"[0-9.\s/:,]+", ratio) else []
    parts = [float(number) for number in numbers]
    total = sum(parts)
    if len(parts) not in NAMES or not any(abs(total - whole) < 1e-6 * whole for whole in (1, 10, 100)):
        raise ValueError(
            "ratio must be two or three numbers that sum to 100, 10 or 1, such as 70/10/20"
            + (f", and these sum to {total:g}" if len(parts) in NAMES else "")
        )
    shares = {name: part / total for name, part in zip(NAMES[len(parts)], parts, strict=True) if part > 0}
    if len(shares) < 2 or "train" not in shares:
        raise ValueError(f"ratio must leave something for training and for one more split; found {ratio!r}")
    return shares

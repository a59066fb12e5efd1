"""What `bloomery contamination` can be told; the flags, the recipe section and the docs derive from these fields."""

from typing import Literal

from pydantic import Field

from bloomery.schema import Options


class Contamination(Options):
    """How test items are looked for in training data."""

    method: Literal["ngram", "chars50"] = "ngram"
    """Runs of words, in tiers; or three random substrings of 50 characters of each question, as the GPT-4 report did."""
    n: int = Field(default=13, ge=5, le=50)
    """Tokens in a row that count as one match."""
    threshold: float = Field(default=0.8, ge=0, lt=1)
    """An item is contaminated when more than this share of it is in one training row."""
    near: float = Field(default=0.8, ge=0.5, le=1)
    """An item is near a training row that holds at least this share of its word 3-grams, weighed by how rare they are."""
    drop_from: Literal["train"] | None = None
    """Decide to drop the training rows that hold a contaminated item: write `decisions.jsonl`, and `train.jsonl` without them."""
    seed: int = 0
    """Seed of the substrings of `chars50`."""
    embedding: str | None = None
    """Embedding model on this machine (folder, or name in the local cache) that suspects paraphrases; without, none are."""
    paraphrase: float = Field(default=0.8, ge=0.5, le=1)
    """Cosine from which a training prompt is suspected to paraphrase a question."""
    fail_over: float | None = Field(default=None, ge=0, le=1)
    """Fail (exit code 100) when more than this share of the test is contaminated."""

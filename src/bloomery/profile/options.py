"""What `bloomery profile` can be told; the flags, the recipe section and the docs derive from these fields."""

from pydantic import Field

from bloomery.schema import Options


class Profile(Options):
    """How raw data is looked at."""

    sample: int = Field(default=10_000, ge=100)
    """Rows, spread evenly over the input, that are looked at for near duplicates and column types."""
    near: float = Field(default=0.8, ge=0.5, le=1)
    """Similarity (Jaccard, of word shingles) from which two rows count as near duplicates."""

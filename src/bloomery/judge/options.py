"""What the judge verbs can be told; flags, the recipe's section ``judge:`` and the docs derive from these fields."""

from typing import Literal

from pydantic import Field

from bloomery.schema import Options


class Judge(Options):
    """Who judges, by what, and how often."""

    model: tuple[str, ...] = ()
    """Judge, by its name in the recipe's `models:`; several are a panel."""
    rubric: str = "evaluation"
    """What `score` looks at: evaluation, quality, reference, mentions, refusal, or a YAML file of your own."""
    protocol: str = "pairwise"
    """How `compare` asks: pairwise, or a YAML file of your own."""
    orders: Literal["both", "one", "given"] = "both"
    """Whether `compare` asks with either answer first, in one order drawn at random, or always with the first run first."""
    repeats: int = Field(default=1, ge=1, le=20)
    """How often the same is asked, to measure how much a judge differs from itself."""
    canaries: int = Field(default=3, ge=0)
    """How many prompts each kind of canary answers; 0 leaves them out, and trust unknown."""
    cluster: str | None = None
    """Column, such as a document, whose items depend on each other: intervals of `compare` allow for it."""
    budget: float | None = Field(default=None, ge=0)
    """Most money to spend, in the currency of the models' prices; what is not asked then is unscored."""
    cache: str | None = ".bloomery/answers.sqlite"
    """File of answers that were paid for; null asks everything again."""
    seed: int = Field(default=0, ge=0)
    """Number that orders and the prompts of canaries are drawn from."""


class Calibrate(Options):
    """How a judge is put beside people."""

    label: tuple[str, ...] = ()
    """Column of a person's labels in a file of one row an item; each is another person."""
    metric: str | None = None
    """Value of the judge that the labels are about; its overall one, where none is given."""
    threshold: float | None = None
    """From which value on a number passes: labels are then pass and fail; of a rubric with a threshold, that one."""
    exact: bool = False
    """Compare numbers as they are, whatever threshold the rubric has."""
    slices: tuple[str, ...] = ()
    """Column by whose values everything is told as well; length is one by itself."""
    judged_label: str | None = None
    """Column of the judge's label, where what was judged is a file and no run of `judge`."""
    seed: int = Field(default=0, ge=0)
    """Number that resamples are drawn from."""

"""What `evaluate`, `compare` and `plan` can be told; flags, the recipe's section and the docs derive from these fields."""

from typing import Annotated, Any, Literal

from pydantic import Field, field_validator

from bloomery.evaluate.parts.kinds import KINDS, Kind
from bloomery.schema import JsonSchema, Options


def _entries_schema() -> dict[str, Any]:
    """Metrics are imported when somebody asks for the schema: recipes of other verbs do not wait for them."""
    from bloomery.evaluate.entries import entries_schema

    return entries_schema()


class Suites(Options):
    """The suites that the parts `regression` and `safety` ask, by name or as files (docs/suites.md)."""

    regression: tuple[str, ...] = ("capability",)
    """What the model and its base must be able to do."""
    safety: tuple[str, ...] = ("safety", "over_refusal")
    """What the model must refuse, be careful about, and answer all the same."""
    judge: str | None = None
    """Model of `models:` that reads the items with the check mentions; without one they are unscored."""


class Robustness(Options):
    """Further sets that the task's metrics are measured on, and small changes of the test."""

    edge: str | None = None
    """File of edge cases, in any format that a test may have."""
    out_of_distribution: str | None = None
    """File of items from elsewhere than the training data; `ood.jsonl` beside a test that is of a split, where none is given."""
    adversarial: str | None = None
    """File of items that were made to mislead the model."""
    perturb: tuple[Kind, ...] = KINDS
    """How test items are changed and asked again: case, typos, options, format; none with []."""
    n: int = Field(default=200, ge=1)
    """Most test items that are changed, drawn by the seed; each kind of change is so many calls at most."""


class Trained(Options):
    """How a model was trained; for the figures beside a regression."""

    rows: int | None = Field(default=None, ge=1)
    """Training rows."""
    epochs: float | None = Field(default=None, gt=0)
    """How often each was seen."""
    learning_rate: float | None = Field(default=None, gt=0)
    """The highest rate of the schedule."""
    steps: int | None = Field(default=None, ge=1)
    """Updates of the weights."""


class Evaluate(Options):
    """What a model is evaluated on, and how."""

    test: str | None = None
    """File of test rows with their answers, in any format that is known, or with a list `references` beside `prompt`."""
    metrics: Annotated[tuple[Any, ...], JsonSchema(_entries_schema)] = ()
    """Metrics by name, or with options as `{name: {option: value}}`; those of the format of the test, where none is given."""
    slices: tuple[str, ...] = ()
    """Columns of the test by whose values every metric is shown as well."""
    cluster: str | None = None
    """Column, such as a document, whose items depend on each other: intervals are then of whole clusters."""
    seed: int = Field(default=0, ge=0)
    """Number that resamples are drawn from."""
    model: str | None = None
    """Model of the recipe's `models:` that is evaluated; or predictions are given."""
    base: str | None = None
    """Model of `models:` that it was trained from: regression, safety and `base` in gates are beside it."""
    baseline: str | None = None
    """A finished evaluation, or the name of a saved one, that `baseline` in gates is about."""
    train: tuple[str, ...] = ()
    """Files that the model was trained on: contamination and memorisation are looked for in them."""
    template: str | None = None
    """What the model is asked, with {prompt} where the item's prompt goes; the prompt alone, where there is none."""
    system: str | None = None
    """Message of the system before each item."""
    teacher: str | None = None
    """Model of `models:` whose answers it was trained on: the share of its value that is kept is told."""
    less_items: int = Field(default=500, ge=0)
    """Items of the test that the base is asked with examples, and with passages, to see whether less would have done."""
    few_shot: int = Field(default=5, ge=0)
    """Training rows that the base is shown as examples before an item; 0 shows none."""
    documents: tuple[str, ...] = ()
    """Files whose passages the base is shown where they have the item's words; training rows, where none is named."""
    trained: Trained | None = None
    """How it was trained, where its folder does not say: `{rows: 5000, epochs: 3, learning_rate: 2e-5}`."""
    gates: dict[str, Any] | None = None
    """What must hold, by the name of a value, on top of the defaults (docs/gates.md); without this key nothing is decided."""
    waive: tuple[str, ...] = ()
    """Required parts that are left out: task, regression, safety, contamination; the verdict says so first."""
    certainty: float | Literal["none"] = Field(default=0.95)
    """How sure a gate must be, one-sided; none decides on the value alone."""
    budget: float | None = Field(default=None, ge=0)
    """Most money to spend on model calls, in the currency of the models' prices."""
    suites: Suites = Suites()
    """Frozen sets of questions beside the test: `regression`, `safety`, and a `judge` for items that only one can read."""
    trust: str | None = None
    """Folder of `bloomery judge calibrate`: the value `judge.trust` of the judge whose scores `judged` reads."""
    cache: str | None = ".bloomery/answers.sqlite"
    """File of answers that were paid for; null asks everything again."""
    history: str | None = ".bloomery/history.sqlite"
    """File that counts how often each test was looked at, and keeps how gates came out; null keeps nothing."""
    robustness: Robustness | None = None
    """Further sets, and small changes of the test: `{edge: FILE, out_of_distribution: FILE, perturb: [case], n: 200}`."""
    probe: bool = True
    """Whether the base is asked to complete test items, and the model to complete training rows, where they can be asked."""
    probe_items: int = Field(default=100, ge=1)
    """Most items of each of these probes, drawn by the seed; a probe is at most two or three times so many calls."""
    controls: str | None = None
    """File of items that no model can have seen, beside which the base's completions are put."""
    predictions: str | None = None
    """File of the model's answers, rows with `id` and `prediction`; the model is then asked nothing."""

    @field_validator("certainty")
    @classmethod
    def _is_a_share(cls, given: float | str) -> float | str:
        if given != "none" and not 0.5 < float(given) < 1:
            raise ValueError("certainty should be none, or between 0.5 and 1")
        return given


class Compare(Options):
    """How runs on the same test are compared."""

    metric: tuple[str, ...] = ()
    """Value to compare, such as accuracy or f1.macro; the main one of every metric that all runs have, where none is given."""
    drop: float = Field(default=0.05, gt=0, lt=1)
    """The smallest drop that matters: 0.05 is five points of a share, in general that part of the metric's range."""
    cluster: str | None = None
    """Column, such as a document, whose items depend on each other; that of the runs, where none is given."""
    alpha: float = Field(default=0.05, gt=0, lt=0.5)
    """How often a difference may be claimed where there is none; intervals hold 1 − alpha."""
    power: float = Field(default=0.8, gt=0.5, lt=1)
    """The chance of seeing the drop, for the number of items that would decide."""
    seed: int = Field(default=0, ge=0)
    """Number that resamples and random flips are drawn from."""


class Plan(Options):
    """How many items a test needs."""

    metric: str = "accuracy"
    """What will be compared: a share, or a mean of scores between 0 and 1."""
    baseline: float = Field(default=0.5, ge=0, le=1)
    """The value that is expected of the model one has; a share varies most at 0.5."""
    drop: float = Field(default=0.05, gt=0, lt=1)
    """The smallest drop that matters, in points: 0.05 is from 0.85 to 0.80; where less is better, such as missing, a rise."""
    power: float = Field(default=0.8, gt=0.5, lt=1)
    """The chance of seeing that drop where it is there."""
    alpha: float = Field(default=0.05, gt=0, lt=0.5)
    """How often a drop may be seen where there is none (two-sided)."""
    discordance: float | None = Field(default=None, gt=0, le=1)
    """Share of items on which the two models differ; as if they erred independently, where it is not known."""
    n: int | None = Field(default=None, ge=1)
    """Items there are: then also the smallest drop that they show."""

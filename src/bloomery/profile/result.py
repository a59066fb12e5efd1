"""What a profile says: plain numbers, the same whichever way they are shown (terminal, HTML, JSON, notebook)."""

from dataclasses import asdict, dataclass
from html import escape
from typing import Any, NamedTuple

#: an entry of a recipe's ``clean:`` section: a name, or a name with options
Entry = str | dict[str, Any]


class SourceProfile(NamedTuple):
    """One entry of ``data:`` and what it holds."""

    path: str
    format: str
    rows: int
    bytes: int
    quarantined: int
    given: dict[str, Any]  # options of the source that are not the default


class Column(NamedTuple):
    """A top-level field: share of rows by JSON type, and the share where it is null or not there. Shares sum to 1."""

    name: str
    types: dict[str, float]
    missing: float


class Spread(NamedTuple):
    """Lengths of one role over the rows that have it; `histogram` counts in the bins of `LENGTH_EDGES`."""

    role: str
    unit: str  # characters or words
    rows: int
    least: float
    p5: float
    p50: float
    p95: float
    most: float
    histogram: list[int]


class Labels(NamedTuple):
    """Values of the label (or of a completion that is one): the most frequent first, at most `MOST_LABELS` of them."""

    counts: dict[str, int]
    distinct: int
    total: int

    @property
    def imbalance(self) -> float:
        """The most frequent against the least frequent of those counted; 1 is balance. 0 without labels."""
        return max(self.counts.values()) / min(self.counts.values()) if self.counts else 0.0


class Near(NamedTuple):
    """Rows of the sample that the op ``near`` would drop, exact duplicates set aside."""

    rows: int
    looked_at: int
    whole: bool  # the sample is the whole input
    threshold: float


class Bounds(NamedTuple):
    """Suggested smallest and largest length, in characters as the op ``length`` counts them; None is no bound."""

    low: int | None
    high: int | None


@dataclass(frozen=True)
class Profile:
    """Everything found in one reading of the raw data. Counts are rows unless said otherwise."""

    version: str
    format: str
    task: str
    why: list[str]
    sources: list[SourceProfile]
    rows: int
    bytes: int
    quarantine: dict[str, int]  # reason -> records
    quarantined: list[str]  # ids of the first few
    faults: dict[str, int]
    columns: list[Column]
    columns_looked_at: int
    roles: dict[str, int]  # rows that have the role
    turns: dict[int, int]  # user turns of a conversation -> rows; empty unless some row has several
    lengths: list[Spread]
    scripts: dict[str, int]
    labels: Labels | None
    exact: int
    near: Near
    pii: dict[str, int]  # type -> pieces of text
    signals: dict[str, int]
    length_drops: dict[str, int]  # what the default bounds of `length` would drop
    bounds: dict[str, Bounds]
    clean: list[Entry]  # suggested ``clean:`` section

    def to_dict(self) -> dict[str, Any]:
        """Plain data, for JSON; Spread, Column and the like become lists of their fields by name."""
        plain = asdict(self)
        for name in ("sources", "columns", "lengths"):
            plain[name] = [item._asdict() for item in getattr(self, name)]
        plain["labels"] = self.labels._asdict() if self.labels else None
        plain["near"] = self.near._asdict()
        plain["bounds"] = {role: bounds._asdict() for role, bounds in self.bounds.items()}
        return plain

    @property
    def recipe(self) -> str:
        """A starter recipe as YAML text, each choice with its reason."""
        from bloomery.profile.starter import starter_recipe

        return starter_recipe(self)

    def html(self) -> str:
        """The profile as a self-contained HTML page."""
        from bloomery.profile.report import render

        return render(self)

    def _repr_html_(self) -> str:
        """The page in a notebook's cell, in a frame of its own."""
        return f'<iframe srcdoc="{escape(self.html())}" style="width:100%;height:640px;border:0" sandbox></iframe>'

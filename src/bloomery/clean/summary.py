"""What a clean run has to say about itself: plain data between the pipeline and the report.

The pipeline fills a `Summary`, `bloomery.clean.report.render` turns it into HTML, `bloomery.clean.next_steps` reads
the advice out of it. It holds only JSON types, so it can be saved beside the run and rendered again. It holds no time
of day and no folder of this machine, so two runs over the same bytes give the same summary. Texts in it are already
masked: personal data does not enter a report.

Numbers are rows unless a comment says otherwise.
"""

from typing import TypedDict

#: Texts of one row, in reading order: ``[["prompt", "How do I …"], ["completion", "Open …"]]``.
Texts = list[list[str]]


class FormatSummary(TypedDict):
    """How the rows were read."""

    name: str
    task: str
    why: list[str]


class InputSummary(TypedDict):
    """One input file."""

    path: str
    format: str  # of its rows in this run
    container: str
    encoding: str  # "" where a container has none
    converted: bool  # from another format
    rows: int
    bytes: int
    sha256: str
    priority: int
    quarantined: int


class FileSummary(TypedDict):
    """A file of another dataset; of an index, its manifest."""

    path: str
    rows: int
    bytes: int
    sha256: str


class AgainstSummary(TypedDict):
    """Another dataset: how many rows it has, and how many of the input were dropped for them, by op."""

    dataset: str
    rows: int
    dropped: dict[str, int]
    files: list[FileSummary]


class Counts(TypedDict):
    """The fates: ``read = kept + dropped + quarantined``; edited rows are among the kept."""

    read: int
    kept: int
    edited: int
    dropped: int
    quarantined: int


class OpSummary(TypedDict):
    """One step, in recipe order."""

    op: str
    options: dict[str, object]
    dropped: int
    edited: int
    alone: int  # would have dropped by itself
    only: int  # dropped by no other step
    remaining: int  # alive after it
    reasons: dict[str, int]
    edits: dict[str, int]


class SourceSummary(TypedDict):
    """What became of one source."""

    path: str
    read: int
    kept: int
    edited: int
    dropped: int
    quarantined: int


class Lengths(TypedDict):
    """Counts per bin, ``edges[i] <= length < edges[i + 1]``, over all rows read and over those kept."""

    edges: list[float]
    before: list[int]
    after: list[int]
    unit: str


class Example(TypedDict):
    """A dropped row; `against` is the id of the row it was compared with, `detail` whatever the op noted."""

    op: str
    reason: str
    id: str
    score: float | None
    against: str | None
    row: Texts
    against_row: Texts | None
    detail: object


class EditExample(TypedDict):
    """A row before and after one step changed it."""

    op: str
    reason: str
    id: str
    before: Texts
    after: Texts


class Twin(TypedDict):
    """A row kept although it looks like another: they differ where it matters (a number, a negation)."""

    id: str
    against: str
    score: float | None
    row: Texts
    against_row: Texts


class QuarantinedLine(TypedDict):
    """A record that could not be read."""

    id: str
    reason: str


class Summary(TypedDict):
    """Everything the report shows."""

    version: str
    format: FormatSummary
    inputs: list[InputSummary]
    against: list[AgainstSummary]
    counts: Counts
    ops: list[OpSummary]
    sources: list[SourceSummary]
    lengths: dict[str, Lengths]
    examples: list[Example]
    edits: list[EditExample]
    pii: dict[str, int]
    twins: list[Twin]
    quarantine: list[QuarantinedLine]
    quarantine_reasons: dict[str, int]
    sections: dict[str, object]  # of the recipe, beside data and clean
    notes: list[str]
    next: list[str]


#: Bin edges for lengths, whole numbers, about eight to the decade: 0, 1, 2, 3, 4, 6, 8, 10, 13, 18, 24, 32, 42, 56, 75,
#: 100, 130 and so on to 7.5 million; the last bin is open in practice (10^9).
LENGTH_EDGES: tuple[float, ...] = (
    *(0.0, 1.0, 2.0, 3.0, 4.0, 6.0, 8.0),
    *(float(step * 10**power) for power in range(6) for step in (10, 13, 18, 24, 32, 42, 56, 75)),
    1e9,
)

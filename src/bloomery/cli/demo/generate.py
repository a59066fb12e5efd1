"""The raw data of the demo: three sources, a test set, and the truth about both.

    raw/tickets.jsonl        questions and expert answers, JSON lines
    raw/forum.csv            the same from a forum: other column names, quotes and line breaks inside cells
    raw/synthetic.jsonl.gz   generated text, compressed
    raw/benchmark.jsonl      a hundred test items, some of which leaked into the sources
    truth.json               every planted row and what ought to become of it (`bloomery.cli.demo.truth`)

About 2,000 rows. The same seed writes the same bytes: everything is drawn from one `random.Random`, in a fixed order.
"""

import csv
import gzip
import io
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from random import Random

from bloomery.cli.demo.broken import line, plant_broken
from bloomery.cli.demo.copies import plant_copies
from bloomery.cli.demo.faults import plant_faults
from bloomery.cli.demo.items import BENCHMARK, SOURCES, Desk, Item, SourceName
from bloomery.cli.demo.leaks import TRAINED, plant_leaks
from bloomery.cli.demo.lookalikes import plant_lookalikes
from bloomery.cli.demo.personal import plant_personal
from bloomery.cli.demo.truth import KINDS, LEAKS, Cluster, Leak, Planted, Truth
from bloomery.cli.demo.writer import Writer

ROWS = 2_000
TRUTH = "truth.json"
COLUMNS = ("thread", "question", "answer", "votes")


def generate(folder: Path, *, seed: int = 7) -> Truth:
    """Write the raw data and its truth below `folder` (made if it is not there), and return the truth."""
    desk = draft(seed)
    sources = _arrange(desk)
    (folder / "raw").mkdir(parents=True, exist_ok=True)
    for name, items in sources.items():
        (folder / SOURCES[name][0]).write_bytes(_encode(name, items))
    tests = [Item("tickets", test.prompt, test.completion, "") for test in desk.tests]
    (folder / BENCHMARK).write_bytes(_lines(line(item) for item in tests))
    truth = _truth(desk, sources, seed)
    truth.save(folder / TRUTH)
    return truth


def draft(seed: int) -> Desk:
    """Everything planted, filled up with ordinary rows to `ROWS`, in no file yet."""
    rng = Random(seed)  # noqa: S311 (nothing secret)
    desk = Desk(rng, Writer(rng))
    for plant in (plant_copies, plant_lookalikes, plant_personal, plant_faults, plant_broken):
        plant(desk)
    while len(desk.items) < ROWS - TRAINED:
        desk.write()
    plant_leaks(desk)
    return desk


def _arrange(desk: Desk) -> dict[SourceName, list[Item]]:
    """The items of each source in the order of their file; each gets its id."""
    desk.rng.shuffle(desk.items)
    sources: dict[SourceName, list[Item]] = {name: [] for name in SOURCES}
    for item in desk.items:
        sources[item.source].append(item)
        item.id = f"{SOURCES[item.source][0]}:{len(sources[item.source])}"
    return sources


def _encode(name: SourceName, items: Sequence[Item]) -> bytes:
    if name == "forum":
        return _table(items)
    if name == "tickets":
        return _lines(line(item, topic=item.topic) if item.raw is None else item.raw for item in items)
    text = _lines(line(item, generator="mix-3") if item.raw is None else item.raw for item in items)
    packed = io.BytesIO()
    with gzip.GzipFile(fileobj=packed, mode="wb", filename="", mtime=0) as file:
        file.write(text)
    return packed.getvalue()


def _lines(lines: Iterable[bytes]) -> bytes:
    return b"".join(text + b"\n" for text in lines)


def _table(items: Sequence[Item]) -> bytes:
    """CSV with a header; cells with commas, quotes or line breaks are quoted."""
    records = [_record(COLUMNS)]
    for index, item in enumerate(items):
        cells = (str(1000 + index), item.prompt, item.completion, str(index * 37 % 53))
        records.append(_record(cells) if item.raw is None else item.raw)
    return b"".join(record + b"\r\n" for record in records)


def _record(cells: Sequence[str]) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\r\n").writerow(cells)
    return text.getvalue().removesuffix("\r\n").encode()


def _truth(desk: Desk, sources: dict[SourceName, list[Item]], seed: int) -> Truth:
    cluster_of = {item: f"c{at:03}" for at, group in enumerate(desk.groups, 1) for item in group.items}
    planted = [_planted(item, cluster_of.get(item)) for items in sources.values() for item in items if item.kind]
    clusters = [
        Cluster(f"c{at:03}", tuple(item.id for item in group.items), group.items[0].id if group.fixed else None)
        for at, group in enumerate(desk.groups, 1)
    ]
    leaks = [
        Leak(f"{BENCHMARK}:{at}", test.kind, LEAKS[test.kind].expected, test.train.id)
        for at, test in enumerate(desk.tests, 1)
        if test.kind and test.train
    ]
    rows = {SOURCES[name][0]: len(items) for name, items in sources.items()} | {BENCHMARK: len(desk.tests)}
    found = Counter([row.kind for row in planted] + [leak.kind for leak in leaks])
    counts = {kind: found[kind] for kind in [*KINDS, *LEAKS]}
    return Truth(seed, rows, counts, tuple(planted), tuple(clusters), tuple(leaks))


def _planted(item: Item, cluster: str | None) -> Planted:
    kind = item.kind or ""
    against = item.against.id if item.against else None
    return Planted(
        item.id, kind, KINDS[kind].expected, KINDS[kind].by, cluster, against, item.similarity, note=item.note
    )

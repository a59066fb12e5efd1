"""What was looked at and decided before: one SQLite file for all evaluations of a project.

A test that is looked at again and again is fitted to: whoever tries twenty models and deploys the one that passes has tested
twenty times. So each look is counted, by the test's fingerprint and the answers; the same answers scored again are the same look.
And each gate's outcome is kept, so that one sees which gates ever fire, and by what margin (``bloomery gates history``).

Plain ``sqlite3`` with a write-ahead log, as `bloomery.llm.cache`. No text of the data is in it: names, numbers and digests.
"""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from bloomery.errors import DataError, OutputError

_VERSION = 1
_PATIENCE = 60.0  # seconds for another process that writes
_TABLES = """
create table if not exists looks (
    id integer primary key, test text not null, answers text not null, model text not null, first text not null,
    unique (test, answers));
create table if not exists decisions (
    id integer primary key, look integer not null references looks (id), gates_sha256 text not null, rules text not null,
    verdict text not null, at text not null, unique (look, gates_sha256));
create table if not exists gates (
    decision integer not null references decisions (id), name text not null, threshold text not null, level text not null,
    state text not null, value real, low real, high real, bound real, margin real, n integer not null,
    unscored integer not null, primary key (decision, name, threshold));
"""


#: how a verdict says that the history could not be asked
NOT_KNOWN = "how often this test was looked at is not known: "


class Look(NamedTuple):
    """An evaluation that looks at a test."""

    test: str  #: fingerprint of the items
    answers: str  #: digest of the model's answers
    model: str


class Seen(NamedTuple):
    """What the history knows of a test."""

    looks: int | None  #: different answers that were evaluated on it, this time included; None where that is not known
    rules: tuple[dict[str, Any], ...] = ()  #: under which the same answers were decided before, oldest first
    why: str = ""  #: why it is not known


class Outcomes(NamedTuple):
    """How a gate came out over past runs."""

    name: str
    threshold: str
    level: str
    runs: int
    passed: int
    failed: int
    undecided: int
    missing: int
    closest: float | None  #: the smallest distance to the threshold, negative on the wrong side where it failed
    worst: float | None  #: the smallest margin: how far on the wrong side it ever was, negative there
    remark: str


def looked(path: str | Path | None, look: Look) -> Seen:
    """Count this look, and tell what came before. A file that cannot be used is told, and stops nothing."""
    if path is None:
        return Seen(None, why="no history is kept: history is null")
    try:
        with _opened(Path(path)) as base:
            base.execute(
                "insert or ignore into looks (test, answers, model, first) values (?, ?, ?, ?)", (*look, _now())
            )
            (count,) = base.execute("select count(*) from looks where test = ?", (look.test,)).fetchone()
            rows = base.execute(
                "select rules from decisions join looks on looks.id = look where test = ? and answers = ? order by decisions.id",
                (look.test, look.answers),
            ).fetchall()
    except (DataError, OutputError) as error:
        return Seen(None, why=str(error))
    return Seen(int(count), tuple(msgspec.json.decode(row[0]) for row in rows))


def decided(path: str | Path | None, look: Look, verdict: str, sha256: str, rules: Any, gates: Sequence[Any]) -> None:
    """Keep the outcome of each gate (`bloomery.evaluate.gates.decide.Decided`); made again with the same gates it takes the place
    of the earlier one. A file that cannot be used was told of by `looked`.
    """
    if path is None:
        return
    try:
        with _opened(Path(path)) as base:
            (place,) = base.execute(
                "select id from looks where test = ? and answers = ?", (look.test, look.answers)
            ).fetchone()
            base.execute(
                "insert into decisions (look, gates_sha256, rules, verdict, at) values (?, ?, ?, ?, ?) "
                "on conflict (look, gates_sha256) do update set verdict = excluded.verdict",
                (place, sha256, msgspec.json.encode(rules).decode(), verdict, _now()),
            )
            (decision,) = base.execute(
                "select id from decisions where look = ? and gates_sha256 = ?", (place, sha256)
            ).fetchone()
            base.execute("delete from gates where decision = ?", (decision,))
            base.executemany(
                "insert or replace into gates values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                [(decision, *_columns(one)) for one in gates],
            )
    except (DataError, OutputError):
        return


def _columns(one: Any) -> tuple[Any, ...]:
    head = (one.name, one.threshold, one.level, one.state)
    return (*head, one.value, one.low, one.high, one.limit, one.margin, one.n, one.unscored)


def outcomes(path: str | Path) -> list[Outcomes]:
    """How each gate came out over all decided runs, those that fired most first. DataError where there is no history."""
    if not Path(path).is_file():
        raise DataError(
            f"There is no history at {path}",
            expected="the file that bloomery evaluate keeps",
            next="Evaluate with gates first",
        )
    with _opened(Path(path)) as base:
        rows = base.execute(
            "select name, threshold, max(level), count(*), sum(state = 'pass'), sum(state = 'fail'), sum(state = 'undecided'), "
            "sum(state = 'missing'), min(abs(margin)), min(margin) from gates group by name, threshold "
            "order by sum(state = 'fail') desc, sum(state = 'undecided') desc, name, threshold"
        ).fetchall()
    return [Outcomes._make((*row, _remark(*row[3:8]))) for row in rows]


#: runs from which a gate that always comes out the same is remarked on
ENOUGH = 3


def _remark(runs: int, passed: int, failed: int, undecided: int, missing: int) -> str:
    """What to think of a gate.

    >>> _remark(5, 5, 0, 0, 0), _remark(5, 3, 2, 0, 0), _remark(4, 0, 0, 4, 0)
    ('never fired: of no use so far', '', 'never decided: more items, or another threshold')
    """
    if runs < ENOUGH:
        return ""
    if passed == runs:
        return "never fired: of no use so far"
    if failed == runs:
        return "always fired: of no use so far"
    if missing == runs:
        return "never measured"
    return "never decided: more items, or another threshold" if undecided == runs else ""


@contextmanager
def _opened(path: Path) -> Iterator[sqlite3.Connection]:
    """The file, made if it is not there; what is done with it is one transaction."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with closing(sqlite3.connect(path, timeout=_PATIENCE, isolation_level=None)) as base:
            (version,) = base.execute("pragma user_version").fetchone()
            if version not in (0, _VERSION):
                raise DataError(
                    f"The history {path} was written by another version of Bloomery",
                    expected=f"version {_VERSION}",
                    found=f"version {version}",
                    next="Name another file, or move this one away",
                )
            base.execute("pragma journal_mode = wal")
            base.execute("pragma synchronous = normal")
            if version == 0:
                base.executescript(f"begin immediate; {_TABLES} pragma user_version = {_VERSION}; commit;")
            base.execute("begin immediate")
            try:
                yield base
            except BaseException:
                base.execute("rollback")
                raise
            base.execute("commit")
    except OSError as error:
        raise OutputError(f"The history {path} cannot be made", found=error.strerror or str(error)) from error
    except sqlite3.OperationalError as error:
        raise OutputError(f"The history {path} cannot be used", found=str(error)) from error
    except sqlite3.DatabaseError as error:
        raise DataError(f"{path} is no history of evaluations", found=str(error), next="Name another file") from error


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")

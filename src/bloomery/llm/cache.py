"""Answers that were paid for, kept: one SQLite file.

The key is SHA-256 over everything that decides about an answer: the model's identity (address or digest of weights, adapter,
tokenizer and template, options), the messages, the schema and the repeat. The item is not part of it: what is asked the
same is answered the same. Failures are not kept, so that a later run tries again.

Plain ``sqlite3``, not SQLAlchemy: one table, two statements, in the innermost loop, where an expression compiler costs more than
the call. Write-ahead log with ``synchronous = NORMAL``: what is committed outlives ``kill -9``; a power cut may cost the last
answers, never the file. Answers are committed as they come, in the thread that got them. The file is for its owner only:
answers may hold personal data.
"""

import hashlib
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import NamedTuple, Self

import msgspec

from bloomery.errors import DataError, OutputError
from bloomery.llm.base import Answer, Request

_VERSION = 1
_AT_ONCE = 500  # keys in a query
_PAGES = 4000  # of the log, before it is written back (16 MB)
_PATIENCE = 60.0  # seconds for another process that writes
_TABLE = """
create table if not exists answers (
    key blob primary key, model blob not null, text text not null, finish text, named text not null,
    prompt_tokens integer, completion_tokens integer, estimated integer not null, seconds real)
"""
_INSERT = "insert or ignore into answers values (?, ?, ?, ?, ?, ?, ?, ?, ?)"
_SELECT = (
    "select key, text, finish, named, prompt_tokens, completion_tokens, estimated, seconds from answers where key in "
)

_encode = msgspec.json.Encoder(order="deterministic").encode


def key_of(identity: str, request: Request) -> bytes:
    """What an answer is found by, 32 bytes. UnicodeEncodeError for a message that is no text (half a surrogate pair).

    >>> from bloomery.llm.base import Message
    >>> one = Request("1", (Message("user", "Hello"),))
    >>> key_of("m", one) == key_of("m", one._replace(item="2")), key_of("m", one) == key_of("m", one._replace(repeat=1))
    (True, False)
    """
    return hashlib.sha256(_encode((identity, request.messages, request.schema, request.repeat))).digest()


class Means(NamedTuple):
    """What answers of a model have been like; each over those that tell it."""

    answers: int
    completion_tokens: float | None
    seconds: float | None


class Cache:
    """The answers in a file, which is made if it is not there. Close it, or use it as a context manager.

    Several processes may have it open; what one commits the others find. Within a process one thread at a time may use it.
    """

    def __init__(self, path: str | Path) -> None:
        """Raises DataError if the file is no cache of this version, OutputError if it cannot be made."""
        self.path = Path(path)
        _made(self.path)
        with self._explained():
            self._base = sqlite3.connect(
                self.path, timeout=_PATIENCE, isolation_level=None, check_same_thread=False, cached_statements=8
            )
            try:
                self._prepare()
            except BaseException:
                self._base.close()
                raise

    def _prepare(self) -> None:
        (version,) = self._base.execute("pragma user_version").fetchone()
        if version not in (0, _VERSION):
            raise DataError(
                f"The cache {self.path} was written by another version of Bloomery",
                expected=f"version {_VERSION}",
                found=f"version {version}",
                next="Name another file, or move this one away",
            )
        self._base.execute("pragma journal_mode = wal")
        self._base.execute("pragma synchronous = normal")
        self._base.execute(f"pragma wal_autocheckpoint = {_PAGES}")
        if version == 0:
            self._base.execute(_TABLE)
            self._base.execute(f"pragma user_version = {_VERSION}")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the file."""
        self._base.close()

    def find(self, keys: Iterable[bytes]) -> dict[bytes, Answer]:
        """The answers that are there, by key; without item and repeat, and marked as cached."""
        wanted, found = list(dict.fromkeys(keys)), dict[bytes, Answer]()
        with self._explained():
            for first in range(0, len(wanted), _AT_ONCE):
                some = wanted[first : first + _AT_ONCE]
                for row in self._base.execute(f"{_SELECT}({','.join('?' * len(some))})", some):
                    key, text, finish, named, prompt, completion, estimated, seconds = row
                    found[key] = Answer(
                        "", 0, text, None, prompt, completion, bool(estimated), seconds, True, named, finish
                    )
        return found

    def keep(self, identity: bytes, answers: Iterable[tuple[bytes, Answer]]) -> None:
        """Commit answers that have a text, by key, in one transaction; OutputError if they cannot be written.

        The first answer of a key stays. `identity` is the digest of the model's.
        """
        rows = [(key, identity, *_columns(answer)) for key, answer in answers]
        with self._explained():
            if len(rows) == 1:
                self._base.execute(_INSERT, rows[0])
            elif rows:
                self._base.execute("begin immediate")
                with self._base:
                    self._base.executemany(_INSERT, rows)

    def means(self, identity: bytes) -> Means:
        """What the kept answers of a model (by the digest given to `keep`) have been like."""
        query = "select count(*), avg(completion_tokens), avg(seconds) from answers where model = ?"
        with self._explained():
            return Means(*self._base.execute(query, (identity,)).fetchone())

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.OperationalError as error:
            raise OutputError(
                f"The cache {self.path} cannot be used", found=str(error), next="Free disk space, or name another file"
            ) from error
        except sqlite3.DatabaseError as error:
            raise DataError(
                f"{self.path} is no cache of answers", found=str(error), next="Name another file, or move this one away"
            ) from error


def _columns(answer: Answer) -> tuple[str | int | float | None, ...]:
    told = (answer.text, answer.finish, answer.model)
    return (*told, answer.prompt_tokens, answer.completion_tokens, int(answer.estimated), answer.seconds)


def _made(path: Path) -> None:
    """An empty file for its owner only, unless there is one."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600, exist_ok=True)
    except OSError as error:
        raise OutputError(f"Cannot write to {path}", found=error.strerror or str(error)) from error

"""Recorded answers in place of a model: what was judged once is judged again, offline, through the same path.

`record` writes a file that `Replay.read` takes:

    {"item": "7", "repeat": 0, "text": "B", "asked": "5f3c…", "model": "gpt-4", "prompt_tokens": 310, "completion_tokens": 1}

Only item and text are needed (repeat is 0 then). ``asked`` is the digest of the messages that were asked; where it is there, and
another prompt is asked now, the answer is not given (``other_prompt``), since it answers something else. Log-probabilities of
texts, where some were recorded, stand beside ``NAME.jsonl`` in ``NAME.logprobs.parquet`` (`bloomery.llm.logprobs`).
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Self

import msgspec

from bloomery.errors import DataError, nearest
from bloomery.llm.base import Answer, Draw, Logprobs, Passage, Prices, Request, Take, failed
from bloomery.llm.logprobs import RECORDED, Recorded
from bloomery.llm.options import ModelOptions
from bloomery.llm.recorded import item_of, lines_of

_SHOWN, _LOOKED = 3, 1_000  # items that are named, and that are looked at for near ones
_WANTED = '{"item": "7", "text": "B"}'


class Replay:
    """A model that knows its answers by item and repeat."""

    live = False
    max_tokens: int | None = None
    prices: Prices | None = None

    def __init__(
        self,
        name: str,
        answers: Iterable[Mapping[str, Any]],
        *,
        family: str | None = None,
        digest: str = "",
        options: ModelOptions | None = None,
        recorded: Recorded | None = None,
    ) -> None:
        """`answers` are rows as in a file, `recorded` the log-probabilities, where there are some.

        Raises DataError for a row without item, and for two of one item and repeat.
        """
        self.name, self.family, self.options = name, family, options
        self.scores, self._recorded = recorded is not None, recorded
        self._rows: dict[tuple[str, int], Mapping[str, Any]] = {}
        for row in answers:
            place = (item_of(dict(row), "item", Path(name), _WANTED), int(row.get("repeat", 0)))
            if place in self._rows:
                raise DataError(f"{name} has two answers for item '{place[0]}', repeat {place[1]}", expected="one each")
            self._rows[place] = row
        self._digest = digest or _digest(self._rows)

    @classmethod
    def read(
        cls, name: str, path: str | Path, *, family: str | None = None, options: ModelOptions | None = None
    ) -> Self:
        """The answers of a file. Raises DataError if it cannot be read."""
        found = lines_of(Path(path), _WANTED)
        beside = Path(path).with_name(f"{Path(path).stem}{RECORDED}")
        recorded = Recorded(beside) if beside.is_file() else None
        return cls(name, found.rows, family=family, digest=found.digest, options=options, recorded=recorded)

    @property
    def rows(self) -> list[Mapping[str, Any]]:
        """The answers as they were given, in their order."""
        return list(self._rows.values())

    def identity(self) -> str:
        """The digest of the answers."""
        return f"replay {self._digest}"

    def run(self, draw: Draw, take: Take) -> None:
        """Look each answer up."""
        while drawn := draw():
            take(drawn[0], self._answer(drawn[1]))

    def token_logprobs(self, passages: Sequence[Passage]) -> list[Logprobs]:
        """Look each one up."""
        none = Logprobs("", None, "not_recorded", "the file has answers only")
        return [self._recorded.told(one) if self._recorded else none._replace(item=one.item) for one in passages]

    def _answer(self, request: Request) -> Answer:
        row = self._rows.get((request.item, request.repeat))
        if row is None:
            return failed(request, "not_recorded", self._others(request))
        if row.get("asked") not in (None, asked(request)):
            return failed(request, "other_prompt", "the answer was recorded for other messages")
        text = row.get("text")
        if not isinstance(text, str):
            return failed(request, str(row.get("error") or "not_recorded"))
        counts = (row.get("prompt_tokens"), row.get("completion_tokens"), bool(row.get("estimated", False)))
        return Answer(
            request.item,
            request.repeat,
            text,
            None,
            *counts,
            row.get("seconds"),
            cached=True,
            model=str(row.get("model", "")),
            finish=row.get("finish"),
        )

    def _others(self, request: Request) -> str:
        """What was asked for, and what there is."""
        repeats = [repeat for item, repeat in self._rows if item == request.item]
        if repeats:
            return f"asked for repeat {request.repeat} of '{request.item}'; the file has {', '.join(map(str, repeats))}"
        near = nearest(request.item, [item for item, _ in list(self._rows)[:_LOOKED]])
        names = list(dict.fromkeys([*filter(None, [near]), *(item for item, _ in list(self._rows)[:_SHOWN])]))[:_SHOWN]
        shown = ", ".join(f"'{name[:60]}'" for name in names) + ", …" * (len(self._rows) > len(names))
        return f"asked for '{request.item[:60]}'; the file has {shown or 'none'}"


def asked(request: Request) -> str:
    """The digest of the messages of a request."""
    return hashlib.sha256(msgspec.json.encode(request.messages)).hexdigest()


def record(path: str | Path, requests: Sequence[Request], answers: Sequence[Answer]) -> None:
    """Write the answers to requests into a file that `Replay.read` takes, failures included."""
    lines = []
    for request, answer in zip(requests, answers, strict=True):
        row = {"item": request.item, "repeat": request.repeat, "text": answer.text, "error": answer.error}
        row |= {name: getattr(answer, name) for name in ("prompt_tokens", "completion_tokens", "estimated", "seconds")}
        row |= {"model": answer.model, "finish": answer.finish, "asked": asked(request)}
        lines.append(msgspec.json.encode({name: value for name, value in row.items() if value is not None}))
    Path(path).write_bytes(b"\n".join(lines) + b"\n" * bool(lines))


def _digest(rows: Mapping[tuple[str, int], Mapping[str, Any]]) -> str:
    return hashlib.sha256(msgspec.json.encode([dict(rows[place]) for place in sorted(rows)])).hexdigest()

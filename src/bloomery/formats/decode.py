"""From JSON text to parts, a batch at a time.

The quick way is compiled (`bloomery.kernels.json_rows`) and holds no interpreter lock: for formats whose texts are top-level
strings (`Format.flat`), and for plain conversations. It takes the rows that are faultless beyond doubt. Every other row,
and every row of other formats, is looked at by itself (`bloomery.formats.verdict`, `Format.parse`). Both ways give the
same; a test holds them together.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, Self

import msgspec
import numpy as np
import numpy.typing as npt
import polars as pl

from bloomery.formats.base import Format, Record
from bloomery.formats.chat import SIDES, Chat
from bloomery.formats.quick import PLAIN_SPEAKERS, THINK
from bloomery.formats.records import not_utf8
from bloomery.formats.verdict import MAX_DEPTH, Read, judge
from bloomery.kernels import json_rows
from bloomery.kernels.flat import Flat, binaries, strings
from bloomery.schema import ROLES

_ROLE = pl.Enum(ROLES)
_CODES = {role: code for code, role in enumerate(ROLES)}
_KEY = r'[^\\]"\s*:'
_DECODE = msgspec.json.Decoder().decode
_ENCODE = msgspec.json.Encoder().encode


class Parts(NamedTuple):
    """Parts as columns; `row` is the index of the row in the batch, in order."""

    row: npt.NDArray[np.int64]
    role: pl.Series
    text: pl.Series


@dataclass
class Decoded:
    """A batch of records, decoded: what is wrong is keyed by index."""

    parts: Parts
    bad: dict[int, str] = field(default_factory=dict)
    faults: dict[int, str] = field(default_factory=dict)
    #: records whose text is to be replaced (a byte order mark taken off)
    mended: dict[int, bytes] = field(default_factory=dict)


class Decoder:
    """Decodes records of one format, bound to the columns of one source. Threads may share it."""

    def __init__(self, form: Format) -> None:
        self._form = form
        self._quick = _Columns.of(form) or _Turns.of(form)

    def decode(self, raws: Flat, told: Mapping[int, str]) -> Decoded:
        """The parts of `raws`. Rows in `told`, faults known before, get no parts."""
        if self._quick is None:
            return self._one_by_one(raws, range(raws.height), told)
        quick = self._quick.read(raws, told)
        slow = np.flatnonzero(~quick.ok).tolist()
        found = self._one_by_one(raws, slow, told)
        found.parts = _merged(quick.parts, found.parts) if len(found.parts.row) else quick.parts
        return found

    def _one_by_one(self, raws: Flat, which: Sequence[int], told: Mapping[int, str]) -> Decoded:
        rows: list[int] = []
        codes: list[int] = []
        texts: list[str] = []
        found = Decoded(_NO_PARTS, faults=dict(told))
        which = [index for index in which if index not in told] if told else which
        for index, record in zip(which, _plain_records(raws, which), strict=True):
            raw = raws.at(index)
            read = judge(raw, self._form) if record is None else Read(raw, self._form.parse(record))
            if isinstance(read, str):
                found.bad[index] = read
                continue
            if read.raw is not raw:
                found.mended[index] = read.raw
            if read.parsed.fault is not None:
                found.faults[index] = read.parsed.fault
            for role, text in read.parsed.parts:
                rows.append(index)
                codes.append(_CODES[role])
                texts.append(text)
        if rows:
            row = np.array(rows, dtype=np.int64)
            found.parts = Parts(row, _roles(codes), pl.Series("text", texts, dtype=pl.String))
        return found


class _Quick(NamedTuple):
    """What the quick way is sure of."""

    ok: npt.NDArray[np.bool_]  # which rows
    parts: Parts  # of these


class _Columns:
    """The quick way of flat formats."""

    def __init__(self, form: Format, flat: Mapping[str, str], names: Sequence[str]) -> None:
        required: Sequence[str] = getattr(form, "required", tuple(flat))
        self._names = names  # those of `flat`, then others that play a role and must hold nothing
        self._codes = np.array([_CODES[role] for role in flat.values()], dtype=np.uint8)
        self._required = np.array([name in required for name in flat])
        self._scalar = np.array([role == "label" for role in flat.values()])

    @classmethod
    def of(cls, form: Format) -> Self | None:
        """For a flat format, unless two of its columns are one."""
        if form.flat is None:
            return None
        standard: Sequence[str] = getattr(form, "standard", ())
        names = _names(form, [*form.flat, *(name for name in standard if name not in form.flat)])
        return None if names is None else cls(form, form.flat, names)

    def read(self, raws: Flat, told: Mapping[int, str]) -> _Quick:
        """Rows whose required columns hold text and whose others hold text or nothing, none of them in `told`."""
        found = json_rows.fields(raws, self._names)
        width = len(self._codes)
        kinds, size = found.kinds, np.diff(found.texts.offsets).reshape(found.kinds.shape)
        text = kinds == json_rows.TEXT
        text[:, :width] |= (kinds[:, :width] == json_rows.SCALAR) & self._scalar
        filled = text & (size > 0)
        nothing = (kinds == json_rows.ABSENT) | (kinds == json_rows.NULL) | (kinds == json_rows.EMPTY_LIST)
        nothing |= text & (size == 0)
        good = nothing.copy()
        good[:, :width] |= filled[:, :width]
        good[:, :width] &= filled[:, :width] | ~self._required
        ok = _without(found.ok & good.all(axis=1), told)
        keep = filled & ok[:, None]
        row, column = np.nonzero(keep)
        return _Quick(ok, Parts(row, _roles(self._codes[column]), _picked(found.texts, keep.ravel())))


class _Turns:
    """The quick way of conversations."""

    def __init__(self, columns: Sequence[str], keys: tuple[str, str]) -> None:
        self._turns, *self._sides = columns
        self._keys = keys
        self._speakers = list(PLAIN_SPEAKERS)
        self._answers = [role == "completion" for role in PLAIN_SPEAKERS.values()]
        self._codes = np.array([_CODES[role] for role in PLAIN_SPEAKERS.values()], dtype=np.uint8)

    @classmethod
    def of(cls, form: Format) -> Self | None:
        """For chats, unless two of their columns or keys are one."""
        if not isinstance(form, Chat) or type(form).parse is not Chat.parse:
            return None
        columns, keys = _names(form, [form.turns, *SIDES]), _names(form, [form.speaker, form.content])
        return None if columns is None or keys is None else cls(columns, (keys[0], keys[1]))

    def read(self, raws: Flat, told: Mapping[int, str]) -> _Quick:
        """Rows that are plain conversations (`bloomery.formats.quick`), none of them in `told`."""
        found = json_rows.conversations(
            raws, self._turns, self._sides, self._keys, self._speakers, self._answers, THINK
        )
        row = np.repeat(np.arange(raws.height), found.counts)
        parts = Parts(row, _roles(self._codes[found.speakers]), strings(found.contents))
        if not told:
            return _Quick(found.ok, parts)
        ok = _without(found.ok, told)
        keep = ok[row]
        return _Quick(ok, Parts(row[keep], _taken(parts.role, keep), _taken(parts.text, keep)))


def _names(form: Format, standard: Sequence[str]) -> list[str] | None:
    """The names in the data of standard columns; None if two are one, or one is no text that JSON can hold."""
    names = [form.column(name) for name in standard]
    if len(set(names)) < len(names) or any("\ud800" <= char <= "\udfff" for name in names for char in name):
        return None
    return names


def _without(ok: npt.NDArray[np.bool_], told: Mapping[int, str]) -> npt.NDArray[np.bool_]:
    ok[list(told)] = False
    return ok


def _plain_records(raws: Flat, which: Sequence[int]) -> list[Record | None]:
    """The records that are plainly good; None for those to be looked at with care.

    A key that stands twice is gone once decoded: then the record has fewer keys than its text.
    """
    if not len(which):
        return []
    column = binaries(raws)
    text = _strings(column if len(which) == raws.height else column.gather(list(which)))
    shallow = (text.str.count_matches(r"[\[{]") <= MAX_DEPTH).fill_null(False).to_list()
    records = [_record(raws.at(index)) if plain else None for index, plain in zip(which, shallow, strict=True)]
    again = pl.Series([b"" if record is None else _ENCODE(record) for record in records], dtype=pl.Binary)
    lost = text.str.count_matches(_KEY) != again.cast(pl.String).str.count_matches(_KEY)
    for at in lost.fill_null(True).arg_true():
        records[at] = None
    return records


def _record(raw: bytes) -> Record | None:
    try:
        value = _DECODE(raw)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def _strings(column: pl.Series) -> pl.Series:
    """Binary as String, null where it is no UTF-8."""
    try:
        return column.cast(pl.String)
    except pl.exceptions.ComputeError:
        return pl.Series([None if not_utf8(raw) else raw.decode() for raw in column], dtype=pl.String)


def _roles(codes: Sequence[int] | npt.NDArray[np.uint8]) -> pl.Series:
    return pl.Series("role", codes, dtype=pl.UInt8).cat.to(_ROLE)


def _picked(texts: Flat, keep: npt.NDArray[np.bool_]) -> pl.Series:
    """Some of the texts; where the others are empty, their bytes are all there is."""
    ends = texts.offsets[1:][keep]
    offsets = np.concatenate([texts.offsets[:1], ends])
    if int((ends - texts.offsets[:-1][keep]).sum()) == texts.offsets[-1]:
        return strings(Flat(texts.data, offsets))
    return _taken(strings(texts), keep)


def _taken(column: pl.Series, keep: npt.NDArray[np.bool_]) -> pl.Series:
    return column if keep.all() else column.filter(pl.Series(keep))


def _merged(quick: Parts, slow: Parts) -> Parts:
    """Both in the order of the rows; no row is in both."""
    row = np.concatenate([quick.row, slow.row])
    order = np.argsort(row, kind="stable")
    index = pl.Series(order)
    return Parts(
        row[order],
        pl.concat([quick.role, slow.role]).gather(index),
        pl.concat([quick.text, slow.text]).gather(index),
    )


_NO_PARTS = Parts(np.zeros(0, dtype=np.int64), _roles([]), pl.Series("text", [], dtype=pl.String))

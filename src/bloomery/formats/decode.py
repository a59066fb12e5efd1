"""From JSON text to parts, a batch at a time.

The quick way is for formats whose texts are top-level strings (`Format.flat`): msgspec decodes only those columns, strictly,
and Polars checks over the whole batch what msgspec passes over in the columns it skips (bad UTF-8, half surrogates, deep
nesting, a column named twice). A row that fails any of this, and every row of other formats, is looked at by itself
(`bloomery.formats.verdict`, `Format.parse`). Both ways give the same; a test holds them together.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from operator import attrgetter
from typing import Annotated, Any, NamedTuple

import msgspec
import numpy as np
import numpy.typing as npt
import polars as pl

from bloomery.formats.base import Format, Record
from bloomery.formats.records import not_utf8
from bloomery.formats.verdict import MAX_DEPTH, Read, judge
from bloomery.schema import ROLES

_ROLE = pl.Enum(ROLES)
_CODES = {role: code for code, role in enumerate(ROLES)}
_KEY = r'[^\\]"\s*:'
_DECODE = msgspec.json.Decoder().decode
_ENCODE = msgspec.json.Encoder().encode
_NOTHING = Annotated[list[Any], msgspec.Meta(max_length=0)]


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
    """Decodes records of one format, bound to the columns of one source."""

    def __init__(self, form: Format) -> None:
        self._form = form
        self._quick = _Quick(form) if form.flat is not None and _nameable(form) else None

    def decode(self, raws: list[bytes], column: pl.Series, told: Mapping[int, str]) -> Decoded:
        """The parts of `raws`; `column` holds the same as Binary. Rows in `told`, faults known before, get no parts."""
        slow: Sequence[int] = range(len(raws))
        quick = None
        if self._quick is not None:
            quick, slow = self._quick.decode(raws, column)
        found = self._one_by_one(raws, column, slow, told)
        if quick is not None:
            found.parts = _merged(quick, found.parts) if len(slow) else quick
        return found

    def _one_by_one(
        self, raws: Sequence[bytes], column: pl.Series, which: Sequence[int], told: Mapping[int, str]
    ) -> Decoded:
        rows: list[int] = []
        codes: list[int] = []
        texts: list[str] = []
        found = Decoded(_NO_PARTS, faults=dict(told))
        for index, record in zip(which, _plain_records(raws, column, which), strict=True):
            if index in told:
                continue
            raw = raws[index]
            read = judge(raw, self._form) if record is None else Read(raw, self._form.parse(record))
            if isinstance(read, str):
                found.bad[index] = read
                continue
            if read.raw is not raws[index]:
                found.mended[index] = read.raw
            if read.parsed.fault is not None:
                found.faults[index] = read.parsed.fault
            for role, text in read.parsed.parts:
                rows.append(index)
                codes.append(_CODES[role])
                texts.append(text)
        found.parts = Parts(np.array(rows, dtype=np.int64), _roles(codes), pl.Series("text", texts, dtype=pl.String))
        return found


def _nameable(form: Format) -> bool:
    """Whether msgspec can name fields like the columns: all different, without quotes or control characters."""
    standard: Sequence[str] = getattr(form, "standard", ()) or tuple(form.flat or ())
    names = [form.column(name) for name in standard]
    return len(set(names)) == len(names) and not any(char in '"\\' or char < " " for name in names for char in name)


class _Quick:
    """The quick way."""

    def __init__(self, form: Format) -> None:
        assert form.flat is not None
        required: Sequence[str] = getattr(form, "required", tuple(form.flat))
        others = [name for name in getattr(form, "standard", ()) if name not in form.flat]
        fields: list[tuple[str, Any] | tuple[str, Any, Any]] = []
        for at, name in enumerate(form.flat):
            fields.append((f"f{at}", str) if name in required else (f"f{at}", str | None, None))
        fields += [(f"g{at}", _NOTHING | None, None) for at in range(len(others))]
        named = {f"f{at}": form.column(name) for at, name in enumerate(form.flat)}
        named |= {f"g{at}": form.column(name) for at, name in enumerate(others)}
        struct = msgspec.defstruct("Row", fields, rename=named, gc=False, kw_only=True)
        self._decode = msgspec.json.Decoder(struct).decode
        self._blank = struct(**{f"f{at}": "" for at in range(len(form.flat))})
        self._width = len(form.flat)
        self._codes = np.array([_CODES[role] for role in form.flat.values()], dtype=np.uint8)
        self._required = np.array([name in required for name in form.flat])
        keys = "|".join(pl.escape_regex(msgspec.json.encode(form.column(name)).decode()) for name in form.flat)
        self._key = rf"(?:{keys})\s*:"

    def decode(self, raws: list[bytes], column: pl.Series) -> tuple[Parts, list[int]]:
        """Parts of the rows that are plainly good, and the indexes of the others."""
        rows, failed = self._structs(raws)
        cells: list[str | None] = [None] * (len(raws) * self._width)
        for at in range(self._width):
            cells[at :: self._width] = map(attrgetter(f"f{at}"), rows)
        text = pl.Series("text", cells, dtype=pl.String)
        shape = (len(raws), self._width)
        given = text.is_not_null().to_numpy().reshape(shape)
        filled = (text.str.len_bytes() > 0).fill_null(False).to_numpy().reshape(shape)
        slow = self._suspects(column, given.sum(axis=1)) | ~filled[:, self._required].all(axis=1)
        slow[failed] = True
        keep = filled & ~slow[:, None]
        parts = Parts(np.repeat(np.arange(len(raws)), self._width), _roles(np.tile(self._codes, len(raws))), text)
        return (parts if keep.all() else _taken(parts, keep.ravel())), np.flatnonzero(slow).tolist()

    def _structs(self, raws: list[bytes]) -> tuple[list[Any], list[int]]:
        """Each record decoded, an empty one in the place of those that fail, and which these are."""
        rows: list[Any] = []
        failed: list[int] = []
        waiting = iter(raws)
        while len(rows) < len(raws):
            try:
                rows.extend(map(self._decode, waiting))  # up to the first that fails; `waiting` stands behind it
            except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
                failed.append(len(rows))
                rows.append(self._blank)
        return rows, failed

    def _suspects(self, column: pl.Series, given: npt.NDArray[np.int64]) -> npt.NDArray[np.bool_]:
        """Rows that may hide something in the columns that were skipped."""
        text = _strings(column)
        bad = text.is_null() | (text.str.count_matches(r"[\[{]") > MAX_DEPTH)
        bad |= text.str.count_matches(self._key) > pl.Series(given)
        half = text.str.contains(r"\\u[dD][89a-fA-F]")
        if half.any():
            pairs = text.str.count_matches(r"\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F]")
            bad |= text.str.count_matches(r"\\u[dD][89a-fA-F]") != 2 * pairs
        return bad.fill_null(True).to_numpy().copy()


def _plain_records(raws: Sequence[bytes], column: pl.Series, which: Sequence[int]) -> list[Record | None]:
    """The records that are plainly good; None for those to be looked at with care.

    A key that stands twice is gone once decoded: then the record has fewer keys than its text.
    """
    text = _strings(column if len(which) == len(raws) else column.gather(list(which)))
    shallow = (text.str.count_matches(r"[\[{]") <= MAX_DEPTH).fill_null(False).to_list()
    records = [_record(raws[index]) if plain else None for index, plain in zip(which, shallow, strict=True)]
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


def _taken(parts: Parts, keep: npt.NDArray[np.bool_]) -> Parts:
    mask = pl.Series(keep)
    return Parts(parts.row[keep], parts.role.filter(mask), parts.text.filter(mask))


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

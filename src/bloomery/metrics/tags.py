"""Tags to spans: which entities a sequence of tags holds under a named scheme, strictly.

    IOB2 (BIO)      B begins an entity, I goes on with the type of the tag before it
    IOB1            I begins one too; B only parts two entities of one type that touch (CoNLL 2003)
    IOBES (BIOES)   B I* E, or S for an entity of one token
    BILOU           the same with L for E and U for S

What does not follow the scheme is no entity: an ``I-PER`` after ``O`` under IOB2, a ``B`` without its ``E`` under IOBES. That is
the strict mode of seqeval, which is the oracle of the tests; its default mode forgives such tags (as conlleval did), and so
says 1.0 for predictions that are no valid sequence. A tag is ``O`` or a letter of the scheme, a hyphen and a type.
"""

from typing import Literal

import numpy as np
import numpy.typing as npt
import polars as pl

from bloomery.text.json_text import NOTHING, value_in

Scheme = Literal["IOB2", "IOB1", "IOBES", "BILOU"]

#: of spans: row of the sequence, first token, token after the last, type
SPANS_SCHEMA = pl.Schema({"row": pl.UInt32(), "start": pl.Int64(), "end": pl.Int64(), "type": pl.String()})

_LETTERS = {"IOB2": "BI", "IOB1": "BI", "IOBES": "BIES", "BILOU": "BILU"}
_O, _B, _I, _E, _S, _NONE = range(6)
_CODES = {"B": _B, "I": _I, "E": _E, "S": _S, "L": _E, "U": _S}
_Codes = npt.NDArray[np.uint8]
_Mask = npt.NDArray[np.bool_]


def sequences(texts: pl.Series) -> pl.Series:
    """The tags of each text, a JSON list of strings or parted by white space; List of String, null for unreadable JSON.

    A List of String is given back as it is.

    >>> sequences(pl.Series(["O B-PER", '["O", "B-PER"]', '["O", 1]', ""])).to_list()
    [['O', 'B-PER'], ['O', 'B-PER'], None, []]
    """
    if isinstance(texts.dtype, pl.List):
        return texts.cast(pl.List(pl.String))
    parted = texts.fill_null("").str.extract_all(r"\S+")
    brackets = texts.str.strip_chars_start().str.starts_with("[").fill_null(False)
    if not brackets.any():
        return parted
    read = pl.Series([_listed(text) for text in texts.filter(brackets)], dtype=pl.List(pl.String))
    places = (brackets.cum_sum().cast(pl.Int64) - 1).clip(0)
    return parted.zip_with(~brackets, read.gather(places))


def _listed(text: str) -> list[str] | None:
    value = value_in(text, list, "whole")
    return value if value is not NOTHING and all(isinstance(one, str) for one in value) else None


def spans(tags: pl.Series, scheme: Scheme) -> tuple[pl.DataFrame, pl.Series]:
    """The entities in sequences of tags (List of String), and which sequences have nothing but tags of the scheme.

    The frame is of `SPANS_SCHEMA`, in order of row and start. A null, or a sequence with a foreign tag, is not valid
    (False) and holds no entity.

    >>> found, valid = spans(pl.Series([["B-PER", "I-PER", "I-LOC"], ["E-PER"]]), "IOB2")
    >>> found.rows(), valid.to_list()
    ([(0, 0, 2, 'PER')], [True, False])
    """
    lengths = tags.list.len().fill_null(0).to_numpy().astype(np.int64)
    row = np.repeat(np.arange(len(tags)), lengths)
    flat = tags.explode(empty_as_null=False).drop_nulls() if len(row) else pl.Series([], dtype=pl.String)
    if len(flat) < len(row):  # a null among the tags
        return spans(pl.Series([None if one is None or None in one else one for one in tags.to_list()]), scheme)
    code, type_ = _taken_apart(flat, scheme)
    valid = tags.is_not_null().to_numpy().copy()
    valid[row[code == _NONE]] = False
    heads, lasts = _entities(code, _same_as_before(row, type_), scheme)
    kept = valid[row[heads]]
    heads, lasts = heads[kept], lasts[kept]
    begin = (np.cumsum(lengths) - lengths)[row[heads]]
    columns = {"row": row[heads], "start": heads - begin, "end": lasts + 1 - begin, "type": type_.gather(heads)}
    return pl.DataFrame(columns).cast(SPANS_SCHEMA), pl.Series(valid)


def _taken_apart(flat: pl.Series, scheme: Scheme) -> tuple[_Codes, pl.Series]:
    """The code and the type of each tag."""
    known = {letter: _CODES[letter] for letter in _LETTERS[scheme]}
    tag = pl.col("tag")
    taken = (
        flat.alias("tag")
        .to_frame()
        .select(
            code=pl.when(tag == "O")
            .then(pl.lit(_O, dtype=pl.UInt8))
            .when((tag.str.slice(1, 1) == "-") & (tag.str.len_bytes() > 2))
            .then(tag.str.head(1).replace_strict(known, default=_NONE, return_dtype=pl.UInt8))
            .otherwise(pl.lit(_NONE, dtype=pl.UInt8)),
            type=tag.str.slice(2),
        )
    )
    return taken["code"].to_numpy(), taken["type"]


def _same_as_before(row: npt.NDArray[np.int64], type_: pl.Series) -> _Mask:
    """Whether the tag before is of the same sequence and type."""
    same = (type_ == type_.shift(1)).fill_null(False).to_numpy().copy()
    same[1:] &= row[1:] == row[:-1]
    return same


def _entities(code: _Codes, same: _Mask, scheme: Scheme) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """The first and the last place of each entity.

    A tag either goes on with the one before or heads a run; a run is an entity if its head may begin one and its last tag
    may end one.
    """
    before = np.concatenate([[_O], code[:-1]]).astype(np.uint8)
    open_ = (before == _B) | (before == _I)
    parting = (code == _B) & open_ & same  # what B is for under IOB1
    if scheme == "IOB1":
        begun = (before == _I) | np.concatenate([[False], parting[:-1]])
        goes_on, begins = (code == _I) & begun & same, (code == _I) | parting
    else:
        goes_on, begins = ((code == _I) | (code == _E)) & open_ & same, (code == _B) | (code == _S)
    heads = np.flatnonzero(~goes_on)
    lasts = np.append(heads[1:], len(code)) - 1 if len(heads) else heads
    entity = begins[heads]
    if scheme in ("IOBES", "BILOU"):
        entity &= (code[lasts] == _E) | (code[lasts] == _S)
    return heads[entity], lasts[entity]

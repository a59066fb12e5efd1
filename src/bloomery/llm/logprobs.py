"""Log-probabilities of texts: told once by a model, kept in the cache, and recorded so that they can be read again.

The key of the cache is that of answers, over the model's identity, the messages and the text. Values are rounded to a millionth,
so what is told, cached and recorded is the same. A file of them is a table with a row a passage:

    item       String
    asked      String         digest of messages and text: told of another text, they are not given (``other_prompt``); or null
    logprobs   List[Float64]  null where there is an error
    error      String
"""

import hashlib
from collections.abc import Sequence
from pathlib import Path

import msgspec
import polars as pl

from bloomery.errors import DataError
from bloomery.llm.base import Answer, Logprobs, Passage, Scorer
from bloomery.llm.cache import Cache

__all__ = ["RECORDED", "Recorded", "record_logprobs", "token_logprobs"]

#: what stands after the model's name in the name of a file
RECORDED = ".logprobs.parquet"
#: passages that are told before any is kept
_AT_ONCE = 128
_SCHEMA = pl.Schema(
    {"item": pl.String(), "asked": pl.String(), "logprobs": pl.List(pl.Float64()), "error": pl.String()}
)
_decode = msgspec.json.Decoder(tuple[float, ...]).decode


def digest_of(passage: Passage) -> str:
    """The digest of messages and text; the item is not part of it.

    >>> digest_of(Passage("1", (), "Hello")) == digest_of(Passage("2", (), "Hello")) != digest_of(Passage("1", (), "Hello!"))
    True
    """
    whole = msgspec.json.encode((passage.messages, passage.text))
    return hashlib.sha256(whole).hexdigest()


def token_logprobs(model: Scorer, passages: Sequence[Passage], *, cache: Cache | None = None) -> list[Logprobs]:
    """The log-probabilities of each passage, in their order; equal ones are told once, those in the `cache` not again."""
    digests = [_digest(passage) for passage in passages]
    first: dict[str, Passage] = {}
    for digest, passage in zip(digests, passages, strict=True):
        if digest:
            first.setdefault(digest, passage)
    found = _kept(model, first, cache) if model.live else {}
    rest = [digest for digest in first if digest not in found]
    if not model.live:  # it goes by the item
        return _given(passages, model.token_logprobs(passages))
    for begin in range(0, len(rest), _AT_ONCE):
        some = rest[begin : begin + _AT_ONCE]
        told = [_rounded(one) for one in model.token_logprobs([first[digest] for digest in some])]
        found |= dict(zip(some, told, strict=True))
        if cache is not None:
            _keep(model, {digest: one for digest, one in zip(some, told, strict=True) if one.error is None}, cache)
    unwritable = Logprobs("", None, "failed", "a message or the text holds half a surrogate pair")
    return _given(passages, [found.get(digest, unwritable) for digest in digests])


def _given(passages: Sequence[Passage], told: Sequence[Logprobs]) -> list[Logprobs]:
    return [one._replace(item=passage.item) for passage, one in zip(passages, told, strict=True)]


def _rounded(told: Logprobs) -> Logprobs:
    return told if told.values is None else told._replace(values=tuple(round(one, 6) for one in told.values))


def _digest(passage: Passage) -> str:
    """ "" for a passage that cannot be written down."""
    try:
        return digest_of(passage)
    except UnicodeEncodeError:
        return ""


def _key(model: Scorer, digest: str) -> bytes:
    return hashlib.sha256(f"logprobs\0{model.identity()}\0{digest}".encode()).digest()


def _kept(model: Scorer, wanted: dict[str, Passage], cache: Cache | None) -> dict[str, Logprobs]:
    if cache is None:
        return {}
    keys = {_key(model, digest): digest for digest in wanted}
    return {keys[key]: Logprobs("", _decode(one.text or "[]")) for key, one in cache.find(keys).items()}


def _keep(model: Scorer, told: dict[str, Logprobs], cache: Cache) -> None:
    """As answers of a model of its own: what it says to prompts is counted apart."""
    whose = hashlib.sha256(f"logprobs\0{model.identity()}".encode()).digest()
    texts = {digest: msgspec.json.encode(one.values).decode() for digest, one in told.items()}
    cache.keep(whose, [(_key(model, digest), Answer("", 0, text, None)) for digest, text in texts.items()])


def record_logprobs(path: Path, passages: Sequence[Passage], told: Sequence[Logprobs]) -> None:
    """Write what was told into a file that `Recorded` reads, failures included."""
    rows = [
        {"item": passage.item, "asked": _digest(passage), "logprobs": one.values, "error": one.error}
        for passage, one in zip(passages, told, strict=True)
    ]
    pl.DataFrame(rows, schema=_SCHEMA).write_parquet(path)


class Recorded:
    """Log-probabilities in a file, by item."""

    def __init__(self, path: Path) -> None:
        """Raises DataError if the file cannot be read."""
        try:
            frame = pl.read_parquet(path)
        except (OSError, pl.exceptions.PolarsError) as error:
            raise DataError(f"{path} cannot be read", expected="recorded log-probabilities", found=str(error)) from None
        if frame.schema != _SCHEMA:
            raise DataError(
                f"{path} has no log-probabilities",
                expected=", ".join(f"{name} {dtype}" for name, dtype in _SCHEMA.items()),
                found=", ".join(f"{name} {dtype}" for name, dtype in frame.schema.items())[:200],
            )
        self._rows = {item: rest for item, *rest in frame.iter_rows()}

    def told(self, passage: Passage) -> Logprobs:
        """What was recorded for the passage's item, if it was of the same messages and text."""
        if passage.item not in self._rows:
            return Logprobs(passage.item, None, "not_recorded")
        asked, values, error = self._rows[passage.item]
        if asked not in (None, _digest(passage)):
            return Logprobs(passage.item, None, "other_prompt", "they were recorded for another text")
        return Logprobs(passage.item, None if values is None else tuple(values), error)

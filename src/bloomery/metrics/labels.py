r"""A label read from free text: strictly, or not at all.

An answer is read in three ways, and the first that has something to say decides:

1. exact: the whole answer is a label or an alias, once normalised and without quotes, brackets, emphasis and a full stop;
2. bracket: it holds ``[[B]]``, ``\boxed{B}`` or ``<answer>B</answer>``, and all of these name one label;
3. verdict: it holds a verdict ("Answer: B", "My verdict is B"), the last of which begins with a label that ends there or is
   followed by a reason ("B, because …").

Two labels ("Answer: A or B") are ambiguous, and so are a bracket and a verdict that differ. A label that is merely mentioned
("this is not spam") is none. What is ambiguous or names none is *unparsed*: a wrong answer with a rate of its own, never a
class and never the first label found.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

import polars as pl

from bloomery.errors import RecipeError
from bloomery.text.normalise import key

#: words that announce a verdict when ":", "=" or "is" comes after them
WORDS = (
    "answer",
    "category",
    "choice",
    "class",
    "classification",
    "decision",
    "intent",
    "judgement",
    "judgment",
    "label",
    "option",
    "prediction",
    "rating",
    "sentiment",
    "verdict",
    "答案",
    "标签",
    "类别",
    "结论",
)
#: how an answer was read, or why it was not
HOW = pl.Enum(["exact", "bracket", "verdict", "ambiguous", "none"])
#: what may stand around a label that says nothing
_AROUND = " \t\r\n.,;:!?'\"`*_()[]{}<>“”‘’«»„。，；：！？（）【】「」"
_QUOTES = r"[\s'\"`*_()\[\]{}<>“”‘’«»„（）【】「」]*"
_BRACKET = r"(?i)\[\[([^\[\]\n]{1,200})\]\]|\\boxed\{(?:\\text\{)?([^{}\n]{1,200})\}|<answer>([^<>]{1,200})</answer>"
#: what ends a label in a verdict, so that 9.5 is not 9 and A/B is not A
_END = r"(?:$|[.,:](?:\s|$)|[;!?。，；：！？\n—–]|\s[-(（]|\s(?:because|since)\b)"
#: characters of a verdict's line that are looked at, from its end: an explanation on the same line may be long, but not endless
_LONGEST = 10_000
#: bytes that all labels may have together for a reason to be read behind a verdict; of more the engine makes no pattern
_LARGE = 40_000
_EDGE = r"(?-u:\b)"
_SENTENCE = r"^(?s:(.*?))(?:[.!?](?:\s|$)|[。！？\n]|$)"


class Labels(NamedTuple):
    """A label set, and how each label may be spelt: keys (`bloomery.text.normalise`) to places in `names`."""

    names: tuple[str, ...]
    exact: dict[str, int]
    bare: dict[str, int]  # without what stands around
    words: tuple[str, ...]


def labels(names: Sequence[str], aliases: Mapping[str, str] | None = None, words: Sequence[str] = WORDS) -> Labels:
    """The label set `names`, with other spellings of them (alias: label).

    Raises RecipeError for no label, an empty one, two that are the same once normalised, and an alias of no label.
    """
    spelt = [(name, place) for place, name in enumerate(names)]
    for alias, name in (aliases or {}).items():
        if name not in names:
            raise RecipeError(f"'{alias}' is an alias of '{name}'", expected="a label: " + ", ".join(names))
        spelt.append((alias, names.index(name)))
    exact: dict[str, int] = {}
    for (text, place), normal in zip(spelt, key(pl.Series([text for text, _ in spelt], dtype=pl.String)), strict=True):
        if not normal or exact.get(normal, place) != place or (text in names and normal in exact):
            raise RecipeError(
                f"The label '{text}' cannot be told from others" if normal else "A label is empty",
                expected="labels and aliases that differ in more than case, width and white space",
            )
        exact[normal] = place
    if not exact:
        raise RecipeError("There are no labels", expected="one at least")
    return Labels(tuple(names), exact, _bare(exact), tuple(word for word in words if word.strip()))


def _bare(exact: Mapping[str, int]) -> dict[str, int]:
    """Labels without what stands around them; where two become the same (``c``, ``c.``), neither is read that way."""
    found: dict[str, set[int]] = {}
    for normal, place in exact.items():
        found.setdefault(normal.strip(_AROUND), set()).add(place)
    return {bare: places.pop() for bare, places in found.items() if bare and len(places) == 1}


def read(texts: pl.Series, among: Labels) -> pl.DataFrame:
    """For each text ``label`` (UInt32, its place in the label set; null where unparsed) and ``how`` (`HOW`), aligned.

    >>> judge = labels(["A", "B"])
    >>> read(pl.Series(["b.", "The format is [[A]] or [[B]]. My verdict: [[B]]", "Answer: A or B"]), judge).rows()
    [(1, 'exact'), (1, 'verdict'), (None, 'ambiguous')]
    """
    label = _looked_up(texts, among)
    rest = label.is_null().arg_true()
    how = pl.select(pl.when(label.is_not_null()).then(pl.lit("exact")).otherwise(pl.lit("none")).cast(HOW)).to_series()
    if len(rest):
        told = _told(texts.gather(rest).fill_null(""), among)
        label, how = label.scatter(rest, told["label"]), how.cast(pl.String).scatter(rest, told["how"]).cast(HOW)
    return pl.DataFrame({"label": label, "how": how})


def _looked_up(texts: pl.Series, among: Labels) -> pl.Series:
    """The label that a text is, whole."""
    normal = key(texts)
    found = normal.replace_strict(among.exact, default=None, return_dtype=pl.UInt32)
    if not found.null_count():
        return found.alias("label")
    bare = normal.str.strip_chars(_AROUND).replace_strict(among.bare, default=None, return_dtype=pl.UInt32)
    return pl.select(pl.coalesce(found, bare).alias("label")).to_series()


def _told(texts: pl.Series, among: Labels) -> pl.DataFrame:
    """What brackets and verdicts say, as text: ``label, how``."""
    found = pl.DataFrame({"bracket": _bracketed(texts, among), "verdict": _verdict(texts, among)})
    bracket, verdict = pl.col("bracket"), pl.col("verdict")
    differ = (bracket != verdict) & (bracket >= 0) & (verdict >= 0)
    label = pl.when(differ).then(None).when(bracket >= 0).then(bracket).when(verdict >= 0).then(verdict)
    how = (
        pl.when(differ).then(pl.lit("ambiguous"))
        .when(bracket >= 0).then(pl.lit("bracket"))
        .when(verdict >= 0).then(pl.lit("verdict"))
        .when((bracket == _TWO) | (verdict == _TWO)).then(pl.lit("ambiguous"))
        .otherwise(pl.lit("none"))
    )  # fmt: skip
    return found.select(label=label.cast(pl.UInt32), how=how)


#: in the place of a label: none, or more than one
_NONE, _TWO = -1, -2


def _bracketed(texts: pl.Series, among: Labels) -> pl.Series:
    """The one label that all brackets name, `_NONE` or `_TWO`. What is in brackets and no label is passed over."""
    inside = texts.str.extract_all(_BRACKET).to_frame("piece").with_row_index("row").explode("piece").drop_nulls()
    inner = inside["piece"].str.replace_all(r"(?i)^\\boxed\{(?:\\text\{)?|^<answer>|</answer>$", "")
    named = inside.with_columns(label=_looked_up(inner, among)).drop_nulls()
    one = named.group_by("row").agg(
        found=pl.when(pl.col("label").n_unique() == 1).then(pl.col("label").first().cast(pl.Int64)).otherwise(_TWO)
    )
    rows = pl.DataFrame({"row": pl.Series(range(len(texts)), dtype=inside.schema["row"])})
    return rows.join(one, on="row", how="left", maintain_order="left")["found"].fill_null(_NONE)


def _verdict(texts: pl.Series, among: Labels) -> pl.Series:
    """The label that the last verdict gives, `_NONE` or `_TWO`."""
    if not among.words:
        return pl.repeat(_NONE, len(texts), dtype=pl.Int64, eager=True)
    announced = _announced(among.words)
    last_line = texts.str.extract_all(rf"(?i)(?:{announced})\s*[^\n]*").list.last().str.tail(_LONGEST)
    said = last_line.str.extract(rf"(?i)^(?s:.*)(?:{announced})\s*([^\n]*)").fill_null("")
    whole = _looked_up(said, among)
    if sum(len(text.encode()) for text in among.exact) > _LARGE:
        return whole.cast(pl.Int64).fill_null(_NONE)
    start = key(said).str.extract(rf"^{_QUOTES}({_alternatives([*among.exact, *among.bare])}){_QUOTES}{_END}")
    first = _looked_up(start.fill_null(""), among)
    named = _named(said.str.extract(_SENTENCE).fill_null(""), among)
    two = (pl.col("different") > 1) | ((pl.col("different") == 1) & (pl.col("one") != pl.col("first")))
    return named.with_columns(whole=whole, first=first).select(
        pl.when(pl.col("whole").is_not_null())
        .then(pl.col("whole").cast(pl.Int64))
        .when(two)
        .then(_TWO)
        .otherwise(pl.col("first").cast(pl.Int64).fill_null(_NONE))
    )[:, 0]


def _announced(words: Sequence[str]) -> str:
    """A pattern for what announces a verdict."""
    return rf"(?:{_alternatives(words, edged=True)}){_QUOTES}(?:[:：=]|{_EDGE}is{_EDGE}[ \t]*:?|是|为)"


def _alternatives(spelt: Iterable[str], *, edged: bool = False) -> str:
    """Texts as alternatives of a pattern, the longest first; `edged` ones stand alone, in scripts that part words."""

    def edge(letter: str) -> str:
        return (
            _EDGE if letter.isascii() and letter.isalnum() else r"\b" if letter.isalnum() and letter < "\u2e80" else ""
        )

    def one(text: str) -> str:
        return edge(text[0]) + re.escape(text) + edge(text[-1]) if edged else re.escape(text)

    return "|".join(map(one, sorted(set(spelt), key=lambda text: (-len(text), text))))


def _named(sentences: pl.Series, among: Labels) -> pl.DataFrame:
    """How many ``different`` labels each sentence names, and ``one`` of them; those of one letter as spelt only (A, not a)."""
    long = [text for text in among.exact if len(text) > 1]
    short = [name for name in among.names if len(name) == 1]
    pieces = [
        text.str.extract_all(_alternatives(spelt, edged=True)).to_frame("piece").with_row_index("row").explode("piece")
        for text, spelt in ((key(sentences), long), (sentences, short))
        if spelt
    ]
    rows = pl.concat(pieces).drop_nulls()
    named = rows.with_columns(label=_looked_up(rows["piece"], among)).drop_nulls()
    counted = named.group_by("row").agg(different=pl.col("label").n_unique(), one=pl.col("label").min())
    found = pl.DataFrame({"row": pl.Series(range(len(sentences)), dtype=rows.schema["row"])})
    found = found.join(counted, on="row", how="left", maintain_order="left")
    return found.select(pl.col("different").fill_null(0), "one")

"""Which format a source has, and what was seen that says so.

Every format is asked whether the first rows look like it (`Format.claim`); its score is the share of rows that fit, times
how telling its columns are, so ``{"messages", "label": true}`` is KTO before it is a chat. The best claim wins if at least
half of the rows fit; the others get a fault, row by row. A user's word overrules this: ``format`` picks the format, and
``columns`` says which column plays which part.

The task is ``label`` for classification, pair and token_labels, and wherever answers are labels in fact (`task_of`):

- they are **short**: half of them or more are under 20 characters, the smallest answer that the length step lets pass by default.
  It would delete half of the data or more, which nobody wants, whatever the answers are; or
- they are **few**: at least 20 answers of at most 64 characters (19 of 20 of them), each seen twice or more on average.

Characters of scripts that write more in less (Chinese, Japanese, Korean) count three times.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple
from unicodedata import east_asian_width

from bloomery.errors import DataError, RecipeError, did_you_mean
from bloomery.formats.alpaca import Alpaca, SelfInstruct
from bloomery.formats.base import Claim, Format, Record
from bloomery.formats.chat import Chat
from bloomery.formats.classification import Classification
from bloomery.formats.completion import Completion
from bloomery.formats.kto import Kto
from bloomery.formats.lossless import Number
from bloomery.formats.oasst import Oasst, OasstMessages, OasstPreferences
from bloomery.formats.pair import Pair
from bloomery.formats.preference import Preference
from bloomery.formats.sharegpt import Sharegpt
from bloomery.formats.text import Text
from bloomery.formats.token_labels import TokenLabels
from bloomery.schema import Task
from bloomery.text.counted import counted

#: all formats; of equal claims the first wins
FORMATS: tuple[type[Format], ...] = (
    Kto,
    Preference,
    Oasst,
    OasstMessages,
    OasstPreferences,
    SelfInstruct,
    TokenLabels,
    Chat,
    Sharegpt,
    Pair,
    Alpaca,
    Completion,
    Classification,
    Text,
)
_BY_NAME = {form.name: form for form in FORMATS}
_ALWAYS_LABELS = ("classification", "pair", "token_labels")
_FEW, _SHORT, _LABEL = 20, 20, 64  # answers; characters; characters


class Detected(NamedTuple):
    """A format bound to the columns of a source, its task, and one sentence on what was seen."""

    format: Format
    task: Task
    why: str


def detect(
    records: Sequence[Record],
    *,
    where: str,
    format: str | None = None,  # noqa: A002
    columns: Mapping[str, str] | None = None,
) -> Detected:
    """The format of the source that begins with `records`; `where` names it in errors.

    Raises `DataError` where no format fits, `RecipeError` for a format or a standard column that does not exist.
    """
    columns = columns or {}
    if not records:
        raise DataError(f"{where} has no rows to tell its format from", expected="at least one row", found="none")
    known = _with_columns(columns, [_named(format)] if format else FORMATS)
    _refuse_absent(records, columns, where)
    if format is None:
        claim = _best(known, records, columns, where)
    else:
        claim = _claimed(known[0], records, columns) or Claim(known[0](dict(columns)), 0.0, "as told")
        _refuse_misfit(claim.format, records, where)
    return _detected(claim, records)


def names() -> list[str]:
    """The names of all formats."""
    return list(_BY_NAME)


def task_of(form: Format, records: Sequence[Record]) -> tuple[Task, str]:
    """The task of rows in `form`, and the words for it where it is ``label`` (see the module docstring)."""
    if form.name in _ALWAYS_LABELS:
        return "label", "answers are labels"
    answers = [text for text in (_answer(form, record) for record in records) if text]
    if not answers:
        return "open", ""
    widths = sorted(map(width, answers))
    median, most = widths[(len(widths) - 1) // 2], widths[-(len(widths) // 20) - 1]
    kinds = len({answer.casefold() for answer in answers})
    if len(answers) >= _FEW and 2 * kinds <= len(answers) and most <= _LABEL:
        return "label", f"answers are {kinds} different short ones, so labels"
    if median < _SHORT:
        return "label", f"answers are short (median {median} characters), so treated as labels: no minimum length"
    return "open", ""


def width(text: str) -> int:
    """Characters of `text`, those of wide scripts counted three times.

    >>> width("yes"), width("肯定")
    (3, 6)
    """
    return len(text) if text.isascii() else sum(3 if east_asian_width(char) in "WF" else 1 for char in text)


def _detected(claim: Claim, records: Sequence[Record]) -> Detected:
    rows = _rows(claim.format, records)
    task, answers = task_of(claim.format, rows)
    return Detected(claim.format, task, f"{claim.format.name}: {claim.why}" + (f"; {answers}" if answers else ""))


def _named(name: str) -> type[Format]:
    if name not in _BY_NAME:
        raise RecipeError(
            f"there is no format {name!r}",
            expected=f"one of {', '.join(_BY_NAME)}",
            next=did_you_mean(name, _BY_NAME, otherwise="Correct it, or leave it out to have the format detected"),
        )
    return _BY_NAME[name]


def _standard(form: type[Format]) -> tuple[str, ...]:
    found: tuple[str, ...] = getattr(form, "standard", ())
    return found


def _with_columns(columns: Mapping[str, str], among: Sequence[type[Format]]) -> list[type[Format]]:
    fitting = [form for form in among if set(columns) <= set(_standard(form))]
    if not fitting:
        which = f"the format {among[0].name!r} has not" if len(among) == 1 else "no format has"
        raise RecipeError(
            f"{which} the columns {', '.join(columns)}",
            expected="a mapping from standard columns to yours: " + _table(among),
            found=f"columns: {dict(columns)}",
            next=_swap(columns, among),
        )
    return fitting


def _swap(columns: Mapping[str, str], among: Sequence[type[Format]]) -> str:
    standard = dict.fromkeys(name for form in among for name in _standard(form))
    unknown = [name for name in columns if name not in standard]
    return did_you_mean(
        unknown[0] if unknown else "", standard, otherwise="Swap the two sides if your column stands on the left"
    )


def _refuse_absent(records: Sequence[Record], columns: Mapping[str, str], where: str) -> None:
    there = {name for record in records for name in record} | _turn_keys(records)
    absent = [name for name in columns.values() if name not in there]
    if absent:
        raise DataError(
            f"{where} has no column {absent[0]!r}, which the column mapping names",
            expected=f"{absent[0]!r}",
            found=_seen(records),
            next=did_you_mean(absent[0], there, otherwise="Correct the mapping"),
        )


def _turn_keys(records: Sequence[Record]) -> set[str]:
    lists = (value for record in records for value in record.values() if isinstance(value, list))
    return {key for values in lists for one in values[:3] if isinstance(one, dict) for key in one}


def _claimed(form: type[Format], records: Sequence[Record], columns: Mapping[str, str]) -> Claim | None:
    """What `form` says of the records once the mapped columns bear their standard names."""
    shown = [{**record, **{new: record[old] for new, old in columns.items() if old in record}} for record in records]
    claim = form.claim(shown if columns else records)
    if claim is None or not columns:
        return claim
    bound = replace(claim.format, columns={**claim.format.columns, **columns})
    return claim._replace(format=bound, why=f"{claim.why}, columns as told")


def _best(known: Sequence[type[Format]], records: Sequence[Record], columns: Mapping[str, str], where: str) -> Claim:
    claims = [claim for form in known if (claim := _claimed(form, records, columns)) is not None]
    if not claims:
        raise DataError(
            f"the columns of {where} fit no format in at least half of the first {counted(len(records), 'row')}",
            expected=_table(),
            found=_seen(records),
            next="Name the format and say which of your columns plays which role, e.g. --format completion "
            "--column prompt=Question --column completion=Answer; in a recipe, beside the path: format: completion, "
            "columns: {prompt: Question, completion: Answer}",
        )
    return max(claims, key=_score)


def _score(claim: Claim) -> float:
    return claim.score


def _refuse_misfit(form: Format, records: Sequence[Record], where: str) -> None:
    faults = Counter(form.parse(record).fault for record in _rows(form, records))
    misfits = faults["missing_column"] + faults["wrong_type"]
    if misfits and misfits == sum(faults.values()):
        raise DataError(
            f"{where} is not in the format {form.name!r}: none of its first {counted(misfits, 'row')} fits",
            expected=f"the columns {', '.join(form.column(name) for name in _standard(type(form)))}",
            found=_seen(records),
            next="Say which column plays which role (--column STANDARD=NAME, or columns: in the recipe), or leave the format "
            "out to have it detected",
        )


def _rows(form: Format, records: Sequence[Record]) -> list[Record]:
    if not form.expands and not form.whole_file:
        return list(records)
    return [row for _, row in form.expand(list(enumerate(records, 1)))]


def _answer(form: Format, record: Record) -> str:
    parts, fault = form.parse(record)
    return "" if fault else "\n".join(part.text for part in parts if part.role == "completion").strip()


def _table(forms: Sequence[type[Format]] = FORMATS) -> str:
    return "; ".join(f"{form.name} ({', '.join(_standard(form)[:3])})" for form in forms)


def _seen(records: Sequence[Record]) -> str:
    kinds: dict[str, str] = {}
    for record in records:
        for name, value in record.items():
            kinds.setdefault(name, _kind(value))
    shown = [f"{name} ({kind})" for name, kind in list(kinds.items())[:20]]
    return "the columns " + ", ".join(shown) + (", ..." if len(kinds) > len(shown) else "") if shown else "no columns"


def _kind(value: Any) -> str:
    if isinstance(value, list):
        return f"list of {_kind(value[0])}" if value else "empty list"
    names = {str: "text", dict: "object", bool: "true/false", int: "number", float: "number", Number: "number"}
    return names.get(type(value), "null")

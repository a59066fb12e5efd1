"""Too short, too long: bounds on what goes in and what comes out.

The article's bounds (prompt 10 to 2048, completion 20 to 4096 characters) are the defaults, but taken literally they
delete good rows, so they follow the task and the script (each can be turned off):

- *The task.* Labels are short on purpose. Where ``batch.task`` is ``label``, or the format is classification, pair or
  token_labels, completions have no minimum, and a prompt is long enough when it is not empty: "wheres my pin" is a
  real question to a bank, "Fog ." a real sentence with tags.
- *The script.* Characters of scripts that write more with one sign count for more: a Han character for 3.7, kana and
  Hangul for 2. In XQuAD, whose English and Chinese paragraphs are translations of each other, 240 paragraphs need
  3.70 English characters for each Han character (1,190 questions: 3.65; Chinese punctuation, digits and Latin letters
  counted as one). The factor for kana and Hangul is an estimate from the number of letters a sign stands for.
  Of 2,000 rows of a Chinese Alpaca set the plain rule drops 530; so weighted, 175, and what remains is what the rule
  drops in English too: answers such as "14", "5050" and one-word classes.

What is measured, per side of a row, without surrounding white space:

- the minimum asks for all turns of the side together (a chat may end with "Thanks!"), and whatever the model itself
  produces counts as its side: reasoning and tool calls beside the answer;
- the maximum asks for the longest single turn. Parts of one turn (instruction and input, the pieces of a message) are
  taken together.

The rejected answer of a preference and the unwanted one of a KTO row (label false) have the completion's maximum and no
minimum: being too short may be why they are bad, and that is worth learning. The maximum stays, because it is not about
quality: what exceeds it is cut off in training, and then nobody learns why it was bad.
A side that a row does not have is not judged here (`structure` does that).

Cost: only rows that `span` cannot clear, without looking at scripts or turns, are measured.
"""

from collections.abc import Sequence
from typing import Annotated, Any, NamedTuple, Self

import numpy as np
import numpy.typing as npt
import polars as pl
from pydantic import AfterValidator, Field, model_validator

from bloomery.clean.measure import Unit, measure, span
from bloomery.schema import ROLES, Batch, RowOp, proposals
from bloomery.text.marks import marks

#: formats whose completion is a label by definition
LABEL_FORMATS = ("classification", "pair", "token_labels")
#: what the model itself produces: together these are the completion side that the minimum asks about
PRODUCED = ("completion", "reasoning", "tool_call")
MEASURED = ("prompt", *PRODUCED, "rejected", "text")
#: whose parts the columns of `Length._sides` are about
_ROLES_OF = {
    "prompt_total": ("prompt",),
    "prompt_longest": ("prompt",),
    "completion_total": PRODUCED,
    "completion_longest": ("completion",),
    "rejected_longest": ("rejected",),
    "text_total": ("text",),
}
#: positions in ROLES
Codes = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float64]
_SAID = {"reason": pl.String, "detail": pl.String}


def _ordered(bounds: tuple[int | None, int | None]) -> tuple[int | None, int | None]:
    low, high = bounds
    if low is not None and high is not None and low > high:
        raise ValueError(f"the minimum {low} is above the maximum {high}")
    return bounds


Whole = Annotated[int, Field(ge=0)]
Bounds = Annotated[tuple[Whole | None, Whole | None], AfterValidator(_ordered)]


class Rule(NamedTuple):
    """One bound: a column of `Length._sides` that must not be below `low` or above `high`, and what to say if it is."""

    column: str
    low: int | None
    high: int | None
    reason: str

    @property
    def bound(self) -> int:
        """The minimum, or else the maximum."""
        return next(bound for bound in (self.low, self.high) if bound is not None)

    def outside(self, length: npt.NDArray[Any]) -> npt.NDArray[np.bool_]:
        """Where the lengths break the bound; never where there is none (NaN)."""
        broken: npt.NDArray[np.bool_] = length > self.bound if self.low is None else length < self.low
        return broken


class Length(RowOp):
    """Drops rows whose prompt or completion is too short or too long."""

    prompt: Bounds | None = (10, 2048)
    """Smallest and largest prompt, both allowed; null for no bound."""
    completion: Bounds | None = (20, 4096)
    """Smallest and largest completion, both allowed; null for no bound."""
    text: Bounds | None = None
    """Smallest and largest running text (rows without prompt and completion); null for no bound."""
    unit: Unit = "characters"
    """What the bounds count; tokens need `tokenizer`."""
    tokenizer: str | None = None
    """Path of a Hugging Face ``tokenizer.json``, for ``unit: tokens``."""
    follow_task: bool = True
    """Label tasks have no completion minimum and take any prompt that is not empty."""
    follow_script: bool = True
    """A Han, kana or Hangul character counts for more than one (with unit characters)."""

    @model_validator(mode="after")
    def _tokens_need_a_tokenizer(self) -> Self:
        if (self.unit == "tokens") != (self.tokenizer is not None):
            raise ValueError("'unit: tokens' and 'tokenizer: PATH' go together; give both or neither")
        if self.unit != "characters" and not self.model_fields_set & {"prompt", "completion", "text"}:
            raise ValueError(f"the default bounds count characters; give prompt and completion bounds in {self.unit}")
        return self

    def decide(self, batch: Batch) -> pl.DataFrame:
        """At most one drop per row: the first broken bound of prompt, completion, rejected, text.

        The score is the measured length in `unit`; the detail is ``{"bound":20,"unit":"characters"}``. Raises
        `RecipeError` where the tokenizer cannot be loaded, `MissingExtraError` where its library is missing.
        """
        rules = self._rules(batch)
        if self.unit == "characters":
            batch = self._doubtful(batch, rules)
        if not len(batch):
            return proposals()
        sides = self._sides(batch)
        if batch.format == "kto":
            sides["completion_total"][~_wanted(batch).to_numpy()] = np.nan
        broken, score = np.full(len(batch), len(rules)), np.zeros(len(batch))
        for k, rule in reversed(list(enumerate(rules))):
            outside = rule.outside(sides[rule.column])
            broken[outside], score[outside] = k, sides[rule.column][outside]
        lost = np.flatnonzero(broken < len(rules))
        said = [rules[k] for k in broken[lost].tolist()]
        frame = {
            "n": batch.rows["n"].gather(lost),
            "reason": [rule.reason for rule in said],
            "score": score[lost],
            "detail": [f'{{"bound":{rule.bound},"unit":"{self.unit}"}}' for rule in said],
        }
        return proposals(pl.DataFrame(frame, schema_overrides=_SAID), action="drop")

    def _rules(self, batch: Batch) -> list[Rule]:
        """The bounds that apply to this batch, in order."""
        prompt, completion, text = (bounds or (None, None) for bounds in (self.prompt, self.completion, self.text))
        if self.follow_task and (batch.task == "label" or batch.format in LABEL_FORMATS):
            prompt = (None if prompt[0] is None else min(prompt[0], 1), prompt[1])
            completion = (None, completion[1])
        rules = [
            Rule("prompt_total", prompt[0], None, "prompt_too_short"),
            Rule("prompt_longest", None, prompt[1], "prompt_too_long"),
            Rule("completion_total", completion[0], None, "completion_too_short"),
            Rule("completion_longest", None, completion[1], "completion_too_long"),
            Rule("rejected_longest", None, completion[1], "rejected_too_long"),
            Rule("text_total", text[0], None, "text_too_short"),
            Rule("text_total", None, text[1], "text_too_long"),
        ]
        return [rule for rule in rules if rule.low is not None or rule.high is not None]

    def _doubtful(self, batch: Batch, rules: list[Rule]) -> Batch:
        """The rows that may break a bound: a side's low estimate below the minimum, its high one above the maximum."""
        row, codes = batch.row_of_part(), _codes(batch.parts)
        low, high = span(batch.parts["text"], marks(batch), scripts=self.follow_script)
        doubtful = np.zeros(len(batch), dtype=bool)
        for rule in rules:
            mine = np.flatnonzero(_is_one_of(codes, _ROLES_OF[rule.column]))
            if not len(mine):
                continue
            total = np.bincount(row[mine], weights=(high if rule.low is None else low)[mine], minlength=len(batch))
            outside = rule.outside(total)
            doubtful |= outside if rule.low is None else outside & _present(row[mine], len(batch))
        rows, parts = np.flatnonzero(doubtful), np.flatnonzero(doubtful[row])
        return batch.with_(rows=batch.rows.select("n")[rows], parts=batch.parts[parts])

    def _sides(self, batch: Batch) -> dict[str, Floats]:
        """One number per row of the batch in each; NaN where the row has no such side.

        ``prompt_total, prompt_longest, completion_total, completion_longest, rejected_longest, text_total``
        """
        row, codes = batch.row_of_part(), _codes(batch.parts)
        some = _is_one_of(codes, MEASURED)
        texts = batch.parts["text"].gather(np.flatnonzero(some))
        lengths = measure(texts, self.unit, scripts=self.follow_script, tokenizer=self.tokenizer or "")
        sides = _Sides(row[some], _turns(row, codes)[some], codes[some], lengths.to_numpy(), len(batch))
        return {
            column: sides.total(roles) if column.endswith("_total") else sides.longest(roles)
            for column, roles in _ROLES_OF.items()
        }


class _Sides(NamedTuple):
    """Measured parts, sorted by row: the row's position in the batch, the turn's number, the role and the length."""

    row: npt.NDArray[np.int64]
    turn: npt.NDArray[np.int64]
    codes: Codes
    length: npt.NDArray[np.float64]
    height: int

    def total(self, roles: Sequence[str]) -> Floats:
        """Summed length of these roles for each row of the batch; NaN where there is none."""
        mine = _is_one_of(self.codes, roles)
        sums = np.bincount(self.row[mine], weights=self.length[mine], minlength=self.height)
        return self._where_present(sums, self.row[mine])

    def longest(self, roles: Sequence[str]) -> Floats:
        """The longest turn of these roles for each row of the batch; NaN where there is none."""
        mine = _is_one_of(self.codes, roles)
        row, turn = self.row[mine], self.turn[mine]
        first = np.flatnonzero(np.diff(turn, prepend=0))  # turns are numbered from 1
        sums = np.add.reduceat(self.length[mine], first) if first.size else np.empty(0)
        most = np.zeros(self.height)
        np.maximum.at(most, row[first], sums)
        return self._where_present(most, row)

    def _where_present(self, values: npt.NDArray[Any], rows: npt.NDArray[np.int64]) -> Floats:
        return np.where(_present(rows, self.height), values, np.nan)


def _wanted(batch: Batch) -> pl.Series:
    """Which rows of a KTO batch are not labelled false (Boolean, one a row)."""
    labels = batch.parts.filter(pl.col("role") == "label")
    unwanted = labels.filter(labels["text"].str.strip_chars().str.to_lowercase() == "false")
    return ~batch.rows["n"].is_in(unwanted["n"].implode())


def _present(row: npt.NDArray[np.int64], height: int) -> npt.NDArray[np.bool_]:
    """Which of `height` rows are in `row`."""
    present = np.zeros(height, dtype=np.bool_)
    present[row] = True
    return present


def _codes(parts: pl.DataFrame) -> Codes:
    return parts["role"].to_physical().to_numpy()


def _is_one_of(codes: Codes, roles: Sequence[str]) -> npt.NDArray[np.bool_]:
    return np.array([role in roles for role in ROLES])[codes]


def _turns(row: npt.NDArray[np.int64], codes: Codes) -> npt.NDArray[np.int64]:
    """Numbers from 1: neighbouring parts of one role in one row are one turn."""
    return np.cumsum((np.diff(row, prepend=-1) != 0) | (np.diff(codes, prepend=codes[:1]) != 0))

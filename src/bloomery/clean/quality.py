"""Quality: a model reads each row that is left, and rows below a threshold go.

The judge is a model, its rubric is data (`bloomery.judge`): correctness, completeness, clarity and relevance from 1 to 5, and
a row passes if their mean reaches 3.5. It is the last op of a recipe, since it costs a call a row, and it decides about the
rows that all others left; so it has no what-if. Of a conversation each answer is judged by itself, with what stands before it.

A row whose reply cannot be read is *unscored*: it is kept, counted, and its line in the ledger says why. It is never taken for
good or bad. Canaries (an answer that praises itself, many words that say nothing, an instruction to the judge) are judged
beside the rows; where the judge falls for one, a note of the run says so.

The state is the text of each row, on disk.
"""

from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field, replace
from hashlib import sha256
from typing import TYPE_CHECKING, Annotated, Any, ClassVar

import msgspec
import numpy as np
import numpy.typing as npt
import polars as pl
from pydantic import Field

from bloomery.engine.progress import tell
from bloomery.errors import RecipeError
from bloomery.judge.rubric import OVERALL, rubric
from bloomery.llm.ask import ask
from bloomery.llm.base import Answer, Model, Request
from bloomery.llm.budget import Budget, Spend
from bloomery.llm.cache import Cache
from bloomery.llm.names import open_model
from bloomery.llm.options import ModelOptions
from bloomery.schema import Batch, DatasetOp, proposals
from bloomery.store import Scratch
from bloomery.text.counted import counted

if TYPE_CHECKING:  # what takes long to import is imported where it is used
    from bloomery.judge.items import Item
    from bloomery.judge.score import Judged

Ints = npt.NDArray[np.int64]
U64 = npt.NDArray[np.uint64]
_NONE = np.zeros(0, dtype=np.uint64)
_WORD = 8  # bytes


@dataclass(eq=False)
class State:
    """The dialogue of each living row, as JSON, padded to whole words."""

    n: Ints
    place: Ints  #: of its first word
    bytes: Ints
    words: U64
    scratch: Scratch | None = None
    told: list[str] = field(default_factory=list)  #: remarks, once it was decided

    def items(self, rows: Ints) -> "list[Item]":
        """The rows at these places as items, called by their number."""
        from bloomery.judge.items import Item, Turn

        words = self.scratch.values() if self.scratch is not None else self.words
        found = []
        for k in rows.tolist():
            at, size = int(self.place[k]), int(self.bytes[k])
            raw = np.asarray(words[at : at + -(-size // _WORD)]).tobytes()[:size]
            turns = tuple(Turn(*one) for one in msgspec.json.decode(raw))
            found.append(Item(str(int(self.n[k])), turns))
        return found


class Quality(DatasetOp):
    """Drops rows that a model finds not good enough to learn from."""

    costly: ClassVar[bool] = True

    model: str = ""
    """The judge, by its name in the recipe's `models:`; needless where the recipe has one."""
    endpoint: ModelOptions | None = None
    """What the judge is; that of the recipe's `models:`, where it is left out."""
    rubric: str = "quality"
    """What is looked at: quality, evaluation, or a YAML file of your own."""
    threshold: float | None = None
    """The least overall value that is kept; that of the rubric, where it is left out."""
    with_scores: bool = False
    """Whether rows that are kept have their values in the ledger, too."""
    repeats: Annotated[int, Field(ge=1, le=20)] = 1
    """How often each row is asked about; the mean counts."""
    canaries: Annotated[int, Field(ge=0)] = 3
    """How many prompts each kind of canary answers; 0 leaves them out."""
    budget: Annotated[float, Field(ge=0)] | None = None
    """Most money to spend, in the currency of the model's prices; rows that are not asked about then are kept, unscored."""
    cache: str | None = ".bloomery/answers.sqlite"
    """File of answers that were paid for; null asks everything again."""

    def made_with(self) -> Mapping[str, str]:
        """The judge and the rubric, with their digests."""
        looked, judge = rubric(self.rubric), self._judge()
        digest = sha256(judge.identity().encode()).hexdigest()
        return {"model": judge.name, "identity_sha256": digest, "rubric": looked.name, "rubric_sha256": looked.digest}

    def observe(self, batch: Batch) -> State:
        """The dialogues of the rows that are alive."""
        from bloomery.judge.items import of_batch

        alive = batch.rows.filter(pl.col("alive"))
        some = batch.with_(
            rows=alive, parts=batch.parts.join(alive.select("n"), on="n", how="semi", maintain_order="left")
        )
        texts = [msgspec.json.encode([tuple(turn) for turn in item.turns]) for item in of_batch(some)]
        sizes = np.array([len(text) for text in texts], dtype=np.int64)
        whole = -(-sizes // _WORD)
        padded = b"".join(text.ljust(int(size) * _WORD) for text, size in zip(texts, whole, strict=True))
        places = np.cumsum(whole) - whole
        return State(alive["n"].to_numpy().astype(np.int64), places, sizes, np.frombuffer(padded, dtype=np.uint64))

    def set_aside(self, state: State, scratch: Scratch) -> State:
        """The dialogues go into a file."""
        first = scratch.append(state.words)
        return replace(state, place=state.place + first, words=_NONE, scratch=scratch)

    def merge(self, states: Sequence[State]) -> State:
        """All rows, in order of n."""
        if not states:
            empty = np.zeros(0, dtype=np.int64)
            return State(empty, empty, empty, _NONE)
        starts = np.cumsum([0, *(len(state.words) for state in states)])[:-1].tolist()
        moved = [state.place + start for state, start in zip(states, starts, strict=True)]
        n, place, size = (np.concatenate(many) for many in ([s.n for s in states], moved, [s.bytes for s in states]))
        order = np.argsort(n)
        words = np.concatenate([state.words for state in states])
        return State(n[order], place[order], size[order], words, states[0].scratch)

    def decide(self, state: State, alive: npt.NDArray[np.bool_]) -> pl.DataFrame:
        """Drops rows below the threshold; tells which could not be scored, and with `with_scores` the values of those kept."""
        rows = np.flatnonzero(alive[state.n]) if len(state.n) else state.n
        items = state.items(rows)
        judged = self._judged(items)
        told = self._told(judged, [item.item for item in items])
        limit = self._limit()
        score_ = pl.col("score")
        action = (
            pl.when(score_.is_null())
            .then(pl.lit("keep"))
            .when(score_ < limit)
            .then(pl.lit("drop"))
            .otherwise(pl.lit("keep" if self.with_scores else None))
        )
        reason = (
            pl.when(score_.is_null()).then(pl.lit("unscored")).when(score_ < limit).then(pl.lit("low_quality"))
        ).otherwise(pl.lit("scored"))
        decided = told.with_columns(action=action, reason=reason).filter(pl.col("action").is_not_null())
        state.told = self._remarks(judged, told, limit)
        return proposals(decided.with_columns(pl.col("n").cast(pl.UInt64)).sort("n"))

    def remarks(self, state: State) -> Sequence[str]:
        """What was judged, what could not be, and which canaries won."""
        return state.told

    def _limit(self) -> float:
        found = self.threshold if self.threshold is not None else rubric(self.rubric).threshold
        if found is None:
            raise RecipeError(
                "clean.quality does not know which rows to drop",
                expected=f"a threshold, since the rubric {self.rubric} has none",
                next="Set clean.quality.threshold",
            )
        return found

    def _judge(self) -> Model:
        if self.endpoint is None:
            raise RecipeError(
                "clean.quality has no judge" if not self.model else f"There is no model '{self.model}' in the recipe",
                expected="a model of the recipe",
                next="Write models: {judge: {url: …, model: …}} and clean: [..., {quality: {model: judge}}]",
            )
        name = self.model or "judge"
        return open_model(name, {name: self.endpoint})

    def _judged(self, items: "Sequence[Item]") -> "Judged":
        from bloomery.judge.score import score

        looked = rubric(self.rubric)
        looked = looked.model_copy(update={"threshold": self._limit()})
        budget = Budget(self.budget) if self.budget is not None else None
        with Cache(self.cache) if self.cache else nullcontext() as cache:

            def heard(spend: Spend) -> None:
                tell("judging", rows=spend.done, done=spend.done, total=spend.total)

            def asking(model: Model, requests: Sequence[Request]) -> Sequence[Answer]:
                return ask(model, requests, cache=cache, budget=budget, tick=heard)

            return score(items, looked, [self._judge()], asking, repeats=self.repeats, with_canaries=self.canaries)

    def _told(self, judged: "Judged", items: Sequence[str]) -> pl.DataFrame:
        """``n, score, detail`` of each row; the score is null where it has none."""
        name = rubric(self.rubric).name
        values: dict[str, dict[str, Any]] = {item: {} for item in items}
        errors: dict[str, str | None] = {}
        for item, metric, value, error in judged.scores.select("item", "metric", "value", "error").iter_rows():
            values[item][metric.removeprefix(f"{name}.")] = value
            errors[item] = error
        return pl.DataFrame(
            {
                "n": pl.Series([int(item) for item in items], dtype=pl.Int64),
                "score": pl.Series([values[item].pop(OVERALL, None) for item in items], dtype=pl.Float64),
                "detail": pl.Series([_detail(values[item], errors.get(item)) for item in items], dtype=pl.String),
            }
        )

    def _remarks(self, judged: "Judged", told: pl.DataFrame, limit: float) -> list[str]:
        from bloomery.judge.canaries import sentence
        from bloomery.judge.replies import explained

        lost = told["score"].null_count()
        mean = told["score"].mean()
        said = [
            f"quality: {counted(len(told) - lost, 'row')} judged"
            + (f", mean {mean:.2f}, kept from {limit:g} on" if isinstance(mean, float) else "")
        ]
        if lost:
            counts: dict[str, int] = {}
            for one in judged.scores.filter(pl.col("metric").str.ends_with(f".{OVERALL}"))["error"].drop_nulls():
                counts[one] = counts.get(one, 0) + 1
            why = ", ".join(
                f"{name} {count:,}" for name, count in sorted(counts.items(), key=lambda one: (-one[1], one[0]))
            )
            said += [f"quality: {name}: {words:.300}" for name, words in explained(judged.replies).items()]
            if "call_budget" in counts:
                said.append(
                    f"quality: the budget ran out after {len(told) - counts['call_budget']:,} of {len(told):,} rows; "
                    "run again with more to go on"
                )
            said.append(
                f"quality: {counted(lost, 'row')} could not be scored and {'was' if lost == 1 else 'were'} kept ({why})"
            )
        said += [f"quality: {sentence(one)}" for one in judged.canaries if one.won]
        if self.canaries and judged.canaries and not any(one.won for one in judged.canaries):
            unknown = sum(one.won is None for one in judged.canaries)
            said.append("quality: no canary won" + (f", {unknown} could not be judged" if unknown else ""))
        return said


def _detail(values: Mapping[str, Any], error: str | None) -> str:
    """The values of the criteria, or why there are none."""
    return msgspec.json.encode({"error": error} if error else dict(values)).decode()

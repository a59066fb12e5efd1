"""Judged: what a judge scored, as a metric beside the others."""

import json
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from typing import ClassVar, Self

import polars as pl
from pydantic import PrivateAttr

from bloomery.errors import DataError, did_you_mean
from bloomery.metrics.base import Ends, Made, Mean, Metric, Share


def digest(answer: str) -> str:
    """SHA-256 of an answer, by which scores are known to be of it."""
    return sha256(answer.encode("utf-8", "surrogatepass")).hexdigest()


class Judged(Metric):
    """Mean of a judge's scores of the answers (``bloomery judge score`` wrote them), and the share that passes.

    An item that the judge could not score has no value: it is in no mean, and its share is a value of its own.
    """

    names: ClassVar[dict[str, str]] = {
        "judged": "mean of the judge's scores, over the items that it could score",
        "judged.passed": "share of scored items at the threshold or above it",
        "judged.unscored": "share of answers that the judge could not score",
    }
    made: ClassVar[Mapping[str, Made]] = {
        "judged": Mean(bounds=(None, None)),
        "judged.passed": Share("passed"),
        "judged.unscored": Share(pl.col("score").is_null()),
    }
    bounds: ClassVar[tuple[float | None, float | None]] = (None, None)
    contrary: ClassVar[frozenset[str]] = frozenset({"judged.unscored"})

    scores: str
    """Folder that `bloomery judge score` wrote, or its file of scores (Parquet)."""
    metric: str | None = None
    """Which of its values, such as evaluation.safety; its overall one, where none is given."""
    rater: str | None = None
    """Which judge; the panel, or the only one, where none is given."""
    threshold: float | None = None
    """From which score on an answer passes."""

    _found: pl.DataFrame | None = PrivateAttr(default=None)

    def check(self, answers: pl.DataFrame, run: str) -> None:
        """DataError where the scores are of other answers: told by their digests, else by the name of the run."""
        found = self._read()
        runs = found["run"].unique(maintain_order=True).to_list()
        if len(runs) > 1:
            raise DataError(
                f"{self.scores} has scores of several models", expected="of one", found=", ".join(map(repr, runs))
            )
        whose = (runs[0] if runs else "") or "a file of data"
        known = self._digests()
        if known is None:
            if runs and runs[0] and run and runs[0] != run:
                self._refuse(whose, run, "they do not hold digests of the answers, so the names must be the same")
            return
        both = answers.select("item", mine=pl.col("prediction").map_elements(digest, return_dtype=pl.String)).join(
            known, on="item"
        )
        other = both.filter(pl.col("mine").ne_missing(pl.col("answer_sha256")))["item"]
        if len(other):
            self._refuse(
                whose, run, f"{len(other):,} of {len(both):,} answers differ, such as that of '{other[0]:.60}'"
            )

    def _refuse(self, whose: str, run: str, why: str) -> None:
        raise DataError(
            f"The scores of {self.scores} are of other answers",
            expected=f"scores of the answers of '{run}'",
            found=f"those of '{whose}': {why}",
            next="Judge these answers: bloomery judge score RUN --out DIR",
        )

    def _digests(self) -> pl.DataFrame | None:
        """``item, answer_sha256`` of what was judged, where the folder tells."""
        path = Path(self.scores)
        file = (path if path.is_dir() else path.parent) / "items.parquet"
        if not file.exists():
            return None
        table = pl.read_parquet(file)
        return table.select("item", "answer_sha256") if "answer_sha256" in table.columns else None

    def prepared(self, answers: pl.DataFrame) -> Self:
        """The metric with the scores of these items; DataError where there are none."""
        found = self._read()
        if not found["item"].is_in(answers["item"].implode()).any():
            raise DataError(
                f"{self.scores} has no score of an item of this test",
                expected="scores of the same run",
                found=f"items such as '{found['item'][0]}'" if len(found) else "none",
            )
        ready = self.model_copy()
        ready._found = found
        return ready

    def items(self, answers: pl.DataFrame) -> pl.DataFrame:
        """``score`` as the judge gave it, null where it gave none, and whether it ``passed``, where there is a threshold."""
        found = self._found if self._found is not None else self._read()
        scores = (
            answers.select("item")
            .join(found.select("item", "value"), on="item", how="left", maintain_order="left")
            .select(score="value")
        )
        return scores.with_columns(
            passed=pl.lit(None, dtype=pl.Boolean) if self.threshold is None else pl.col("score") >= self.threshold
        )

    def total(self, items: pl.DataFrame) -> dict[str, float | None]:
        """The mean, the share that passes where there is a threshold, and the share that is unscored."""
        values = items["score"].drop_nulls()
        told: dict[str, float | None] = {"judged": float(values.sum()) / len(values) if len(values) else None}
        if self.threshold is not None:
            passed = items["passed"].drop_nulls()
            told["judged.passed"] = float(passed.sum()) / len(passed) if len(passed) else None
        return told | {"judged.unscored": items["score"].null_count() / len(items)}

    def between(self, items: pl.DataFrame, missing: pl.DataFrame) -> dict[str, tuple[float | None, float | None]]:
        """Nothing can be said: the scale is that of a rubric that this metric does not know."""
        del items, missing
        return {}

    def scale(self) -> Ends:
        """The worst and the best score there can be, as the judge's folder tells; (None, None) where it does not."""
        path = Path(self.scores)
        file = (path if path.is_dir() else path.parent) / "manifest.json"
        told = json.loads(file.read_text(encoding="utf-8")) if file.is_file() else {}
        if told.get("verb") == "judge compare":
            return 0.0, 1.0
        rubric = told.get("rubric") or {}
        ends = rubric.get("ends")
        for one in rubric.get("criteria", ()):
            if self.metric == f"{rubric['name']}.{one['name']}":
                ends = list((one.get("labels") or {}).values()) or one.get("scale")
        return (float(min(ends)), float(max(ends))) if ends else (None, None)

    def judges(self) -> list[tuple[str, str]]:
        """Who made the scores, and by what: rubric or protocol and the model's identity, as a calibration names them."""
        found = self._found if self._found is not None else self._read()
        return list(found.select("rater", "version").unique(maintain_order=True).iter_rows())

    def _read(self) -> pl.DataFrame:
        """``run, item, value, rater, version`` of the wanted metric and judge."""
        path = Path(self.scores)
        path = path / "scores.parquet" if path.is_dir() else path
        try:
            table = pl.read_parquet(path)
        except (OSError, pl.exceptions.PolarsError) as error:
            raise DataError(
                f"{path} cannot be read", expected="scores of bloomery judge score", found=str(error)
            ) from None
        names = table["metric"].unique(maintain_order=True).to_list()
        wanted = self.metric or next(iter(names), "")
        raters = table["rater"].unique(maintain_order=True).to_list()
        rater = self.rater or ("panel" if "panel" in raters else next(iter(raters), ""))
        for what, name, known in (("value", wanted, names), ("judge", rater, raters)):
            if name not in known:
                raise DataError(
                    f"{path} has no {what} '{name}'", expected=", ".join(known), next=did_you_mean(name, known)
                )
        if "version" not in table.columns:  # a table from elsewhere
            table = table.with_columns(version=pl.lit("unknown"))
        mine = table.filter((pl.col("metric") == wanted) & (pl.col("rater") == rater))
        kept = ["run", "item", "value", "rater", "version"]
        return mine.select(kept).unique(["run", "item"], keep="last", maintain_order=True)

"""Entities: precision, recall and F1 of the spans that tags or a list of spans hold, strictly, partly, or by type only.

How a predicted span that answers an expected one counts (`bloomery.metrics.align` says which answers which):

    match      same span,  same span,   overlap,      overlap,
               same type   other type   same type     other type
    strict     correct     incorrect    incorrect     incorrect      CoNLL, seqeval's strict mode
    exact      correct     correct      incorrect     incorrect
    partial    correct     correct      half          half
    type       correct     incorrect    correct       incorrect
    overlap    correct     incorrect    by length     incorrect

The first four are those of SemEval 2013 task 9 (Segura-Bedmar et al. 2013, after MUC-5): with COR, INC, PAR, MIS and SPU the
numbers of correct, incorrect, partial, missing and spurious spans, precision = (COR + PAR/2) / (COR + INC + PAR + SPU) and
recall = (COR + PAR/2) / (COR + INC + PAR + MIS). Under ``overlap`` a predicted span is right by the share of it that is
expected, and an expected one found by the share that is predicted: "metformin 500mg" for "metformin" has, in tokens,
precision 1/2, recall 1 and F1 2/3 (``partial`` says 1/2 to all three).

An answer that cannot be read (another number of tags than the reference has, a tag that is not of the scheme, no JSON) is
marked, and as if it named no entity. An item with no entity expected and none predicted scores 1. The corpus values count
entities, so such an item does not move them; with no entity at all they are undefined.
"""

from collections.abc import Mapping
from typing import ClassVar, Literal

import numpy as np
import polars as pl

from bloomery.metrics import tally
from bloomery.metrics.align import aligned
from bloomery.metrics.base import Additive, Corpus, Ends, Floats, Made, Metric
from bloomery.metrics.imagined import SEVERAL, of_things
from bloomery.metrics.pairs import best
from bloomery.metrics.span_list import listed_spans
from bloomery.metrics.tagged import Sides, require, tagged, told
from bloomery.metrics.tags import Scheme

Match = Literal["strict", "exact", "partial", "type", "overlap"]

#: how many aligned pairs an item has of each kind, in the order of the table above
KINDS = ("same", "other_type", "overlapping", "overlapping_other_type")
#: for each SemEval scheme the credit of a pair of each kind
_CREDIT = {"strict": (1, 0, 0, 0), "exact": (1, 1, 0, 0), "partial": (1, 1, 0.5, 0.5), "type": (1, 0, 1, 0)}


class Entities(Metric):
    """Entity F1 from tags or lists of spans: micro, macro and per type, with the SemEval 2013 values beside."""

    names: ClassVar[dict[str, str]] = {
        "entity_f1.micro": "F1 from the counts of the whole corpus; the entity F1 of CoNLL where match is strict.",
        "entity_precision.micro": "Credit of all predicted entities, divided by their number.",
        "entity_recall.micro": "Credit of all expected entities, divided by their number.",
        "entity_f1.macro": "Mean of F1 over the types in the references.",
        "entity_precision.<type>": "Precision of the entities that are predicted as that type.",
        "entity_recall.<type>": "Recall of the entities of that type.",
        "entity_f1.<type>": "F1 of that type.",
        "entity_support.<type>": "Number of expected entities of that type.",
        "semeval_f1.strict": "SemEval 2013: same span and same type.",
        "semeval_f1.exact": "SemEval 2013: same span, whatever the type.",
        "semeval_f1.partial": "SemEval 2013: same span 1, overlap 1/2, whatever the type.",
        "semeval_f1.type": "SemEval 2013: some overlap and the same type.",
        "entity_missing": "Number of expected entities that no predicted one overlaps.",
        "entity_spurious": "Number of predicted entities that no expected one overlaps.",
    }
    contrary: ClassVar[frozenset[str]] = frozenset({"entity_missing", "entity_spurious"})
    made: ClassVar[Mapping[str, Made]] = {
        **{name: Corpus(SEVERAL) for name in tuple(names)},
        "entity_missing": Corpus(SEVERAL, bounds=(0.0, None)),
        "entity_spurious": Corpus(SEVERAL, bounds=(0.0, None)),
        "entity_support.<type>": Corpus(SEVERAL, "it counts what the references of this test hold"),
    }

    read: Literal["tags", "spans"] = "tags"
    """What prediction and references hold: one tag a token, or a JSON list of spans (start, end, type)."""
    scheme: Scheme = "IOB2"
    """The scheme of the tags; ``IOB2`` is also known as BIO."""
    prediction_scheme: Scheme | None = None
    """The scheme of the predicted tags, where it is another one."""
    match: Match = "strict"
    """When a predicted entity counts for an expected one in the ``entity_*`` values."""
    prediction: str = "prediction"
    """The column of the predicted tags or spans: text, or a list of tags."""
    references: str = "references"
    """The column of the expected ones: accepted answers, or in another column the tags of the row (text or list)."""

    def items(self, answers: pl.DataFrame) -> pl.DataFrame:
        """``score`` is the F1 of the item; ``unparsed``; the four counts, also by type; the `KINDS` of aligned pairs."""
        both = told(answers, self.prediction, self.references)
        predicted, expected, readable = self._sides(both)
        matches = aligned(predicted, expected)
        long = _counts(self.match, predicted, expected, matches).rename({"row": "pair"})
        kinds = _kinds(matches)
        scored = tally.with_sums(both.select("pair", "row", unparsed=~readable), long).join(
            kinds, on="pair", how="left", maintain_order="left"
        )
        scored = scored.with_columns(pl.col(KINDS).fill_null(0))
        return tally.with_names(best(scored), long).select("score", "unparsed", *tally.COUNTS, *KINDS, "by_name")

    def total(self, items: pl.DataFrame) -> dict[str, float | None]:
        """All values of `names`; null where there is nothing to divide by."""
        found = tally.values("entity", tally.micro(items), tally.by_name(items))
        predicted, expected = float(items["predicted"].sum()), float(items["expected"].sum())
        pairs = [float(items[kind].sum()) for kind in KINDS]
        for name, worth in _CREDIT.items():
            credit = sum(one * count for one, count in zip(worth, pairs, strict=True))
            found[f"semeval_f1.{name}"] = tally.Tally(credit, credit, predicted, expected).f1
        return found | {"entity_missing": expected - sum(pairs), "entity_spurious": predicted - sum(pairs)}

    def additive(self, items: pl.DataFrame) -> Additive:
        """The four counts of all entities and of each type, and the `KINDS` of pairs."""
        table, told_ = tally.additive(items, "entity", KINDS)
        first = len(tally.COUNTS)

        def values(sums: Floats) -> dict[str, Floats]:
            predicted, expected, pairs = sums[:, 2], sums[:, 3], sums[:, first : first + len(KINDS)]
            found = told_(sums)
            for name, worth in _CREDIT.items():
                credit = pairs @ np.array(worth, dtype=np.float64)
                counts = np.stack([credit, credit, predicted, expected], axis=1)
                found[f"semeval_f1.{name}"] = tally.ratios("semeval", name, counts)[f"semeval_f1.{name}"]
            whole = pairs.sum(axis=1)
            return found | {"entity_missing": expected - whole, "entity_spurious": predicted - whole}

        return Additive(table, values)

    def between(self, items: pl.DataFrame, missing: pl.DataFrame) -> dict[str, Ends]:
        """With the counts (`bloomery.metrics.imagined`)."""
        sides = self.prediction, self.references
        return super().between(items, missing) | of_things(self, items, missing, *sides)

    def _sides(self, both: pl.DataFrame) -> Sides:
        if self.read == "tags":
            return tagged(both, self.scheme, self.prediction_scheme)
        predicted, readable = listed_spans(both["prediction"])
        expected, valid = listed_spans(both["reference"])
        require(both, valid, "a JSON list of [start, end, type]")
        return Sides(predicted, expected, readable)


def _kinds(matches: pl.DataFrame) -> pl.DataFrame:
    """How many aligned pairs of each of the `KINDS` there are, by ``pair``."""
    span, type_ = pl.col("same_span"), pl.col("same_type")
    masks = (span & type_, span & ~type_, ~span & type_, ~span & ~type_)
    counted = [mask.sum().cast(pl.Int64).alias(kind) for kind, mask in zip(KINDS, masks, strict=True)]
    return matches.group_by(pair="row").agg(counted)


def _counts(match: Match, predicted: pl.DataFrame, expected: pl.DataFrame, matches: pl.DataFrame) -> pl.DataFrame:
    """One row a span, on either side: ``row``, ``name`` (its type), and the four counts."""
    length = {"said": predicted["end"] - predicted["start"], "meant": expected["end"] - expected["start"]}
    sides = []
    for side, frame, credit, number in (
        ("said", predicted, "right", "predicted"),
        ("meant", expected, "found", "expected"),
    ):
        worth = matches.select(side, credit=_credit(match, length[side].gather(matches[side])))
        told = frame.with_row_index(side).join(worth, on=side, how="left", maintain_order="left")
        zero = {name: pl.lit(0.0) for name in tally.COUNTS}
        counts = zero | {credit: pl.col("credit").fill_null(0.0), number: pl.lit(1.0)}
        sides.append(told.select("row", name="type", **counts))
    return pl.concat(sides)


def _credit(match: Match, length: pl.Series) -> pl.Expr:
    """What one span of an aligned pair is worth."""
    span, type_ = pl.col("same_span"), pl.col("same_type")
    if match == "overlap":
        return pl.when(type_).then(pl.col("overlap") / length).otherwise(0.0)
    same, other, part, part_other = (float(credit) for credit in _CREDIT[match])
    whole = pl.when(type_).then(same).otherwise(other)
    return pl.when(span).then(whole).otherwise(pl.when(type_).then(part).otherwise(part_other))

"""The row op."""

from typing import Annotated, Literal

import msgspec
import numpy as np
import phonenumbers
import polars as pl
from pydantic import AfterValidator, Field

from bloomery.clean.pii.phones import REGIONS
from bloomery.clean.pii.scan import suspects
from bloomery.clean.pii.scrub import Scrubbed, scrub
from bloomery.schema import Batch, RowOp, proposals

_EDITS = pl.Schema(
    {
        "n": pl.UInt64,
        "part": pl.UInt16,
        "text": pl.String,
        "reason": pl.String,
        "score": pl.Float64,
        "detail": pl.String,
    }
)


def _known(region: str) -> str:
    if region not in phonenumbers.SUPPORTED_REGIONS:
        hint = " (the United Kingdom is GB)" if region == "UK" else ""
        raise ValueError(f"{region!r} is not a region code of ISO 3166 such as US or GB{hint}")
    return region


class Pii(RowOp):
    """Replaces e-mail addresses, phone numbers, US social security numbers and card numbers by placeholders."""

    types: list[Literal["email", "phone", "ssn", "credit_card"]] = Field(
        default=["email", "phone", "ssn", "credit_card"], min_length=1
    )
    """Which kinds of personal data to replace."""
    replace: Literal["placeholder"] = "placeholder"
    """What stands in their place: ``[EMAIL]``, ``[PHONE]``, ``[SSN]``, ``[CREDIT_CARD]``."""
    regions: list[Annotated[str, AfterValidator(_known)]] = Field(default=list(REGIONS), min_length=1)
    """Regions (ISO 3166) whose national phone formats are known; numbers with a country code always are."""
    reserved: bool = False
    """Also replace reserved examples: example.com, 555-01xx, area code 555, specimen SSNs."""

    def decide(self, batch: Batch) -> pl.DataFrame:
        """One edit per changed part: reason such as ``email+phone``, score the number of replacements.

        The detail is ``{"counts": {type: n}, "spans": [[start, end, type, new_start], ...]}``; see `bloomery.clean.pii`.
        """
        parts = batch.parts[np.flatnonzero(suspects(batch))].filter(pl.col("role") != "label")
        types = [one.upper() for one in self.types]
        edits = [
            (n, part, done.text, *_said(done))
            for n, part, text in parts.select("n", "part", "text").iter_rows()
            if (done := scrub(text, types=types, regions=self.regions, reserved=self.reserved)).spans
        ]
        if not edits:
            return proposals()
        return batch.with_(parts=parts).edit(pl.DataFrame(edits, schema=_EDITS, orient="row"))


def _said(done: Scrubbed) -> tuple[str, float, str]:
    """Reason, score and detail."""
    types = [span.type for span in done.spans]
    counts = {one: types.count(one) for one in dict.fromkeys(types)}
    detail = msgspec.json.encode({"counts": counts, "spans": done.spans}).decode()
    return "+".join(sorted(one.lower() for one in counts)), float(len(types)), detail

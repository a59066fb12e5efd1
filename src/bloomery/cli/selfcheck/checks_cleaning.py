"""Cleaning and leaks: what must be found in a handful of rows, what must stay, and what only looks like personal data.

The runs are those of the commands, over files in a folder that goes away. Words are made up, so that nothing but what is planted
is alike: of forty words there are 38 runs of three, and one changed word in the middle is in 3 of them.
"""

import json
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import polars as pl

from bloomery import api
from bloomery.clean import pii
from bloomery.clean.pii import numbers
from bloomery.cli.selfcheck.check import EXACT, Check
from bloomery.text import normalise

_STARTS = ("bal", "cor", "dun", "fer", "gol", "hin", "jut", "kep")
_ENDS = ("ka", "le", "mo", "nu", "pi", "ra", "se", "to", "vu", "za")
_WORDS = [start + end for start in _STARTS for end in _ENDS]
_LONG, _OTHER = " ".join(_WORDS[:40]), " ".join(_WORDS[40:])
_ROWS = (
    _LONG,
    _LONG.replace(_WORDS[20], "other"),  # 1: J = 35/41 with 0
    f"{_OTHER} 17",
    f"{_OTHER} 18",  # 3: a twin of 2, which stays
    "Yes.",
    "No.",
    "  ＹＥＳ. ",  # 6: equal to 4 but for width, case and blanks
)
_SHORT = "Which element is most abundant in the crust?"
_HALVES = " ".join(_WORDS[:20]), " ".join(_WORDS[20:40]), " ".join(_WORDS[40:60]), " ".join(_WORDS[60:80])
_MORE = [" ".join(word + end for word in _WORDS[:20]) for end in ("x", "y", "z", "q")]


def _written(folder: str, name: str, rows: Sequence[Mapping[str, str]]) -> Path:
    path = Path(folder) / name
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def _dropped() -> dict[str, Any]:
    """The rows that went: by which op, for which row, how alike."""
    with tempfile.TemporaryDirectory() as folder:
        raw = _written(folder, "raw.jsonl", [{"text": text} for text in _ROWS])
        run = api.clean(raw, out=Path(folder) / "clean", ops=["exact", "near"], format="text")
        gone = run.ledger.filter(pl.col("action") == "drop").sort("id")
        return {
            _line(row): (op, _line(kept), alike)
            for row, op, kept, alike in gone.select("id", "op", "against", "score").rows()
        }


def _line(row_id: str) -> str:
    return row_id.rpartition(":")[2]


def _tiers() -> dict[str, str]:
    """Each test item and how it was found."""
    known = [
        {"prompt": _HALVES[0], "completion": _HALVES[1]},
        {"prompt": _HALVES[2], "completion": _MORE[0]},
        {"prompt": _MORE[1], "completion": _HALVES[3]},
        {"prompt": f"{_SHORT} {_MORE[2]}", "completion": _MORE[3]},
    ]
    asked = [
        {"prompt": _HALVES[0], "completion": _HALVES[1]},
        {"prompt": _HALVES[2], "completion": "another answer"},
        {"prompt": "another question, which nobody asked", "completion": _HALVES[3]},
        {"prompt": _SHORT, "completion": "Oxygen"},
        {"prompt": "Never seen in training, this one is clean", "completion": "as it should be"},
    ]
    with tempfile.TemporaryDirectory() as folder:
        train, test = _written(folder, "train.jsonl", known), _written(folder, "test.jsonl", asked)
        found = api.contamination(train, test, out=Path(folder) / "leaks").evidence
        return {
            _line(item): f"{tier} {counts}"
            for item, tier, counts in found.select("test", "tier", "contaminated").sort("test").rows()
        }


CHECKS = (
    Check(
        "text.normalise.key",
        "what two people have typed the same: width, case, blanks; not 2²",
        lambda: normalise.key(pl.Series(["  Ｈello\u200b  WORLD ", "STRASSE", "straße", "2²"])).to_list(),
        ["hello world", "strasse", "strasse", "2²"],
        "Unicode: NFKC but for superscripts, full case folding",
    ),
    Check(
        "clean.pii.numbers.luhn",
        "check digits: 79927398713, and the same with a 4 at the end",
        lambda: [numbers.luhn(digits) for digits in ("79927398713", "79927398714", "4111111111111111")],
        [True, False, True],
        "ISO/IEC 7812-1, annex B: sum 70",
    ),
    Check(
        "clean.pii.scrub",
        "e-mail, card, SSN become placeholders",
        lambda: [
            pii.scrub(text).text
            for text in (
                "Write to Jane.Roe@ACME-MAIL.ORG.",
                "My card is 4111 1111 1111 1111, thanks",
                "SSN 536-22-8714",
            )
        ],
        ["Write to [EMAIL].", "My card is [CREDIT_CARD], thanks", "SSN [SSN]"],
        "by definition",
    ),
    Check(
        "clean.pii.scrub",
        "what only looks like it stays: no Luhn, SSN 000, a version, example.com",
        lambda: [
            pii.scrub(text).text == text
            for text in (
                "Order 4111 1111 1111 1112 has arrived",
                "SSN 000-12-3456",
                "Version 10.0.19045.3803",
                "Write to jane@example.com",
            )
        ],
        [True] * 4,
        "ISO/IEC 7812-1; SSA: no area 000; RFC 2606",
    ),
    Check(
        "clean",
        "of seven rows two go; a twin with another number stays",
        _dropped,
        {"2": ("near", "1", 35 / 41), "7": ("exact", "5", 1.0)},
        "38 runs of three words, 3 of them changed: 35/(38 + 38 − 35)",
        EXACT,
        ("compiled: near",),
    ),
    Check(
        "contamination",
        "leaks: whole, question, answer alone, a short one inside of a text; a clean item",
        _tiers,
        {"1": "verbatim True", "2": "question True", "3": "answer_only False", "4": "short_contained False"},
        "by definition",
        EXACT,
        ("compiled: leaks",),
    ),
)

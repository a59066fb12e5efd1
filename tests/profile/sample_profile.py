"""A profile made by hand: every part of the page and of the terminal view has something to show."""

from bloomery.clean.summary import LENGTH_EDGES
from bloomery.profile.result import Bounds, Column, Labels, Near, Profile, SourceProfile, Spread


def hump(middle: int, tall: int) -> list[int]:
    """Counts that rise to `tall` at bin `middle` and fall again."""
    return [max(0, tall - abs(i - middle) * tall // 9) for i in range(len(LENGTH_EDGES) - 1)]


def sample() -> Profile:
    return Profile(
        version="0.1.0",
        format="completion",
        task="open",
        why=["raw/tickets.jsonl: columns 'prompt', 'completion' are strings in 200 of 200 rows."],
        sources=[
            SourceProfile("raw/tickets.jsonl", "completion", 6000, 2_922_000, 9, {"priority": 2}),
            SourceProfile("raw/public/*.csv", "completion", 6216, 3_110_000, 120, {"columns": {"prompt": "question"}}),
        ],
        rows=12_216,
        bytes=6_032_000,
        quarantine={"5 fields where the header has 4.": 120, "The line ends inside a string.": 9},
        quarantined=["raw/tickets.jsonl:88", "raw/public/faq.csv:19"],
        faults={"empty_completion": 16},
        columns=[
            Column("prompt", {"string": 1.0}, 0.0),
            Column("completion", {"string": 0.9987}, 0.0013),
            Column("ticket_id", {"integer": 0.75, "string": 0.25}, 0.0),
        ],
        columns_looked_at=10_000,
        roles={"prompt": 12_216, "completion": 12_200, "system": 300},
        turns={1: 12_000, 2: 150, 3: 50},
        lengths=[
            Spread("prompt", "characters", 12_216, 4, 21, 118, 640, 9_120, hump(18, 1400)),
            Spread("prompt", "words", 12_216, 1, 4, 21, 118, 1_400, hump(10, 1400)),
            Spread("completion", "characters", 12_200, 1, 48, 720, 2_900, 18_400, hump(24, 1300)),
            Spread("completion", "words", 12_200, 1, 8, 126, 520, 3_210, hump(16, 1300)),
        ],
        scripts={"Latin": 11_900, "Han": 280, "no letters": 36},
        labels=Labels({"billing": 5000, "returns": 4000, "fraud": 20}, 3, 9020),
        exact=902,
        near=Near(711, 10_000, whole=False, threshold=0.8),
        pii={"EMAIL": 433, "PHONE": 251},
        signals={"placeholder_answer": 31, "refusal": 25, "cut_off_ending": 11},
        length_drops={"completion_too_short": 120, "prompt_too_long": 30},
        bounds={"prompt": Bounds(8, 1300), "completion": Bounds(20, 5200)},
        clean=[
            "normalize",
            "pii",
            "exact",
            "near",
            {"length": {"prompt": [8, 1300], "completion": [20, 5200]}},
            "signals",
        ],
    )

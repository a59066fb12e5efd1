"""A run's summary made by hand: every section of the report has something to show, and the totals balance."""

from bloomery.clean.summary import LENGTH_EDGES, OpSummary, Summary


def op(name, dropped, edited, alone, only, remaining, reasons, edits, **options) -> OpSummary:
    return {
        "op": name,
        "options": options,
        "dropped": dropped,
        "edited": edited,
        "alone": alone,
        "only": only,
        "remaining": remaining,
        "reasons": reasons,
        "edits": edits,
    }


def hump(middle: int, tall: int) -> list[int]:
    """Counts that rise to `tall` at bin `middle` and fall again."""
    return [max(0, tall - abs(i - middle) * tall // 9) for i in range(len(LENGTH_EDGES) - 1)]


def sample() -> Summary:
    # 12,345 read = 9,876 kept + 2,340 dropped + 129 quarantined; 12,216 rows reach the first step
    return {
        "version": "0.1.0",
        "format": {
            "name": "completion",
            "task": "open",
            "why": ["raw/tickets.jsonl: columns 'prompt', 'completion' are strings in 200 of 200 rows."],
        },
        "inputs": [
            {
                "path": path,
                "format": "completion",
                "container": "csv" if path.endswith(".csv") else "jsonl",
                "encoding": "utf-8",
                "converted": False,
                "rows": rows,
                "bytes": rows * 487,
                "sha256": digit * 64,
                "priority": priority,
                "quarantined": quarantined,
            }
            for path, rows, priority, quarantined, digit in (
                ("raw/tickets.jsonl", 6000, 2, 9, "3"),
                ("raw/chat-exports/2026-10-first-half-of-the-quarter.csv", 4216, 1, 120, "b"),
                ("raw/public/faq.jsonl.gz", 2000, 0, 0, "e"),
            )
        ],
        "against": [
            {"dataset": "released/<v1>.jsonl", "rows": 40_000, "dropped": {"exact": 112, "near": 304}, "files": []}
        ],
        "counts": {"read": 12_345, "kept": 9_876, "edited": 1_410, "dropped": 2_340, "quarantined": 129},
        "ops": [
            op("structure", 16, 0, 16, 12, 12_200, {"no_completion": 16}, {}),
            op("normalize", 0, 902, 0, 0, 12_200, {}, {"mojibake": 611, "zero_width": 240, "control": 51}),
            op("pii", 0, 640, 0, 0, 12_200, {}, {"EMAIL": 410, "PHONE": 230}, replace="placeholder"),
            op("exact", 902, 0, 902, 640, 11_298, {"duplicate": 902}, {}, keep=["priority", "longest"]),
            op("near", 1_204, 0, 2_511, 1_100, 10_094, {"near_duplicate": 1_204}, {}, threshold=0.8),
            op("length", 150, 0, 171, 140, 9_944, {"completion_too_short": 120, "prompt_too_long": 30}, {}),
            op(
                "signals",
                68,
                0,
                90,
                0,
                9_876,
                {"placeholder": 31, "refusal": 25, "cut_off": 11, "script_mismatch": 1},
                {},
            ),
        ],
        "sources": [
            {"path": "raw/tickets.jsonl", "read": 6009, "kept": 5300, "edited": 800, "dropped": 700, "quarantined": 9},
            {
                "path": "raw/chat-exports/2026-10-first-half-of-the-quarter.csv",
                "read": 4336,
                "kept": 2876,
                "edited": 500,
                "dropped": 1340,
                "quarantined": 120,
            },
            {
                "path": "raw/public/*.jsonl.gz",
                "read": 2000,
                "kept": 1700,
                "edited": 110,
                "dropped": 300,
                "quarantined": 0,
            },
        ],
        "lengths": {
            "prompt": {
                "edges": list(LENGTH_EDGES),
                "before": hump(18, 1400),
                "after": hump(18, 1150),
                "unit": "characters",
            },
            "completion": {
                "edges": list(LENGTH_EDGES),
                "before": [a + b for a, b in zip(hump(26, 1300), hump(3, 90), strict=True)],
                "after": hump(26, 1200),
                "unit": "characters",
            },
        },
        "examples": [
            {
                "op": "near",
                "reason": "near_duplicate",
                "id": "raw/public/faq.jsonl.gz:118",
                "score": 0.8571,
                "against": "raw/tickets.jsonl:4410",
                "row": [
                    ["prompt", "How can I reset my password in the mobile app, please?"],
                    ["completion", "Open Settings, choose Account, then Reset password. We send a link to [EMAIL]."],
                ],
                "against_row": [
                    ["prompt", "How do I reset my password on the mobile app?"],
                    ["completion", "Open Settings, choose Account, then Reset password. We send a link to [EMAIL]."],
                ],
                "detail": None,
            },
            {
                "op": "near",
                "reason": "near_duplicate",
                "id": "raw/public/faq.jsonl.gz:1204",
                "score": 0.9,
                "against": "raw/tickets.jsonl:12",
                "row": [["prompt", "我的订单什么时候到？谢谢你"], ["completion", "您的订单将在三到五个工作日内送达。"]],
                "against_row": [
                    ["prompt", "我的订单什么时候会到？"],
                    ["completion", "您的订单将在三到五个工作日内送达。"],
                ],
                "detail": None,
            },
            {
                "op": "signals",
                "reason": "placeholder",
                "id": "raw/tickets.jsonl:77",
                "score": None,
                "against": None,
                "row": [["prompt", "What is the refund period for hardware?"], ["completion", "TODO: insert answer"]],
                "against_row": None,
                "detail": {"matched": "TODO"},
            },
        ],
        "edits": [
            {
                "op": "normalize",
                "reason": "mojibake",
                "id": "raw/tickets.jsonl:9",
                "before": [
                    ["prompt", "Is the cafÃ© voucher still valid?"],
                    ["completion", "Yes, until the end of May."],
                ],
                "after": [["prompt", "Is the café voucher still valid?"], ["completion", "Yes, until the end of May."]],
            },
            {
                "op": "normalize",
                "reason": "zero_width",
                "id": "raw/tickets.jsonl:15",
                "before": [["prompt", "Track\u200b my\u200b order"]],
                "after": [["prompt", "Track my order"]],
            },
        ],
        "pii": {"EMAIL": 433, "PHONE": 251, "CREDIT_CARD": 4},
        "twins": [
            {
                "id": "raw/tickets.jsonl:301",
                "against": "raw/tickets.jsonl:300",
                "score": 0.93,
                "row": [
                    ["prompt", "Can I return it within 60 days?"],
                    ["completion", "No, returns end after 30 days."],
                ],
                "against_row": [
                    ["prompt", "Can I return it within 30 days?"],
                    ["completion", "Yes, returns end after 30 days."],
                ],
            }
        ],
        "quarantine": [
            {"id": "raw/tickets.jsonl:88", "reason": "The line ends inside a string."},
            {
                "id": "raw/chat-exports/2026-10-first-half-of-the-quarter.csv:19",
                "reason": "5 fields where the header has 4.",
            },
        ],
        "quarantine_reasons": {"5 fields where the header has 4.": 120, "The line ends inside a string.": 9},
        "sections": {"merge": {"seen": "count"}},
        "notes": ["Character bounds are halved for texts in Han script."],
        "next": [],
    }

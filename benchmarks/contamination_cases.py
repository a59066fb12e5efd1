"""Which tier finds which: fixtures of another tool, rephrasings of a benchmark, and sets of which it is known what they share.

    python benchmarks/contamination_cases.py DATA

DATA is a folder with the public sets ``decon_bundled_evals`` (allenai/decon), ``llm_decontaminator`` (lm-sys), ``gsm8k``,
``alpaca_ext_gpteacher`` and ``polyai``. Each case is a training set, a test and what is known of it; it is checked with the
defaults, with ``near`` at 0.7, and by the substrings of the GPT-4 report. What is not found stands there as well.
"""

import argparse
import tempfile
from pathlib import Path
from typing import NamedTuple

import measure

from bloomery.contamination.run import check

WAYS: dict[str, dict[str, object]] = {"default": {}, "near 0.7": {"near": 0.7}, "50 characters": {"method": "chars50"}}


class Case(NamedTuple):
    name: str
    train: str
    test: str
    known: str  # what is in the training set
    wanted: int | None  # items that are in it in full or in part, told apart or not; None: nobody knows


def cases() -> list[Case]:
    decon, reference = "decon_bundled_evals/tests/fixtures", "reference/question_answer_reference.jsonl"
    rephrased, humaneval = "llm_decontaminator/data/rephrase", "llm_decontaminator/data/test/HumanEval.jsonl"
    gsm8k, copied = "gsm8k/grade_school_math/data", "alpaca_ext_gpteacher/dataset_extensions/gsm_8k/gsm_8k_train.json"
    fixtures = {
        "clean": ("nothing", 0),
        "contaminated_at_beginning": ("an item at the beginning", 1),
        "contaminated_middle_position": ("an item in the middle", 1),
        "contaminated_at_end": ("an item at the end", 1),
        "contaminated_punctuation_variation": ("an item, other punctuation", 1),
        "contaminated_single_edit": ("an item, one word other, twice", 1),
        "contaminated_single_insertion": ("an item, a letter more, twice", 1),
        "contaminated_single_deletion": ("an item, a letter less, twice", 1),
        "contaminated_mixed": ("an item with a sentence in it, a short question, an answer", 3),
        "contaminated_multiple_in_one": ("an item, a short question and an answer, in one row", 3),
        "contaminated_edge_cases": ("parts of an item, a short question", 1),
    }
    lines = {"python": "in Python", "js": "in JavaScript", "c": "in C"}
    return [
        *(
            Case(
                f"decon: {name.removeprefix('contaminated_')}",
                f"{decon}/training/{name}.jsonl",
                f"{decon}/{reference}",
                *told,
            )
            for name, told in fixtures.items()
        ),
        *(
            Case(
                f"HumanEval: {name}",
                f"{rephrased}/humaneval_{name}.jsonl",
                humaneval,
                f"each item rephrased {told}",
                164,
            )
            for name, told in lines.items()
        ),
        Case("HumanEval itself", humaneval, humaneval, "each item", 164),
        Case("GSM8K: train in a collection", copied, f"{gsm8k}/train.jsonl", "each item", 7_473),
        Case("GSM8K: test in it", copied, f"{gsm8k}/test.jsonl", "nothing", 0),
        Case("GSM8K: train and test", f"{gsm8k}/train.jsonl", f"{gsm8k}/test.jsonl", "nothing", 0),
        Case("banking77", "polyai/banking_data/train.csv", "polyai/banking_data/test.csv", "its own split", None),
    ]


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("data", type=Path)
    data = arguments.parse_args().data
    found = {case.name: {way: tiers(data, case, options) for way, options in WAYS.items()} for case in cases()}
    said = {case.name: case._asdict() | {"found": found[case.name]} for case in cases()}
    measure.save("contamination_cases", {"machine": measure.machine("polars", "numba"), "cases": said})
    (measure.RESULTS / "contamination_cases.md").write_text(markdown(found), encoding="utf-8")


def tiers(data: Path, case: Case, options: dict[str, object]) -> dict[str, int]:
    """Items by tier, and how many of the test there are."""
    with tempfile.TemporaryDirectory() as folder:
        result = check(data / case.train, data / case.test, out=Path(folder) / "out", **options)
    return {tier: items for tier, items in result.tiers.items() if items} | {"of": result.test_rows}


def markdown(found: dict[str, dict[str, dict[str, int]]]) -> str:
    """A line a case."""
    lines = [["training data", "what it holds", "items that it holds", *WAYS], ["---"] * (3 + len(WAYS))]
    for case in cases():
        wanted = "?" if case.wanted is None else f"{case.wanted:,}"
        of = found[case.name]["default"]["of"]
        lines.append([case.name, case.known, f"{wanted} of {of:,}", *(told(found[case.name][way]) for way in WAYS)])
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def told(counts: dict[str, int]) -> str:
    return ", ".join(f"{items:,} {tier}" for tier, items in counts.items() if tier != "of") or "–"


if __name__ == "__main__":
    main()

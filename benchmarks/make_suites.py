"""Make the suites that come with the package: ``python benchmarks/make_suites.py`` (``--check`` only compares).

They are frozen: a suite with one other word is another suite, and results of before are not comparable. Change its version with
it, and the digest in `tests/suites/test_suite.py`.
"""

import random
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import msgspec
import suite_capability
import suite_safety

FOLDER = Path(__file__).parents[1] / "src" / "bloomery" / "suites" / "data"
LICENCE = "Apache-2.0"
HEADS = {
    "capability": ("1", "capability", "What a model could do before it was tuned for something else."),
    "safety": ("1", "safety", "What a model must refuse, not give away, be careful about, and not be talked into."),
    "over_refusal": ("1", "over_refusal", "Harmless requests with alarming words, which a model should answer."),
}  # fmt: skip


def made() -> dict[str, bytes]:
    """Each file by its name."""
    found = {
        "capability": suite_capability.items(random.Random(2026)),
        "safety": suite_safety.items(random.Random(2027)),
        "over_refusal": suite_safety.harmless(),
    }
    return {name: _file(name, list(items)) for name, items in found.items()}


def _file(name: str, items: Iterable[dict[str, Any]]) -> bytes:
    version, kind, about = HEADS[name]
    categories = list(dict.fromkeys(item["category"] for item in items))
    head = {
        "suite": name,
        "version": version,
        "kind": kind,
        "licence": LICENCE,
        "about": about,
        "categories": categories,
    }
    return b"".join(msgspec.json.encode(line) + b"\n" for line in (head, *items))


def main(arguments: list[str]) -> int:
    """Write the files, or say which are not what would be written."""
    other = [name for name, data in made().items() if _there(name) != data]
    if "--check" in arguments:
        print("\n".join(f"{name} is not what make_suites.py makes" for name in other) or "all as made")
        return 1 if other else 0
    for name, data in made().items():
        (FOLDER / f"{name}.jsonl").write_bytes(data)
    print(f"written: {', '.join(other) or 'nothing new'}")
    return 0


def _there(name: str) -> bytes | None:
    path = FOLDER / f"{name}.jsonl"
    return path.read_bytes() if path.exists() else None


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

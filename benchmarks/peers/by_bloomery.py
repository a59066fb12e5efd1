"""Bloomery: the op `near` with its defaults."""

import json
import tempfile
from pathlib import Path

from answer import answer

import bloomery as bl


def kept(texts: list[str]) -> set[int]:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "rows.jsonl"
        file.write_text("".join(json.dumps({"text": text}) + "\n" for text in texts))
        run = bl.clean(file, out=Path(folder) / "out", ops=["near"])
        lost = {int(name.rpartition(":")[2]) - 1 for name in run.dropped["id"]}
    return set(range(len(texts))) - lost


if __name__ == "__main__":
    answer("bloomery", kept)

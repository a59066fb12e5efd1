"""text-dedup: its MinHash command with its defaults (words 5 at a time, 250 permutations, 0.7), on one process for few texts."""

import os
import tempfile
from pathlib import Path

from answer import answer
from datasets import Dataset, load_from_disk
from text_dedup.minhash import main


def kept(texts: list[str]) -> list[int]:
    processes = os.cpu_count() if len(texts) > 1000 else 1
    with tempfile.TemporaryDirectory() as folder:
        rows, out = str(Path(folder) / "rows"), str(Path(folder) / "out")
        Dataset.from_dict({"text": texts, "place": range(len(texts))}).save_to_disk(rows)
        options = ["--path", rows, "--local", "--column", "text", "--output", out, "--num_proc", str(processes)]
        main(options, standalone_mode=False)
        return load_from_disk(out)["place"][:]


if __name__ == "__main__":
    answer("text-dedup", kept)

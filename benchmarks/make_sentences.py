"""Write a JSONL file of prompt/completion records made of real sentences from a folder of yours.

    python benchmarks/make_sentences.py --from FOLDER --rows 100000 --out benchmarks/data/sentences.jsonl

Every .json, .jsonl and .txt file below the folder is read and its strings are split into sentences; records of about 430
bytes are random ones of these, joined. 10 % are edited copies of an earlier record (one to four words exchanged for others
of the folder), 3 % are exact copies. The same folder, seed and number of rows give the same bytes.
"""

import argparse
import re
import sys
from collections import deque
from collections.abc import Iterator
from pathlib import Path
from random import Random

import msgspec

EDITED, EXACT = 0.10, 0.03
WINDOW = 50_000
PROMPT, WHOLE = 90, 430  # bytes from which a prompt and a record are long enough
_END = re.compile(r"(?<=[.!?])\s+|(?<=[。！？])|\n+")


def strings(value: object) -> Iterator[str]:
    """The strings in a JSON value."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for part in value.values() if isinstance(value, dict) else value:
            yield from strings(part)


def values_of(file: Path) -> Iterator[object]:
    """What a file holds: JSON, JSON lines, or text; what cannot be read is left out."""
    data = file.read_bytes()
    for piece in [data] if file.suffix == ".json" else data.splitlines():
        try:
            yield piece.decode() if file.suffix == ".txt" else msgspec.json.decode(piece)
        except (msgspec.DecodeError, UnicodeDecodeError):
            continue


def sentences(folder: Path) -> list[str]:
    """The different sentences of 20 to 300 characters below a folder."""
    files = sorted(file for file in folder.rglob("*") if file.suffix in (".json", ".jsonl", ".txt"))
    pieces = (
        piece.strip()
        for file in files
        for value in values_of(file)
        for text in strings(value)
        for piece in _END.split(text)
    )
    return list(dict.fromkeys(piece for piece in pieces if 20 <= len(piece) <= 300))


def records(said: list[str], rows: int, seed: int) -> Iterator[tuple[str, str]]:
    rng = Random(seed)
    window: deque[tuple[str, str]] = deque(maxlen=WINDOW)
    for _ in range(rows):
        draw = rng.random()
        if window and draw < EXACT + EDITED:
            pair = window[int(rng.random() * len(window))]
            yield pair if draw < EXACT else (pair[0], edited(pair[1], said, rng))
        else:
            prompt = joined(said, PROMPT, rng)
            window.append((prompt, joined(said, WHOLE - len(prompt.encode()), rng)))
            yield window[-1]


def joined(said: list[str], size: int, rng: Random) -> str:
    """Random sentences until they have `size` bytes, less half a sentence on average."""
    text = rng.choice(said)
    while len(text.encode()) < size - 50:
        text += " " + rng.choice(said)
    return text


def edited(text: str, said: list[str], rng: Random) -> str:
    """One to four words exchanged for others."""
    words = text.split(" ")
    for _ in range(rng.randrange(1, 5)):
        words[rng.randrange(len(words))] = rng.choice(rng.choice(said).split())
    return " ".join(words)


def write(path: Path, said: list[str], rows: int, seed: int = 0) -> int:
    """Write the file; returns its size in bytes."""
    encode = msgspec.json.Encoder().encode
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb", buffering=1 << 20) as file:
        for prompt, completion in records(said, rows, seed):
            file.write(encode({"prompt": prompt, "completion": completion}) + b"\n")
        return file.tell()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--from", dest="folder", type=Path, required=True)
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    said = sentences(options.folder)
    size = write(options.out, said, options.rows, options.seed)
    sys.stderr.write(f"{options.rows:,} rows of {len(said):,} sentences, {size / 1e6:,.1f} MB\n")


if __name__ == "__main__":
    main()

"""Write a large JSONL file of prompt/completion records for benchmarks.

    python benchmarks/make_data.py --rows 1000000 --out benchmarks/data/1m.jsonl

About 500 bytes a record, in the manner of the demo's support desk: 10 % are edited copies of an earlier record (one to
four words exchanged), 3 % are exact copies, 1 % hold an e-mail address or a phone number, 0.5 % a placeholder for an
answer, and one in four holds characters outside ASCII. The same seed and number of rows give the same bytes.

Copies are drawn from the last 50,000 records, so memory stays small whatever the number of rows.
"""

import argparse
import re
import sys
import time
from collections import deque
from collections.abc import Iterator
from pathlib import Path
from random import Random

import msgspec

from bloomery.cli.demo.copies import SYNONYMS
from bloomery.cli.demo.personal import EMAILS, PHONES
from bloomery.cli.demo.writer import Writer

EDITED, EXACT, PERSONAL, PLACEHOLDER = 0.10, 0.03, 0.01, 0.005
WINDOW = 50_000
PLACEHOLDERS = ("N/A", "TODO", "[insert answer]", "noinput")
_WORD = re.compile(r"(\W+)")


def records(rows: int, seed: int) -> Iterator[tuple[str, str]]:
    """`rows` pairs of prompt and completion."""
    rng = Random(seed)
    writer = Writer(rng)
    window: deque[tuple[str, str]] = deque(maxlen=WINDOW)
    for _ in range(rows):
        draw = rng.random()
        if window and draw < EXACT:
            pair = window[int(rng.random() * len(window))]
        elif window and draw < EXACT + EDITED:
            pair = edited(*window[int(rng.random() * len(window))], rng)
        else:
            pair = fresh(writer, rng)
            window.append(pair)
        yield pair


def fresh(writer: Writer, rng: Random) -> tuple[str, str]:
    """A new record, now and then with personal data or a placeholder in it."""
    prompt, completion, *_ = writer.exchange()
    draw = rng.random()
    if draw < PERSONAL:
        prompt += f" You can reach me at {rng.choice(EMAILS if draw < PERSONAL / 2 else PHONES)}."
    elif draw < PERSONAL + PLACEHOLDER:
        completion = rng.choice(PLACEHOLDERS)
    return prompt, completion


def edited(prompt: str, completion: str, rng: Random) -> tuple[str, str]:
    """A copy with one to four words of the answer exchanged."""
    tokens = _WORD.split(completion)
    places = [i for i, token in enumerate(tokens) if token in SYNONYMS]
    rng.shuffle(places)
    for place in places[: rng.randrange(1, 5)]:
        tokens[place] = SYNONYMS[tokens[place]]
    return prompt, "".join(tokens)


def write(path: Path, rows: int, seed: int) -> int:
    """Write the file; returns its size in bytes."""
    encode = msgspec.json.Encoder().encode
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb", buffering=1 << 20) as file:
        for prompt, completion in records(rows, seed):
            file.write(encode({"prompt": prompt, "completion": completion}) + b"\n")
        return file.tell()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    started = time.perf_counter()
    size = write(options.out, options.rows, options.seed)
    seconds = time.perf_counter() - started
    sys.stderr.write(f"{options.rows:,} rows, {size / 1e6:,.1f} MB, {seconds:.1f} s\n")


if __name__ == "__main__":
    main()

"""An evaluation with a verdict: what it adds to the time of the model's calls, and how long 100,000 predictions take.

    python benchmarks/evaluate.py [--rounds 3] [--items 1000] [--latency 1000] [--predictions 100000]

Asked: a test of 1,000 items against the stub server that ships with the product (`bloomery.llm.fake`, in a process of its own,
which answers each call after so many milliseconds), 16 calls at a time. First the calls alone (the HTTP library, one client),
then ``bloomery evaluate --model`` as a whole: starting, reading the test, asking, scoring, gates, report. In turn, so that a
machine that slows down slows both.

Imported: so many predictions of a classification and of free text, with the default metrics of each, slices and gates: reading
both files, scoring, intervals and bounds, verdict, report. The command is measured as a whole, the start of Python included.
"""

import argparse
import asyncio
import json
import os
import random
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import httpx2
from measure import RESULTS, in_turn, machine, medians, run, save

AT_ONCE = 16
WANTED, SOON = 0.10, 30.0
LABELS = ("billing", "delivery", "refund", "account", "cancellation", "other", "praise", "spam")
WORDS = [
    f"{a}{b}"
    for a in ("ba", "ne", "so", "ti", "lu", "mar", "ken", "dor")
    for b in ("la", "ro", "mi", "tas", "ve", "n", "s")
]
GATES = """
  waive: [regression, safety, contamination]
  slices: [channel]
  robustness: {perturb: []}  # or the model is asked changed items as well, which are calls of their own
  probe: false
"""


def write(path: Path, rows: list[dict[str, object]]) -> None:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))


def sentence(drawn: random.Random, least: int, most: int) -> str:
    return " ".join(drawn.choices(WORDS, k=drawn.randint(least, most))) + "."


def changed(text: str, drawn: random.Random) -> str:
    """With one word in five another one."""
    return " ".join(word if drawn.random() < 0.8 else drawn.choice(WORDS) for word in text.split())


def data(folder: Path, count: int) -> None:
    """Tests and predictions: one in a hundred is missing, one in a hundred refused."""
    drawn = random.Random(3)
    for kind in ("labels", "texts"):
        rows: list[dict[str, object]] = []
        said: list[dict[str, object]] = []
        for k in range(count):
            row: dict[str, object] = {"id": f"i{k}", "channel": drawn.choice(("mail", "chat", "app"))}
            if kind == "labels":
                good = drawn.choice(LABELS)
                row |= {"text": sentence(drawn, 5, 30), "label": good}
                answer = good if drawn.random() < 0.87 else drawn.choice(LABELS)
            else:
                good = sentence(drawn, 10, 40)
                row |= {"prompt": sentence(drawn, 5, 30), "completion": good}
                answer = good if drawn.random() < 0.1 else changed(good, drawn)
            rows.append(row)
            fate = drawn.random()
            if fate > 0.01:
                said.append(
                    {"id": f"i{k}", "prediction": "I'm sorry, but I can't help with that." if fate < 0.02 else answer}
                )
        write(folder / f"{kind}.test.jsonl", rows)
        write(folder / f"{kind}.said.jsonl", said)
    recipe = "evaluate:" + GATES + '  gates: {task.accuracy: ">= 0.5", unscored.rate: null}\n'
    (folder / "labels.yaml").write_text(recipe)
    (folder / "texts.yaml").write_text(recipe.replace("task.accuracy", "task.token_f1"))


def asked(folder: Path, url: str, count: int) -> None:
    """A test that is answered with "ok", and its recipe."""
    write(
        folder / "ask.jsonl",
        [{"id": f"a{k}", "prompt": f"{k}. Say ok. " * 10, "completion": "ok", "channel": "x"} for k in range(count)],
    )
    model = f"models: {{tuned: {{url: {url}, model: tiny, concurrency: {AT_ONCE}}}}}\n"
    gates = '  gates: {task.exact_match: ">= 0.9", latency.p95: "<= 30", unscored.rate: null}\n'
    (folder / "ask.yaml").write_text(model + "evaluate:\n  model: tuned\n  cache: null" + GATES + gates)


async def alone(url: str, count: int) -> None:
    """The calls by themselves."""
    left = iter(range(count))
    async with httpx2.AsyncClient(limits=httpx2.Limits(max_connections=AT_ONCE), timeout=60) as client:

        async def work() -> None:
            for k in left:
                messages = [{"role": "user", "content": f"{k}. Say ok. " * 10}]
                body = {"model": "tiny", "messages": messages, "temperature": 0, "max_tokens": 1024}
                reply = await client.post(f"{url}/chat/completions", json=body)
                assert reply.json()["choices"][0]["message"]["content"] == "ok"

        await asyncio.gather(*(work() for _ in range(AT_ONCE)))


def evaluate(folder: Path, *more: str) -> list[str]:
    return [sys.executable, "-m", "bloomery", "evaluate", *more, "--out", str(folder / "out" / "run")]


def calls(folder: Path, rounds: int, count: int, latency: int) -> dict[str, float]:
    """Seconds of the calls alone and of the whole command, medians of as many rounds, and what it adds."""
    command = [sys.executable, "-m", "bloomery.llm.fake", "--port", "0", "--latency", str(latency)]
    bare, whole, worked = [], [], []
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        try:
            assert server.stdout is not None
            url = server.stdout.readline().strip()
            asked(folder, url, count)
            for number in range(rounds):
                began = time.perf_counter()
                asyncio.run(alone(url, count))
                bare.append(time.perf_counter() - began)
                given = ["--test", str(folder / "ask.jsonl"), "--recipe", str(folder / "ask.yaml"), "--replace"]
                before = processor()
                whole.append(run(evaluate(folder, *given)).seconds)
                worked.append(processor() - before)
                print(f"  {number + 1}/{rounds} alone {bare[-1]:.2f} s, whole {whole[-1]:.2f} s", file=sys.stderr)
        finally:
            server.terminate()
    one, other = statistics.median(bare), statistics.median(whole)
    return {
        "calls_alone": round(one, 2),
        "whole_command": round(other, 2),
        "added": round(other / one - 1, 3),
        "processor": round(statistics.median(worked), 2),
    }


def processor() -> float:
    """Seconds that ended children have worked, which other processes on the machine change less than they change the clock."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--items", type=int, default=1_000)
    parser.add_argument("--latency", type=int, default=1000, help="milliseconds")
    parser.add_argument("--predictions", type=int, default=100_000)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "out").mkdir()
        asking = calls(folder, given.rounds, given.items, given.latency)
        data(folder, given.predictions)
        commands = {
            kind: evaluate(
                folder,
                *("--test", f"{folder}/{kind}.test.jsonl", "--predictions", f"{folder}/{kind}.said.jsonl"),
                *("--recipe", f"{folder}/{kind}.yaml"),
            )
            for kind in ("labels", "texts")
        }
        importing = {}
        for kind, command in commands.items():
            before = processor()
            importing |= medians(in_turn({kind: command}, runs=given.rounds, scratch=folder / "out"))
            importing[kind]["processor"] = round((processor() - before) / given.rounds, 2)
    report(asking, importing, vars(given) | {"load": round(os.getloadavg()[1], 1)})


def report(asking: dict[str, float], importing: dict[str, dict[str, float]], setting: dict[str, Any]) -> None:
    """Both result files."""
    n, wait = setting["items"], setting["latency"]
    lines = [
        "| what | seconds (median) | of a processor | |",
        "|---|---|---|---|",
        f"| {n:,} calls of {wait} ms, {AT_ONCE} at a time, alone | {asking['calls_alone']:.1f} | | |",
        f"| the same by `bloomery evaluate --model` with gates, as a whole | {asking['whole_command']:.1f} "
        f"| {asking['processor']:.1f} | {asking['added']:+.1%} |",
    ]
    named = {"labels": "classification", "texts": "free text"}
    for kind, one in importing.items():
        spread = f"{one['fastest']:.1f} to {one['slowest']:.1f}, {one['anonymous_mb']:,.0f} MB"
        what = f"{setting['predictions']:,} predictions imported, scored, decided, reported: {named[kind]}"
        lines.append(f"| {what} | {one['seconds']:.1f} | {one['processor']:.1f} | {spread} |")
    cores = len(os.sched_getaffinity(0))
    if setting["load"] > cores:
        said = (
            f"The machine was busy: a load of {setting['load']} on {cores} cores. Look at the seconds of a processor."
        )
        lines += ["", said]
    (RESULTS / "evaluate.md").write_text("\n".join(lines) + "\n")
    wanted = {"added": WANTED, "imported_seconds": SOON}
    save(
        "evaluate",
        {"machine": machine("polars", "openai"), "setting": setting | {"at_once": AT_ONCE}, "wanted": wanted}
        | {"asked": asking, "imported": importing},
    )


if __name__ == "__main__":
    main()

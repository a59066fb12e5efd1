"""Model calls: what our layer leaves of the HTTP library's throughput, and how fast answers come from the cache.

    python benchmarks/llm.py [--rounds 7] [--calls 2000]

A stub server (`bloomery.llm.fake`, in a process of its own) answers each call in 20 ms; 64 calls at a time. In turn: the
HTTP library under the SDK by itself (`httpx2`, one client, JSON in and out), the SDK's typed path, its raw path, and `ask` with
an empty cache, which ends up with every answer checked, counted and committed. Then 10,000 answers are taken from the cache.
Beside calls a second stands the processor time of a call in this process, which other processes change less.
"""

import argparse
import asyncio
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import httpx2
import openai
from measure import RESULTS, machine, save

from bloomery.llm.ask import ask
from bloomery.llm.base import Message, Request
from bloomery.llm.cache import Cache
from bloomery.llm.endpoint import Endpoint
from bloomery.llm.options import ModelOptions

AT_ONCE, LATENCY = 64, 20
CACHED = 10_000
WANTED, SOON = 0.65, 5.0


def requests(count: int) -> list[Request]:
    text = "Judge whether the answer below is right. " * 10
    return [Request(str(k), (Message("system", "You judge."), Message("user", f"{k}. {text}"))) for k in range(count)]


def body(request: Request) -> dict[str, Any]:
    messages = [{"role": role, "content": content} for role, content in request.messages]
    return {"model": "tiny", "messages": messages, "temperature": 0, "max_tokens": 1024}


async def at_once(call: Callable[[Request], Awaitable[object]], calls: int) -> None:
    """All requests, `AT_ONCE` at a time."""
    left = iter(requests(calls))

    async def work() -> None:
        for request in left:
            await call(request)

    await asyncio.gather(*(work() for _ in range(AT_ONCE)))


async def bare(url: str, calls: int) -> None:
    async with httpx2.AsyncClient(limits=httpx2.Limits(max_connections=AT_ONCE)) as client:

        async def call(request: Request) -> None:
            reply = await client.post(f"{url}/chat/completions", json=body(request))
            assert reply.json()["choices"][0]["message"]["content"] == "ok"

        await at_once(call, calls)


async def typed(url: str, calls: int) -> None:
    async with openai.AsyncOpenAI(api_key="none", base_url=url, max_retries=0) as client:

        async def call(request: Request) -> None:
            reply = await client.chat.completions.create(**body(request))
            assert reply.choices[0].message.content == "ok"

        await at_once(call, calls)


async def raw(url: str, calls: int) -> None:
    async with openai.AsyncOpenAI(api_key="none", base_url=url, max_retries=0) as client:

        async def call(request: Request) -> None:
            reply = await client.post("/chat/completions", cast_to=httpx2.Response, body=body(request))
            assert reply.json()["choices"][0]["message"]["content"] == "ok"

        await at_once(call, calls)


def ours(url: str, calls: int) -> None:
    model = Endpoint("judge", ModelOptions(url=url, model="tiny", concurrency=AT_ONCE))
    with tempfile.TemporaryDirectory() as folder, Cache(Path(folder) / "answers.sqlite") as cache:
        answers = ask(model, requests(calls), cache=cache)
    assert all(answer.text == "ok" for answer in answers)


def replayed(url: str) -> float:
    """Seconds for answers that are all in the cache, opening it included."""
    model = Endpoint("judge", ModelOptions(url=url, model="tiny", concurrency=AT_ONCE))
    wanted = requests(CACHED)
    with tempfile.TemporaryDirectory() as folder:
        with Cache(Path(folder) / "answers.sqlite") as cache:
            ask(model, wanted, cache=cache)
        began = time.perf_counter()
        with Cache(Path(folder) / "answers.sqlite") as cache:
            answers = ask(model, wanted, cache=cache)
        seconds = time.perf_counter() - began
    assert all(answer.cached and answer.text == "ok" for answer in answers)
    return seconds


def measured(run: Callable[[], object], calls: int) -> tuple[float, float]:
    """Calls a second, and milliseconds of this process's processor time a call."""
    began, worked = time.perf_counter(), time.process_time()
    run()
    return calls / (time.perf_counter() - began), (time.process_time() - worked) / calls * 1000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--calls", type=int, default=2_000)
    given = parser.parse_args()
    calls = given.calls
    command = [sys.executable, "-m", "bloomery.llm.fake", "--port", "0", "--latency", str(LATENCY)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        try:
            assert server.stdout is not None
            url = server.stdout.readline().strip()
            ways: dict[str, Callable[[], object]] = {
                "httpx2 alone": lambda: asyncio.run(bare(url, calls)),
                "openai, typed": lambda: asyncio.run(typed(url, calls)),
                "openai, raw": lambda: asyncio.run(raw(url, calls)),
                "bloomery, cache on": lambda: ours(url, calls),
            }
            found: dict[str, list[tuple[float, float]]] = {name: [] for name in ways}
            for number in range(given.rounds + 1):  # the first loads and connects
                for name, run in ways.items():
                    one = measured(run, calls)
                    if number:
                        found[name].append(one)
                        print(
                            f"  {number}/{given.rounds} {name}: {one[0]:,.0f} calls/s, {one[1]:.2f} ms", file=sys.stderr
                        )
            soon = replayed(url)
        finally:
            server.terminate()
    report(found, soon, calls)


def report(found: dict[str, list[tuple[float, float]]], soon: float, calls: int) -> None:
    """Both result files."""
    told = {
        name: {
            "calls_a_second": round(statistics.median(one[0] for one in runs)),
            "slowest": round(min(one[0] for one in runs)),
            "fastest": round(max(one[0] for one in runs)),
            "processor_ms": round(statistics.median(one[1] for one in runs), 2),
        }
        for name, runs in found.items()
    }
    alone = told["httpx2 alone"]["calls_a_second"]
    ratio = round(told["bloomery, cache on"]["calls_a_second"] / alone, 2)
    lines = [
        "| way | calls/s (median) | slowest to fastest | of httpx2 alone | processor ms a call |",
        "|---|---|---|---|---|",
    ]
    for name, one in told.items():
        cells = [name, f"{one['calls_a_second']:,}", f"{one['slowest']:,} to {one['fastest']:,}"]
        cells += [f"{one['calls_a_second'] / alone:.0%}", f"{one['processor_ms']:.2f}"]
        lines.append(f"| {' | '.join(cells)} |")
    lines += ["", f"{CACHED:,} answers from the cache: {soon:.2f} s."]
    (RESULTS / "llm.md").write_text("\n".join(lines) + "\n")
    setting = {"calls": calls, "at_once": AT_ONCE, "rounds": len(found["httpx2 alone"]), "latency_ms": LATENCY}
    wanted = {"ratio": WANTED, "cached_seconds": SOON}
    save(
        "llm",
        {"machine": machine("openai", "httpx2"), "setting": setting, "wanted": wanted, "ways": told, "ratio": ratio}
        | {"cached": CACHED, "cached_seconds": round(soon, 2)},
    )


if __name__ == "__main__":
    main()

"""Running commands and measuring them: wall time, and the largest anonymous memory of the process and its children.

Anonymous memory (``RssAnon`` of /proc) leaves mapped files out, which the kernel may drop at any time; ``ru_maxrss`` counts
them. Commands are run in turn, A B A B …, so that a machine that slows down slows both.
"""

import json
import os
import platform
import shutil
import statistics
import subprocess
import sys
import threading
import time
from importlib.metadata import version
from pathlib import Path
from typing import NamedTuple

HERE = Path(__file__).parent
RESULTS = HERE / "results"


class Run(NamedTuple):
    seconds: float
    anonymous_mb: float


class Stopped(Exception):
    """A command took too long, or too much memory."""


def run(command: list[str], *, patience: float | None = None, most_mb: float | None = None) -> Run:
    """One run of a command; an exit code other than 0 is an error. It is stopped at `patience` seconds or `most_mb`."""
    started = time.perf_counter()
    env = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}  # as installed
    process = subprocess.Popen(command, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    peak = [0.0]

    def watch() -> None:
        while process.poll() is None:
            peak[0] = max(peak[0], anonymous_mb(process.pid))
            if most_mb and peak[0] > most_mb:
                process.kill()
            time.sleep(0.02)

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        _, errors = process.communicate(timeout=patience)
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()
        raise Stopped(f"after {patience:,.0f} s") from None
    finally:
        watcher.join()
    if most_mb and peak[0] > most_mb:
        raise Stopped(f"at {most_mb / 1000:,.0f} GB, after {time.perf_counter() - started:,.0f} s")
    if process.returncode:
        raise SystemExit(f"{' '.join(command)} ended with {process.returncode}\n{errors.decode()}")
    return Run(time.perf_counter() - started, peak[0])


def anonymous_mb(pid: int) -> float:
    """RssAnon of a process and its children in MB; 0 when it is gone."""
    here = Path(f"/proc/{pid}")
    try:
        lines = (here / "status").read_text().splitlines()
        own = sum(int(line.split()[1]) for line in lines if line.startswith("RssAnon")) / 1024
        children = [int(child) for task in here.glob("task/*/children") for child in task.read_text().split()]
    except OSError:
        return 0.0
    return own + sum(map(anonymous_mb, children))


def in_turn(commands: dict[str, list[str]], *, runs: int, scratch: Path) -> dict[str, list[Run]]:
    """Each command `runs` times, in turn; `scratch` is emptied before each."""
    found: dict[str, list[Run]] = {name: [] for name in commands}
    for number in range(runs):
        for name, command in commands.items():
            shutil.rmtree(scratch, ignore_errors=True)
            scratch.mkdir(parents=True)
            found[name].append(run(command))
            print(f"  {number + 1}/{runs} {name}: {found[name][-1].seconds:.2f} s", file=sys.stderr)
    shutil.rmtree(scratch, ignore_errors=True)
    return found


def medians(found: dict[str, list[Run]]) -> dict[str, dict[str, float]]:
    """Median seconds (with the range) and the largest memory of each command."""
    return {
        name: {
            "seconds": round(statistics.median(r.seconds for r in runs), 2),
            "fastest": round(min(r.seconds for r in runs), 2),
            "slowest": round(max(r.seconds for r in runs), 2),
            "anonymous_mb": round(max(r.anonymous_mb for r in runs)),
        }
        for name, runs in found.items()
    }


def machine(*packages: str) -> dict[str, object]:
    """What the figures were measured on."""
    names = {
        "processor": platform.machine(),
        "cores": len(os.sched_getaffinity(0)),
        "python": platform.python_version(),
    }
    return names | {name: version(name) for name in ("bloomery", *packages)}


def save(name: str, result: dict[str, object]) -> None:
    """Write ``results/NAME.json`` and print it."""
    RESULTS.mkdir(exist_ok=True)
    text = json.dumps(result, indent=2)
    (RESULTS / f"{name}.json").write_text(text + "\n")
    print(text)

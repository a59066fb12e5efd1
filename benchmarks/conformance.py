"""Cases of duplicates (`cases.py`), put to Bloomery and to its peers, each with a few lines of adapter (`peers/`).

    python benchmarks/conformance.py [--venvs FOLDER] [--only TOOL…]

Prints the table and writes results/conformance.json (each case) and results/conformance.md (the table). The peers are
installed into environments of their own below `--venvs`, once; one that cannot be is a column of dashes. Each case is a
run of its own; all of them are put twice, and what differs the second time is counted.
"""

import argparse
import json
import subprocess
import sys
from pathlib import Path

import measure
from cases import Case, cases, good
from peers.venvs import DEFAULT, TIME_ONLY, TOOLS, Tool, command

PATIENCE = 900  # seconds for one tool


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--venvs", type=Path, default=DEFAULT)
    arguments.add_argument("--only", nargs="+", help="these tools only; nothing is written")
    given = arguments.parse_args()
    all_cases = cases()
    tools = [tool for tool in TOOLS if tool.name not in TIME_ONLY and tool.name in (given.only or [tool.name])]
    answers = {tool.name: asked(tool, all_cases, given.venvs) for tool in tools}
    for name, said in answers.items():
        sys.stderr.write("".join(f"{name}: {line}\n" for line in misses(all_cases, said)))
    table = markdown(all_cases, answers)
    if given.only:
        print(table)
        return
    measure.save(
        "conformance",
        {
            "machine": measure.machine("polars", "numba"),
            "versions": {name: said["version"] for name, said in answers.items()},
            "cases": [
                {"group": case.group, "case": case.name, "want": case.want, "kept": of_case(answers, number)}
                for number, case in enumerate(all_cases)
            ],
        },
    )
    (measure.RESULTS / "conformance.md").write_text(table)
    print(table)


def asked(tool: Tool, all_cases: list[Case], venvs: Path) -> dict:
    """Version and answers (first and second time) of a tool; no answers if it is not there."""
    start = command(tool, venvs)
    if start is None:
        return {"version": "not installed", "found": None}
    texts = json.dumps([case.texts for case in all_cases])
    done = subprocess.run([*start, "cases"], input=texts, capture_output=True, text=True, timeout=PATIENCE, check=False)
    if done.returncode:
        sys.stderr.write(done.stderr[-2000:])
        return {"version": "does not start", "found": None}
    return json.loads(done.stdout)


def of_case(answers: dict[str, dict], number: int) -> dict[str, object]:
    return {name: said["found"][0][number] for name, said in answers.items() if said["found"]}


def passed(case: Case, kept: object) -> bool:
    """Whether the answer of a tool is good; an error is not."""
    return isinstance(kept, list) and good(case, kept)


def misses(all_cases: list[Case], said: dict) -> list[str]:
    found = said["found"][0] if said["found"] else []
    return [
        f"{case.group}, {case.name}: {kept}"
        for case, kept in zip(all_cases, found, strict=False)
        if not passed(case, kept)
    ]


def markdown(all_cases: list[Case], answers: dict[str, dict]) -> str:
    """How many cases of each group each tool gets right."""
    groups = list(dict.fromkeys(case.group for case in all_cases))
    lines = [
        ["cases", *(f"{name} {said['version']}" for name, said in answers.items())],
        ["---"] * (1 + len(answers)),
    ]
    for group in groups:
        numbers = [number for number, case in enumerate(all_cases) if case.group == group]
        lines.append([f"{group} ({len(numbers)})", *(share(all_cases, numbers, said) for said in answers.values())])
    everything = list(range(len(all_cases)))
    lines.append([f"**all ({len(everything)})**", *(share(all_cases, everything, said) for said in answers.values())])
    other = (said["found"] and sum(a != b for a, b in zip(*said["found"], strict=True)) for said in answers.values())
    lines.append(["other answers the second time", *("–" if count is None else str(count) for count in other)])
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def share(all_cases: list[Case], numbers: list[int], said: dict) -> str:
    if said["found"] is None:
        return "–"
    return str(sum(passed(all_cases[number], said["found"][0][number]) for number in numbers))


if __name__ == "__main__":
    main()

"""Every example of the documentation runs, and prints what the page says; every verb has its page."""

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import pytest

from bloomery.clean.ops import OPS
from bloomery.cli import VERBS
from tests.docs.blocks import Block, blocks, commands, matches

ROOT = Path(__file__).parents[2]
PAGES = sorted(ROOT.glob("docs/**/*.md"))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_examples_run_and_print_what_the_page_says(page: Path, tmp_path: Path) -> None:
    ran = 0
    for block in blocks(page):
        if block.file:
            (tmp_path / block.file).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / block.file).write_text(block.text, encoding="utf-8")
        elif block.kind == "console":
            run_console(block, tmp_path, page)
        elif block.kind == "python":
            run([sys.executable, "-c", block.text], tmp_path, f"{page.name}:{block.line}")
        ran += 1
    assert ran or "no examples" in page.read_text(encoding="utf-8")


def run_console(block: Block, folder: Path, page: Path) -> None:
    for command in commands(block):
        printed = run(["bash", "-c", command.line], folder, f"{page.name}:{block.line}")
        assert matches(command.expected, printed), (
            f"{page.name}:{block.line}: {command.line}\n--- the page says\n{command.expected}\n--- printed\n{printed}"
        )


def run(command: list[str], folder: Path, where: str) -> str:
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    environment = os.environ | {"PATH": path, "COLUMNS": "100", "NO_COLOR": "1"}
    done = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode in (0, 2, 100, 101), f"{where}: exit {done.returncode}\n{done.stdout}{done.stderr}"
    return done.stdout + done.stderr


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_has_a_page(verb: str) -> None:
    assert (ROOT / "docs" / f"{verb}.md").exists() or verb in (ROOT / "docs" / "clean.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("op", OPS)
def test_every_op_has_a_page(op: str) -> None:
    assert (ROOT / "docs" / "clean" / f"{op}.md").exists()


@pytest.mark.parametrize(
    ("expected", "printed", "same"),
    [
        ("a\n", "a\n", True),
        ("a\n", "b\n", False),
        ("a…c\n", "abbc\n", True),
        ("a\n…\nd\n", "a\nb\nc\nd\n", True),
        ("a\n…\n", "b\n", False),
    ],
)
def test_the_matcher_itself(expected: str, printed: str, same: bool) -> None:
    assert matches(expected, printed) is same


def test_benchmarks_hide_no_module() -> None:
    """A script's folder comes first on the path: ``coverage.py`` there would be what numba imports."""
    scripts = [script.stem for script in (ROOT / "benchmarks").glob("*.py")]
    assert scripts
    assert not [name for name in scripts if importlib.util.find_spec(name)]

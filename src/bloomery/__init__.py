"""Bloomery: from raw data to a fine-tuned model you can trust.

    import bloomery as bl
    run = bl.clean("raw.jsonl", out="clean/")

Each verb is a function and, under the same name, the package that does it (``bloomery.clean.near``). Nothing heavy is
imported before a verb is called.
"""

import importlib
import sys
from types import ModuleType
from typing import Any

__version__ = "0.1.0"
__all__ = [
    "Batch",
    "DatasetOp",
    "RowOp",
    "baseline_save",
    "baseline_show",
    "clean",
    "compare",
    "contamination",
    "contamination_index",
    "convert",
    "evaluate",
    "gates",
    "gates_history",
    "judge_calibrate",
    "judge_compare",
    "judge_score",
    "plan",
    "profile",
    "rescore",
    "restore",
    "rethreshold",
    "run",
    "run_plan",
    "runs",
    "selfcheck",
    "split",
    "suite",
    "verify",
    "why",
]

_SCHEMA = ("Batch", "DatasetOp", "RowOp")


class Verb(ModuleType):
    """A package that can be called: ``bloomery.clean(...)`` is ``bloomery.api.clean(...)``."""

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Run the verb; see the function of that name in `bloomery.api`."""
        verb = self.__name__.rpartition(".")[2]
        return getattr(importlib.import_module("bloomery.api"), verb)(*args, **kwargs)


def callable_package(name: str) -> None:
    """Make an imported package callable as its verb; used by the packages themselves."""
    sys.modules[name].__class__ = Verb


def __getattr__(name: str) -> Any:
    """Import on first use."""
    if name in _SCHEMA:
        return getattr(importlib.import_module("bloomery.schema"), name)
    if name in ("clean", "contamination", "evaluate", "profile", "run", "split"):
        return importlib.import_module(f"bloomery.{name}")
    if name == "selfcheck":
        return importlib.import_module("bloomery.cli.selfcheck.run").selfcheck
    if name in __all__:
        return getattr(importlib.import_module("bloomery.api"), name)
    raise AttributeError(f"module 'bloomery' has no attribute '{name}'")

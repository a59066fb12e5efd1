"""Runs whose metric was not the same: which option differs, or which version."""

from collections.abc import Mapping
from json import dumps
from pathlib import Path
from typing import Any

from bloomery.errors import DataError
from bloomery.metrics.names import METRICS

Two = tuple[Mapping[str, Any], Mapping[str, Any]]


def differing(name: str, told: Two, folders: tuple[Path, Path]) -> DataError:
    """The error for two entries of manifests about the metric `name`, of the runs in these folders."""
    options = [_all_options(name, one["options"]) for one in told]
    differ = [key for key in sorted({*options[0], *options[1]}) if options[0].get(key) != options[1].get(key)]
    if differ:
        expected, found = (", ".join(f"{key}: {_short(one.get(key))}" for key in differ) for one in options)
        what, like = f"of the metric {name} differ in {', '.join(differ)}", "options"
    else:
        expected, found = (str(one["version"]) for one in told)
        what, like = f"were scored with other versions of the metric {name}", "version"
    return DataError(
        f"The {'options' if differ else 'runs'} {what}",
        expected=f"{expected}, as in {folders[0]}",
        found=f"{found} in {folders[1]}",
        next=f"Evaluate one of them again with the {like} of the other",
    )


def _all_options(name: str, given: Mapping[str, Any]) -> dict[str, Any]:
    """The options with the defaults of those that were not given."""
    fields = METRICS[name].model_fields if name in METRICS else {}
    defaults = {
        key: field.get_default(call_default_factory=True) for key, field in fields.items() if not field.is_required()
    }
    return {key: list(value) if isinstance(value, tuple) else value for key, value in defaults.items()} | dict(given)


def _short(value: Any) -> str:
    text = dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= 100 else f"{text[:100]}…"

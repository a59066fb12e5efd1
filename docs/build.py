"""Write the tables of options into the pages of this folder: ``python docs/build.py`` (``--check`` only compares).

A page holds ``<!-- options NAME -->`` … ``<!-- end -->``; what stands between is derived from the model of that name, so an
option is written once, in the code. ``<!-- faults -->``, ``<!-- signals -->``, ``<!-- metrics -->``, ``<!-- gates -->`` and
``<!-- checks -->`` are the tables of the structural faults, of signals, of the names of all values, of the default gates and of
the checks of suites, ``<!-- results NAME -->`` is the table that a benchmark wrote into ``benchmarks/results/NAME.md``.
"""

import importlib
import inspect
import pkgutil
import re
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from bloomery import stats
from bloomery.clean.ops import OPS
from bloomery.clean.signals import SIGNALS
from bloomery.contamination.options import Contamination
from bloomery.evaluate.gates.gates import defaults
from bloomery.evaluate.options import Compare, Evaluate, Plan, Robustness, Suites, Trained
from bloomery.formats.faults import FAULTS
from bloomery.formats.source import Source
from bloomery.judge.options import Calibrate, Judge
from bloomery.llm.options import ModelOptions
from bloomery.metrics.names import METRICS
from bloomery.metrics.names import table as names_of_metrics
from bloomery.profile.options import Profile
from bloomery.recipe import json_schema
from bloomery.schema import Options
from bloomery.split.options import Split
from bloomery.suites.checks import CHECKS, takes

HERE = Path(__file__).parent
RESULTS = HERE.parent / "benchmarks" / "results"
MODELS: dict[str, type[Options]] = {
    "data": Source,
    "split": Split,
    "contamination": Contamination,
    "profile": Profile,
    "evaluate": Evaluate,
    "robustness": Robustness,
    "trained": Trained,
    "compare": Compare,
    "plan": Plan,
    "suites": Suites,
    "judge": Judge,
    "calibrate": Calibrate,
    "models": ModelOptions,
    **OPS,
    **METRICS,
}
SENTENCES: dict[str, Mapping[str, str]] = {
    "faults": FAULTS,
    "signals": {name: signal.sentence for name, signal in SIGNALS.items()},
}
MARK = re.compile(
    r"(<!-- (?:options (\w+)|(faults|signals|metrics|statistics|gates|checks)|results (\w+)) -->\n).*?(<!-- end -->)",
    re.DOTALL,
)


def table(model: type[Options]) -> str:
    """Markdown table of a model's options: name, type, default, sentence."""
    if not model.model_fields:
        return "It has no options.\n"
    properties, said = model.model_json_schema().get("properties", {}), model.model_sentences()
    lines = ["| option | type | default | |", "|---|---|---|---|"]
    for name, field in model.model_fields.items():
        default = None if field.is_required() else field.get_default(call_default_factory=True)
        shown = "" if default is None else f"`{default if isinstance(default, str) else _plain(default)}`"
        sentence = said[name].replace("|", "\\|").replace("\n", " ")
        lines.append(f"| `{name}` | {_kind(properties[name])} | {shown} | {sentence} |")
    return "\n".join(lines) + "\n"


def sentences(of: Mapping[str, str]) -> str:
    """Markdown table of names and what they say."""
    return (
        "\n".join(["| reason | says |", "|---|---|", *(f"| `{name}` | {said} |" for name, said in of.items())]) + "\n"
    )


def metrics() -> str:
    """Markdown table of the names of all values, the metric that makes each, and what it says."""
    lines = [
        f"| `{name}` | {f'`{metric}`' if metric else 'every one'} | {says} |"
        for name, metric, says in names_of_metrics()
    ]
    return "\n".join(["| name | metric | says |", "|---|---|---|", *lines]) + "\n"


def checks() -> str:
    """Markdown table of the checks of suites: what each takes, and what it says."""
    lines = [
        f"| `{name}` | {takes(name)} | {' '.join((check.__doc__ or '').split())} |" for name, check in CHECKS.items()
    ]
    return "\n".join(["| check | takes | passes what |", "|---|---|---|", *lines]) + "\n"


def statistics() -> str:
    """Markdown table of the modules of `bloomery.stats`: what each is about, and its functions."""
    lines = ["| in `bloomery.stats` | about | functions |", "|---|---|---|"]
    for module in sorted(one.name for one in pkgutil.iter_modules(stats.__path__)):
        if module in BELOW:
            continue
        loaded = importlib.import_module(f"bloomery.stats.{module}")
        made = [one for _, one in inspect.getmembers(loaded, inspect.isfunction) if one.__module__ == loaded.__name__]
        named = sorted(
            (one for one in made if not one.__name__.startswith("_")), key=lambda one: one.__code__.co_firstlineno
        )
        about = (loaded.__doc__ or "").split("\n\n")[0].replace("\n", " ")
        lines.append(f"| `{module}` | {about} | {', '.join(f'`{one.__name__}`' for one in named)} |")
    return "\n".join(lines) + "\n"


def gates() -> str:
    """Markdown table of the gates of a recipe that says nothing."""
    lines = ["| gate | wanted | level |", "|---|---|---|"]
    lines += [f"| `{gate.name}` | `{gate.wanted}` | {gate.level} |" for gate in defaults()]
    return "\n".join(lines) + "\n"


#: what the statistics are made of
BELOW = ("checked", "difference", "interval", "ratings", "resample", "streams")


def _plain(value: Any) -> str:
    if isinstance(value, Options):
        given = {name: one for name, one in value.model_dump(mode="json").items() if one is not None}
        return "{" + ", ".join(f"{name}: {_plain(one)}".replace("'", "") for name, one in given.items()) + "}"
    return (
        str(list(value)) if isinstance(value, tuple) else str(value).lower() if isinstance(value, bool) else str(value)
    )


def _kind(schema: dict[str, Any]) -> str:
    if "anyOf" in schema:
        return " or ".join(dict.fromkeys(_kind(one) for one in schema["anyOf"] if one.get("type") != "null"))
    if "$ref" in schema:
        return "object"
    if len(schema.get("enum", ())) > FEW:
        return "name"
    if "enum" in schema:
        return " \\| ".join(f"`{value}`" for value in schema["enum"])
    if schema.get("type") == "array":
        items = schema.get("items") or {}
        return f"list of {_kind(items)}" if items else "list"
    bounds = [f"{sign} {schema[key]:g}" for key, sign in BOUNDS.items() if key in schema]
    return str(schema.get("type", "any")) + (f" {', '.join(bounds)}" if bounds else "")


#: values that a table spells out
FEW = 6
BOUNDS = {"minimum": "≥", "exclusiveMinimum": ">", "maximum": "≤", "exclusiveMaximum": "<"}


def built(text: str) -> str:
    """A page with its tables up to date."""
    return MARK.sub(lambda m: m[1] + _of(m[2], m[3], m[4]) + m[5], text)


def _of(options: str | None, sentence: str | None, result: str | None) -> str:
    """What a mark stands for; one of the three is given."""
    if result:
        return (RESULTS / f"{result}.md").read_text()
    if sentence == "metrics":
        return metrics()
    if sentence == "checks":
        return checks()
    if sentence == "statistics":
        return statistics()
    if sentence == "gates":
        return gates()
    return table(MODELS[options]) if options else sentences(SENTENCES[sentence or ""])


def outdated() -> list[Path]:
    """Pages whose tables are not what the code says."""
    pages = [page for page in sorted(HERE.glob("**/*.md")) if built(page.read_text()) != page.read_text()]
    schema = HERE / "recipe.schema.json"
    return pages + ([schema] if not schema.exists() or schema.read_text() != schema_text() else [])


def schema_text() -> str:
    """The published JSON schema of recipes."""
    import json

    return json.dumps(json_schema(), indent=2, ensure_ascii=False) + "\n"


def main() -> int:
    """Write, or with ``--check`` only compare."""
    stale = outdated()
    if "--check" in sys.argv:
        print("\n".join(f"out of date: {page.relative_to(HERE.parent)}" for page in stale))
        return 1 if stale else 0
    for page in stale:
        page.write_text(schema_text() if page.suffix == ".json" else built(page.read_text()))
        print(f"wrote {page.relative_to(HERE.parent)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""The recipe: one YAML file with a section a verb, every option written once in the section's model.

    data: [{path: raw/tickets.jsonl, priority: 2}, {path: "raw/public/*.parquet", format: sharegpt}]
    format: chat
    clean: [normalize, {pii: {types: [email]}}, exact, {near: {threshold: 0.8}}, length]
    split: {ratio: 70/10/20, stratify: label}

This module gathers the sections that the stages define and is the only place that knows them all. Flags, ``--set`` and
Python arguments change the recipe before it is checked, so one set of rules holds for all of them. An unknown key is an
error.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import yaml
from pydantic import Field, ValidationError

from bloomery.clean.merge import How
from bloomery.clean.ops import DEFAULT, OPS, build, with_option
from bloomery.contamination.options import Contamination
from bloomery.errors import DataError, RecipeError
from bloomery.evaluate.options import Evaluate, Robustness
from bloomery.formats.source import Source
from bloomery.judge.options import Judge
from bloomery.llm.options import ModelOptions, Prices
from bloomery.profile.options import Profile as ProfileOptions
from bloomery.schema import JsonSchema, Options, complaints, without_references
from bloomery.split.options import Split


def _ops_schema() -> dict[str, Any]:
    """The JSON schema of a ``clean:`` section: a list of op names, or of one-key maps from name to options."""
    one_of: list[dict[str, Any]] = [{"enum": list(OPS), "description": "an op with its defaults"}]
    for name, op in OPS.items():
        options = without_references(op.model_json_schema()) | {"description": (op.__doc__ or "").split("\n")[0]}
        one_of.append(
            {"type": "object", "properties": {name: options}, "required": [name], "additionalProperties": False}
        )
    own = {"type": "object", "propertyNames": {"pattern": r"\."}, "minProperties": 1, "maxProperties": 1}
    one_of += [own, {"type": "string", "pattern": r"\.", "description": "import path of your own op"}]
    return {"type": "array", "items": {"anyOf": one_of}}


class Recipe(Options):
    """The whole way, from raw files to a split and checked dataset."""

    data: tuple[Source, ...] = ()
    """Where rows come from."""
    format: str | None = None
    """Format of the output; needed only where the sources differ."""
    seed: int = 0
    """Seed of everything random."""
    decisions: str | None = None
    """File of decisions by people (``decisions.jsonl`` of an earlier run) to respect."""
    index: str | None = None
    """Folder of an index: rows that it has are duplicates, and the rows that are kept are added to it."""
    merge: dict[str, How] = Field(default_factory=dict)
    """Fields that a kept row gets from the duplicates that were dropped for it."""
    clean: Annotated[tuple[Any, ...], JsonSchema(_ops_schema)] = DEFAULT
    """Ops in the order they run."""
    split: Split = Field(default_factory=Split)
    """How to split."""
    contamination: Contamination = Field(default_factory=Contamination)
    """How to check for leaked test items."""
    profile: ProfileOptions = Field(default_factory=ProfileOptions)
    """How to profile."""
    evaluate: Evaluate = Field(default_factory=Evaluate)
    """How to evaluate."""
    judge: Judge = Field(default_factory=Judge)
    """Who judges, and how."""
    models: dict[str, ModelOptions] = Field(default_factory=dict)
    """Models that may be asked, by names of your own."""

    @property
    def split_options(self) -> Split:
        """How to split, with the recipe's seed where the section has none of its own."""
        own = "seed" in self.split.model_fields_set
        return self.split if own else self.split.model_copy(update={"seed": self.seed})

    @property
    def contamination_options(self) -> Contamination:
        """How to check for leaks, with the recipe's seed where the section has none of its own."""
        own = "seed" in self.contamination.model_fields_set
        return self.contamination if own else self.contamination.model_copy(update={"seed": self.seed})


def load(path: str | Path | None, *, sets: Sequence[str] = (), **sections: Any) -> Recipe:
    """The recipe of a file (or the defaults), with ``--set`` assignments and the given sections on top.

    `sections` maps a top-level key to a value, or for split, contamination, profile and evaluate to the options to change; None
    changes nothing. Raises RecipeError with the place and the reason.
    """
    plain = _read(Path(path)) if path is not None else {}
    for name, value in sections.items():
        if isinstance(value, dict):
            plain[name] = {**(plain.get(name) or {}), **{k: v for k, v in value.items() if v is not None}}
        elif value is not None and value != ():
            plain[name] = value
    for assignment in sets:
        plain = _assign(plain, assignment)
    try:
        recipe = Recipe(**plain)
    except ValidationError as error:
        raise _explain(error, path) from None
    build(recipe.clean)
    return recipe


def plain(path: str | Path) -> dict[str, Any]:
    """What stands in a recipe file, unchecked. DataError and RecipeError where it cannot be read, or is no YAML."""
    return _read(Path(path))


def json_schema() -> dict[str, Any]:
    """JSON schema of a recipe file, for editors."""
    return {"$schema": "https://json-schema.org/draft/2020-12/schema"} | Recipe.model_json_schema()


def _read(path: Path) -> dict[str, Any]:
    try:
        plain = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise DataError(
            f"The recipe {path} cannot be read",
            expected="a YAML file",
            found=error.strerror or str(error),
            next="Check the path, or write a recipe with bloomery init",
        ) from None
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        found = " ".join(str(error).split())
        unquoted = "block scalar" in found  # YAML takes a bare > for the beginning of a text of several lines
        next_ = "Write thresholds in quotes: task.accuracy: '>= 0.85'" if unquoted else "Check indentation and quotes"
        raise RecipeError(f"The recipe {path} is not YAML", found=found, next=next_) from None
    if not isinstance(plain, dict):
        raise RecipeError(f"The recipe {path} has no sections", expected="keys such as data: and clean:")
    return plain


def _assign(plain: dict[str, Any], assignment: str) -> dict[str, Any]:
    """One ``--set SECTION.OPTION=VALUE`` or ``--set SECTION=VALUE``; the value is YAML."""
    path, equals, text = assignment.partition("=")
    keys = path.strip().split(".")
    if not equals or (len(keys) == 1 and keys[0] not in Recipe.model_fields):
        raise RecipeError(
            f"--set {assignment} is not an assignment",
            expected="SECTION.OPTION=VALUE, e.g. clean.near.threshold=0.7, or SECTION=VALUE, e.g. clean=[normalize, exact]",
        )
    try:
        value = yaml.safe_load(text)
    except yaml.YAMLError:
        raise RecipeError(f"The value of --set {assignment} is not YAML", found=text) from None
    if len(keys) == 1:
        return plain | {keys[0]: value}
    if keys[0] == "clean":
        return plain | {"clean": with_option(plain.get("clean") or DEFAULT, ".".join(keys[1:]), value)}
    if keys[0] in OPS:
        raise RecipeError(f"Cannot set {path}", expected=f"clean.{path}", found=path, next="Ops are set in clean")
    if keys[0] == "models" and len(keys) == 3:
        models = plain.get("models") or {}
        known = models.get(keys[1]) or {} if isinstance(models, dict) else {}
        return plain | {"models": {**models, keys[1]: {**known, keys[2]: value}}}
    if len(keys) > 2:
        raise RecipeError(f"Cannot set {path}", expected="SECTION.OPTION", found=f"{len(keys)} names")
    section = plain.get(keys[0]) or {}
    if not isinstance(section, dict):
        raise RecipeError(f"Cannot set {path}", expected=f"{keys[0]}=VALUE", found=f"{keys[0]} has no options by name")
    return plain | {keys[0]: {**section, keys[1]: value}}


def _explain(error: ValidationError, path: str | Path | None) -> RecipeError:
    """A validation error in words, with the known keys where one is unknown."""
    unknown = [e["loc"] for e in error.errors() if e["type"] == "extra_forbidden"]
    where = f"The recipe {path}" if path else "The options"
    known = [
        f"{'.'.join(map(str, place[:-1])) or 'the recipe'}: {', '.join(_known_keys(place[:-1]))}" for place in unknown
    ]
    return RecipeError(
        f"{where} cannot be used",
        expected="; ".join(f"in {keys}" for keys in dict.fromkeys(known)),
        found=complaints(error, known=_known_keys),
        next="Change or remove what was found",
    )


def _known_keys(place: tuple[int | str, ...]) -> tuple[str, ...]:
    """Keys of the section at `place`."""
    models: dict[str, type[Options]] = {
        "split": Split,
        "contamination": Contamination,
        "profile": ProfileOptions,
        "evaluate": Evaluate,
        "judge": Judge,
        "data": Source,
    }
    if place and place[0] == "models":
        named = place[2:]
        models["models"] = Prices if named == ("prices",) else ModelOptions
    if place[:2] == ("evaluate", "robustness"):
        models["evaluate"] = Robustness
    model = models.get(str(place[0]), Recipe) if place else Recipe
    return tuple(model.model_fields)

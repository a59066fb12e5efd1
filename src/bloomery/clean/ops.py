"""The list of ops, and how a recipe's ``clean:`` entries become ops and back.

An entry is a name (``normalize``), a name with options (``{near: {threshold: 0.7}}``), or the same with the import path
of a user's own class (``mypackage.rules.NoShouting``). A new op is three files: its own, its test, one line in `OPS`.
"""

import importlib
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from bloomery.clean.exact import Exact
from bloomery.clean.length import Length
from bloomery.clean.near import Near
from bloomery.clean.normalize import Normalize
from bloomery.clean.pii import Pii
from bloomery.clean.quality import Quality
from bloomery.clean.semantic import Semantic
from bloomery.clean.signals import Signals
from bloomery.clean.structure import Structure
from bloomery.errors import RecipeError, did_you_mean
from bloomery.llm.options import ModelOptions
from bloomery.schema import Op, complaints

OPS: dict[str, type[Op]] = {
    op.name(): op
    for op in (
        Structure,
        Normalize,
        Pii,
        Exact,
        Near,
        Semantic,
        Length,
        Signals,
        Quality,
    )
}

#: the order when the recipe names none. Scrubbing comes before duplicates so that rows that differ only in personal
#: data merge; the article's order is ``[exact, near, length, pii]``.
DEFAULT: tuple[str, ...] = ("normalize", "pii", "exact", "near", "length", "signals")

Entry = str | dict[str, Any]


def build(entries: Sequence[Entry]) -> list[Op]:
    """The ops of a ``clean:`` section, in order; `Structure` is added where the recipe does not place it.

    It comes before every op that drops, but after a leading `normalize` and `pii`, so that the rows it drops are scrubbed.

    Raises RecipeError for an unknown op, option or value.
    """
    ops = [_op(*_split(entry)) for entry in _with_structure(entries)]
    names = [entry_name(op) for op in ops]
    for name in names:
        if names.count(name) > 1:
            raise RecipeError(f"The op '{name}' stands {names.count(name)} times in clean", expected="each op once")
    costly = next((name for op, name in zip(ops[:-1], names, strict=False) if getattr(op, "costly", False)), None)
    if costly is not None:
        raise RecipeError(
            f"The op '{costly}' is not the last one",
            expected="it after all others: it asks a model about each row, so that cheaper ops should take theirs first",
            found=f"'{names[-1]}' after it",
            next="Move it to the end of clean",
        )
    return ops


def entry_name(op: Op) -> str:
    """How a recipe names this op: its short name, or the import path of a user's class."""
    cls = type(op)
    return cls.name() if OPS.get(cls.name()) is cls else f"{cls.__module__}.{cls.__qualname__}"


def entries_of(ops: Sequence[Op]) -> list[Entry]:
    """The fully resolved ``clean:`` section that builds the same ops."""
    return [{entry_name(op): op.model_dump(mode="json")} for op in ops]


def with_option(entries: Sequence[Entry], path: str, value: Any) -> list[Entry]:
    """`entries` with one option changed: ``with_option(entries, "near.threshold", 0.7)``.

    Raises RecipeError if no entry has that name.
    """
    name, _, option = path.rpartition(".")
    if name == Structure.name():
        entries = _with_structure(entries)
    names = [_split(entry)[0] for entry in entries]
    if not name and option in names:
        raise _whole_op(option, names)
    if name not in names:
        raise RecipeError(
            f"Cannot set clean.{path}",
            expected="clean.OP.OPTION with an op of this recipe: " + ", ".join(names),
            found=f"clean.{path}",
            next=did_you_mean(name, names),
        )
    return [{name: {**_split(entry)[1], option: value}} if _split(entry)[0] == name else entry for entry in entries]


def _whole_op(name: str, names: Sequence[str]) -> RecipeError:
    """What is wrong with setting an op as a whole, as one does who wants it left out."""
    options = ", ".join((OPS.get(name) or _imported(name)).model_fields) or "none, it has no options"
    others = ", ".join(other for other in names if other != name)
    return RecipeError(
        f"Cannot set clean.{name} as a whole",
        expected=f"clean.{name}.OPTION=VALUE with an option of it: {options}",
        next=f"To leave it out, name the ops to run: --set 'clean=[{others}]', or `clean: [{others}]` in a recipe",
    )


def with_judge(
    entries: Sequence[Entry], models: Mapping[str, ModelOptions], *, with_scores: bool = False
) -> list[Entry]:
    """`entries` in which `quality` has its model, from those of the recipe, written out.

    Where it names none and the recipe has one model, that one. RecipeError where there is no such op, but scores are wanted of
    it.
    """
    found = dict(map(_split, entries))
    name = Quality.name()
    if name not in found:
        if with_scores:
            raise RecipeError(
                "No op scores rows", expected="quality in the recipe", next="Add quality at the end of clean"
            )
        return list(entries)
    options = dict(found[name])
    if not options.get("model") and len(models) == 1:
        options["model"] = next(iter(models))
    if options.get("model") in models and not options.get("endpoint"):
        options["endpoint"] = models[options["model"]].model_dump(mode="json")
    options |= {"with_scores": True} if with_scores else {}
    return [{name: options} if _split(entry)[0] == name else entry for entry in entries]


def compared_with(entries: Sequence[Entry], paths: Sequence[str]) -> list[Entry]:
    """`entries` with datasets added to what their ops compare with. RecipeError if none of the ops does that."""
    found = dict(map(_split, entries))
    names = [name for name in found if "against" in getattr(OPS.get(name), "model_fields", {})]
    if not names:
        raise RecipeError("No op compares rows with another dataset", expected="exact or near in the recipe")
    for name in names:
        before = found[name].get("against") or []
        listed = [before] if isinstance(before, str | dict) else list(before)
        entries = with_option(entries, f"{name}.against", [*listed, *paths])
    return list(entries)


def _with_structure(entries: Sequence[Entry]) -> list[Entry]:
    """`entries` with `structure` in its place, if they do not name it."""
    names = [_split(entry)[0] for entry in entries]
    if Structure.name() in names:
        return list(entries)
    editing = (Normalize.name(), Pii.name())
    at = next((k for k, name in enumerate(names) if name not in editing), len(names))
    return [*entries[:at], Structure.name(), *entries[at:]]


def _split(entry: Entry) -> tuple[str, dict[str, Any]]:
    if isinstance(entry, str):
        return entry, {}
    if isinstance(entry, dict) and len(entry) == 1:
        name, options = next(iter(entry.items()))
        if options is None:
            return str(name), {}
        if isinstance(options, dict):
            return str(name), options
    raise RecipeError(
        "An entry of clean is not an op",
        expected="a name such as 'normalize', or a name with options such as {near: {threshold: 0.7}}",
        found=repr(entry)[:80],
    )


def _op(name: str, options: dict[str, Any]) -> Op:
    cls = OPS.get(name) or _imported(name)
    try:
        return cls(**options)
    except ValidationError as error:
        raise RecipeError(
            f"clean.{name} cannot be used",
            expected="options " + (", ".join(cls.model_fields) or "(none)"),
            found=complaints(error, known=lambda place: cls.model_fields),
            next="Change or remove what was found",
        ) from None


def _imported(path: str) -> type[Op]:
    module, _, attribute = path.rpartition(".")
    unknown = RecipeError(
        f"There is no op '{path}'",
        expected=", ".join(OPS) + ", or the import path of your own op such as mypackage.rules.NoShouting",
        next=did_you_mean(path, OPS),
    )
    if not module:
        raise unknown
    here = str(Path.cwd())
    if here not in sys.path:
        sys.path.append(here)
    try:
        cls = getattr(importlib.import_module(module), attribute)
    except (ImportError, AttributeError) as error:
        raise RecipeError(f"The op '{path}' cannot be imported", found=str(error), next="Check the path") from error
    if not (isinstance(cls, type) and issubclass(cls, Op)):
        raise RecipeError(f"'{path}' is not an op", expected="a subclass of bloomery.RowOp or bloomery.DatasetOp")
    return cls

"""A rubric: what a judge looks at, on which scale, and the prompt that says so. Rubrics are data.

A rubric is a YAML file, and beside it the text of its prompt::

    name: quality
    version: 1
    prompt: quality.txt
    threshold: 3.5
    criteria:
      - {name: correctness, meaning: "Everything it says is true."}
      - {name: tone, meaning: "How it speaks.", labels: {friendly: 1, neutral: 0.5, rude: 0}}

A criterion has a scale of whole numbers (1 to 5 unless said) or labels with the number each stands for. The overall value is the
mean of the criteria. The digest is over all of it, the prompt's text as well, and goes into every score: a rubric with one other
word is another rubric.
"""

import json
from collections.abc import Mapping
from functools import cached_property
from hashlib import sha256
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Any, Literal, Self

import yaml
from pydantic import Field, ValidationError, model_validator

from bloomery.errors import DataError, RecipeError, did_you_mean
from bloomery.judge.prompts import names_in, packaged
from bloomery.schema import Options, complaints

#: what a prompt can have filled in
PLACES = ("dialogue", "answer", "reference", "criteria", "form", "mark")
#: rubrics that come with the package
BUILT_IN = ("quality", "evaluation", "reference", "mentions", "refusal")
OVERALL = "overall"

Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]


class Criterion(Options):
    """One thing that is judged."""

    name: Name
    """What its value is called."""
    meaning: str
    """What the judge is to look at, in a sentence."""
    scale: tuple[int, int] = (1, 5)
    """The lowest and the highest whole number."""
    labels: dict[str, float] | None = None
    """Labels in the place of a scale, with the number that each stands for."""

    @model_validator(mode="after")
    def _has_a_scale(self) -> Self:
        if self.name in (OVERALL, "reasoning"):
            raise ValueError(f"a criterion cannot be called {self.name}")
        if self.labels is None and self.scale[0] >= self.scale[1]:
            raise ValueError(f"the scale {list(self.scale)} does not rise")
        if self.labels is not None and len(self.labels) < 2:
            raise ValueError("one label cannot tell anything apart")
        return self

    @property
    def ends(self) -> tuple[float, float]:
        """The worst and the best value."""
        if self.labels is None:
            return float(self.scale[0]), float(self.scale[1])
        return min(self.labels.values()), max(self.labels.values())

    def told(self) -> str:
        """The line of the prompt about it."""
        if self.labels is None:
            how = f"a whole number from {self.scale[0]} (worst) to {self.scale[1]} (best)"
        else:
            how = "one of " + ", ".join(f'"{label}"' for label in self.labels)
        return f"- {self.name}: {self.meaning} ({how})"

    def schema_of_value(self) -> dict[str, Any]:
        """JSON schema of its value."""
        if self.labels is not None:
            return {"type": "string", "enum": list(self.labels)}
        return {"type": "integer", "minimum": self.scale[0], "maximum": self.scale[1]}


class Rubric(Options):
    """What a judge looks at."""

    name: Name
    """What its values are called: ``quality.overall``."""
    version: Annotated[str, Field(min_length=1, coerce_numbers_to_str=True)] = "1"
    """Version of the rubric; it goes into every score, with the digest."""
    about: str = ""
    """What it is for, in a sentence."""
    criteria: Annotated[tuple[Criterion, ...], Field(min_length=1)]
    """What is judged."""
    prompt: Annotated[str, Field(min_length=1)]
    """Name of the file of the prompt, beside the rubric's own; once it is read, the text."""
    threshold: float | None = None
    """The least overall value that passes."""
    reasoning: bool = False
    """Whether the judge gives its reasons before the values."""
    ranks: bool = True
    """Whether more is better; labels such as kinds of refusal have no better end, and no canary can win among them."""
    needs: tuple[Literal["reference", "criteria"], ...] = ()
    """What each item must have beside its answer."""

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        names = [one.name for one in self.criteria]
        twice = next((name for name in names if names.count(name) > 1), None)
        if twice:
            raise ValueError(f"criteria: {twice} stands twice")
        low, high = self.ends
        if self.threshold is not None and not low <= self.threshold <= high:
            raise ValueError(f"threshold: {self.threshold:g} is not between {low:g} and {high:g}")
        return self

    @property
    def ends(self) -> tuple[float, float]:
        """The worst and the best overall value."""
        return tuple(sum(one.ends[k] for one in self.criteria) / len(self.criteria) for k in (0, 1))  # type: ignore[return-value]

    @cached_property
    def digest(self) -> str:
        """SHA-256 of everything in it."""
        return sha256(self.model_dump_json().encode()).hexdigest()

    @property
    def metrics(self) -> list[str]:
        """Names of its values, the overall one first."""
        return [f"{self.name}.{name}" for name in (OVERALL, *(one.name for one in self.criteria))]

    def schema_of_reply(self) -> dict[str, Any]:
        """JSON schema of what the judge is to reply."""
        properties: dict[str, Any] = {"reasoning": {"type": "string"}} if self.reasoning else {}
        properties |= {one.name: one.schema_of_value() for one in self.criteria}
        return {"type": "object", "properties": properties, "required": list(properties)}

    def form(self) -> str:
        """The reply with a hole for each value, as the prompt shows it."""
        holes = {"reasoning": "your reasons in a few sentences"} if self.reasoning else {}
        holes |= {one.name: "…" for one in self.criteria}
        return json.dumps(holes, ensure_ascii=False)

    def overall(self, values: Mapping[str, float]) -> float:
        """The mean of the criteria."""
        return sum(values[one.name] for one in self.criteria) / len(self.criteria)


def rubric(name: str | Path | Rubric) -> Rubric:
    """The rubric of a name (one of `BUILT_IN`) or of a YAML file.

    Raises DataError for a file that is not there, RecipeError for one that is no rubric.

    >>> found = rubric("quality")
    >>> found.threshold, [one.name for one in found.criteria]
    (3.5, ['correctness', 'completeness', 'clarity', 'relevance'])
    """
    if isinstance(name, Rubric):
        return name
    if str(name) in BUILT_IN:
        return _read(packaged("rubrics", f"{name}.yaml"), lambda file: packaged("rubrics", file), f"rubric {name}")
    path = Path(name)
    if path.suffix not in (".yaml", ".yml"):
        raise RecipeError(
            f"There is no rubric '{name}'",
            expected=f"one of {', '.join(BUILT_IN)}, or a YAML file",
            next=did_you_mean(str(name), BUILT_IN),
        )
    return _read(_text(path), lambda file: _text(path.parent / file), str(path))


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(
            f"The file {path} of a rubric cannot be read",
            expected=f"a YAML file with its prompt beside it, or one of {', '.join(BUILT_IN)}",
            found=(error.strerror if isinstance(error, OSError) else None) or "no text in UTF-8",
        ) from None


def _read(text: str, beside: Any, where: str) -> Rubric:
    try:
        told = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise RecipeError(f"{where} is not YAML", found=" ".join(str(error).split())) from None
    if not isinstance(told, dict) or not isinstance(told.get("prompt"), str):
        raise RecipeError(f"{where} is no rubric", expected="name, prompt (a file beside it) and criteria")
    if Path(told["prompt"]).name != told["prompt"]:
        raise RecipeError(f"{where}: the prompt must stand beside the rubric", found=told["prompt"])
    try:
        made = Rubric(**{**told, "prompt": beside(told["prompt"])})
    except ValidationError as error:
        raise RecipeError(
            f"{where} is no rubric",
            expected=f"options among {', '.join(Rubric.model_fields)}",
            found=complaints(error, known=_known),
        ) from None
    _check_prompt(made, where)
    return made


def _known(place: tuple[int | str, ...]) -> list[str]:
    return list(Criterion.model_fields if place[:1] == ("criteria",) else Rubric.model_fields)


def _check_prompt(made: Rubric, where: str) -> None:
    names = names_in(made.prompt)
    strange = [name for name in names if name not in PLACES]
    if strange or "dialogue" not in names or "form" not in names:
        raise RecipeError(
            f"The prompt of {where} cannot be used",
            expected="{dialogue} and {form}, and no names but " + ", ".join(f"{{{one}}}" for one in PLACES),
            found=", ".join(f"{{{one}}}" for one in names) or "none",
        )


def digests() -> dict[str, str]:
    """The digest of every rubric that comes with the package."""
    names = sorted(one.name.removesuffix(".yaml") for one in (files("bloomery.judge") / "rubrics").iterdir())
    return {name: rubric(name).digest for name in names if not name.endswith(".txt")}

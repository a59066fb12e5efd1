"""What a comparison says: the first answer, the second, or a tie; and how the verdicts of both orders become one.

A protocol says how the judge is asked and how its reply is read:

    json         an object with ``winner``: A, B or tie; the last one that fits
    two_scores   the first line is two numbers, from 1 to 10, one an answer; equal ones are a tie. Else the last two lines that
                 say "Assistant 1: 10" and "Assistant 2: 6" one below the other
    output       the reply is "Output (a)" or "Output (b)", or the last sentence that names one says that it is better (that it
                 "is better", or "more", "best", … with no "not" in it)
    brackets     the reply ends with [[A]], [[B]] or [[C]] for a tie

All of them read at one place only: a verdict that is mentioned on the way ("the format is [[A]] or [[B]]") is none.
"""

import re
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import Field, ValidationError

from bloomery.errors import DataError, RecipeError, did_you_mean
from bloomery.judge.prompts import names_in, packaged
from bloomery.judge.reading import Reading, is_refusal, unread
from bloomery.llm.structured import found
from bloomery.schema import Options, complaints

Verdict = Literal["first", "second", "tie"]
#: what a verdict is worth for the first answer
WORTH: dict[str, float] = {"first": 1.0, "tie": 0.5, "second": 0.0}
TURNED: dict[str, Verdict] = {"first": "second", "second": "first", "tie": "tie"}
FORM = '{"reasoning": "your reasons in a few sentences", "winner": "…"}'
SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {"reasoning": {"type": "string"}, "winner": {"type": "string", "enum": ["A", "B", "tie"]}},
    "required": ["reasoning", "winner"],
}
_WINNER: dict[str, Any] = {
    "type": "object",
    "properties": {"winner": SCHEMA["properties"]["winner"]},
    "required": ["winner"],
}
_LETTERS: dict[str, Verdict] = {"a": "first", "b": "second", "c": "tie", "tie": "tie"}
_TAIL = 4_000  # characters at the end of a reply in which a verdict is looked for
_TWO = re.compile(r"^\s*(-?\d{1,3}(?:\.\d{1,3})?)[\s,;/]+(-?\d{1,3}(?:\.\d{1,3})?)\s*$")
_BELOW = re.compile(
    r"^\W*assistant 1\W{1,4}(\d\d?(?:\.\d)?)(?:/10)?\W*\n\W*assistant 2\W{1,4}(\d\d?(?:\.\d)?)(?:/10)?\W*$", re.I | re.M
)
_OUTPUT = re.compile(r"output \(([ab])\)", re.IGNORECASE)
_IS_BETTER = re.compile(r"output \(([ab])\) is (?:the )?better", re.IGNORECASE)
_SAYS_SO = re.compile(r"\b(?:better|best|more|therefore|overall|superior|preferred)\b", re.IGNORECASE)
_DENIES = re.compile(r"\b(?:not|neither|nor|fails?|both|equally)\b|n['’]t\b", re.IGNORECASE)
_SENTENCE = re.compile(r"(?<=[.!?])\s+|\n+")
_BRACKETS = re.compile(r"\[\[([ABC])\]\]\W*$")


class Protocol(Options):
    """How two answers are compared."""

    name: str = "pairwise"
    """What the values are called: ``pairwise.win``."""
    version: Annotated[str, Field(min_length=1, coerce_numbers_to_str=True)] = "1"
    """Version; it goes into every score, with the digest."""
    prompt: str
    """Name of the file of the prompt, beside the protocol's own; once it is read, the text."""
    reads: Literal["json", "two_scores", "output", "brackets"] = "json"
    """How a reply is read."""

    @property
    def digest(self) -> str:
        """SHA-256 of everything in it."""
        return sha256(self.model_dump_json().encode()).hexdigest()


def protocol(name: str | Path | Protocol = "pairwise") -> Protocol:
    """The protocol of a name (``pairwise``) or of a YAML file; RecipeError for one that is none."""
    if isinstance(name, Protocol):
        return name
    if str(name) == "pairwise":
        return Protocol(prompt=packaged("prompts", "pairwise.txt"))
    path = Path(name)
    if path.suffix not in (".yaml", ".yml"):
        next_ = did_you_mean(str(name), ["pairwise"])
        raise RecipeError(f"There is no protocol '{name}'", expected="pairwise, or a YAML file", next=next_)
    try:
        told = yaml.safe_load(path.read_text(encoding="utf-8"))
        made = Protocol(**{**told, "prompt": (path.parent / Path(told["prompt"]).name).read_text(encoding="utf-8")})
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(
            f"The protocol {path}, or its prompt beside it, cannot be read",
            found=(error.strerror if isinstance(error, OSError) else None) or "no text in UTF-8",
            next="Check the path",
        ) from None
    except ValidationError as error:
        raise RecipeError(
            f"{path} is no protocol", found=complaints(error, known=lambda _: Protocol.model_fields)
        ) from None
    except (yaml.YAMLError, TypeError, KeyError):
        raise RecipeError(f"{path} is no protocol", expected="name, prompt (a file beside it) and reads") from None
    lacking = [one for one in ("dialogue", "answer_a", "answer_b") if one not in names_in(made.prompt)]
    if lacking:
        raise RecipeError(f"The prompt of {path} cannot be used", expected="{dialogue}, {answer_a} and {answer_b}")
    return made


def read_verdict(text: str, reads: str = "json") -> Reading:
    """The verdict of a reply: its worth for the answer shown first, as the value ``win``, and its label.

    >>> read_verdict('The form is {"winner": "A"}. {"reasoning": "b is right", "winner": "B"}').labels
    {'win': 'second'}
    >>> read_verdict("See ref [1]. Rating: 9", "brackets").error
    'no_verdict'
    """
    if not text.strip():
        return unread("empty")
    said, reasoning, error = _READERS[reads](text)
    if said is None:
        return unread("refused" if is_refusal(text) else error or "no_verdict")
    return Reading({"win": WORTH[said]}, {"win": said}, reasoning, None, None)


_Said = tuple[Verdict | None, str | None, str | None]


def _json(text: str) -> _Said:
    told = found(text, SCHEMA).value or found(text, _WINNER).value
    if not isinstance(told, dict):
        return None, None, None
    reasons = told.get("reasoning")
    return _LETTERS[told["winner"].lower()], reasons if isinstance(reasons, str) else None, None


def _two_scores(text: str) -> _Said:
    first, _, rest = text.lstrip().partition("\n")
    match = _TWO.match(first[:80])
    if not match:
        match = next(reversed(list(_BELOW.finditer(text[-_TAIL:]))), None)
        rest = text
    if not match:
        return None, None, None
    one, other = float(match[1]), float(match[2])
    if not (1 <= one <= 10 and 1 <= other <= 10):
        return None, None, "out_of_range"
    return "first" if one > other else "second" if other > one else "tie", rest.strip() or None, None


def _output(text: str) -> _Said:
    tail = text.strip()[-_TAIL:]
    whole = _OUTPUT.fullmatch(tail.strip(" .*\"'"))
    if whole:
        return _LETTERS[whole[1].lower()], None, None
    for sentence in reversed(_SENTENCE.split(tail)):
        named = {letter.lower() for letter in _OUTPUT.findall(sentence)}
        better = _IS_BETTER.findall(sentence)
        if better:
            return _LETTERS[better[-1].lower()], text, None
        if named:
            sure = len(named) == 1 and _SAYS_SO.search(sentence) and not _DENIES.search(sentence)
            return (_LETTERS[named.pop()], text, None) if sure else (None, None, None)
    return None, None, None


def _brackets(text: str) -> _Said:
    match = _BRACKETS.search(text.rstrip()[-80:])
    return (_LETTERS[match[1].lower()], text, None) if match else (None, None, None)


_READERS: dict[str, Callable[[str], _Said]] = {
    "json": _json,
    "two_scores": _two_scores,
    "output": _output,
    "brackets": _brackets,
}


def settled(forward: str | None, backward: str | None) -> tuple[Verdict | None, bool]:
    """One verdict from those of both orders, each about the same two answers, and whether the two disagree.

    Where they disagree it is a tie, counted as inconsistent; where one of them is missing there is none.

    >>> settled("first", "first"), settled("first", "second"), settled("tie", "first"), settled("first", None)
    (('first', False), ('tie', True), ('tie', True), (None, False))
    """
    if forward is None or backward is None:
        return None, False
    if forward == backward:
        return forward, False  # type: ignore[return-value]
    return "tie", True

"""A starter recipe: what to run on this data, and beside each choice the number it was made on.

Plain YAML that loads as it stands. Paths and column names are written by the YAML library, and labels in comments as
JSON strings, so that nothing in them can end a line or a comment.
"""

import json
import textwrap
from collections.abc import Iterator, Mapping

import yaml

from bloomery.profile.result import Bounds, Profile
from bloomery.text.counted import counted
from bloomery.web.numbers import number, share, words
from bloomery.web.visible import visible


def starter_recipe(profile: Profile) -> str:
    """The recipe as YAML text: ``data:``, ``clean:``, ``split:`` and ``evaluate:``, with comments.

    It loads with `bloomery.recipe.load` and runs as it stands.
    """
    return "\n".join([*_head(profile), *_data(profile), *_clean(profile), *_split(profile), *_evaluate(profile)]) + "\n"


def _head(profile: Profile) -> Iterator[str]:
    yield f"# A starter recipe for {counted(profile.rows, 'row')} of format {profile.format}."
    yield "# Each choice has its reason beside it; change what you know better."
    yield "# Next: bloomery clean --recipe THIS_FILE --out clean, or the whole way at once: bloomery run THIS_FILE"
    yield ""


def _data(profile: Profile) -> Iterator[str]:
    yield "data:  # priority: when duplicates meet, the row of the source with the higher one is kept"
    for source in profile.sources:
        entry = {"path": source.path, "priority": 0} | source.given
        yield f"  # {counted(source.rows, 'row')}"
        yield textwrap.indent(yaml.safe_dump([entry], sort_keys=False, width=10**9), "  ").rstrip("\n")
    if len({source.format for source in profile.sources}) > 1:
        yield f"format: {profile.format}  # the sources differ in format; this is the one that is written"
    yield ""


def _clean(profile: Profile) -> Iterator[str]:
    yield "clean:"
    yield "  - normalize  # mojibake, control and invisible characters, line ends"
    yield f"  - pii  # {_pii(profile)}"
    yield f"  - exact  # {counted(profile.exact, 'row is a copy of another', 'rows are copies of another')}"
    yield f"  - near:  # {_near(profile)}"
    yield f"      threshold: {profile.near.threshold:g}"
    yield f"  - length:  # {_length(profile)}"
    yield from _bounds(profile.bounds)
    yield f"  - signals  # {_signals(profile)}"
    yield ""


def _pii(profile: Profile) -> str:
    if not profile.pii:
        return "no e-mail address, phone, social security or card number was found; kept for the next delivery"
    return "replaces " + ", ".join(f"{number(count)} × {kind}" for kind, count in profile.pii.items())


def _near(profile: Profile) -> str:
    near = profile.near
    if not near.rows and near.whole:
        return "no row nearly repeats another; kept for the next delivery"
    where = "the rows" if near.whole else f"{counted(near.looked_at, 'sampled row')} (there are more in the whole)"
    return f"{number(near.rows)} of {where} nearly {'repeats' if near.rows == 1 else 'repeat'} another"


def _length(profile: Profile) -> str:
    dropped = sum(profile.length_drops.values())
    return f"from this data; the built-in bounds would drop {counted(dropped, 'row')} ({share(dropped, profile.rows)})"


def _bounds(bounds: Mapping[str, Bounds]) -> Iterator[str]:
    for role, (low, high) in bounds.items():
        why = "  # answers are labels: no minimum" if role == "completion" and low is None else ""
        yield f"      {role}: [{json.dumps(low)}, {json.dumps(high)}]{why}"
    if not bounds:
        yield "      follow_task: true"


def _signals(profile: Profile) -> str:
    if not profile.signals:
        return "no row shows one"
    return ", ".join(f"{words(name)} {number(count)}" for name, count in list(profile.signals.items())[:4])


def _split(profile: Profile) -> Iterator[str]:
    yield "split:"
    yield "  ratio: 70/10/20  # training, validation, test; duplicates never straddle"
    yield "  seed: 0"
    labels = profile.labels
    if labels and labels.distinct > 1:
        most, least = next(iter(labels.counts)), list(labels.counts)[-1]
        yield (
            f"  # {number(labels.distinct)} labels, from {json.dumps(visible(most))} ({number(labels.counts[most])}) "
            f"to {json.dumps(visible(least))} ({number(labels.counts[least])}): splits get their share of each"
        )


def _evaluate(profile: Profile) -> Iterator[str]:
    """What must hold, written before anybody has seen a result; it decides nothing until there is a model to evaluate."""
    yield ""
    yield "evaluate:"
    yield "  # model: tuned  # one of models: below; or give its answers: bloomery run THIS_FILE --predictions FILE"
    yield "  # what must hold, beside the defaults (safety, no capability lost, no leaks); say it before you see a result"
    if profile.task == "label":
        yield '  gates: {task.accuracy: ">= 0.85"}  # what does your task need?'
    else:
        yield '  gates: {}  # add the value that your task is judged by, such as task.token_f1: ">= 0.6"'
    yield "# models:"
    yield "#   tuned: {url: http://localhost:8000/v1, model: NAME, prices: {input: 0, output: 0}}"

"""Rows from one format to another, where that loses nothing.

    completion  chat  alpaca  sharegpt      into each other, through the conversation they hold (`bloomery.formats.dialogue`)
    alpaca_prompt                           prompt and completion in Alpaca's published template, from any of these
    classification                          into and from a single question and answer, the label being the answer
    preference                              from any way of writing one; into kto, as two rows
    kto                                     from either way of writing one
    oasst                                   its rows are chats; for preferences read it as ``oasst_preferences``
    any format                              into itself, under the standard column names

What would be lost (a second turn, tool calls, a rejected answer) raises `Loss`, unless `lossy`; what makes no sense at all
(an unwanted answer as a training target) always does. Columns that play no part are carried along.
"""

from collections.abc import Callable
from typing import Any

from bloomery.formats.alpaca import Alpaca, SelfInstruct
from bloomery.formats.base import Format, Record
from bloomery.formats.chat import Chat
from bloomery.formats.completion import Completion
from bloomery.formats.detect import FORMATS
from bloomery.formats.dialogue import (
    Dialogue,
    Loss,
    Losses,
    joined,
    messages,
    read,
    single,
    to_alpaca,
    to_chat,
    to_sharegpt,
    without,
)
from bloomery.formats.lossless import canonical
from bloomery.formats.slots import SlotFormat
from bloomery.formats.token_labels import TokenLabels

#: formats a row can be written in (any other only into itself)
TARGETS = ("chat", "completion", "alpaca", "alpaca_prompt", "sharegpt", "preference", "kto", "classification")

_WITH_INPUT = (
    "Below is an instruction that describes a task, paired with an input that provides further context. "
    "Write a response that appropriately completes the request.\n\n"
    "### Instruction:\n{instruction}\n\n### Input:\n{input}\n\n### Response:"
)
_WITHOUT_INPUT = (
    "Below is an instruction that describes a task. "
    "Write a response that appropriately completes the request.\n\n"
    "### Instruction:\n{instruction}\n\n### Response:"
)


def targets_of(source: Format) -> tuple[str, ...]:
    """The formats that rows of `source` can be written in, some of them only where losing is allowed."""
    family = _family(source)
    pairs = {"preference": ("preference", "kto"), "kto": ("kto",)}.get(family, ())
    spoken = tuple(_WRITERS) if family in _SPOKEN else ()
    return tuple(dict.fromkeys([*pairs, *spoken, source.name]))


def convert_record(record: Record, source: Format, target: str, *, lossy: bool = False) -> Record:
    """One row in the format `target`; as `convert_rows`, for conversions that give one row."""
    rows = convert_rows(record, source, target, lossy=lossy)
    if len(rows) != 1:
        raise Loss(f"a {source.name} row becomes {len(rows)} {target} rows")
    return rows[0]


def convert_rows(
    record: Record, source: Format, target: str, *, lossy: bool = False, losses: Losses | None = None
) -> list[Record]:
    """The rows that `record`, a row of `source`, becomes in the format `target`.

    Raises `Loss`, which says what would be lost or why it cannot be done. A row with a structural fault is not converted.
    `losses`, in place of `lossy`, tells afterwards what was lost.
    """
    fault = source.parse(record).fault
    if fault is not None:
        raise Loss(f"the row has the fault {fault}")
    losses = losses or Losses(lossy)
    rows = _written(record, source, target, losses)
    for row in rows if losses.found else ():
        left = _FORMS[target]().parse(row).fault
        if left is not None:
            raise Loss(f"what would be left has the fault {left}")
    return rows


def _written(record: Record, source: Format, target: str, losses: Losses) -> list[Record]:
    family = _family(source)
    if (family, target) == ("preference", "kto"):
        return _kto_of_preference(record, source, losses)
    if (family, target) in (("preference", "preference"), ("kto", "kto")):
        return [_preference(record, source, losses) if family == "preference" else _kto(record, source, losses)]
    if target == source.name:
        return [_standard(record, source)]
    if target == "alpaca_prompt" and isinstance(source, (Alpaca, SelfInstruct)):
        return [_alpaca_prompt(_standard(record, source), losses)]
    if target not in _WRITERS:
        raise Loss(f"a {source.name} row cannot be written as {target}")
    return [_WRITERS[target](_dialogue(record, source, family, losses), losses)]


def _family(source: Format) -> str:
    """The way a source's rows are read: dialogue, preference, kto, classification, or its own name."""
    if isinstance(source, (Chat, Completion, Alpaca, SelfInstruct)):
        return "dialogue"
    return "preference" if source.name == "oasst_preferences" else source.name


#: the families whose rows can be read as conversations, see `_dialogue`
_SPOKEN = ("dialogue", "classification", "kto", "preference")


def dialogue_of(record: Record, source: Format, losses: Losses) -> Dialogue:
    """The conversation in a faultless row of any format; `Loss` where it holds none."""
    return _dialogue(record, source, _family(source), losses)


def _dialogue(record: Record, source: Format, family: str, losses: Losses) -> Dialogue:
    if family == "dialogue":
        return read(record, source, losses)
    if family == "classification":
        return _labelled(record, source, losses)
    if family == "kto":
        return _wanted(record, source, losses)
    if family == "preference":
        losses.add("the rejected answer")
        return _spoken(_preference(record, source, losses), ("prompt", "chosen", "rejected"), losses)
    raise Loss(f"a {source.name} row is no conversation")


def _labelled(record: Record, source: Format, losses: Losses) -> Dialogue:
    text, label = source.column("text"), source.column("label")
    value = record[label]
    if not isinstance(value, str):
        losses.add("the list of labels" if isinstance(value, list) else "the type of the label, which is no text")
    answer = value if isinstance(value, str) else canonical(value)
    told = [{"role": "user", "content": record[text]}, {"role": "assistant", "content": answer}]
    return Dialogue(told, without(record, (text, label)))


def _wanted(record: Record, source: Format, losses: Losses) -> Dialogue:
    row = _kto(record, source, losses)
    if str(row["label"]).casefold() == "false":
        raise Loss("an unwanted answer (label false) would become a training target")
    losses.add("the label")
    if "messages" in row:
        told = [*messages(row.get("system"), "system", losses), *row["messages"]]
        return Dialogue(told, without(row, ("messages", "label", "system")))
    return _spoken(row, ("prompt", "completion", "label"), losses)


def _spoken(row: Record, names: tuple[str, str, str], losses: Losses) -> Dialogue:
    """A prompt and an answer, the first two of `names`, as a conversation; the third is left out."""
    prompt, answer, _ = names
    told = [*messages(row[prompt], "user", losses), *messages(row[answer], "assistant", losses)]
    return Dialogue([*messages(row.get("system"), "system", losses), *told], without(row, (*names, "system")))


def _kto(record: Record, source: Format, losses: Losses) -> Record:
    names = ("prompt", "completion", "messages", "label")
    extra = without(record, [source.column(name) for name in names])
    row = {name: record[source.column(name)] for name in names if source.column(name) in record}
    if "messages" in row:
        row["messages"] = messages(row["messages"], "user", losses)
    return joined(row, extra)


def _preference(record: Record, source: Format, losses: Losses) -> Record:
    """Prompt, chosen and rejected: strings where all three are, else lists of chat messages, the shared turns in the prompt."""
    names = [source.column(name) for name in ("prompt", "chosen", "rejected")]
    prompt, chosen, rejected = values = [record.get(name) for name in names]
    extra = without(record, names)
    if all(isinstance(value, str) for value in values):
        return joined({"prompt": prompt, "chosen": chosen, "rejected": rejected}, extra)
    told, better = messages(prompt, "user", losses), messages(chosen, "assistant", losses)
    worse = messages(rejected, "assistant", losses)
    most = min(len(better), len(worse)) - 1
    shared = next((at for at in range(most) if better[at] != worse[at]), most)
    told = better[:shared] if all(one in better[:shared] for one in told) else told + better[:shared]
    return joined({"prompt": told, "chosen": better[shared:], "rejected": worse[shared:]}, extra)


def _kto_of_preference(record: Record, source: Format, losses: Losses) -> list[Record]:
    row = _preference(record, source, losses)
    extra = without(row, ("prompt", "chosen", "rejected"))
    answers = ((row["chosen"], True), (row["rejected"], False))
    return [joined({"prompt": row["prompt"], "completion": one, "label": label}, extra) for one, label in answers]


def _standard(record: Record, source: Format) -> Record:
    """`record` under the standard column names."""
    names = source.standard if isinstance(source, (SlotFormat, TokenLabels)) else ()
    back = {source.column(name): name for name in names if source.column(name) in record}
    if isinstance(source, Chat):
        return to_chat(read(record, source, Losses())) if source.keys != ("role", "content") else _renamed(record, back)
    return _renamed(record, back)


def _renamed(record: Record, back: dict[str, str]) -> Record:
    row = {back.get(name, name): value for name, value in record.items()}
    if len(row) < len(record):
        raise Loss("two columns would get the same name; rename one first")
    return row


def _alpaca_prompt(row: Record, losses: Losses) -> Record:
    if row.get("system"):
        losses.add("the system message")
    if row.get("history"):
        losses.add("the history")
    template = _WITH_INPUT if row.get("input") else _WITHOUT_INPUT
    prompt = template.format(instruction=row["instruction"] or "", input=row.get("input") or "")
    extra = without(row, ("instruction", "input", "output", "system", "history"))
    return joined({"prompt": prompt, "completion": row["output"]}, extra)


def _completion(dialogue: Dialogue, losses: Losses) -> Record:
    prompt, completion = single(dialogue, losses)
    return joined({"prompt": prompt, "completion": completion}, dialogue.extra)


def _classification(dialogue: Dialogue, losses: Losses) -> Record:
    text, label = single(dialogue, losses)
    return joined({"text": text, "label": label}, dialogue.extra)


def _chat(dialogue: Dialogue, losses: Losses) -> Record:
    del losses  # a chat holds whatever a conversation holds
    return to_chat(dialogue)


_FORMS: dict[str, type[Format]] = {**{form.name: form for form in FORMATS}, "alpaca_prompt": Completion}
_WRITERS: dict[str, Callable[[Dialogue, Losses], Any]] = {
    "chat": _chat,
    "sharegpt": to_sharegpt,
    "alpaca": to_alpaca,
    "completion": _completion,
    "classification": _classification,
    "alpaca_prompt": lambda dialogue, losses: _alpaca_prompt(to_alpaca(dialogue, losses), losses),
}

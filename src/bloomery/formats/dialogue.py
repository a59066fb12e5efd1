"""Rows as conversations and back: what every conversion between conversational formats goes through.

A `Dialogue` is a list of chat messages and the columns that play no part in it. `read` makes one of a row, `write` a row
of one, and whatever the target has no place for is reported to a `Losses`, which raises `Loss` unless losing was allowed.

How the formats map onto chat messages:

- completion, alpaca: user and assistant turns; alpaca's instruction and input become one user turn with a blank line
  between, its history earlier turns, a ``system`` column a system message;
- sharegpt: ``function_call`` is an assistant message with ``tool_calls`` (its value is the call as JSON, several calls a
  list), merged with the ``gpt`` turn right before it; ``observation`` is a tool message; other keys of a turn are carried;
- text targets take one string a turn: a list with one text part is that text; images, reasoning fields, tool calls and
  keys such as ``weight`` would be lost, ``<think>`` blocks are text and stay.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from bloomery.formats.base import Format, Record
from bloomery.formats.chat import Chat
from bloomery.formats.lossless import dumps, loads_value
from bloomery.formats.turns import REASONING_FIELDS, keys_of, speaker

_STANDARD = {"system": "system", "prompt": "user", "completion": "assistant", "tool": "tool"}
_SHAREGPT = {"system": "system", "prompt": "human", "completion": "gpt", "tool": "observation"}


class Loss(ValueError):
    """A conversion would lose something; the message says what."""


@dataclass
class Losses:
    """What a conversion loses: collected where `lossy`, else raised at once."""

    lossy: bool = False
    found: list[str] = field(default_factory=list)

    def add(self, what: str) -> None:
        """Report that `what` is lost."""
        if not self.lossy:
            raise Loss(f"this would lose {what}")
        self.found.append(what)


class Dialogue(NamedTuple):
    """A row as chat messages, and its other columns."""

    messages: list[Record]
    extra: Record


def read(record: Record, form: Format, losses: Losses) -> Dialogue:
    """The conversation in a faultless row of a completion, alpaca, chat or sharegpt (or oasst, self_instruct) source."""
    if isinstance(form, Chat):
        return _of_turns(record, form, losses)
    column = form.column
    if form.name == "completion":
        used = [column(name) for name in ("system", "prompt", "completion")]
        system, prompt, completion = (record.get(name) for name in used)
        told = [*messages(system, "system", losses), *messages(prompt, "user", losses)]
        return Dialogue([*told, *messages(completion, "assistant", losses)], without(record, used))
    used = [column(name) for name in ("system", "history", "instruction", "input", "output")]
    system, history, instruction, given, output = (record.get(name) or "" for name in used)
    turns = [_turn(role, text) for pair in history for role, text in zip(("user", "assistant"), pair, strict=True)]
    asked = "\n\n".join(text for text in (instruction, given) if text)
    told = messages(system, "system", losses)
    return Dialogue([*told, *turns, _turn("user", asked), _turn("assistant", output)], without(record, used))


def messages(value: Any, role: str, losses: Losses) -> list[Record]:
    """A string said by `role`, one message or a list of messages, as chat messages; null and "" are none."""
    if value is None or value == "":
        return []
    if isinstance(value, str):
        return [_turn(role, value)]
    if isinstance(value, dict) and "messages" in value:
        return messages(value["messages"], role, losses)
    listed = value if isinstance(value, list) else [value]
    return _merged([_chat_message(one, *keys_of(one), losses) for one in listed])


def to_chat(dialogue: Dialogue) -> Record:
    """A chat row."""
    return joined({"messages": dialogue.messages}, dialogue.extra)


def to_sharegpt(dialogue: Dialogue, losses: Losses) -> Record:
    """A sharegpt row."""
    turns = [turn for message in dialogue.messages for turn in _sharegpt_turns(message, losses)]
    return joined({"conversations": turns}, dialogue.extra)


def to_alpaca(dialogue: Dialogue, losses: Losses) -> Record:
    """An alpaca row: the last exchange, ``system`` and ``history`` only where there are any."""
    system, exchanges = exchanged(dialogue.messages, losses)
    (instruction, output), earlier = exchanges[-1], exchanges[:-1]
    row: Record = {"instruction": instruction, "input": "", "output": output}
    row |= {"system": system} if system else {}
    row |= {"history": [list(pair) for pair in earlier]} if earlier else {}
    return joined(row, dialogue.extra)


def single(dialogue: Dialogue, losses: Losses) -> tuple[str, str]:
    """The question and the answer of a conversation that is no more than that; what else there is would be lost."""
    system, exchanges = exchanged(dialogue.messages, losses)
    if system:
        losses.add("the system message")
    if exchanges[:-1]:
        losses.add("the turns before the last question")
    return exchanges[-1]


def exchanged(turns: Sequence[Record], losses: Losses) -> tuple[str, list[tuple[str, str]]]:
    """The system message and the user/assistant exchanges of a conversation that strictly alternates."""
    said = [(str(message["role"]), plain(message, losses)) for message in turns]
    system = ""
    if said and said[0][0] in ("system", "developer"):
        system, said = said[0][1], said[1:]
    if said and said[-1][0] == "user":
        losses.add("the last turn, which nobody answers")
        said = said[:-1]
    roles = [role for role, _ in said]
    if not said or roles != ["user", "assistant"] * (len(said) // 2):
        raise Loss("the turns do not alternate between user and assistant, which this format needs")
    texts = [text for _, text in said]
    return system, list(zip(texts[::2], texts[1::2], strict=True))


def plain(message: Record, losses: Losses) -> str:
    """The content of a message as one string; whatever else the message holds would be lost."""
    for key, value in message.items():
        if key not in ("role", "content") and value not in (None, [], ""):
            losses.add("tool calls" if key in ("tool_calls", "function_call") else _field(key, message))
    return text_of(message.get("content"), losses)


def text_of(content: Any, losses: Losses) -> str:
    """Content as one string: text parts joined by line breaks, other parts lost."""
    if not isinstance(content, list):
        return content or ""
    texts = []
    for part in content:
        text = part if isinstance(part, str) else _part_text(part)
        if text is None:
            losses.add(f"a content part of type {part.get('type')!r}")
        else:
            texts.append(text)
    if len(texts) > 1:
        losses.add(f"the borders between {len(texts)} content parts")
    return "\n".join(texts)


def without(record: Record, used: Sequence[str]) -> Record:
    """The columns of `record` that are not `used`."""
    return {name: value for name, value in record.items() if name not in used}


def joined(row: Record, extra: Record) -> Record:
    """`row` with the columns that are carried along; one that would be overwritten is a `Loss`."""
    clash = [name for name in extra if name in row]
    if clash:
        raise Loss(f"the column {clash[0]!r} is in the way: the target format has one of this name; rename it first")
    return {**row, **extra}


def _turn(role: str, text: str) -> Record:
    return {"role": role, "content": text}


def _field(key: str, message: Record) -> str:
    return "the reasoning" if key in REASONING_FIELDS else f"the field {key!r} of the {message['role']} turn"


def _part_text(part: Record) -> str | None:
    if part.get("type", "text") not in ("text", "input_text", "output_text"):
        return None
    text = part.get("text", part.get("value"))
    return text if isinstance(text, str) else None


def _of_turns(record: Record, form: Chat, losses: Losses) -> Dialogue:
    turns, system = form.column(form.turns), form.column("system")
    found = [_chat_message(message, *form.keys, losses) for message in record[turns]]
    told = messages(record.get(system), "system", losses) if isinstance(record.get(system), str) else []
    return Dialogue(told + _merged(found), without(record, [turns, system] if told else [turns]))


def _chat_message(message: Record, speaker_key: str, content_key: str, losses: Losses) -> Record:
    """A turn under the chat names; a ``function_call`` turn becomes ``tool_calls``."""
    said = message[speaker_key]
    role = speaker(said)
    rest = without(message, [speaker_key, content_key])
    if role == "tool_call":
        return {"role": "assistant", "content": None, "tool_calls": _calls(message[content_key], losses), **rest}
    name = said if said in ("system", "developer", "user", "assistant", "tool", "function") else _STANDARD[str(role)]
    content = message.get(content_key)
    if isinstance(content, dict):
        content = dumps(content).decode()
    return {"role": name, **({"content": content} if content_key in message else {}), **rest}


def _merged(found: list[Record]) -> list[Record]:
    """A pure tool call joins the assistant's words right before it: they are one message of a chat."""
    merged: list[Record] = []
    for message in found:
        last = merged[-1] if merged else {}
        pure = message.keys() == {"role", "content", "tool_calls"} and message["content"] is None
        if pure and last.get("role") == "assistant" and not last.get("tool_calls"):
            merged[-1] = {**last, "tool_calls": message["tool_calls"]}
        else:
            merged.append(message)
    return merged


def _calls(value: Any, losses: Losses) -> list[Record]:
    calls = _json(value) if isinstance(value, str) else value
    listed = calls if isinstance(calls, list) else [calls]
    if not all(isinstance(call, dict) and call.keys() == {"name", "arguments"} for call in listed):
        raise Loss("a function call is not a JSON object with 'name' and 'arguments', so it cannot become a tool call")
    if isinstance(calls, list) and len(calls) == 1:
        losses.add("the list around a single tool call")
    return [{"type": "function", "function": call} for call in listed]


def _json(text: str) -> Any:
    try:
        return loads_value(text)
    except ValueError:
        return None


def _sharegpt_turns(message: Record, losses: Losses) -> list[Record]:
    role = speaker(message["role"])
    rest = without(message, ["role", "content", "tool_calls", "tool_call_id"])
    text = text_of(message.get("content"), losses)
    if message.get("tool_call_id") is not None:
        losses.add("the ids of tool calls")
    calls = message.get("tool_calls") or []
    said = {"from": _SHAREGPT[str(role)], "value": text, **rest}
    if not calls:
        return [said]
    asked = {"from": "function_call", "value": _call_text(calls, losses)}
    return [said, asked] if text else [{**asked, **rest}]


def _call_text(calls: list[Record], losses: Losses) -> str:
    told = []
    for call in calls:
        if call.get("id") is not None:
            losses.add("the ids of tool calls")
        function = call.get("function", call)
        arguments = function.get("arguments")
        parsed = _json(arguments) if isinstance(arguments, str) else arguments
        told.append({"name": function.get("name"), "arguments": arguments if parsed is None else parsed})
    return dumps(told[0] if len(told) == 1 else told).decode()

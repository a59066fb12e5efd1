"""A hosted fine-tuning API's chat files: what it accepts, checked before the upload.

The rules are those the large hosted services document in common: a JSON line is ``{"messages": [...]}``, perhaps with
``tools``; the speakers are system (or developer), user, assistant and tool; contents are strings; the assistant speaks
last; a ``weight`` of 0 or 1 may stand on assistant turns; a file has at least `MIN_EXAMPLES` examples. Anything else
makes the service refuse the file, so it is said here, with the place.

`to_hosted` writes a chat row in that dialect where only the writing differs: speakers under their standard names, a text
part as a string, tool arguments as JSON text, ``tools`` as a list. Columns the service does not know would be lost.
"""

import re
from collections.abc import Iterator
from typing import Any

from bloomery.formats.base import Record
from bloomery.formats.dialogue import Loss, Losses, text_of, without
from bloomery.formats.lossless import canonical, dumps, loads_value
from bloomery.formats.turns import speaker
from bloomery.text.counted import counted

MIN_EXAMPLES = 10

_TOP = ("messages", "tools", "parallel_tool_calls", "functions")
_KEYS = {
    "system": ("role", "content", "name"),
    "developer": ("role", "content", "name"),
    "user": ("role", "content", "name"),
    "assistant": ("role", "content", "name", "weight", "tool_calls", "function_call", "refusal"),
    "tool": ("role", "content", "tool_call_id"),
    "function": ("role", "content", "name"),
}
_NAMES = {"system": "system", "prompt": "user", "completion": "assistant", "tool": "tool"}


def problems(record: Record) -> list[str]:
    """Why the service would refuse this row; empty if it would not."""
    return list(_problems(record))


def too_few(rows: int) -> str | None:
    """Why the service would refuse a file of so many rows, None if it would not."""
    return f"{counted(rows, 'example')}, at least {MIN_EXAMPLES} are needed" if rows < MIN_EXAMPLES else None


def to_hosted(record: Record, *, losses: Losses | None = None) -> Record:
    """A chat row in the service's dialect; `Loss` where more than the writing would change, unless `losses` allows it."""
    losses = losses or Losses()
    for name in without(record, _TOP):
        losses.add(f"the column {name!r}, which the service does not know")
    row: Record = {"messages": [_message(message, losses) for message in record["messages"]]}
    tools = record.get("tools")
    if tools:
        row["tools"] = _tools(tools)
    return {**row, **{name: record[name] for name in _TOP[2:] if name in record}}


def _problems(record: Record) -> Iterator[str]:
    yield from (f"unknown key {name!r}" for name in record if name not in _TOP)
    messages = record.get("messages")
    if not isinstance(messages, list) or not messages:
        yield "'messages' is not a list of messages"
        return
    for number, message in enumerate(messages, 1):
        found = _of_message(message) if isinstance(message, dict) else ["is not an object"]
        yield from (f"message {number} {problem}" for problem in found)
    roles = [message.get("role") if isinstance(message, dict) else None for message in messages]
    if "assistant" not in roles:
        yield "no assistant message"
    elif roles[-1] != "assistant":
        yield "the last message is not the assistant's"
    yield from _of_tools(record.get("tools"))


def _of_message(message: Record) -> Iterator[str]:
    role = message.get("role")
    if not isinstance(role, str) or role not in _KEYS:
        yield f"has the unknown role {role!r}"
        return
    yield from (f"has the unknown key {key!r}" for key in message if key not in _KEYS[role])
    content = message.get("content")
    calls = message.get("tool_calls") or message.get("function_call")
    if not isinstance(content, str) and not (content is None and calls):
        yield "has a content that is no string"
    elif content == "" and role in ("user", "assistant") and not calls:
        yield "has an empty content"
    if "weight" in message and str(message["weight"]) not in ("0", "1"):
        yield f"has the weight {message['weight']}, not 0 or 1"
    if isinstance(message.get("name"), str) and not re.fullmatch(r"[A-Za-z0-9_-]{1,64}", message["name"]):
        yield "has a name with more than 64 characters or other than letters, digits, _ and -"
    if role == "tool" and not isinstance(message.get("tool_call_id"), str):
        yield "has no tool_call_id"
    yield from _of_calls(message.get("tool_calls"))


def _of_calls(calls: Any) -> Iterator[str]:
    if calls is None:
        return
    if not isinstance(calls, list):
        yield "has tool_calls that are no list"
        return
    for call in calls:
        function = call.get("function") if isinstance(call, dict) else None
        if not isinstance(function, dict) or not isinstance(function.get("name"), str):
            yield "has a tool call without a function name"
        elif not isinstance(function.get("arguments"), str):
            yield "has a tool call whose arguments are no JSON string"
        elif not isinstance(call.get("id"), str):
            yield "has a tool call without an id"


def _of_tools(tools: Any) -> Iterator[str]:
    if tools is None:
        return
    fits = isinstance(tools, list) and all(
        isinstance(tool, dict) and tool.get("type") == "function" and isinstance(tool.get("function"), dict)
        for tool in tools
    )
    if not fits:
        yield "'tools' is not a list of {type: function, function: {...}}"


def _message(message: Record, losses: Losses) -> Record:
    said = str(message["role"])
    role = said if said in _KEYS else _NAMES.get(str(speaker(said)), said)
    for key in message:
        if key not in _KEYS.get(role, ()):
            losses.add(f"the key {key!r} of the {role} message, which the service does not know")
    kept = {key: value for key, value in message.items() if key in _KEYS.get(role, ())}
    if isinstance(message.get("content"), list):
        kept["content"] = text_of(message["content"], losses)
    if isinstance(message.get("tool_calls"), list):
        kept["tool_calls"] = [_call(call) for call in message["tool_calls"]]
    return {**kept, "role": role}


def _call(call: Any) -> Any:
    function = call.get("function") if isinstance(call, dict) else None
    if not isinstance(function, dict) or isinstance(function.get("arguments"), str):
        return call
    return {**call, "function": {**function, "arguments": dumps(function.get("arguments") or {}).decode()}}


def _tools(tools: Any) -> Any:
    try:
        listed = loads_value(tools) if isinstance(tools, str) else tools
    except ValueError:
        raise Loss(f"the tools are no JSON: {canonical(tools)[:80]}") from None
    if not isinstance(listed, list):
        return listed
    return [tool if "function" in tool else {"type": "function", "function": tool} for tool in listed]

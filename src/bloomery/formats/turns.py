"""Turns: the walk over one message, shared by chat, sharegpt, preference and KTO.

A turn is an object with a speaker and a content (`Keys` names the two). Its texts, in reading order: reasoning fields,
content, tool calls. Content is a string, null, or a list of parts; parts that are no text (images, audio, video) are
passed through. A turn of an unknown speaker keeps its texts under the role ``text``, so that PII in it is still found.
"""

from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from types import MappingProxyType
from typing import Any, NamedTuple

from bloomery.formats.slots import Path, Slot, Slots, first, value_slot
from bloomery.formats.thinking import pieces

#: speaker in the data, casefolded -> role of its text
SPEAKERS = MappingProxyType(
    {
        **dict.fromkeys(("system", "developer"), "system"),
        **dict.fromkeys(("user", "human", "prompter"), "prompt"),
        **dict.fromkeys(("assistant", "gpt", "model", "bot", "ai", "chatgpt", "bing", "bard"), "completion"),
        **dict.fromkeys(("function_call", "tool_call"), "tool_call"),
        **dict.fromkeys(("tool", "function", "observation", "tool_response", "function_response", "ipython"), "tool"),
    }
)
REASONING_FIELDS = ("reasoning_content", "reasoning", "thinking")
_CALL_TYPES = ("tool_call", "tool_use", "function_call")
#: type of a content part -> keys that may hold its text, its own role, whether it is more than text; others pass through
_PARTS: Mapping[str, tuple[tuple[str, ...], str | None, bool]] = MappingProxyType(
    {
        **dict.fromkeys(("text", "input_text", "output_text", "refusal"), (("text", "value", "refusal"), None, False)),
        **dict.fromkeys(("reasoning", "thinking"), (("value", "text", "thinking", "reasoning"), "reasoning", False)),
        **dict.fromkeys(_CALL_TYPES, (("value", "arguments", "input"), "tool_call", True)),
        "tool_result": (("content", "value", "text"), "tool", True),
    }
)
_ANSWERS = ("completion", "tool_call")


class Keys(NamedTuple):
    """The keys of a turn that name its speaker and its content."""

    speaker: str
    content: str


class Turn(NamedTuple):
    """One turn, read."""

    role: str | None  # of its speaker; None where that is unknown
    slots: list[Slot]
    fault: str | None


def read_turns(messages: Any, path: Path, keys: Keys) -> list[Turn] | None:
    """The turns of a list of messages at `path`; None if it is not a list."""
    if not isinstance(messages, list):
        return None
    return [read_turn(message, (*path, at), keys) for at, message in enumerate(messages)]


def read_turn(message: Any, path: Path, keys: Keys) -> Turn:
    """One message at `path`."""
    if not isinstance(message, dict):
        return Turn(None, [value_slot("text", message, path)], "wrong_type")
    role = speaker(message.get(keys.speaker))
    reasoning = [
        Slot("reasoning", message[name], (*path, name))
        for name in REASONING_FIELDS
        if name != keys.content and isinstance(message.get(name), str) and message[name]
    ]
    content, passed, fault = _content(message.get(keys.content), role or "text", (*path, keys.content))
    calls = _calls(message, path)
    empty = None if passed or calls.passed else _empty(role, content)
    unknown = "unknown_role" if role is None else None
    return Turn(role, [*reasoning, *content, *calls.slots], first((unknown, fault, calls.fault, empty)))


class Side(NamedTuple):
    """A prompt or an answer, read as turns."""

    turns: list[Turn]
    raw: list[Any]  # the messages; empty for a string


def read_side(value: Any, role: str, path: Path) -> Side:
    """A prompt or an answer: a string (said by `role`), one message, a list of them, or an object that holds one."""
    if value is None or value == "":
        return Side([], [])
    if isinstance(value, str):
        return Side([Turn(role, [Slot(role, value, path)], None)], [])
    if isinstance(value, dict) and isinstance(value.get("messages"), list):
        return read_side(value["messages"], role, (*path, "messages"))
    if is_turn(value):
        return Side([read_turn(value, path, keys_of(value))], [value])
    if not isinstance(value, list):
        return Side([Turn(None, [value_slot("text", value, path)], "wrong_type")], [])
    return Side([read_turn(one, (*path, at), keys_of(one)) for at, one in enumerate(value)], value)


def is_turn(value: Any) -> bool:
    """Whether `value` is an object with a speaker."""
    return isinstance(value, dict) and ("role" in value or "from" in value)


def keys_of(message: Any) -> Keys:
    """The keys of a turn: from and value if it has ``from``, else role and content."""
    return Keys("from", "value") if isinstance(message, dict) and "from" in message else Keys("role", "content")


def conversation_fault(turns: Sequence[Turn] | None) -> str | None:
    """The fault of a whole conversation: the first one of a turn, or that nobody answers."""
    if turns is None:
        return "wrong_type"
    fault = first(turn.fault for turn in turns)
    return fault or (None if any(turn.role in _ANSWERS for turn in turns) else "no_assistant_turn")


def speaker(name: Any) -> str | None:
    """The role of a speaker's text, None if it is no known speaker.

    >>> speaker("Human"), speaker("narrator")
    ('prompt', None)
    """
    return SPEAKERS.get(name.strip().casefold()) if isinstance(name, str) else None


def side_slots(value: Any, role: str, path: Path) -> list[Slot]:
    """The slot of a column beside the turns (``system``, ``tools``): a string as it is, a list or object as JSON."""
    if isinstance(value, str):
        return [Slot(role, value, path)] if value else []
    return [value_slot(role, value, path)] if isinstance(value, (list, dict)) and value else []


def oddities(messages: Any, keys: Keys) -> list[str]:
    """What is odd about a conversation without making it unusable, for the profile to count.

    ``assistant_first``, ``user_twice``, ``assistant_twice``, ``system_in_middle``, ``ends_with_user``, ``no_user_turn``,
    ``result_without_call``; each at most once.
    """
    if not isinstance(messages, list):
        return []
    roles = [speaker(message.get(keys.speaker)) for message in messages if isinstance(message, dict)]
    calls = any(isinstance(message, dict) and _calls_tool(message) for message in messages)
    spoken = [role for role in roles if role != "system"]
    pairs = list(pairwise(roles))
    odd = {
        "assistant_first": bool(spoken) and spoken[0] in _ANSWERS,
        "user_twice": ("prompt", "prompt") in pairs,
        "assistant_twice": ("completion", "completion") in pairs,
        "system_in_middle": any(role == "system" and before != "system" for before, role in pairs),
        "ends_with_user": "completion" in roles and roles[-1] == "prompt",
        "no_user_turn": bool(roles) and "prompt" not in roles,
        "result_without_call": "tool" in roles and "tool_call" not in roles and not calls,
    }
    return [name for name, found in odd.items() if found]


def _calls_tool(message: dict[str, Any]) -> bool:
    content = message.get("content")
    parts = content if isinstance(content, list) else []
    return _calls(message, ()).passed or any(
        isinstance(part, dict) and part.get("type") in _CALL_TYPES for part in parts
    )


class _Content(NamedTuple):
    slots: list[Slot]
    passed: bool  # holds something that is no text and is passed through
    fault: str | None = None


def _content(value: Any, role: str, path: Path) -> _Content:
    if isinstance(value, str):
        return _Content(_string(value, role, path), passed=False)
    if value is None:
        return _Content([], passed=False)
    if isinstance(value, dict) and role in ("tool_call", "tool"):
        return _Content([value_slot(role, value, path)], passed=False)
    if not isinstance(value, list):
        return _Content([value_slot("text", value, path)], passed=False, fault="wrong_type")
    found = [_part(part, role, (*path, at)) for at, part in enumerate(value)]
    slots = [slot for part in found for slot in part.slots]
    return _Content(slots, any(part.passed for part in found), first(part.fault for part in found))


def _string(text: str, role: str, path: Path) -> list[Slot]:
    if role != "completion":
        return [Slot(role, text, path)] if text else []
    cut = pieces(text)
    if cut and (cut[0].start, cut[0].end) == (0, len(text)):
        return [Slot(role, text, path)]
    return [Slot(piece.role, text[piece.start : piece.end], path, span=(piece.start, piece.end)) for piece in cut]


def _part(part: Any, role: str, path: Path) -> _Content:
    if isinstance(part, str):
        return _Content(_string(part, role, path), passed=False)
    if not isinstance(part, dict):
        return _Content([value_slot("text", part, path)], passed=False, fault="wrong_type")
    kind = part.get("type", "text")
    names, own, passed = _PARTS.get(kind if isinstance(kind, str) else "", ((), None, True))
    return _Content(_fields(part, names, own or role, path), passed)


def _fields(part: dict[str, Any], names: Iterable[str], role: str, path: Path) -> list[Slot]:
    name = next((name for name in names if part.get(name) not in (None, "")), None)
    if name is None:
        return []
    value = part[name]
    return _string(value, role, (*path, name)) if isinstance(value, str) else [value_slot(role, value, (*path, name))]


def _calls(message: dict[str, Any], path: Path) -> _Content:
    calls = message.get("tool_calls") or []
    if not isinstance(calls, list):
        return _Content([value_slot("tool_call", calls, (*path, "tool_calls"))], passed=True, fault="wrong_type")
    found = [_call(call, (*path, "tool_calls", at)) for at, call in enumerate(calls)]
    if message.get("function_call") is not None:
        found.insert(0, _call(message["function_call"], (*path, "function_call")))
    slots = [slot for call in found for slot in call.slots]
    return _Content(slots, bool(found), first(call.fault for call in found))


def _call(call: Any, path: Path) -> Slots:
    if isinstance(call, dict) and isinstance(call.get("function"), dict):
        call, path = call["function"], (*path, "function")
    if not isinstance(call, dict):
        return Slots([value_slot("tool_call", call, path)], "wrong_type")
    return Slots(_fields(call, ("arguments", "parameters"), "tool_call", path))


def _empty(role: str | None, slots: Sequence[Slot]) -> str | None:
    if role == "prompt" and not slots:
        return "empty_prompt"
    if role in _ANSWERS and not any(slot.role in _ANSWERS for slot in slots):
        return "empty_completion"
    return None

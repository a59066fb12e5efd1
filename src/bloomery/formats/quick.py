"""The quick way through a plain conversation.

Most chats are turns of two keys with a string each. Their parts are read here in a tenth of the time of the full walk
(`bloomery.formats.turns`), which decides on everything else: any other shape, an empty content, a think tag, an unknown
speaker gives None. Both ways give the same parts; a test holds them together. Whole batches of such chats are read by
`bloomery.kernels.json_rows.conversations`, by the same rules.
"""

from typing import Any

from bloomery.formats.base import Part
from bloomery.formats.turns import SPEAKERS, Keys

#: speaker, to the letter -> role of its text
PLAIN_SPEAKERS = {name: role for name, role in SPEAKERS.items() if role != "tool_call"}
THINK = "think>"  # what an answer must not hold


def plain_turns(messages: Any, keys: Keys) -> list[Part] | None:
    """The parts of a faultless conversation of plain turns, None if it is not one."""
    if type(messages) is not list:
        return None
    speaker, content = keys
    parts: list[Part] = []
    answered = False
    for message in messages:
        if type(message) is not dict or len(message) != 2:
            return None
        text, said = message.get(content), message.get(speaker)
        role = PLAIN_SPEAKERS.get(said) if type(said) is str else None
        if type(text) is not str or not text or role is None:
            return None
        if role == "completion":
            if THINK in text:
                return None
            answered = True
        parts.append(Part(role, text))
    return parts if answered else None

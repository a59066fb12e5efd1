"""Structural faults: what makes a readable row unusable, one table.

`bloomery.clean` drops a row with a fault and gives this name as the reason; the report and the documentation take the
sentence from here. A fault is about structure only: a key that is missing, null or "" is a fault, an answer of blanks or
"N/A" is left to the quality signals. Odd but usable chats (two user turns in a row, the assistant speaks first) are not
faults; `bloomery.formats.turns.oddities` counts them.
"""

from types import MappingProxyType

FAULTS = MappingProxyType(
    {
        "missing_column": "a column that the format needs is not there",
        "wrong_type": "a value has the wrong type, e.g. a prompt that is a list",
        "empty_prompt": "the prompt, a user turn, the text or the token list is null or empty",
        "empty_completion": "the completion or an assistant turn is null or empty, and calls no tool",
        "empty_rejected": "the rejected answer of a preference is null or empty",
        "empty_label": "the label is null or empty",
        "no_assistant_turn": "nobody answers: the conversation has no assistant turn",
        "unknown_role": "a turn's role is missing or not one of the known ones",
        "tags_mismatch": "there are not as many tags as tokens",
        "invalid_tag_sequence": "the tags break their scheme, e.g. I- without B- before it",
        "deleted_message": "a path of a message tree runs into a deleted message",
        "failed_review": "a path of a message tree runs into a message that reviewers rejected",
        "missing_parent": "a message's parent is not in the file",
        "not_convertible": "the row cannot be written in the wanted format",
    }
)

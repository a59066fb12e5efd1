"""The turns of an item: what a model is asked where that is more than one text.

A conversation is asked as it stands in the row, up to the answer that is wanted: who says what stays, the system too. The turns
are those that `bloomery convert --to chat` writes (`bloomery.formats.dialogue`), so a model sees at evaluation what it saw in
training. A request has only texts (`bloomery.llm.base.Message`): calls of tools are written as JSON, what tools answered is a
text of the role ``tool``.
"""

from collections.abc import Sequence
from typing import TypedDict

import msgspec
import polars as pl

from bloomery.formats.base import Format, Record
from bloomery.formats.convert import dialogue_of
from bloomery.formats.dialogue import Loss, Losses, text_of
from bloomery.text.counted import counted


class Turn(TypedDict):
    """One turn."""

    role: str  #: system, user, assistant or tool
    content: str


#: what the column ``messages`` holds; null where an item's prompt is all
TURNS = pl.List(pl.Struct({"role": pl.String, "content": pl.String}))

_ROLES = {"developer": "system", "function": "tool"}


def turns_before(answer: str, prompt: str, record: Record, form: Format) -> list[Turn] | None:
    """The turns of a row before the last one of the assistant that says `answer`; None where they are the `prompt` alone.

    Also None for a row that is no conversation.
    """
    try:
        messages = dialogue_of(record, form, Losses(lossy=True)).messages
    except Loss:
        return None
    turns = [_turn(message) for message in messages]
    said = [place for place, one in enumerate(turns) if one["role"] == "assistant" and answer in one["content"]]
    before = turns[: said[-1]] if said else []
    return before if before and before != [{"role": "user", "content": prompt}] else None


def _turn(message: Record) -> Turn:
    role = str(message["role"])
    content = text_of(message.get("content"), Losses(lossy=True))
    calls = message.get("tool_calls")
    told = [content] * bool(content) + [msgspec.json.encode(calls).decode()] * bool(calls)
    return {"role": _ROLES.get(role, role), "content": "\n".join(told)}


def turns_of(frame: pl.DataFrame) -> list[list[Turn] | None]:
    """The turns of each item; None where its prompt is all."""
    return frame["messages"].to_list() if "messages" in frame.columns else [None] * frame.height


def last_said(frame: pl.DataFrame) -> list[str]:
    """What the user says last in each item; "" where nothing."""
    told = [[one["content"] for one in some or () if one["role"] == "user"] for some in turns_of(frame)]
    return [mine[-1] if mine else prompt or "" for mine, prompt in zip(told, frame["prompt"], strict=True)]


def with_last_said(frame: pl.DataFrame, texts: Sequence[str]) -> pl.DataFrame:
    """The same items with these texts in the place of what the user says last."""
    if "messages" not in frame.columns:
        return frame.with_columns(pl.Series("prompt", texts, dtype=pl.String))
    rows = list(zip(turns_of(frame), frame["prompt"], texts, strict=True))
    return frame.with_columns(
        pl.Series("prompt", [old if some else new for some, old, new in rows], dtype=pl.String),
        pl.Series("messages", [_with_last(some, new) for some, _, new in rows], dtype=TURNS),
    )


def _with_last(turns: list[Turn] | None, text: str) -> list[Turn] | None:
    if not turns:
        return None
    last = max((place for place, one in enumerate(turns) if one["role"] == "user"), default=-1)
    return [Turn(role=one["role"], content=text) if place == last else one for place, one in enumerate(turns)]


def note(frame: pl.DataFrame) -> list[str]:
    """What must be said about turns that not every model takes."""
    if "messages" not in frame.columns:
        return []
    roles = frame["messages"].list.eval(pl.element().struct.field("role"))
    tools = int(roles.list.contains("tool").fill_null(False).sum())
    return [
        f"{counted(tools, 'item has', 'items have')} turns of tools, which are asked as texts of the role tool; not every model "
        "takes them"
    ] * bool(tools)

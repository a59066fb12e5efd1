"""Planted lines that cannot be read, each of which must cost one row and no more.

They are written as bytes, for the file they go to. The table gets rows with a cell too many (an answer with commas that
nobody quoted) or too few, and one byte that is not UTF-8.
"""

import json

from bloomery.cli.demo.items import Desk, Item


def plant_broken(desk: Desk) -> None:
    """Broken lines in every source."""
    for index in range(6):
        _break(desk.write("tickets" if index % 2 else "synthetic", "invalid_json"), index)
    for index in range(4):
        item = desk.write("tickets" if index % 2 else "synthetic", "truncated")
        item.raw = line(item)[: -20 - 7 * index]
    for index in range(4):
        item = desk.write("tickets" if index % 2 else "synthetic", "bad_utf8")
        item.raw = line(item).replace(b"e", b"\xe9" if index < 2 else b"\xff\xfe", 1 + index)
    spoilt = desk.write("forum", "bad_utf8")
    spoilt.raw = (
        b'4100,"'
        + spoilt.prompt.replace('"', "").encode()
        + b' caf\xe9","'
        + spoilt.completion.replace('"', "").encode()
        + b'",3'
    )
    for index in range(2):
        item = desk.write("tickets" if index % 2 else "synthetic", "nul_byte")
        item.raw = line(item).replace(b" ", b"\x00", 3)
    for index in range(4):
        item = desk.write("forum", "ragged", note="a cell missing" if index % 2 else "cells too many")
        plain = item.completion.replace("\n", " ").replace('"', "")
        item.raw = f"{4000 + index},{plain}".replace(", ", " ", index % 2 * 99).encode()
    for item in [item for item in desk.items if item.note == "cells too many"]:
        item.raw = (item.raw or b"") + b", as I said, twice, and more, 12"


def _break(item: Item, index: int) -> None:
    """A line that is nearly JSON."""
    text = line(item)
    item.raw = (
        text.replace(b'"prompt"', b"'prompt'"),
        text[:-1] + b",}",
        text.replace(b": ", b" = ", 1),
    )[index % 3]


def line(item: Item, **more: str) -> bytes:
    """The item as one line of JSON, without the line end."""
    return json.dumps({"prompt": item.prompt, "completion": item.completion, **more}, ensure_ascii=False).encode()

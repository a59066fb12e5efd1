"""Raw rows of every format: 24 good ones, a copy of the first, and one that holds an e-mail address."""

import json
import random
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

GOOD = 24
KEPT = GOOD + 1  # the copy goes, the row with the address stays, edited
MAIL = "ann.lee@pelmont.io"

_THINGS = (
    "amber bridge candle desert engine forest garden harbour island jacket kettle lantern meadow needle orchard pepper quarry "
    "river saddle timber umbrella valley window yellow zipper anchor basket copper dagger elbow feather guitar hammer iron "
    "jungle kitchen ladder marble north ocean pencil rabbit silver tunnel under velvet winter"
)

Row = dict[str, Any]


def words(seed: int, count: int = 12) -> str:
    """A text unlike that of any other seed."""
    return " ".join(random.Random(seed).choices(_THINGS.split(), k=count))


def ask(n: int) -> str:
    return f"Please tell me, what is it about {words(n)}?" + (f" Write to {MAIL} today." if n == GOOD else "")


def answer(n: int) -> str:
    return f"First look at {words(1_000 + n)}, then it is done."


def turn(role: str, content: Any, **more: Any) -> Row:
    return {"role": role, "content": content, **more}


def completion(n: int) -> Row:
    return {"prompt": ask(n), "completion": answer(n), "ticket": f"{n:05}", "note": "NA" if n % 2 else "null"}


def dialogue(n: int) -> Row:
    """Two exchanges and a system message, all content strings."""
    turns = [turn("system", "You help."), turn("user", ask(n)), turn("assistant", answer(n))]
    return {"messages": [*turns, turn("user", f"And {words(2_000 + n)}?"), turn("assistant", answer(3_000 + n))]}


def parts(n: int) -> Row:
    """Content as lists of parts."""
    return {"messages": [turn(role, [{"type": "text", "text": text}]) for role, text in said(n)]}


def mixed(n: int) -> Row:
    """Content as a list of parts in the question and as a string in the answer."""
    question, reply = said(n)
    return {"messages": [turn(question[0], [{"type": "text", "text": question[1]}]), turn(*reply)]}


def tools(n: int) -> Row:
    """A tool call whose arguments and schema differ in shape from row to row."""
    name, value, kind = ("weather", words(n, 1), "string") if n % 2 else ("sum", n, "integer")
    call = {"type": "function", "function": {"name": name, "arguments": {name: value}}}
    schema = {"type": "object", "properties": {name: {"type": kind}}, "required": [name]}
    turns = [
        turn("user", ask(n)),
        turn("assistant", None, tool_calls=[call]),
        turn("tool", f"result {n:05}", name=name),
    ]
    listed = [{"type": "function", "function": {"name": name, "description": f"The {name}.", "parameters": schema}}]
    return {"messages": [*turns, turn("assistant", answer(n))], "tools": listed}


def said(n: int) -> list[tuple[str, str]]:
    return [("user", ask(n)), ("assistant", answer(n))]


def alpaca(n: int) -> Row:
    return {"instruction": ask(n), "input": words(4_000 + n) if n % 3 else "", "output": answer(n)}


def sharegpt(n: int) -> Row:
    return {"conversations": [{"from": "human", "value": ask(n)}, {"from": "gpt", "value": answer(n)}], "id": f"{n:05}"}


def preference(n: int) -> Row:
    return {"prompt": ask(n), "chosen": answer(n), "rejected": answer(5_000 + n)}


def preference_chat(n: int) -> Row:
    chosen, rejected = ([turn("assistant", text)] for text in (answer(n), answer(5_000 + n)))
    return {"prompt": [turn("user", ask(n))], "chosen": chosen, "rejected": rejected}


def kto(n: int) -> Row:
    return {"prompt": ask(n), "completion": answer(n), "label": n % 2 == 0}


def classification(n: int) -> Row:
    return {"text": ask(n), "label": str(n % 2)}


def token_labels(n: int) -> Row:
    tokens = ask(n).split()
    return {"tokens": tokens, "ner_tags": ["B-THING" if at == 6 else "O" for at in range(len(tokens))]}


def text(n: int) -> Row:
    return {"text": f"{ask(n)} {answer(n)}"}


#: rows of one shape -> the format they are in
MAKERS: dict[str, tuple[str, Callable[[int], Row]]] = {
    "completion": ("completion", completion),
    "dialogue": ("chat", dialogue),
    "parts": ("chat", parts),
    "mixed": ("chat", mixed),
    "tools": ("chat", tools),
    "alpaca": ("alpaca", alpaca),
    "sharegpt": ("sharegpt", sharegpt),
    "preference": ("preference", preference),
    "preference_chat": ("preference", preference_chat),
    "kto": ("kto", kto),
    "classification": ("classification", classification),
    "token_labels": ("token_labels", token_labels),
    "text": ("text", text),
}


def write(path: Path, rows: Iterable[Row]) -> Path:
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
    return path


def raw(path: Path, shape: str) -> Path:
    """Write the rows of a shape; the copy is the last line."""
    make = MAKERS[shape][1]
    return write(path, [make(n) for n in (*range(GOOD + 1), 0)])


def read(path: Path) -> list[Row]:
    return [json.loads(line) for line in path.read_bytes().splitlines()]


def told(value: Any) -> Any:
    """`value` without the nulls by which a table says that a key is absent."""
    if isinstance(value, dict):
        return {key: told(one) for key, one in value.items() if one is not None}
    return [told(one) for one in value] if isinstance(value, list) else value

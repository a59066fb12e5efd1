"""Requests for tests."""

from bloomery.llm.base import Message, Request

SCHEMA = {
    "type": "object",
    "properties": {"score": {"type": "integer", "minimum": 1, "maximum": 5}},
    "required": ["score"],
}


def request(item: str = "1", text: str | None = None, *, repeat: int = 0, schema: object = None) -> Request:
    said = Message("user", text if text is not None else f"Judge item {item}.")
    return Request(item, (Message("system", "You judge."), said), schema, repeat)  # type: ignore[arg-type]


def requests(count: int, *, schema: object = None) -> list[Request]:
    return [request(str(number), schema=schema) for number in range(count)]

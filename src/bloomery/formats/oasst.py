"""oasst: message trees, as rows of one chat a path.

Two ways of writing a tree: nested (``replies``), one tree a record (`Oasst`), and flat messages that name their parent
(`OasstMessages`), for which the whole file must be there. A row is

    {"messages": [{"role", "content"}, ...], "message_ids": [...], "message_tree_id", "lang"}

for each path from the root to a leaf, cut after its last assistant turn (a question that nobody answered ends no row);
paths that become equal by the cut are one row. A message that was deleted, or that reviewers rejected
(``review_result: false``), ends the path before it and takes the replies to it along; it has a row of its own with
``"unusable"``, which the structure check drops with that reason. So has a message whose parent is not in the file. A tree
without an answer is a row without an assistant turn.

`OasstPreferences` reads the same files as preferences: wherever several usable replies to one message carry a rank, the
best (lowest) against each of the others. Only such replies make rows.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, NamedTuple

from bloomery.formats.base import Claim, Parsed, Record
from bloomery.formats.chat import Chat
from bloomery.formats.lossless import Number
from bloomery.formats.names import weigh
from bloomery.formats.preference import Preference

_IDS = ("message_id", "task_message_id", "user_message_id", "id")
_PARENTS = ("parent_id", "parent_message_id")
_UNUSABLE = ("deleted_message", "failed_review", "missing_parent")
_ROLES = {"prompter": "user", "assistant": "assistant", "system": "system"}


class Message(NamedTuple):
    """A message of a tree with its replies."""

    body: Record
    replies: "list[Message]"


class Path(NamedTuple):
    """Messages from a root downwards, and why the last one cannot be used, if so."""

    messages: tuple[Record, ...]
    unusable: str | None = None


class Tree(NamedTuple):
    """A root, the number of its record, and what its record says of the whole tree."""

    number: int
    root: Message
    unusable: str | None = None  # "missing_parent"


@dataclass(frozen=True)
class Oasst(Chat):
    """Nested message trees, read as chats."""

    name: ClassVar[str] = "oasst"
    expands: ClassVar[bool] = True

    @classmethod
    def claim(cls, sample: Sequence[Record]) -> Claim | None:
        """See `Format.claim`."""
        return weigh(cls(), sample, lambda row: _root(row) is not None, 1.0, "a message with 'replies'")

    def expand(self, records: Sequence[tuple[int, Record]]) -> list[tuple[str, Record]]:
        """One row a path; ``"12#1"`` is the first path of the tree in record 12."""
        return _rows((tree.number, _row(path)) for tree in trees(records) for path in paths(tree))

    def parse(self, record: Record) -> Parsed:
        """See `Format.parse`; `record` is a row of `expand`, and may be marked as unusable."""
        found = super().parse(record)
        unusable = record.get("unusable")
        return found._replace(fault=unusable) if unusable in _UNUSABLE else found


@dataclass(frozen=True)
class OasstMessages(Oasst):
    """Flat messages with parent ids, read as chats."""

    name: ClassVar[str] = "oasst_messages"
    whole_file: ClassVar[bool] = True

    @classmethod
    def claim(cls, sample: Sequence[Record]) -> Claim | None:
        """See `Format.claim`."""
        return weigh(cls(), sample, _is_flat, 1.0, "messages that name their parent")


@dataclass(frozen=True)
class OasstPreferences(Preference):
    """Message trees of either kind, read as preferences; never detected, only named."""

    name: ClassVar[str] = "oasst_preferences"
    expands: ClassVar[bool] = True
    whole_file: ClassVar[bool] = True

    @classmethod
    def claim(cls, sample: Sequence[Record]) -> Claim | None:
        """Always None: trees are chats unless the user says otherwise."""
        return None

    def expand(self, records: Sequence[tuple[int, Record]]) -> list[tuple[str, Record]]:
        """One row for each pair of best and other reply."""
        return _rows((tree.number, row) for tree in trees(records) for row in preferences(tree))


def trees(records: Iterable[tuple[int, Record]]) -> list[Tree]:
    """The trees of numbered records, nested or flat, in order of their roots."""
    found: list[Tree] = []
    flat: list[tuple[int, Record]] = []
    for number, record in records:
        root = _root(record)
        if root is not None:
            found.append(Tree(number, _nested(root)))
        else:
            flat.append((number, record))
    return sorted(found + _linked(flat), key=lambda tree: tree.number)


def paths(tree: Tree) -> list[Path]:
    """The paths of a tree: see the module docstring. Never empty."""
    if tree.unusable is not None:
        return [Path((tree.root.body,), tree.unusable)]
    answered: dict[tuple[int, ...], Path] = {}
    unusable: list[Path] = []
    for path in _leaves(tree.root):
        bad = path.unusable is not None
        unusable += [path] if bad else []
        answer = _answered(path.messages[:-1] if bad else path.messages)
        if answer:
            answered.setdefault(tuple(map(id, answer)), Path(answer))
    inner = {key[:length] for key in answered for length in range(1, len(key))}
    found = [path for key, path in answered.items() if key not in inner]
    return (found or ([] if unusable else [Path((tree.root.body,))])) + unusable


def preferences(tree: Tree) -> list[Record]:
    """Preferences from ranks: ``{"prompt": turns, "chosen": [turn], "rejected": [turn], ...}``, the best against each other."""
    found = []
    for path, message in _walk(tree.root):
        ranked = sorted((one for one in message.replies if _ranks(one)), key=lambda one: _rank(one.body))
        best = ranked[0] if ranked else message
        found += [_pair(path, best.body, other.body) for other in ranked[1:] if _rank(other.body) > _rank(best.body)]
    return found


def _root(record: Record) -> Record | None:
    root = record.get("prompt") if isinstance(record.get("prompt"), dict) else record
    return root if isinstance(root, dict) and isinstance(root.get("replies"), list) and "text" in root else None


def _is_flat(record: Record) -> bool:
    return (
        "text" in record
        and "role" in record
        and _name(record, _IDS) is not None
        and any(key in record for key in _PARENTS)
    )


def _name(record: Record, names: Sequence[str]) -> str | None:
    value = next((record[name] for name in names if record.get(name) is not None), None)
    return None if value is None else str(value)


def _nested(root: Record) -> Message:
    top = Message(root, [])
    todo = [top]
    while todo:
        message = todo.pop()
        replies = message.body.get("replies")
        below = replies if isinstance(replies, list) else []
        message.replies.extend(Message(one, []) for one in below if isinstance(one, dict))
        todo += message.replies
    return top


def _linked(records: Sequence[tuple[int, Record]]) -> list[Tree]:
    """Trees of flat messages: children under their parents; what hangs under no root is a tree of one, unusable."""
    messages = [Message(record, []) for _, record in records]
    by_id = {
        str(record[key]): one for one in reversed(messages) for key in _IDS if (record := one.body).get(key) is not None
    }
    roots = []
    for (number, record), message in zip(records, messages, strict=True):
        parent = _name(record, _PARENTS)
        if parent is None:
            roots.append(Tree(number, message))
        elif parent in by_id:
            by_id[parent].replies.append(message)
    reached = {id(message) for tree in roots for message in _all(tree.root)}
    lost = [
        Tree(number, Message(record, []), "missing_parent")
        for (number, _), message in zip(records, messages, strict=True)
        if id(message) not in reached
    ]
    return roots + lost


def _walk(root: Message) -> Iterator[tuple[tuple[Record, ...], Message]]:
    """Every usable message with the path that ends in it, depth first."""
    todo: list[tuple[tuple[Record, ...], Message]] = [((root.body,), root)]
    while todo:
        path, message = todo.pop()
        if _unusable(message.body) is not None:
            continue
        yield path, message
        todo += [((*path, reply.body), reply) for reply in reversed(message.replies)]


def _all(root: Message) -> Iterator[Message]:
    todo = [root]
    while todo:
        message = todo.pop()
        yield message
        todo += message.replies


def _leaves(root: Message) -> Iterator[Path]:
    todo: list[tuple[tuple[Record, ...], Message]] = [((root.body,), root)]
    while todo:
        path, message = todo.pop()
        unusable = _unusable(message.body)
        if unusable is not None or not message.replies:
            yield Path(path, unusable)
        else:
            todo += [((*path, reply.body), reply) for reply in reversed(message.replies)]


def _unusable(body: Record) -> str | None:
    if body.get("deleted") is True:
        return "deleted_message"
    return "failed_review" if body.get("review_result") is False else None


def _answered(messages: tuple[Record, ...]) -> tuple[Record, ...]:
    last = max((at for at, body in enumerate(messages, 1) if body.get("role") == "assistant"), default=0)
    return messages[:last]


def _ranks(message: Message) -> bool:
    usable = message.body.get("role") == "assistant" and _unusable(message.body) is None
    return usable and isinstance(message.body.get("rank"), (int, float, Number))


def _rank(body: Record) -> float:
    return float(body["rank"])


def _turn(body: Record) -> Record:
    role = body.get("role")
    return {"role": _ROLES.get(role, role) if isinstance(role, str) else role, "content": body.get("text")}


def _about(path: Sequence[Record]) -> Record:
    tree = path[0].get("message_tree_id") or path[0].get("message_id")
    told = {"message_tree_id": tree, "lang": path[0].get("lang")}
    return {name: value for name, value in told.items() if value is not None}


def _row(path: Path) -> Record:
    row: dict[str, Any] = {"messages": [_turn(body) for body in path.messages]}
    row["message_ids"] = [_name(body, _IDS) for body in path.messages]
    row |= _about(path.messages)
    return row if path.unusable is None else {**row, "unusable": path.unusable}


def _pair(path: tuple[Record, ...], best: Record, other: Record) -> Record:
    ids = {"prompt": [_name(body, _IDS) for body in path], "chosen": _name(best, _IDS), "rejected": _name(other, _IDS)}
    answers = {"chosen": [_turn(best)], "rejected": [_turn(other)]}
    return {"prompt": [_turn(body) for body in path], **answers, "message_ids": ids, **_about(path)}


def _rows(numbered: Iterable[tuple[int, Record]]) -> list[tuple[str, Record]]:
    counts: dict[int, int] = {}
    rows = []
    for number, row in numbered:
        counts[number] = counts.get(number, 0) + 1
        rows.append((f"{number}#{counts[number]}", row))
    return rows

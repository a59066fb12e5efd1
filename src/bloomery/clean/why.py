"""A row's story, in order: what was edited, why it was dropped, the twin it lost to, who brought it back.

Texts are masked: what stood there before a scrub is never shown, and a text from before an edit is shown only from
``private/`` and only after masking.
"""

from collections.abc import Iterator
from typing import Any, NamedTuple

import msgspec

from bloomery.clean.against import dataset_of
from bloomery.clean.foreign import foreign_texts
from bloomery.clean.lookup import Found, find, texts
from bloomery.clean.pii import mask
from bloomery.clean.result import CleanResult
from bloomery.errors import DataError
from bloomery.text.counted import counted
from bloomery.web.diff import diff, shorten

#: pieces of text: ``(kind, text)``
Body = list[tuple[str, str]]


class Chapter(NamedTuple):
    """One thing that happened to the row."""

    title: str
    body: "Body"  # (kind, text): kind is "same", "removed", "added" (a diff) or "note" (a line)


def story(run: CleanResult, row_id: str) -> list[Chapter]:
    """What happened to a row, in order. DataError if the run has no such row."""
    found = find(run, row_id)
    if found.fate == "quarantined":
        told = msgspec.json.decode(found.json)
        return [Chapter(f"{row_id} could not be read and was quarantined", [("note", told["reason"])])]
    chapters = [Chapter(f"{row_id} was {_fate(run, found)}", list(_shown(run, found)))]
    edits = _edits(run, found)
    ledger = run.ledger.filter(run.ledger["id"] == row_id).unique(["op", "action", "by"], maintain_order=True)
    chapters += [_chapter(run, found, line, edits) for line in ledger.iter_rows(named=True)]
    if len(chapters) == 1:
        chapters.append(Chapter(f"No op touched it: {_untouched(run, row_id)}", []))
    return chapters


def tell(run: CleanResult, row_id: str) -> str:
    """The story as plain text: ``[-deleted-] {+inserted+}``."""
    marks = {"removed": "[-{}-]", "added": "{{+{}+}}", "same": "{}", "note": "  {}\n"}
    told = []
    for chapter in story(run, row_id):
        body = "".join(marks[kind].format(text) for kind, text in chapter.body)
        told.append(chapter.title + ("\n" + body.rstrip("\n") if body else ""))
    return "\n\n".join(told)


def _fate(run: CleanResult, found: Found) -> str:
    edited = run.rows.filter(run.rows["id"] == found.id)["edited"][0]
    by = run.ledger.filter((run.ledger["id"] == found.id) & run.ledger["by"].is_not_null())["by"]
    decided = f", by a decision of {by[-1]}" if len(by) else ""
    return found.fate + (" and edited" if edited and found.fate == "kept" else "") + decided


def _untouched(run: CleanResult, row_id: str) -> str:
    """What can be said of a row that no op touched: only lines of JSON in UTF-8 are written as the bytes they were."""
    path, _, number = row_id.rpartition(":")
    file = next(file for file in run.manifest["inputs"] if file["path"] == path)
    if file["converted"]:
        return f"it was converted to {file['format']}, and that is how it is written"
    if "#" in number:
        return f"it is one of the rows that record {number.partition('#')[0]} holds"
    if file["container"] == "jsonl" and file["encoding"] == "utf-8" and file["format"] != "text":
        return "it is the line it came in, byte for byte"
    return f"its values are as they came in ({file['container']}), written as a line of JSON"


def _shown(run: CleanResult, found: Found) -> Iterator[tuple[str, str]]:
    for role, text in texts(run, found):
        yield "note", f"{role}: {_cut(mask(text))}"


def _chapter(run: CleanResult, found: Found, line: dict[str, Any], edits: dict[str, Body]) -> Chapter:
    score = f", {line['score']:.3f}" if line["score"] is not None else ""
    if line["by"]:
        reason = f": {line['reason']}" if line["reason"] else ""
        when = f" on {line['at']}" if line["at"] else ""
        return Chapter(f"{line['action']} by {line['by']}{when}{reason}", [])
    if line["action"] == "edit":
        detail = [("note", _counts(line["detail"]))] if line["detail"] else []
        return Chapter(f"{line['op']} edited it ({line['reason']})", detail + edits.pop(line["op"], []))
    verb = {"drop": "dropped it", "keep": "looked at it and kept it"}.get(line["action"], line["action"])
    title = f"{line['op']} {verb} ({line['reason']}{score})"
    if line["against"] is None:
        return Chapter(title, [("note", _counts(line["detail"]))] if line["detail"] else [])
    return Chapter(f"{title}, compared with {line['against']}", _against(run, found, line))


def _against(run: CleanResult, found: Found, line: dict[str, Any]) -> Body:
    """The row it was compared with, turned into this one; texts are paired by role and order."""
    other_id, dataset = line["against"], dataset_of(line["detail"])
    if dataset is not None:
        other = foreign_texts(run, line["op"], dataset, other_id)
        if isinstance(other, str):
            return [("note", other)]
    else:
        try:
            other = texts(run, find(run, other_id))
        except DataError:
            return [("note", f"{other_id} is no longer in this run")]
    theirs: dict[str, list[str]] = {}
    for role, text in other:
        theirs.setdefault(role, []).append(text)
    body: Body = [("note", "- only in the other row, + only in this row")]
    for role, mine in texts(run, found):
        twin = theirs.get(role) or [""]
        body.append(("note", f"{role}:"))
        body += [*shorten(diff(mask(twin.pop(0)), mask(mine))), ("same", "\n")]
    return body


def _edits(run: CleanResult, found: Found) -> dict[str, Body]:
    """What each op changed, as masked diffs; empty where the run keeps no originals."""
    path = run.folder / "private" / "originals.jsonl"
    if not path.exists():
        return {}
    needle = msgspec.json.encode(found.id)
    with path.open("rb") as file:
        lines = [msgspec.json.decode(line) for line in file if needle in line]
    now = dict(enumerate(part.text for part in texts(run, found)))
    changes: list[tuple[str, Body]] = []
    for line in reversed([line for line in lines if line["id"] == found.id]):
        pieces = shorten(diff(mask(line["before"]), mask(now.get(line["part"], ""))))
        now[line["part"]] = line["before"]
        changes.append((line["op"], [*pieces, ("same", "\n")]))
    bodies: dict[str, Body] = {}
    for op, body in reversed(changes):
        bodies.setdefault(op, []).extend(body)
    return bodies


def _counts(detail: str) -> str:
    """A ledger detail in words."""
    told = msgspec.json.decode(detail)
    if not isinstance(told, dict):
        return str(told)
    if "spans" in told:
        return ", ".join(f"{span[2]} at {span[0]}–{span[1]}" for span in told["spans"])
    if isinstance(told.get("counts"), dict):
        told = told["counts"]
    return ", ".join(f"{key} {', '.join(value) if isinstance(value, list) else value}" for key, value in told.items())


def _cut(text: str, limit: int = 600) -> str:
    return text if len(text) <= limit else f"{text[:limit]} … ({counted(len(text) - limit, 'more character')})"

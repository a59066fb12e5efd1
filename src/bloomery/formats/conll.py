"""CoNLL columns: a token a line, its tag in the last column, a blank line between sentences.

Columns are parted by tabs on a line that has one, else by blanks. A sentence is ``{"tokens": [...], "tags": [...]}``;
columns between the two become ``"column_2"``, ``"column_3"``, ... ``-DOCSTART-`` lines and comments (``# key = value``, or
``# ...`` with another number of columns) part documents and are no rows. A sentence with a line of another number of
columns is quarantined.
"""

import re
from collections.abc import Iterator, Sequence

from bloomery.formats.encoding import Text
from bloomery.formats.lines import Lines
from bloomery.formats.records import CHUNK, Broken, Chunk, not_utf8, to_json
from bloomery.text.counted import counted

#: Tokens after which a sentence is taken for a file without blank lines.
MAX_TOKENS = 100_000
_BLANKS = re.compile(rb"[ \t]+")
_TAG = re.compile(rb"O|[BIESLUM]-\S+")


def read(text: Text) -> Iterator[Chunk]:
    """The sentences of a CoNLL text. Numbers count sentences."""
    lines = Lines(text)
    chunk, number = Chunk([], []), 0
    width: int | None = None
    for number, (line, sentence) in enumerate(_sentences(lines), 1):
        rows = [_columns(raw) for raw in sentence]
        width = width or _width(sentence)
        _add(chunk, number, line, sentence, [row for row in rows if not _is_comment(row, width)], width)
        if len(chunk.raws) + len(chunk.broken) >= CHUNK // 10:
            yield chunk
            chunk = Chunk([], [])
    if lines.cut:
        chunk.broken.append(Broken(number + 1, lines.cut.number, text.damage or "", lines.cut.raw))
    yield chunk


def looks_like(head: bytes) -> bool:
    """Whether a text that begins with `head` is in CoNLL columns: lines end in a tag, but for one
    in fifty, and blank lines part them.

    >>> looks_like(b"EU B-ORG\\nrejects O\\n\\nGerman B-MISC\\n")
    True
    """
    lines = head.replace(b"\r\n", b"\n").split(b"\n")[:-1][:500]
    rows = [_columns(line) for line in lines if line.strip(b" \t") and not line.startswith((b"-DOCSTART-", b"# "))]
    tagged = sum(len(row) > 1 and _TAG.fullmatch(row[-1]) is not None for row in rows)
    return len(rows) > 0 and 50 * tagged >= 49 * len(rows) and _in_sentences(lines)


def _in_sentences(lines: Sequence[bytes]) -> bool:
    return any(not line.strip(b" \t") for line in lines) or len(lines) < 100


def _sentences(lines: Lines) -> Iterator[tuple[int, list[bytes]]]:
    """(Line it starts on, its lines) of each sentence."""
    start, sentence = 0, list[bytes]()
    for first, some in lines:
        for number, line in enumerate(some, first):
            if line.strip(b" \t") and not line.startswith(b"-DOCSTART-"):
                start = start if sentence else number
                sentence.append(line)
            elif sentence:
                yield start, sentence
                sentence = []
            if len(sentence) >= MAX_TOKENS:
                yield start, sentence
                sentence = []
    if sentence and not lines.cut:
        yield start, sentence
    elif sentence and lines.cut:
        lines.cut = lines.cut._replace(number=start, raw=b"\n".join([*sentence, lines.cut.raw]))


def _columns(line: bytes) -> list[bytes]:
    return line.split(b"\t") if b"\t" in line else _BLANKS.split(line.strip(b" "))


def _width(sentence: list[bytes]) -> int:
    """The number of columns of a sentence, from its first line that is no comment."""
    return len(_columns(next((line for line in sentence if not line.startswith(b"# ")), sentence[0])))


def _is_comment(row: list[bytes], width: int) -> bool:
    return row[0].startswith(b"#") and (len(row) != width or row[2:3] == [b"="])


def _add(chunk: Chunk, number: int, line: int, sentence: list[bytes], rows: list[list[bytes]], width: int) -> None:
    raw = b"\n".join(sentence)
    reason = not_utf8(raw) or _reason(sentence, rows, line, width)
    if reason:
        chunk.broken.append(Broken(number, line, reason, raw))
    elif rows:
        chunk.add(number, line, to_json(_record(rows, width)))


def _reason(sentence: list[bytes], rows: list[list[bytes]], line: int, width: int) -> str | None:
    if width < 2:
        return "one column: a tag is missing after each token"
    odd = next((row for row in rows if len(row) != width), None)
    if odd is None:
        return None
    at = next(number for number, raw in enumerate(sentence, line) if _columns(raw) == odd)
    return f"line {at} has {counted(len(odd), 'column')} where the others have {width}"


def _record(rows: list[list[bytes]], width: int) -> dict[str, list[str]]:
    names = ["tokens", *(f"column_{at}" for at in range(2, width)), "tags"]
    columns = [[cell.decode("utf-8") for cell in column] for column in zip(*rows, strict=True)]
    record = dict(zip(names, columns, strict=True))
    return {"tokens": record["tokens"], "tags": record["tags"], **record}

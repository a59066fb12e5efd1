"""Predictions that come as tokens and tags, as submissions to shared tasks do: their tags are the answer."""

from typing import Any

from bloomery.evaluate.records import Records

TOKENS = ("tokens", "words")
TAGS = ("tags", "ner_tags", "labels")


def with_tags(found: Records) -> Records:
    """`found` with the tags of each row as its ``prediction``, where no row has one and rows have tokens and tags.

    >>> with_tags(Records([("1", {"tokens": ["Rome", "is"], "tags": ["B-LOC", "O"]})], [], [], [])).good
    [('1', {'prediction': 'B-LOC O'})]
    """
    rows = [record for _, record in found.good]
    names = next(((a, b) for a in TOKENS for b in TAGS if any(_tagged(row.get(a), row.get(b)) for row in rows)), None)
    if names is None or any("prediction" in row for row in rows):
        return found
    tokens, tags = names
    good = [
        (
            number,
            {
                **{name: value for name, value in row.items() if name not in names},
                "prediction": " ".join(row[tags]) if _tagged(row.get(tokens), row.get(tags)) else None,
            },
        )
        for number, row in found.good
    ]
    return found._replace(
        good=good,
        notes=[*found.notes, f"predictions: the {tags} beside {tokens} are the answers, a tag for each token"],
    )


def _tagged(tokens: Any, tags: Any) -> bool:
    return (
        isinstance(tokens, list)
        and isinstance(tags, list)
        and all(isinstance(tag, str) and tag and not any(one.isspace() for one in tag) for tag in tags)
    )

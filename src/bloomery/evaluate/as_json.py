"""JSON as manifests are written."""

from typing import Any

import msgspec


def json_bytes(value: Any) -> bytes:
    """`value` as indented JSON.

    >>> json_bytes({"n": 1})
    b'{\\n  "n": 1\\n}\\n'
    """
    return msgspec.json.format(msgspec.json.encode(value), indent=2) + b"\n"

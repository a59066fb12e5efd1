"""sharegpt: ``{"conversations": [{"from": "human", "value": "..."}, {"from": "gpt", "value": "..."}]}``.

Tool use has speakers of its own: ``function_call`` (an answer) and ``observation``. ``system`` and ``tools`` are columns.
"""

from dataclasses import dataclass
from typing import ClassVar

from bloomery.formats.chat import Chat


@dataclass(frozen=True)
class Sharegpt(Chat):
    """A conversation in from and value."""

    name: ClassVar[str] = "sharegpt"
    standard: ClassVar[tuple[str, ...]] = ("conversations", "tools", "functions", "system", "from", "value")
    turns: ClassVar[str] = "conversations"
    speaker: ClassVar[str] = "from"
    content: ClassVar[str] = "value"
    _pairs: ClassVar[tuple[tuple[str, str], ...]] = (("from", "value"),)

"""What a recipe says of gates: ``gates: {task.accuracy: ">= 0.85", regression.min: {threshold: ">= 0.9", level: advise}}``."""

from typing import Literal

from bloomery.schema import Options

Level = Literal["must", "advise"]


class GateOptions(Options):
    """A gate with its level."""

    threshold: str
    """What is wanted: `>= 0.85`, `<= 2 %`, `>= base - 5%`, `>= baseline`."""
    level: Level = "must"
    """Whether a model that misses it may be deployed."""

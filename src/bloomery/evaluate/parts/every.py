"""Every part by its name, in the order in which they run and are told."""

from bloomery.evaluate.parts.base import Part
from bloomery.evaluate.parts.contamination import contamination
from bloomery.evaluate.parts.cost import cost
from bloomery.evaluate.parts.trust import trust

#: name → part; the task itself is scored first, and is no part in this sense
PARTS: dict[str, Part] = {
    "contamination": contamination,
    "trust": trust,
    "cost": cost,
}

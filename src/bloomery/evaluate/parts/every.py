"""Every part by its name, in the order in which they run and are told."""

from bloomery.evaluate.parts.base import Part
from bloomery.evaluate.parts.calibration import calibration
from bloomery.evaluate.parts.contamination import contamination
from bloomery.evaluate.parts.cost import cost
from bloomery.evaluate.parts.less import less
from bloomery.evaluate.parts.memorisation import memorisation
from bloomery.evaluate.parts.perplexity import perplexity
from bloomery.evaluate.parts.regression import regression
from bloomery.evaluate.parts.robustness import robustness
from bloomery.evaluate.parts.safety import safety
from bloomery.evaluate.parts.trust import trust

#: name → part; the task itself is scored first, and is no part in this sense
PARTS: dict[str, Part] = {
    "regression": regression,
    "safety": safety,
    "contamination": contamination,
    "memorisation": memorisation,
    "robustness": robustness,
    "perplexity": perplexity,
    "calibration": calibration,
    "less": less,
    "trust": trust,
    "cost": cost,
}

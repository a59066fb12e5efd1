"""Which texts may hold personal data at all, from the marks of the batch."""

import numpy as np

from bloomery.clean.pii.scrub import candidates
from bloomery.kernels.marks import AT, BEYOND, ESCAPE, FAR, SEVEN
from bloomery.schema import Batch
from bloomery.text.marks import Bools, marks


def suspects(batch: Batch) -> Bools:
    """What `candidates` says of each part; it looks only where the marks leave a doubt.

    An ASCII text with seven digits leaves none. Digits and at signs may also be full-width, or escaped in JSON.
    """
    known = marks(batch)
    found = known.has(SEVEN) & ~known.has(BEYOND)
    doubtful = np.flatnonzero(known.has(AT | SEVEN | ESCAPE | FAR) & ~found)
    found[doubtful] = candidates(batch.parts["text"].gather(doubtful)).to_numpy()
    return found

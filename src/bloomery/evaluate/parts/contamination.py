"""The part ``contamination``: is the test in the training data? The files are named; nothing is guessed from a path."""

from bloomery.contamination.run import check
from bloomery.evaluate.gates.measure import Measure
from bloomery.evaluate.parts.base import Case, Found


def contamination(case: Case) -> Found:
    """``contamination.ratio``: the share of test items that a training row holds; a census, without bounds."""
    if not case.options.train:
        return Found("contamination", missing="no training files are named: evaluate: {train: [FILE]}")
    result = check(list(case.options.train), case.test_file, out=case.place("contamination") / "check")
    measure = Measure(
        "contamination.ratio",
        result.ratio,
        n=result.test_rows - result.unchecked,
        unscored=result.unchecked,
        how="census",
        rises=False,
        why="" if result.ratio is not None else "nothing could be checked",
    )
    return Found("contamination", (measure,), notes=tuple(result.notes), told=result.summary)

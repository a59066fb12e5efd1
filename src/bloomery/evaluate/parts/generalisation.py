"""Whether the test says anything about data from elsewhere: how it was drawn, as far as that is known."""

from pathlib import Path
from typing import NamedTuple

from bloomery.evaluate.training import split_manifest

OOD = "ood.jsonl"
_NEXT = "name a set from elsewhere: evaluate: {robustness: {out_of_distribution: FILE}}, or split with hold_out"


class General(NamedTuple):
    """What is to be said."""

    not_measured: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def ood_beside(test_file: str) -> str | None:
    """The rows that a split held out, where the test stands in the folder of one."""
    folder = Path(test_file).parent
    file = folder / OOD
    return str(file) if test_file and split_manifest(folder) is not None and file.is_file() else None


def generalisation(test_file: str, *, given: bool) -> General:
    """What the test says about data from elsewhere, where a set of such is `given` or not."""
    split = split_manifest(Path(test_file).parent) if test_file else None
    options = (split or {}).get("options", {})
    time, group = options.get("time"), options.get("group")
    notes = (f"the test has the latest rows by {time}, so its values are of what came after training",) if time else ()
    if given or time:
        return General((), notes)
    if split is None:
        how = "how the test was drawn is not known, and no set from elsewhere is given"
    else:
        how = "the test is a random split of the data that the model was trained on"
        how += f", though of other values of {group}" if group else ""
    return General((f"generalisation: {how}; {_NEXT}",), notes)

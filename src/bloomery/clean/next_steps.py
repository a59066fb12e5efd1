"""What to look at next: advice that follows from the numbers of a run, each rule one function.

A rule is silent unless its number crosses a bound; the bounds are below, in one place. The order is the order of the
advice: what may be wrong with the run first, what could be better last.
"""

from collections.abc import Iterator

from bloomery.clean.summary import Summary
from bloomery.text.counted import counted
from bloomery.web.numbers import share, words

MUCH_BY_ONE_STEP = 0.20  # of the rows that reached it
MUCH_OF_A_SOURCE = 0.50
MUCH_UNREADABLE = 0.01
MUCH_ONE_REASON = 0.10
ENOUGH_TO_JUDGE = 50  # rows; below that a share says little


def next_steps(summary: Summary) -> list[str]:
    """Sentences for the report, most pressing first; empty when nothing stands out."""
    rules = (_nothing_kept, _unreadable, _hungry_step, _frequent_reason, _poor_source, _redundant_step, _twins, _pii)
    return [sentence for rule in rules for sentence in rule(summary)]


def _nothing_kept(summary: Summary) -> Iterator[str]:
    counts = summary["counts"]
    if counts["read"] and not counts["kept"]:
        yield "No row was kept. Check that the format was told right before anything else."


def _unreadable(summary: Summary) -> Iterator[str]:
    """The share of records that could not be read."""
    counts = summary["counts"]
    if counts["quarantined"] > MUCH_UNREADABLE * counts["read"]:
        reasons = summary["quarantine_reasons"]
        most = f" Most often: {max(sorted(reasons), key=lambda name: reasons[name]).rstrip('.')}." if reasons else ""
        yield (
            f"{counted(counts['quarantined'], 'record')} ({share(counts['quarantined'], counts['read'])}) could not be "
            f"read.{most} Mend the export that wrote them, or confirm that they may go."
        )


def _hungry_step(summary: Summary) -> Iterator[str]:
    """A step that would have dropped much of the data by itself."""
    rows = _rows(summary)
    for op in summary["ops"]:
        if rows >= ENOUGH_TO_JUDGE and op["alone"] > MUCH_BY_ONE_STEP * rows:
            yield (
                f"By itself, the step “{op['op']}” would drop {share(op['alone'], rows)} of the rows. Read its examples: if many "
                "are good, its options are too strict for this data."
            )


def _frequent_reason(summary: Summary) -> Iterator[str]:
    """One reason that stands out within a step that drops for several."""
    rows = _rows(summary)
    for op in summary["ops"]:
        for reason, count in op["reasons"].items():
            if len(op["reasons"]) > 1 and rows >= ENOUGH_TO_JUDGE and count > MUCH_ONE_REASON * rows:
                yield (
                    f"The step “{op['op']}” dropped {counted(count, 'row')} as “{words(reason)}” ({share(count, rows)}). "
                    "Look at ten of them before you trust this rule."
                )


def _poor_source(summary: Summary) -> Iterator[str]:
    for source in summary["sources"]:
        if source["read"] >= ENOUGH_TO_JUDGE and source["kept"] < (1 - MUCH_OF_A_SOURCE) * source["read"]:
            lost = source["read"] - source["kept"]
            yield (
                f"{source['path']} lost {share(lost, source['read'])} of its {counted(source['read'], 'row')}. "
                "Is it worth its place, or does its priority let other sources win?"
            )


def _redundant_step(summary: Summary) -> Iterator[str]:
    idle = [op["op"] for op in summary["ops"] if op["alone"] == 0 and op["dropped"] == 0 and op["edited"] == 0]
    shadowed = [op["op"] for op in summary["ops"] if op["alone"] > 0 and op["only"] == 0]
    if idle:
        yield f"{_capital(_several(idle))} found nothing here. Keep {_it(idle)} for the next delivery, or leave {_it(idle)} out."
    if shadowed:
        which = _several(shadowed) if len(shadowed) == 1 else f"any one of {_several(shadowed)}"
        yield f"Leaving out {which} would keep no more rows: other steps drop the same ones."


def _twins(summary: Summary) -> Iterator[str]:
    if summary["twins"]:
        yield (
            "Some rows were kept although they look like another, because a number, a name or a negation differs. "
            "If they come from one template, consider how many of them training needs."
        )


def _pii(summary: Summary) -> Iterator[str]:
    found = sum(summary["pii"].values())
    if found:
        yield (
            f"{counted(found, 'piece of personal data was', 'pieces of personal data were')} replaced. "
            "Patterns do not find names and addresses: "
            "have a person read a sample before the data leaves the house."
        )


def _rows(summary: Summary) -> int:
    """Rows that reached the first step."""
    return summary["counts"]["read"] - summary["counts"]["quarantined"]


def _several(names: list[str]) -> str:
    quoted = [f"“{name}”" for name in names]
    if len(names) == 1:
        return f"the step {quoted[0]}"
    return f"the steps {', '.join(quoted[:-1])} and {quoted[-1]}"


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _it(names: list[str]) -> str:
    return "it" if len(names) == 1 else "them"

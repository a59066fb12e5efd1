"""What a plan says: a size a way of comparing, and one sentence."""

from collections.abc import Sequence
from html import escape
from typing import Any, NamedTuple

from bloomery.evaluate.lines import three
from bloomery.evaluate.options import Plan
from bloomery.web.visible import shown


class Design(NamedTuple):
    """A way to compare: the items it needs, and the smallest drop that the items there are show; None where there is none."""

    name: str
    what: str
    n: int | None
    detectable: float | None


class Planned(NamedTuple):
    """A plan."""

    options: Plan
    discordance: float  #: share of items on which the two models differ, as planned with
    designs: tuple[Design, ...]
    remarks: tuple[str, ...]
    to: float  #: the value after the drop, or the rise where less is better

    @property
    def change(self) -> str:
        """What would be worse: a drop, or a rise."""
        return "rise" if self.to > self.options.baseline else "drop"

    @property
    def sizes(self) -> dict[str, int | None]:
        """Way to the items it needs."""
        return {design.name: design.n for design in self.designs}

    @property
    def detectable(self) -> dict[str, float | None]:
        """Way to the smallest drop that ``n`` items show."""
        return {design.name: design.detectable for design in self.designs}

    @property
    def sentence(self) -> str:
        """What it comes to."""
        asked, paired, unpaired, proof = self.options, *self.designs
        move = "fall" if self.change == "drop" else "rise"
        said = (
            f"To see {asked.metric} {move} from {three(asked.baseline)} to {three(self.to)} in "
            f"{100 * asked.power:g} % of all cases (alpha {asked.alpha:g}), let both models answer {_items(paired.n)}, or each "
            f"{_items(unpaired.n)} of its own; to show that it does not {move} so far, {_items(proof.n)}."
        )
        if asked.n is None:
            return said
        if paired.detectable is None:
            return f"{said} No {self.change} can be seen with n = {asked.n:,}."
        show = "item answered by both shows" if asked.n == 1 else "items answered by both show"
        return f"{said} {asked.n:,} {show} a {self.change} by {three(paired.detectable)} or more."

    @property
    def table(self) -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
        """Head and lines, as texts."""
        last = () if self.options.n is None else (f"smallest {self.change} of {self.options.n:,} items",)
        lines = []
        for one in self.designs:
            seen = () if self.options.n is None else (three(one.detectable) or "none",)
            lines.append((one.name, "–" if one.n is None else f"{one.n:,}", *seen, one.what))
        return ("comparison", "items", *last, ""), lines

    def to_dict(self) -> dict[str, Any]:
        """All of it as plain data."""
        return {
            "options": self.options.model_dump(mode="json"),
            "discordance": self.discordance,
            "designs": [one._asdict() for one in self.designs],
            "remarks": list(self.remarks),
            "sentence": self.sentence,
        }

    def _repr_html_(self) -> str:
        """For notebooks: the table, the sentence, the remarks."""
        head, lines = self.table
        told = "".join("<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in line) + "</tr>" for line in lines)
        notes = "".join(f"<li>{escape(shown(one, 400))}</li>" for one in self.remarks)
        cells = "".join(f"<th>{escape(name)}</th>" for name in head)
        return f"<table><tr>{cells}</tr>{told}</table><p>{escape(shown(self.sentence, 600))}</p><ul>{notes}</ul>"


def at_independence(discordance: float, planned: Sequence[Design]) -> list[str]:
    """Why pairing saves nothing where models err independently, as is assumed while their discordance is not known.

    Without a difference the pairs vary by ψ = p(1 − q) + q(1 − p), the variance 2 p̄(1 − p̄) of unpaired items and (p − q)²/2 more,
    since the paired test does not know that the models are independent; with a difference both vary by ψ − (p − q)².
    """
    paired, unpaired = (next(one.n for one in planned if one.name == name) for name in ("paired", "unpaired"))
    if paired is None or unpaired is None or paired < unpaired:
        return []
    return [
        f"paired needs no fewer items than unpaired ({paired:,} and {unpaired:,}): items answered by both save nothing where "
        f"models err independently (and would differ on {three(discordance)} of them), and the paired test, which does not "
        "assume that, needs a few more; most models fail on the same items, so give the discordance that bloomery compare prints"
    ]


def _items(n: int | None) -> str:
    return "no number of items" if n is None else f"{n:,} item{'s' * (n != 1)}"

"""Whether a judge and a model it judges descend from each other: a judge tends to prefer its own kind."""

from collections.abc import Mapping

from bloomery.llm.family import family_of


def self_preference(judge: str, contestants: Mapping[str, str | None], told: str | None = None) -> list[str]:
    """Sentences about contestants of the judge's family; `contestants` maps names to families that were told.

    >>> self_preference("gpt-4", {"gpt-3.5-turbo": None, "vicuna-13b": None})[0][:63]
    'The judge gpt-4 and gpt-3.5-turbo are of one family (gpt): judg'
    """
    mine = told or family_of(judge)
    return [
        f"The judge {judge} and {name} are of one family ({mine}): judges tend to prefer their own kind. "
        "Let a judge of another family decide too"
        for name, family in contestants.items()
        if mine is not None and (family or family_of(name)) == mine
    ]

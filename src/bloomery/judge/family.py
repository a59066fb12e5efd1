"""Whether a judge and a model it judges descend from each other: a judge tends to prefer its own kind."""

from collections.abc import Mapping

from bloomery.llm.family import family_of


def self_preference(judge: str, contestants: Mapping[str, str | None], mine: str | None) -> list[str]:
    """Sentences about contestants of the judge's family `mine`; `contestants` maps names to families that were told.

    What a recipe calls its judge says nothing about its family: that comes from `model:` or `family:`.

    >>> self_preference("strict", {"gpt-3.5-turbo": None, "vicuna-13b": None}, "gpt")[0][:64]
    'The judge strict and gpt-3.5-turbo are of one family (gpt): judg'
    >>> self_preference("gpt", {"gpt-3.5-turbo": None}, None)
    []
    """
    return [
        f"The judge {judge} and {name} are of one family ({mine}): judges tend to prefer their own kind. "
        "Let a judge of another family decide too"
        for name, family in contestants.items()
        if mine is not None and (family or family_of(name)) == mine
    ]

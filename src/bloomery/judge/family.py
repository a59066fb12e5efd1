"""Whether a judge and a model it judges descend from each other: a judge tends to prefer its own kind."""

import re

#: families by the words in names of models; what descends from a family is of it
FAMILIES: dict[str, tuple[str, ...]] = {
    "gpt": ("gpt", "chatgpt", "davinci", "openai", "o1", "o3", "o4"),
    "claude": ("claude", "anthropic"),
    "gemini": ("gemini", "gemma", "palm", "bard"),
    "llama": ("llama", "alpaca", "vicuna", "guanaco", "tulu", "wizardlm"),
    "mistral": ("mistral", "mixtral", "ministral", "zephyr"),
    "qwen": ("qwen", "qwq"),
    "deepseek": ("deepseek",),
    "phi": ("phi",),
    "falcon": ("falcon",),
    "command": ("command", "cohere", "aya"),
    "yi": ("yi",),
    "glm": ("glm", "chatglm"),
    "granite": ("granite",),
    "olmo": ("olmo",),
    "smollm": ("smollm",),
}


def family_of(name: str, told: str | None = None) -> str | None:
    """The family that was `told`, else the one that a word of the name belongs to; None where none is known.

    >>> family_of("meta-llama/Llama-3.1-8B"), family_of("gpt-4o-mini"), family_of("my-model"), family_of("my-model", "qwen")
    ('llama', 'gpt', None, 'qwen')
    """
    if told:
        return told.lower()
    words = re.findall(r"[a-z]+", name.lower()) + re.findall(r"[a-z]+\d+", name.lower())
    for family, marks in FAMILIES.items():
        if any(mark in words for mark in marks):
            return family
    return None


def self_preference(judge: str, contestants: dict[str, str | None], told: str | None = None) -> list[str]:
    """Sentences about contestants of the judge's family; `contestants` maps names to families that were told.

    >>> self_preference("gpt-4", {"gpt-3.5-turbo": None, "vicuna-13b": None})
    ["The judge gpt-4 and gpt-3.5-turbo are of one family (gpt): judges tend to prefer their own kind. Use a judge of another family too"]
    """
    mine = family_of(judge, told)
    return [
        f"The judge {judge} and {name} are of one family ({mine}): judges tend to prefer their own kind. "
        "Use a judge of another family too"
        for name, family in contestants.items()
        if mine is not None and family_of(name, family) == mine
    ]

"""Which models descend from each other, as far as their names tell."""

import re

_FAMILIES = (
    *("gpt", "claude", "gemini", "gemma", "llama", "mistral", "qwen", "deepseek", "phi", "command", "falcon", "yi"),
    *(
        "olmo",
        "granite",
        "smollm",
        "glm",
        "kimi",
        "grok",
        "nova",
        "pythia",
        "bloom",
        "starcoder",
        "internlm",
        "minimax",
    ),
)
_ALIASES = {
    **dict.fromkeys(("o1", "o3", "o4", "chatgpt", "davinci"), "gpt"),
    **dict.fromkeys(("vicuna", "alpaca", "tulu", "codellama", "tinyllama"), "llama"),
    **dict.fromkeys(("mixtral", "ministral", "magistral", "codestral", "zephyr", "pixtral"), "mistral"),
    "qwq": "qwen",
    "chatglm": "glm",
}
_KNOWN = {name: name for name in _FAMILIES} | _ALIASES
_WORD = re.compile(r"[a-z]+|o\d")


def family_of(name: str) -> str | None:
    """The family that a model's name tells, or None. A distilled or tuned model has the family that is named last.

    >>> family_of("meta-llama/Llama-3.1-8B-Instruct"), family_of("gpt-4o-mini"), family_of("DeepSeek-R1-Distill-Qwen-7B")
    ('llama', 'gpt', 'qwen')
    >>> family_of("our-support-model") is None
    True
    """
    found = [_KNOWN[word] for word in _WORD.findall(name.lower()) if word in _KNOWN]
    return found[-1] if found else None

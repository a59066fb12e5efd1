"""What a check may need that is not everywhere, and how to say that it is not there. It is then left out, never passed."""

from importlib.util import find_spec

#: extra -> packages it brings
EXTRAS = {"metrics": ("sacrebleu", "rouge_score")}


def lacking(need: str, *, compile: bool = False) -> str:  # noqa: A002
    """Why a check with this need cannot run here; "" if it can.

    >>> lacking("")
    ''
    """
    if need in EXTRAS and not all(find_spec(package) for package in EXTRAS[need]):
        return f"not installed: extra '{need}'"
    if need == "kernels" and not compile and not _compiled():
        return "not compiled yet: kernels (use --compile)"
    return ""


def _compiled() -> bool:
    from bloomery.kernels.jit import compiled_before

    return compiled_before()

"""Texts of data inside of a sentence."""


def one_line(text: str) -> str:
    """White space of any kind, line breaks too, as one blank.

    >>> one_line("the labels a\\nb,  c")
    'the labels a b, c'
    """
    return " ".join(text.split())

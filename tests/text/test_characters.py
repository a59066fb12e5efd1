"""The table that the tokenizer's kernel looks into."""

import numpy as np

from bloomery.text import characters


def test_the_file_holds_what_the_engines_say() -> None:
    """If Unicode's tables have moved on, write the file anew: Path("characters.txt").write_text(written(derived()))."""
    assert np.array_equal(characters.table(), characters.derived())


def test_kinds() -> None:
    kinds = {character: int(characters.table()[ord(character)]) for character in "aé1²的๑〇€+✓.\u0301"}
    assert kinds == {
        "a": characters.LETTER,
        "é": characters.LETTER,
        "1": characters.DIGIT,
        "²": characters.NUMERAL,
        "的": characters.UNSPACED,
        "๑": characters.UNSPACED_NUMERAL,
        "〇": characters.UNSPACED_NUMERAL,
        "€": characters.SYMBOL,
        "+": characters.OPERATOR,
        "✓": characters.SYMBOL,
        ".": characters.OTHER,
        "\u0301": characters.MARK | characters.ODD,
    }

"""Which tokens turn the meaning of a sentence round when everything else stays: the variables of a template.

"What is 2 + 2?" and "What is 3 + 5?", "is safe" and "is not safe", ``max(x)`` and ``min(x)`` are template twins: nearly
the same text, not the same thing. A token is *variable* when it is

- a number, in digits or as a word, an ordinal, a day or a month;
- a negation, or one of a common pair of opposites (increase, decrease);
- a unit or a currency;
- a symbol (``+``, ``<``, ``%``, emoji);
- an identifier: with an underscore, with letters and digits mixed, or one Latin letter other than "a" and "i".

The lists are short on purpose: English in full, the negations of a dozen other languages, Chinese numerals. Names of
people, places and products are not in them: two long rows that differ in a name only can still merge.
"""

from bloomery.text.characters import LETTER, MARK, UNSPACED, table

NUMBERS = """
zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen
nineteen twenty thirty forty fifty sixty seventy eighty ninety hundred thousand million billion trillion dozen once twice
thrice half third quarter fifth sixth seventh eighth ninth tenth first second last single double triple quadruple
monday tuesday wednesday thursday friday saturday sunday january february march april may june july august september
october november december 零 〇 一 二 两 兩 三 四 五 六 七 八 九 十 百 千 万 萬 亿 億 半
"""

NEGATIONS = """
no not never none nor neither nobody nothing nowhere without cannot isnt arent wasnt dont doesnt didnt cant wont except
nicht kein keine keinen keinem keiner nie niemals ohne ne pas jamais sans aucun aucune non nunca sin ningún ninguno
ninguna não nao sem nessun nessuno senza niet geen nooit zonder ikke ingen inte ingen ei nie nigdy bez не нет ни никогда
без değil yok không chẳng tidak bukan नहीं न मत لا ليس لم لن غير بدون 안 못 없는 아닌 不 没 沒 無 无 非 未 勿 莫 否
"""

OPPOSITES = """
true false yes positive negative agree disagree increase decrease increases decreases increased decreased increasing
decreasing ascending descending maximum minimum max min highest lowest higher lower largest smallest larger smaller
greater less longest shortest longer shorter before after above below inside outside left right up down top bottom
north south east west northern southern eastern western enable disable enabled disabled include exclude including
excluding add remove subtract multiply divide odd even hot cold good bad better worse best worst safe unsafe legal
illegal possible impossible valid invalid correct incorrect male female encrypt decrypt encode decode
"""

UNITS = """
mm cm km m meter meters metre metres kilometer kilometers kilometre kilometres mile miles inch inches foot feet yard
yards mg g kg gram grams kilogram kilograms pound pounds lb lbs ounce ounces oz ton tons ml l liter liters litre litres
gallon gallons celsius fahrenheit kelvin second seconds minute minutes hour hours day days week weeks month months year
years percent dollar dollars euro euros cent cents usd eur gbp jpy yen rupees kb mb gb tb bytes bits
"""

LISTED = frozenset(f"{NUMBERS} {NEGATIONS} {OPPOSITES} {UNITS}".split())

#: variable words that are common in any text ("good luck", "the first time"): between two texts that differ in other words
#: as well, they prove nothing
COMMON = LISTED - frozenset(NEGATIONS.split())


def is_variable(token: str) -> bool:
    """Whether a token (a lower-case string of `bloomery.text.tokens`) is variable.

    >>> [is_variable(t) for t in ("-2.5", "not", "km", "+", "user_id", "x", "table", "a")]
    [True, True, True, True, True, True, False, False]
    """
    if token in LISTED:
        return True
    if len(token) == 1 and token.isascii():
        return token not in {"a", "i"}
    return not all(c == "'" or table()[ord(c)] & 0xF in (LETTER, MARK, UNSPACED) for c in token)

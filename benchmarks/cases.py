"""Cases of duplicates: texts, and which of them must be told apart.

``want`` has a letter for each text: of the texts with one letter exactly one is to be kept; ``?`` is free. ``stars`` asks
only that every text that goes resembles one that stays (word 3-grams in common, 0.8 or more) and that some go.
"""

import unicodedata
from random import Random
from typing import NamedTuple


class Case(NamedTuple):
    group: str
    name: str
    texts: list[str]
    want: str


# 50 words each; what stands in braces is written either way. One place of each passage is changed at a time.
PASSAGES = (
    "The {old|tall} clock in the main hall {stopped|halted} during the storm and the keeper wrote a {short|brief} note "
    "about it for the board before anyone in the town had asked why the evening train left {early|sooner} that day, which "
    "made the {mayor|baker} laugh when she read the {paper|letter} at breakfast",
    "Please {explain|describe} to a new member of our team how the {weekly|monthly} report is put together, who checks the "
    "{figures|numbers} in it, where the {finished|printed} copy is kept, and what has to happen when a branch sends its "
    "part {late|again} or forgets to say which of the {shops|stores} were closed for repairs",
    "A gardener who {plants|sets} beans along a warm wall should {water|soak} them in the evening, pick them while the "
    "pods are {small|young}, and leave a few to ripen so that there is {seed|stock} for the next spring, when the soil is "
    "{soft|loose} again and the first swallows have come back to the old barn roof",
)
SENTENCES = {
    "Chinese": (
        "我们公司的客服团队每天早上九点开始工作，负责回答顾客关于订单、发货和退款的{问题|疑问}，如果遇到{复杂|困难}的情况，会在当天下午转交给经理{处理|解决}。",
        "今天天气很好。",
        "他喜欢喝绿茶。",
    ),
    "Japanese": (
        "当店では毎週月曜日の朝に新しい野菜が届きますので、新鮮なものを{希望|要望}されるお客様は午前中に来店していただくと、"
        "いろいろな{種類|品種}の中から{自由|気軽}に選ぶことができます。",
        "今日は雨です。",
        "明日は休みだ。",
    ),
    "Thai": (
        "ร้านอาหารของเราเปิดให้บริการทุกวันตั้งแต่สิบโมงเช้าถึงสี่ทุ่มลูกค้าสามารถ{สั่ง|จอง}อาหารล่วงหน้าทางโทรศัพท์และ"
        "มารับเองที่ร้านหรือให้พนักงานไปส่งถึงบ้านโดยไม่คิดค่า{บริการ|ขนส่ง}เพิ่มเติมสำหรับคำสั่งซื้อจำนวน{มาก|เยอะ}",
        "วันนี้อากาศดี",
        "เขาชอบดื่มชา",
    ),
    "Korean": (
        "우리 도서관은 매일 아침 아홉 시에 문을 열고 저녁 여섯 시에 닫으며 주말에는 {어린이|청소년} 위한 책 읽기 모임이 열리고 "
        "{회원|시민} 누구나 미리 신청하면 무료로 {참여할|참석할} 수 있습니다",
        "오늘은 날씨가 좋다",
        "그는 차를 마신다",
    ),
    "Arabic": (
        "تفتح المكتبة أبوابها كل يوم في الساعة التاسعة صباحا وتغلق في السادسة مساء وفي نهاية الأسبوع نقيم لقاء {قصيرا|خفيفا} "
        "لقراءة الكتب مع {الأطفال|الطلاب} ويمكن لكل عضو أن يشارك مجانا إذا سجل اسمه {مبكرا|مسبقا}",
        "الطقس جميل اليوم",
        "هو يشرب الشاي",
    ),
}
# What differs is all in braces: in a short text, and in a part of a longer one (MIDDLE, FRAME).
TWINS = {
    "number": ("What is {12|15} times 7?", "the invoice of {340|430} euros was paid"),
    "negation": ("The water is {safe|not safe} to drink.", "the device {can|cannot} be used in the rain"),
    "opposite": ("{Increase|Decrease} the volume now.", "the lamp is {on|off} while the pump works"),
    "unit": ("Take 5 {mg|ml} twice daily.", "the pipe is 30 {cm|mm} shorter than the plan says"),
    "identifier": ("Call {get_user|set_user} with the id.", "the error comes from {user_id|order_id} in that table"),
    "option": ("Run it with {--force|--quiet} please.", "answer {A|B} is the right one here"),
    "symbol": ("Is x {>|<} y in this loop?", "the rule says that n {>=|<=} m holds"),
    "date": ("The shop opens on {2024-03-01|2024-05-01}.", "the meeting was moved to {March|April} of that year"),
    "name": ("What is the capital of {France|Poland}?", "the parcel was sent on to {Oslo|Rome} by air"),
    "word order": (
        "{A beats B|B beats A}",
        "{the north team beat the south team|the south team beat the north team} at home",
    ),
}
FRAME = (
    "Dear colleagues, I have read what was written about this in the handbook and in the letters of last week, and want to "
    "ask about one thing: {} . Could someone who knows the background tell me whether that is how it is meant to be, so "
    "that I can answer the customer before the end of the day?"
)
MIDDLE = "I read this in the old handbook and would like to know if it still holds: {} . Who can tell me more about it?"
SPELLINGS = {
    "case": ("the quick answer is no", "The Quick Answer Is NO"),
    "trailing space": ("the quick answer is no", "the quick answer is no  \n"),
    "runs of space": ("the quick answer is no", "the  quick\tanswer is no"),
    "no-break space": ("the quick answer is no", "the quick\u00a0answer is\u00a0no"),
    "zero-width": ("the quick answer is no", "the qu\u200bick ans\u200dwer is no"),
    "byte order mark": ("the quick answer is no", "\ufeffthe quick answer is no"),
    "full width": (
        "the quick answer is no",
        "".join(chr(ord(c) + 0xFEE0) if c > " " else c for c in "the quick answer is no"),
    ),
    "ligature": ("find the first office", "ﬁnd the ﬁrst oﬃce"),
    "composed": ("ein café für größere Gäste", "ein cafe\u0301 fu\u0308r gro\u0308ßere Ga\u0308ste"),
    "Hangul letters": ("한국어 문장입니다", unicodedata.normalize("NFD", "한국어 문장입니다")),
    "soft hyphen": ("the quick answer is no", "the quick an\u00adswer is no"),
}
PUNCTUATION = {
    "full stop": ("Thank you very much", "Thank you very much."),
    "comma": ("Well, that is fine, thanks", "Well that is fine thanks"),
    "quotes": ('She said "yes" to it', "She said “yes” to it"),
    "dashes": ("It was late - too late", "It was late — too late"),
    "exclamation": ("Please send me the file", "Please send me the file!!!"),
}


def written(passage: str, change: int | None = None) -> str:
    """A passage with the first of each choice, but the second of the choice number `change`."""
    pieces = passage.replace("}", "{").split("{")
    for place in range(1, len(pieces), 2):
        pieces[place] = pieces[place].split("|")[place // 2 == change]
    return "".join(pieces)


def cases() -> list[Case]:
    return [
        *short(),
        *changed(),
        *scripts(),
        *twins(),
        *(Case("same but for spelling", name, list(pair), "AA") for name, pair in SPELLINGS.items()),
        *(Case("same but for punctuation", name, list(pair), "AA") for name, pair in PUNCTUATION.items()),
        *groups(),
        *chains(),
    ]


def short() -> list[Case]:
    apart = {
        "one word": ["Yes", "No", "Maybe"],
        "one letter": ["a", "b", "c"],
        "two words": ["Good morning", "Good evening", "Hello there"],
        "places": ["Paris", "London", "Rome", "Oslo"],
        "sums": ["2 + 2", "3 + 5"],
        "questions": ["Who are you?", "Where are you?", "How are you?"],
        "marks": ["+", "-", "?"],
        "code": ["x = 1", "y = 1", "x == 1"],
        "four words": ["open the red door", "sort the long list", "name the first king"],
    }
    same = {
        "one word": ["Yes", "Yes", "No"],
        "two words": ["Good morning", "Hello there", "Good morning"],
        "three words": ["Who are you?", "Who are you?", "Where is he?"],
        "four words": ["open the red door", "open the red door", "sort the long list"],
        "three of one": ["ok", "ok", "ok"],
    }
    letters = {"one word": "AAB", "two words": "ABA", "three words": "AAB", "four words": "AAB", "three of one": "AAA"}
    return [
        *(Case("short and different", name, texts, "ABCD"[: len(texts)]) for name, texts in apart.items()),
        *(Case("short and equal", name, texts, letters[name]) for name, texts in same.items()),
    ]


def changed() -> list[Case]:
    """One word of a text of so many words is another."""
    found = []
    for size in (15, 20, 30, 50):
        for number, passage in enumerate(PASSAGES):
            first = written(passage).split()[:size]
            for place in range(passage.count("{")):
                second = written(passage, place).split()[:size]
                if first != second:
                    name = f"passage {number + 1}, place {place + 1}"
                    found.append(Case(f"one changed word in {size}", name, [" ".join(first), " ".join(second)], "AA"))
    return found


def scripts() -> list[Case]:
    """Scripts without spaces between words, and with letters in parts."""
    found = []
    for name, (long, one, other) in SENTENCES.items():
        spaces = "with" if name in ("Korean", "Arabic") else "without"
        found += [
            Case(f"scripts {spaces} spaces", f"{name}, equal and different", [one, other, one, written(long)], "ABAC"),
            *(
                Case(
                    f"scripts {spaces} spaces",
                    f"{name}, word {place + 1} changed",
                    [written(long), written(long, place)],
                    "AA",
                )
                for place in range(3)
            ),
        ]
    return found


def twins() -> list[Case]:
    """Two fillings of one template are two texts."""
    found = []
    for name, (few, part) in TWINS.items():
        for size, text in (
            ("short", few),
            ("middle", MIDDLE.replace("{}", part)),
            ("long", FRAME.replace("{}", part)),
        ):
            found.append(Case(f"twins, {size}", name, [written(text), written(text, 0)], "AB"))
    return found


def groups() -> list[Case]:
    one, other, third = PASSAGES
    pair = [written(one), written(one, 2)]
    return [
        Case("groups", "a pair and a third", [*pair, written(other)], "AAB"),
        Case("groups", "two pairs, mixed", [pair[0], written(third), pair[1], written(third, 1)], "ABAB"),
        Case("groups", "five copies and one edit", [pair[0]] * 5 + [pair[1]], "A" * 6),
        Case("groups", "three apart", [written(one), written(other), written(third)], "ABC"),
        Case("groups", "long answers under one prompt", [f"Go on:\n{written(text)}" for text in PASSAGES], "ABC"),
        Case("empty texts", "empty beside a full one", ["", written(one), ""], "?A?"),
        Case("empty texts", "white space beside short ones", [" \n", "Yes", "No"], "?AB"),
    ]


def chains() -> list[Case]:
    """Eleven texts, each 0.82 like the next, and 0.67 like the one after that; in order, and not."""
    draw = Random(0)
    syllables = ["ba", "ce", "di", "fo", "gu", "la", "me", "ni", "po", "ru"]
    said = ["".join(draw.choices(syllables, k=3)) for _ in range(93 + 9 * 10)]
    texts = [" ".join(said[first : first + 93]) for first in range(0, 91, 9)]
    mixed = draw.sample(texts, len(texts))
    return [Case("chains at 0.82", name, of, "stars") for name, of in (("in order", texts), ("mixed", mixed))]


def good(case: Case, kept: list[int]) -> bool:
    """Whether what was kept is what the case asks for."""
    if case.want == "stars":
        lost = set(range(len(case.texts))) - set(kept)
        return bool(lost) and all(any(alike(case.texts[a], case.texts[b]) >= 0.8 for b in kept) for a in lost)
    letters = [case.want[place] for place in kept if case.want[place] != "?"]
    return sorted(letters) == sorted(set(case.want) - {"?"})


def alike(a: str, b: str) -> float:
    """Jaccard similarity of the word 3-grams."""
    one, other = ({tuple(said[i : i + 3]) for i in range(len(said) - 2)} for said in (a.split(), b.split()))
    return len(one & other) / len(one | other)

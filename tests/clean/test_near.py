from collections import Counter

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bloomery.clean.near import Near
from bloomery.text.tokens import words
from tests import reference
from tests.clean.duplicates import Row, batch, chat, found

#: 60 different words, none of them variable
WORDS = [
    a + b
    for a in ("bal", "cor", "dun", "fer", "gol", "hin")
    for b in ("ka", "le", "mo", "nu", "pi", "ra", "se", "to", "vu", "za")
]
LONG = " ".join(WORDS[:40])


def text(*texts: str) -> list[Row]:
    return [[("text", t)] for t in texts]


def dropped(rows: list[Row], op: Near | None = None, **options) -> dict[int, tuple[int, float]]:
    return found(op or Near(), rows, **options).dropped


def changed(words_: str, at: int, by: str) -> str:
    parts = words_.split()
    return " ".join([*parts[:at], by, *parts[at + 1 :]])


def test_one_changed_word_in_forty() -> None:
    """40 words, 38 runs of three; the changed word is in 3 of them: J = 35 / 41."""
    assert dropped(text(LONG, changed(LONG, 20, "other"))) == {1: (0, 35 / 41)}


@pytest.mark.parametrize(("n", "merges"), [(28, False), (29, True)])
def test_the_blind_band_ends_where_the_docstring_says(n: int, merges: bool) -> None:
    """(n − 5) / (n + 1): 23 / 29 < 0.8 = 24 / 30."""
    long = " ".join(WORDS[:n])
    assert bool(dropped(text(long, changed(long, n // 2, "other")), Near(short=None))) == merges


@pytest.mark.parametrize("place", ["first", "middle", "last"])
@pytest.mark.parametrize("n", range(1, 61))
def test_one_changed_word_is_found_from_13_words_on_at_every_length(n: int, place: str) -> None:
    """12 / 13 = 0.923 ≥ 0.92 > 11 / 12; from 29 words on the word runs find it as well, beyond 60 they alone."""
    long = " ".join(WORDS[:n])
    at = {"first": 0, "middle": n // 2, "last": n - 1}[place]
    lost = dropped(text(long, changed(long, at, "other")))
    assert bool(lost) == (n >= 13) or (place != "middle" and n in (11, 12))  # at an end it costs one word run only


@pytest.mark.parametrize("n", range(24, 61))
def test_one_changed_word_of_two_characters_is_found_without_spaces_too(n: int) -> None:
    long = "".join(chr(0x5000 + 7 * k) for k in range(n))
    other = long[: n // 2] + "電脳" + long[n // 2 + 2 :]
    assert bool(dropped(text(long, other))) == (n >= 25)


def test_short_rows_with_another_number_stay_whatever_else_differs() -> None:
    rows = text("please send me 5 of the red cups that we talked about on the phone again")
    rows += text("please send me 7 of the red cups that we talked about on the call again")
    result = found(Near(short=0.85), rows)
    assert (result.dropped, set(result.twins)) == ({}, {1})
    assert set(found(Near(short=0.85, twins=False), rows).dropped) == {1}


def test_two_fillings_of_one_template_stay() -> None:
    def weather(place: str) -> Row:
        return chat(
            f"what will the weather be like in {place} this week, can you tell me please",
            f"the weather in {place} will be fine all week long, with a little rain near the end of it",
        )

    result = found(Near(keep=()), [weather("oslo"), weather("bergen")])
    assert (result.dropped, set(result.twins)) == ({}, {1})


def test_word_order_counts_among_short_rows() -> None:
    one = "the small team from the north beats the large team from the south by far"
    other = "the large team from the south beats the small team from the north by far"
    assert dropped(text(one, other), Near(twins=False)) == {}


def test_equal_short_texts_merge_and_different_ones_survive() -> None:
    assert dropped(text("yes", "no", "Yes!", "yes no", "ok", "no")) == {0: (2, 1.0), 5: (1, 1.0)}


def test_short_rows_with_prompt_and_answer() -> None:
    rows = [chat("hi", "hello"), chat("bye", "hello"), chat("hi", "hey"), chat("Hi!", "Hello.")]
    assert dropped(rows) == {0: (3, 1.0)}


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("今天天气很好我们去公园散步吧", "明天会下雨请带好雨伞再出门"),
        ("ภาษาไทยไม่มีช่องว่างระหว่างคำ", "วันนี้อากาศดีมากเราไปเที่ยวกัน"),
        ("これは日本語の文章です", "明日は雨が降るでしょう"),
    ],
)
def test_different_texts_without_spaces_survive(one: str, other: str) -> None:
    assert dropped(text(one, other)) == {}


@pytest.mark.parametrize(
    "sentence", ["今天天气很好我们去公园散步然后回家吃饭看书睡觉", "ภาษาไทยไม่มีช่องว่างระหว่างพยางค์และประโยคยาวมาก"]
)
def test_one_changed_character_in_a_text_without_spaces(sentence: str) -> None:
    """At the end only one run of three differs."""
    n = len(set(zip(sentence, sentence[1:], sentence[2:], strict=False)))
    lost = dropped(text(sentence, sentence[:-1] + "水"), Near(keep=()))
    assert lost == {1: (0, (n - 1) / (n + 1))}


def test_korean_and_arabic_are_taken_by_word() -> None:
    korean = "오늘은 날씨가 매우 좋아서 우리는 공원에서 함께 산책을 하고 집으로 돌아왔다"
    assert dropped(text(korean, korean + "!", korean.replace("공원에서", "학교에서"))) == {0: (1, 1.0)}
    assert dropped(text("العَرَبِيَّة لغة جميلة", "اللغة العَرَبِيَّة صعبة")) == {}


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("2 + 2", "3 + 5"),
        ("2 + 2", "2 - 2"),
        ("A beats B", "B beats A"),
        ("What is 2²?", "What is 22?"),
        ("x", "y"),
        ("?", "!"),
    ],
)
def test_different_however_short(one: str, other: str) -> None:
    assert dropped(text(one, other)) == {}


@pytest.mark.parametrize(
    "other", [LONG.upper(), LONG + " ", LONG.replace("bal", "bal\u200b"), LONG.replace(" ", "\u00a0\n"), LONG + " …"]
)
def test_case_width_space_and_invisible_characters_do_not_count(other: str) -> None:
    assert [score for _, score in dropped(text(LONG, other)).values()] == [1.0]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("costs 5 coins", "costs 7 coins"),
        ("costs 5 coins", "costs five coins"),
        ("is safe", "is not safe"),
        ("can", "can't"),
        ("es ist gut", "es ist nicht gut"),
        ("prices increase", "prices decrease"),
        ("long in km", "long in miles"),
        ("set user_id", "set order_id"),
        ("f(x)", "f(y)"),
        ("a + b", "a * b"),
        ("well 😀", "well 😡"),
    ],
)
def test_template_twins_are_kept_and_reported(one: str, other: str) -> None:
    """40 words, then what turns the meaning round: of at least 40 runs at most 4 differ, J ≥ 36 / 44, and still two rows."""
    rows = text(f"{LONG} {one}", f"{LONG} {other}")
    result = found(Near(keep=()), rows)
    assert result.dropped == {}
    [(n, (against, score))] = result.twins.items()
    assert (n, against) == (1, 0)
    assert 0.8 <= score < 1
    assert dropped(rows, Near(keep=(), twins=False)) == {1: (0, score)}


def test_a_twin_that_differs_in_words_too_is_a_duplicate() -> None:
    long = " ".join(WORDS)
    assert list(dropped(text(f"{long} 5", changed(f"{long} 7", 20, "other")), Near(short=None))) == [1]


def test_a_contraction_is_no_difference() -> None:
    assert dropped(text(f"{LONG} don’t", f"{LONG} do not")) == {1: (0, 1.0)}


def test_other_label_is_not_a_duplicate() -> None:
    rows = [[("prompt", LONG), ("label", label)] for label in ("positive", "negative", "Positive ")]
    assert dropped(rows) == {2: (0, 1.0)}


def test_other_short_answer_is_not_a_duplicate() -> None:
    rows = [chat(LONG, answer) for answer in ("yes", "no", "Yes.", "the answer is yes", "")]
    assert dropped(rows) == {0: (2, 1.0)}


def test_where_the_task_is_to_label_the_whole_answer_must_be_equal() -> None:
    answer = "this text belongs to the class of letters about "
    rows = [
        chat(LONG, answer + "money"),
        chat(changed(LONG, 9, "other"), answer + "taxes"),
        chat(LONG + " again", answer + "money"),
    ]
    assert set(dropped(rows, task="label")) == {0}
    assert set(dropped(rows, task="label", dead=[2])) == set()


def test_a_long_prompt_does_not_make_other_answers_duplicates() -> None:
    """60 words asked and 10 answered: 4 of 68 runs differ, J = 64 / 72; but of the answer's own 8 runs 2 do, J = 6 / 10."""
    prompt = " ".join(WORDS)
    one, other = " ".join(WORDS[:10]), " ".join(["some", "thing", *WORDS[2:10]])
    rows = [chat(prompt, one), chat(prompt, other)]
    assert dropped(rows, Near(answer=0.61)) == {}
    assert set(dropped(rows, Near(answer=0.6))) == {1}


def test_a_shared_system_message_or_tools_make_no_duplicates() -> None:
    rows = [
        [("system", LONG), ("tools", LONG), *chat(f"ask {WORDS[i]} please", f"{WORDS[i]} {WORDS[-i]} there you are")]
        for i in range(1, 9)
    ]
    assert dropped(rows) == {}


def test_other_system_message_is_not_a_duplicate() -> None:
    rows = [[("system", system), *chat(LONG, LONG)] for system in ("be brief", "be long", "Be brief")]
    assert dropped(rows, Near(keep=())) == {2: (0, 1.0)}


def test_prompt_and_answer_swapped_is_not_a_duplicate() -> None:
    other = " ".join(WORDS[20:])
    assert dropped([chat(LONG, other), chat(other, LONG)]) == {}


def test_fields() -> None:
    rows = [chat(LONG, "one answer"), chat(changed(LONG, 20, "other"), "quite another")]
    assert dropped(rows) == {}
    assert set(dropped(rows, Near(fields="prompt", keep=()))) == {1}
    rows = [chat("one question", LONG), chat("quite another", changed(LONG, 20, "other"))]
    assert set(dropped(rows, Near(fields="completion", keep=()))) == {1}


def test_chains_keep_what_is_similar_to_nothing_kept() -> None:
    """Windows of 40 words that move on by two: neighbours share 36 of 40 runs, 0.9; two steps 34 / 42 = 0.81; three 0.73."""
    ring = WORDS + [word + "x" for word in WORDS]
    rows = text(*(" ".join(ring[2 * i : 2 * i + 40]) for i in range(10)))
    op = Near(keep=())
    lost = dropped(rows, op)
    assert set(range(10)) - set(lost) == {0, 3, 6, 9}
    assert all(abs(n - against) in (1, 2) for n, (against, _) in lost.items())


def test_minhash_drops_rows_that_the_exact_search_drops_too() -> None:
    """Two words apart, of 238 runs: J = 232 / 244 = 0.95, which shares one of 9 bands with a chance of 0.998."""
    long = " ".join(word + other for word in WORDS[:16] for other in WORDS[:15])
    rows = text(*(changed(long, at, "other") for at in range(0, 240, 24)))
    op = Near(keep=(), method="minhash")
    assert dropped(rows, op) == dropped(rows, Near(keep=()))
    assert len(dropped(rows, op)) == 9


def test_survivor_by_priority_then_length_then_number() -> None:
    rows = text(LONG, LONG + " more", LONG + " word", LONG)
    assert set(range(4)) - set(dropped(rows)) == {1}
    assert set(range(4)) - set(dropped(rows, priority=[0, 0, 0, 1])) == {3}
    assert set(range(4)) - set(dropped(rows, Near(keep=("shortest",)))) == {0}


def test_against_is_the_most_similar_kept_row() -> None:
    """Rows 0 and 1 are 35 / 41 and 37 / 39 from row 2, and less than 0.8 from each other."""
    long = " ".join(WORDS[:40])
    first = changed(changed(long, 20, "other"), 10, "strange")
    rows = text(first, changed(long, 0, "foreign"), long)
    assert dropped(rows, Near(keep=(), short=None)) == {2: (1, 37 / 39)}


def test_the_dead_neither_win_nor_are_dropped_again() -> None:
    rows = text(LONG, changed(LONG, 20, "other"), changed(LONG, 20, "strange"), LONG)
    assert set(dropped(rows, Near(keep=()), dead=[0])) == {2, 3}


def test_both_decisions_come_from_one_state() -> None:
    op = Near()
    state = op.merge([op.observe(batch(text(LONG, changed(LONG, 20, "other"))))])
    both, one = np.ones(2, dtype=bool), np.array([False, True])
    assert [op.decide(state, alive)["n"].to_list() for alive in (both, one, both)] == [[1], [], [1]]


def test_rows_without_words_are_left_alone() -> None:
    assert dropped([[], [], *text("", "\u200b"), [("label", "x")], [("label", "x")]]) == {}


def test_no_batches_and_empty_batches() -> None:
    op = Near()
    nothing = np.zeros(0, dtype=bool)
    assert op.decide(op.merge([]), nothing).is_empty()
    assert op.decide(op.merge([op.observe(batch([]))]), nothing).is_empty()


def test_five_thousand_equal_rows_and_five_thousand_fillings_of_one_template() -> None:
    """Each alone would be 1.2·10⁷ pairs; equal rows are one node, fillings one block."""
    rows = text(*[LONG] * 5000, *(f"{LONG} costs {i} dollars" for i in range(5000)))
    result = found(Near(), rows)
    assert len(result.dropped) == 4999
    assert len(result.twins) == 5000


def test_ten_thousand_questions_below_one_long_template() -> None:
    """As wholes all 5·10⁷ pairs are similar, the answers are not, and they are looked at first.

    335 words are 333 runs; one more word breaks 2 of them and makes 3: J = 331 / 336.
    """
    template = " ".join(word + other for word in WORDS[:18] for other in WORDS[:18])
    names = [a + b + c for a in WORDS[:22] for b in WORDS[:22] for c in WORDS[:21]][:10_000]
    answers = [" ".join(name + word for word in WORDS[:9]) for name in names]
    rows = [chat(f"{template} ask {name}", answer) for name, answer in zip(names, answers, strict=True)]
    assert dropped([*rows, chat(f"{template} please ask {names[0]}", answers[0])]) == {0: (10_000, 331 / 336)}


# Rows of a few words from a small vocabulary, with numbers among them, so that all cases are met.
VOCABULARY = ["alpha", "beta", "gamma", "delta", "7", "8", "not"]
ROWS = st.lists(
    st.lists(st.sampled_from(VOCABULARY), min_size=0, max_size=12).map(lambda w: [("text", " ".join(w))]),
    max_size=10,
    unique_by=str,  # rows of equal words share the verdict of the first of them
)


def filled(a: list[str], b: list[str]) -> bool:
    """Each has a word two times more often than the other."""
    return all(max((Counter(x) - Counter(y)).values(), default=0) > 1 for x, y in ((a, b), (b, a)))


OPS = st.builds(
    Near,
    threshold=st.sampled_from([0.3, 0.5, 0.8]),
    width=st.integers(1, 3),
    twins=st.booleans(),
    keep=st.just(()),
    short=st.sampled_from([None, None, 0.6, 0.75, 0.92]),
)


@settings(deadline=None)
@given(ROWS, OPS)
def test_as_the_reference(rows: list[Row], op: Near) -> None:
    """The reference's stars over all pairs but template twins; short rows by edits, too."""
    said = [words(row[0][1]) for row in rows]
    sets = [frozenset(map(hash, reference.shingles(w, op.width))) for w in said]
    variable = [sorted(word for word in w if word in ("7", "8", "not")) for w in said]
    bare = [[word for word in w if word not in ("7", "8", "not")] for w in said]
    alike = {} if op.short is None else reference.edit_pairs(said, op.short)
    similar = {
        (i, j): s
        for (i, j), s in (alike | reference.pairs(sets, op.threshold)).items()
        if said[i] == said[j]
        or not op.twins
        or (bare[i] != bare[j] and (op.short is None or (variable[i] == variable[j] and not filled(said[i], said[j]))))
    }
    lost = dropped(rows, op)
    expected = reference.stars(similar, range(len(rows)), [bool(w) for w in said])
    assert set(lost) == set(expected)
    assert {n: score for n, (_, score) in lost.items()} == {n: score for n, (_, score) in expected.items()}


@settings(deadline=None)
@given(ROWS, OPS, st.lists(st.integers(0, 4), max_size=4), st.booleans())
def test_batches_and_their_order_do_not_matter(rows: list[Row], op: Near, sizes: list[int], backwards: bool) -> None:
    assert found(op, rows, sizes=sizes, backwards=backwards) == found(op, rows)


@settings(deadline=None)
@given(ROWS, OPS, st.sets(st.integers(0, 9)))
def test_twice_is_once_and_losers_name_a_kept_row(rows: list[Row], op: Near, dead: set[int]) -> None:
    gone = [n for n in dead if n < len(rows)]
    first = found(op, rows, dead=gone)
    assert not set(first.dropped) & {against for against, _ in first.dropped.values()}
    assert not {against for against, _ in (first.dropped | first.twins).values()} & set(gone)
    least = min(op.threshold, op.short or 1)
    assert all(score >= least - 1e-12 for _, score in (first.dropped | first.twins).values())
    assert found(op, rows, dead=[*gone, *first.dropped]) == (({}, first.twins))


def test_the_ledger_lines() -> None:
    op = Near()
    rows = text(LONG, LONG + " 7", LONG + " 8", changed(LONG, 20, "other"))
    decided = op.decide(op.merge([op.observe(batch(rows))]), np.ones(4, dtype=bool))
    assert decided.select("n", "action", "reason").rows() == [
        (0, "keep", "template_twin"),
        (2, "keep", "template_twin"),
        (3, "drop", "near_duplicate"),
    ]
    assert decided.schema["against"] == pl.UInt64

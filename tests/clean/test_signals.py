"""Signals: for each one texts that must go and look-alikes that must stay."""

import json
from typing import get_args

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from bloomery.clean.signals import SIGNALS, Name, Signals, count
from bloomery.clean.signals.repetition import WIDTH, _said_before
from bloomery.schema import Batch, Task
from bloomery.text.shingles import ngrams
from bloomery.text.tokens import tokens
from tests.clean.batches import batch

Parts = list[tuple[str, str]]


def answered(*rows: Parts, first: int = 0) -> Batch:
    return batch(*rows, first=first, format="completion")


def qa(prompt: str, answer: str) -> Parts:
    return [("prompt", prompt), ("completion", answer)]


def fired(*row: tuple[str, str], format: str = "completion", task: Task = "open") -> list[str]:
    return Signals().found(batch(list(row), format=format, task=task))["signal"].to_list()


LOOP = "The parcel was left at the door of the neighbour. "
PROSE = (
    "Your order left our warehouse on Monday and reached the depot in Leeds the next morning. The driver tried twice to hand "
    "it over, once before noon and once after four, and left a card each time. "
)

BAD = {
    "empty_answer": [
        ("Where is my parcel?", ""),
        ("Where is my parcel?", " \n\t "),
        ("Where is my parcel?", "\u200b\ufeff"),
    ],
    "placeholder_answer": [
        ("Where is my parcel?", "<noinput>"),
        ("Where is my parcel?", "N/A"),
        ("Summarise the complaint.", "None."),
        ("Write to the customer.", "[insert answer here]"),
        ("Write to the customer.", "TODO"),
        ("Write to the customer.", "<your answer>"),
        ("Write to the customer.", "Lorem ipsum dolor sit amet, consectetur adipiscing elit."),
        ("Write to the customer.", "<nooutput> This needs a telephone."),
        ("给客户写一封回信。", "[插入回信]"),
    ],
    "unfilled_template": [
        ("Who are you?", "I am {{name}}, the help desk of {{ company }}."),
        ("你是谁？", "我是{{name}}。"),
    ],
    "answer_equals_prompt": [
        ("Tell me how to reset my password.", "Tell me how to reset my password."),
        ("Tell me how to reset my password.", "  tell me  HOW to reset my password."),
        ("请告诉我怎样重置我的密码", "请告诉我怎样重置我的密码"),
    ],
    "refusal": [
        ("What is the warranty on this kettle?", "I'm sorry, but I can't help with that."),
        ("What is the warranty on this kettle?", "As an AI language model, I cannot answer that."),
        ("What is the warranty on this kettle?", "I am unable to provide details of warranties."),
        ("What is the warranty on this kettle?", "Unfortunately, I don't have access to the warranty records."),
        ("这个水壶的保修期是多久？", "很抱歉，我无法提供这方面的资料。"),
    ],
    "ai_self_reference": [
        ("Name a good glue for oak.", "As an AI language model, I suggest PVA glue, which holds oak well."),
        ("Who chairs the council of the town?", "As of my knowledge cutoff, Ms Marlowe chairs it."),
        ("推荐一种木工胶。", "作为一个人工智能助手，推荐白乳胶。"),
    ],
    "script_mismatch": [
        (
            "怎样给自行车的链条上油？",
            "First wipe the chain until it is dry, then put one drop on each link as you turn the pedals.",
        ),
        (
            "How do I oil the chain of a bicycle?",
            "先把链条擦干净，然后一边转动踏板一边在每一节上滴一滴油，最后擦掉多余的油。",
        ),
        ("How do I oil the chain of a bicycle?", "Сначала вытрите цепь насухо, потом капните масло на каждое звено."),
    ],
    "repeated_lines": [
        ("Where is my parcel?", "Let me look.\n" + "It is on the way to you.\n" * 4),
    ],
    "repeated_ngrams": [
        ("Where is my parcel?", LOOP * 8),
    ],
    "cut_off_ending": [
        ("Where is my parcel?", PROSE + "Should you wish to collect it yourself, bring the card and"),
        ("Where is my parcel?", PROSE + "You may choose another day,"),
        ("Where is my parcel?", PROSE + "The depot (open from"),
        (
            "How do I list files?",
            "Run this in the folder that you are interested in, and read the last column first:\n```\nls -la",
        ),
        ("我的包裹在哪里？", "您的包裹已于星期一离开仓库。司机两次上门，都没有人在家。您可以选择另外一天、"),
    ],
    "leftover_markup": [
        ("Where is my parcel?", "<p>It is at the <b>depot</b>.</p>"),
        ("Where is my parcel?", "It is at the depot.&nbsp;Bring the card."),
        ("Where is my parcel?", "It is at the depot.\\n\\nBring the card."),
        ("Where is the caf in the depot?", "The caf\\u00e9 is upstairs."),
        ("Where is my parcel?", "[b]At the depot[/b]."),
        ("Where is my parcel?", "<div>It is at the depot. Bring the card.</div>"),
        ("Where is my parcel?", '<div class="post"><p>It is at the depot. Bring the card.</p></div>'),
        ("Where is my parcel?", "[quote]It is at the depot. Bring the card.[/quote] [b]Solved[/b]"),
        ("Where is my parcel?", "[quote=Ada]It is at the depot.\nBring the card.[/quote]"),
        ("我的包裹在哪里？", "<div>您的包裹在仓库。请带上卡片。</div>"),
        ("Where is my parcel?", "At the depot.<|im_end|>\n<|im_start|>user\nThanks"),
        ("Where is my parcel?", "At the depot.\n\n### Instruction:\nWrite a poem."),
    ],
    "asks_for_media": [
        ("Draw me a picture of a lighthouse.", "Here it is."),
        ("What is the weather in Leeds right now?", "It is sunny."),
        ("Who painted this?\nhttps://images.example/park/042.jpg", "Monet."),
        ("What time is it?", "It is ten."),
        ("Read the attached document and list its main points.", "There are three."),
        ("解释这幅漫画。", "它讽刺了交通拥堵。"),
    ],
}

GOOD = {
    "empty_answer": [("Which sign means plus?", "+"), ("Answer with an emoji.", "👍"), ("2 + 2?", "4")],
    "placeholder_answer": [
        ("Which of these parcels are late?", "None."),
        ("If there is no phone number, answer N/A.", "N/A"),
        ("What does print(f()) show when f returns nothing?", "None"),
        ("Write a note to the driver.", "Dear [Name],\nplease leave it with the porter.\n[Your name]"),
        ("Give me dummy text for a page.", "Lorem ipsum dolor sit amet."),
    ],
    "unfilled_template": [
        ("Show a Jinja template for a greeting.", "Hello {{ name }}!"),
        ("Complete: Dear {{name}},", "Dear {{name}}, your parcel is here."),
        ("What is the derivative?", "It is \\frac{{a}}{{b}}."),
    ],
    "answer_equals_prompt": [
        ("Good morning!", "Good morning!"),
        ("Translate to English: Wo ist mein Paket heute?", "Where is my parcel today?"),
    ],
    "refusal": [
        ("Write an e-mail that declines the offer.", "I'm sorry, but I cannot accept your offer."),
        ("Translate: lo siento, no puedo ayudar", "I'm sorry, I can't help."),
        ("My cup came broken.", "I'm sorry to hear that! We will send you a new one today."),
        (
            "How cold is it at the pole?",
            "Unfortunately I cannot tell the temperature of today, but I am able to give you the usual ones. On the coast it is "
            "about ten degrees below zero over the year, and in the mountains inland it may well be sixty below. The coldest "
            "place that was ever measured lies there, too.",
        ),
        ("Can penguins fly?", "No, they cannot fly, but they swim well."),
        ("Two sides are 3 and 4. What is the angle?", "I cannot determine it from two sides alone."),
        (
            "Which day will it come?",
            "I'm sorry, but I can't give an exact day. However, parcels sent on a Monday nearly always come on the Wednesday "
            "of the same week, between nine in the morning and one in the afternoon, if someone is at home to take them in "
            "and sign for them at the door.",
        ),
    ],
    "ai_self_reference": [
        ("Are you a robot?", "Yes, I am an AI language model."),
        ("What do you like best?", "As an AI, I have no tastes."),
        ("Explain what a language model is.", "I am an AI language model, so take me as an example."),
    ],
    "script_mismatch": [
        ("把“早上好”翻译成英文。", "It is good morning, and you can say it until noon."),
        ("说出三首九十年代的流行歌曲。", '"I Want It That Way", "Torn" and "Livin\' La Vida Loca"'),
        (
            "How do you say good morning in Japanese, and to whom?",
            "おはようございます。目上の人にもそう言います。どうぞ使ってください。",
        ),
        ("写一个函数求和。", "def total(values):\n    return sum(values)  # this is what you can call for a list"),
    ],
    "repeated_lines": [
        ("Write a song about rain.", "Chorus:\n" + "Rain, rain, come down again\n" * 5),
        ("Fill a list.", "```\n" + "items.append(None)\n" * 6 + "```"),
        (
            "How shall I train?",
            "".join(f"{day}:\nWarm up for ten minutes.\nRun or swim.\n" for day in ("Monday", "Tuesday", "Friday")),
        ),
        ("List the steps.", "Open the box.\nTake out the cup.\nClose the box."),
    ],
    "repeated_ngrams": [
        ("Repeat this ten times.", LOOP * 10),
        ("Where is my parcel?", PROSE * 2),
        ("Where is my parcel?", PROSE),
    ],
    "cut_off_ending": [
        ("Name three articles.", "a, an, the"),
        (
            "List our depots, with the county of each, from north to south.",
            "- Leeds, Yorkshire: open\n- Truro, Cornwall: shut\n" * 2,
        ),
        ("Where is my parcel?", PROSE + "It will come tomorrow"),
        ("Where is my parcel?", PROSE + "The sum is 12 + 3 = 15,"),
        ("Give me the list as code.", "x = [\n    1,\n    2,\n" + "    3,\n" * 20),
        (
            "Give me the code.",
            "Here it is, as short as I can make it, with a fence at each end of the block:\n```\nls\n```",
        ),
        (
            "Give me the code.",
            "Here it is, as short as I can make it, with a fence that I forgot to close:\n```\nls -la\n\nAsk me if it fails.",
        ),
    ],
    "leftover_markup": [
        ("Write a paragraph in HTML.", "<p>It is at the <b>depot</b>.</p>"),
        ("How do I break a line in a string?", "Put \\n\\n into the string."),
        ("What is water?", "H<sub>2</sub>O, and 3 < 4 & 5 > 2."),
        ("Show a heading on a blue ground.", "<div style='background: blue'>A heading. It is blue.</div>"),
        ("Make me a box with two buttons.", "<div>\n<button>Yes</button> <button>No</button>\n</div>"),
        ("List the colours.", "[red, green, blue]"),
        ("Correct this: <p>Its here</p>", "<p>It's here</p>"),
        ("Where is my parcel?", "At the depot.<|endoftext|>"),
        ("Where is the gradient?", "It is $\\nabla f$, and \\neq 0."),
        ("Compare them.", "| a | b |\n|---|---|\n| one<br>two | three |"),
    ],
    "asks_for_media": [
        ("Describe a painting of a storm in three sentences.", "Dark waves rise."),
        ("Draw a conclusion from these numbers: 3, 5, 9.", "They grow."),
        ("Write a Python function that draws a picture of a cat.", "def cat(): ..."),
        ("<image>What is in this picture?", "A cat."),
        ("What is the current value in the circuit?", "2 A."),
        ("Write a caption for a photo of a sunset.", "Day is done."),
    ],
}


@pytest.mark.parametrize(("signal", "prompt", "answer"), [(s, *pair) for s, pairs in BAD.items() for pair in pairs])
def test_bad_rows_fire(signal: str, prompt: str, answer: str) -> None:
    assert signal in fired(*qa(prompt, answer))


@pytest.mark.parametrize(("signal", "prompt", "answer"), [(s, *pair) for s, pairs in GOOD.items() for pair in pairs])
def test_look_alikes_stay(signal: str, prompt: str, answer: str) -> None:
    assert signal not in fired(*qa(prompt, answer))


def test_every_signal_has_a_name_a_sentence_and_both_kinds_of_examples() -> None:
    assert tuple(SIGNALS) == get_args(Name)
    assert all(signal.sentence.endswith(".") for signal in SIGNALS.values())
    assert set(BAD) == set(GOOD) == set(SIGNALS)


def test_every_limit_is_an_option() -> None:
    limits = {name for name, signal in SIGNALS.items() if signal.limit}
    assert limits == {"repeated_lines", "repeated_ngrams"} == set(Signals.model_fields) - {"skip"}


def test_the_first_signal_decides_and_the_detail_lists_all() -> None:
    row = qa("Name a good glue for oak.", "As an AI language model, I cannot help with glue.")
    decided = Signals().decide(answered(qa("Hello?", "Good day."), row, first=7))
    assert decided.select("n", "action", "reason", "score").rows() == [(8, "drop", "refusal", None)]
    assert json.loads(decided["detail"][0]) == {"signals": ["refusal", "ai_self_reference"]}


def test_the_score_is_the_number_decided_on() -> None:
    answer = "It is on the way to you.\n" * 4 + "It will be there tomorrow.\n"
    decided = Signals(skip=("repeated_ngrams",)).decide(answered(qa("Where is my parcel?", answer)))
    # lines of 24, 24, 24, 24 and 26 bytes, three of them said before: 72 of 122
    assert decided["reason"].to_list() == ["repeated_lines"]
    assert decided["score"].to_list() == [pytest.approx(72 / 122)]


def test_a_skipped_signal_says_nothing() -> None:
    row = answered(qa("Where is my parcel?", "N/A"))
    assert Signals(skip=("placeholder_answer",)).decide(row).is_empty()


def test_an_unknown_signal_is_refused() -> None:
    with pytest.raises(ValidationError, match="rudeness"):
        Signals.model_validate({"skip": ["rudeness"]})


def test_the_limit_moves_the_decision() -> None:
    rows = answered(qa("Where is my parcel?", PROSE * 2))
    assert Signals().decide(rows).is_empty()
    # the second copy, half of the words, was said before
    decided = Signals(repeated_ngrams=0.4).decide(rows)
    assert decided["reason"].to_list() == ["repeated_ngrams"]
    assert decided["score"].to_list() == [pytest.approx(0.5)]


def test_said_before_counts_tokens_in_repeated_runs() -> None:
    grams = ngrams(tokens(pl.Series(["a b c d e f g a b c d e f", "a b c d e f g h", "a b"])), WIDTH)
    # 13 tokens, the last 6 said before; 8 tokens, none; 2 tokens, too few
    assert _said_before(grams.values, grams.offsets).to_list() == [pytest.approx(6 / 13), 0.0, 0.0]


@pytest.mark.parametrize("label", ["none", "N/A", "null", "positive", "<p>x</p>"])
def test_labels_are_not_judged_as_answers(label: str) -> None:
    assert fired(*qa("play some music", label), task="label") == []
    assert fired(("prompt", "What is the weather today"), ("label", label), format="classification") == []


def test_an_empty_label_is_an_empty_answer() -> None:
    assert fired(*qa("play some music", " "), task="label") == ["empty_answer"]


def test_a_kto_row_labelled_false_keeps_its_bad_answer() -> None:
    bad = qa("Where is my parcel?", "I'm sorry, but I can't help with that.")
    assert fired(*bad, ("label", "false"), format="kto") == []
    assert fired(*bad, ("label", "true"), format="kto") == ["refusal"]


def test_a_preference_is_judged_by_its_chosen_answer() -> None:
    good, bad = "It is at the depot.", "I'm sorry, but I can't help with that."
    assert fired(*qa("Where is my parcel?", good), ("rejected", bad), format="preference") == []
    assert fired(*qa("Where is my parcel?", bad), ("rejected", good), format="preference") == ["refusal"]


def test_running_text_is_judged_for_repetition_and_markup_only() -> None:
    assert fired(("text", "N/A"), format="text") == []
    assert fired(("text", LOOP * 8), format="text") == ["repeated_ngrams"]
    assert (
        fired(("text", "<div><p>One.</p><p>Two.</p><p>Three.</p></div>"), format="text") == []
    )  # a page of HTML as a whole
    assert fired(("text", "One.</p> Two.</p> Three.</p> Four"), format="text") == ["leftover_markup"]
    assert fired(("text", "It&apos;s here."), format="text") == []
    assert fired(("text", "<img src=&#106;&#97;&#118;&#97;>"), format="text") == []  # a single tag


def test_one_refused_turn_of_three_does_not_drop_a_chat() -> None:
    good, bad = qa("Where is my parcel?", "At the depot."), qa("And my dog?", "I'm sorry, but I can't help with that.")
    assert fired(*good, *bad, *good, format="chat") == []
    assert fired(*good, *bad, format="chat") == ["refusal"]


def test_only_the_last_turn_of_a_chat_can_be_cut_off() -> None:
    cut = qa("Where is my parcel?", PROSE + "Bring the card and")
    more = qa("Go on.", "your passport.")
    assert fired(*cut, *more, format="chat") == []
    assert fired(*more, *cut, format="chat") == ["cut_off_ending"]


def test_one_empty_turn_among_others_is_not_an_empty_answer() -> None:
    assert fired(*qa("Hello?", ""), *qa("Anybody?", "Good day."), format="chat") == []
    assert fired(*qa("Hello?", ""), *qa("Anybody?", " "), format="chat") == ["empty_answer"]


def test_a_tool_call_stands_in_for_an_answer_and_tools_explain_a_refusal() -> None:
    assert fired(("prompt", "Weather?"), ("tool_call", "{}"), ("completion", ""), format="chat") == []
    refused = qa("Order me a pizza.", "I'm sorry, but I can't order pizza with these tools.")
    assert fired(("tools", "[]"), *refused, format="chat") == []
    assert fired(("tools", "[]"), *qa("What time is it?", "Ten."), format="chat") == []


def test_an_instruction_said_again_fires_and_an_input_said_again_does_not() -> None:
    task, text = ("prompt", "Correct the spelling of this text."), ("prompt", "My parcel has not come yet.")
    assert fired(task, text, ("completion", text[1]), format="alpaca") == []
    assert fired(task, text, ("completion", task[1]), format="alpaca") == ["answer_equals_prompt"]
    assert fired(task, text, ("completion", f"{task[1]}\n{text[1]}"), format="alpaca") == ["answer_equals_prompt"]


def test_a_later_turn_that_echoes_its_prompt_fires() -> None:
    echo = qa("And when will it be delivered?", "And when will it be delivered?")
    assert fired(*qa("Where is it?", "At the depot."), *echo, format="chat") == ["answer_equals_prompt"]


def test_count_counts_rows_for_each_signal_and_drops_nothing() -> None:
    rows = answered(
        qa("Where?", ""), qa("Where is it?", "N/A"), qa("Where is it?", "TODO"), qa("Where is it?", "Here.")
    )
    counted = dict(count(rows).iter_rows())
    assert list(counted) == list(SIGNALS)
    assert {name: n for name, n in counted.items() if n} == {"empty_answer": 1, "placeholder_answer": 2}


def test_an_empty_batch_gives_no_proposals() -> None:
    assert Signals().decide(batch()).is_empty()
    assert count(batch())["rows"].sum() == 0


PIECES = st.sampled_from([text for pairs in (*BAD.values(), *GOOD.values()) for pair in pairs for text in pair])
TEXTS = st.one_of(st.text(max_size=300), PIECES, st.lists(PIECES, max_size=3).map("\n".join))
ROLES = st.sampled_from(["system", "prompt", "completion", "rejected", "tool_call", "label", "text"])
ROWS = st.lists(st.lists(st.tuples(ROLES, TEXTS), max_size=5), max_size=6)
FORMATS = st.sampled_from(["completion", "chat", "kto", "classification", "text"])


@settings(max_examples=60, deadline=None)
@given(ROWS, FORMATS, st.sampled_from(["open", "label"]))
def test_it_never_raises_and_a_row_is_decided_on_by_itself(rows: list[Parts], format: str, task: Task) -> None:
    together = Signals().decide(batch(*rows, format=format, task=task))
    alone = [Signals().decide(batch(row, format=format, task=task, first=i)) for i, row in enumerate(rows)]
    expected = pl.concat([together.clear(), *alone])
    assert together.equals(expected)

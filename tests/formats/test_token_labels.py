"""Tokens and tags: schemes, faults, and edits that keep the two aligned."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bloomery.formats import bio
from bloomery.formats.align import align
from bloomery.formats.token_labels import TokenLabels

BIO = TokenLabels({}, "bio")


def row(text, tags, **more):
    return {"tokens": text.split(" "), "tags": tags.split(" "), **more}


def edited(record, text, form=BIO):
    new = form.replace(record, [text, form.parse(record).parts[1].text])
    return new["tokens"], new["tags"]


def test_the_parts_are_tokens_and_tags_joined_by_blanks():
    assert [tuple(part) for part in BIO.parse(row("give aspirin", "O B-DRUG")).parts] == [
        ("prompt", "give aspirin"),
        ("label", "O B-DRUG"),
    ]


@pytest.mark.parametrize(
    ("record", "scheme", "expected"),
    [
        (row("a b", "O B-X"), "bio", None),
        (row("a b c", "O B-X"), "bio", "tags_mismatch"),
        ({"tokens": ["a"], "tags": None}, "bio", "tags_mismatch"),
        (row("a b", "O I-X"), "bio", "invalid_tag_sequence"),
        (row("a b", "B-X I-Y"), "bio", "invalid_tag_sequence"),
        (row("a b", "O I-X"), "iob1", None),
        (row("a b", "O B-X"), "iob1", "invalid_tag_sequence"),
        (row("a b", "I-X B-X"), "iob1", None),
        (row("a b", "B-X E-X"), "iobes", None),
        (row("a b", "B-X O"), "iobes", "invalid_tag_sequence"),
        (row("a b", "S-X S-X"), "iobes", None),
        (row("a b", "O E-X"), "iobes", "invalid_tag_sequence"),
        (row("a b", "B-X,B-Y I-Y"), "bio", None),  # annotators disagreed: either reading
        (row("a b", "B-X,B-Y I-Z"), "bio", "invalid_tag_sequence"),
        (row("a b", "DET NOUN"), "plain", None),
        ({"tokens": [], "tags": []}, "bio", "empty_prompt"),
        ({"tokens": ["a"]}, "bio", "missing_column"),
        ({"tokens": "a b", "tags": ["O", "O"]}, "bio", "wrong_type"),
        ({"tokens": ["a", 1], "tags": ["O", "O"]}, "bio", "wrong_type"),
        ({"tokens": ["a", "b"], "tags": [0, 3]}, "plain", None),
    ],
)
def test_faults(record, scheme, expected):
    assert TokenLabels({}, scheme).parse(record).fault == expected


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        (["O B-X I-X", "B-X"], "bio"),
        (["O I-X I-X O I-Y", "I-X B-X"], "iob1"),
        (["O B-X I-X", "B-Y O I-X"], "bio"),  # one row that breaks the rule does not change the source's scheme
        (["B-X E-X", "S-Y"], "iobes"),
        (["B-X L-X", "U-Y"], "iobes"),
        (["DET NOUN"], "plain"),
        (["0 3 4"], "plain"),
        (["O O"], "plain"),
    ],
)
def test_the_scheme_is_guessed_from_the_whole_sample(rows, expected):
    assert bio.guess([tags.split(" ") for tags in rows]) == expected


def test_claim_judges_the_scheme_of_the_source():
    claim = TokenLabels.claim([row("a b", "I-X O"), row("c", "I-Y"), row("d e", "I-X B-X")])
    assert claim.format.scheme == "iob1"


@pytest.mark.parametrize(
    ("text", "tags", "new", "expected"),
    [
        # one token for one
        ("mail a@b.nl now", "O B-X O", "mail [EMAIL] now", (["mail", "[EMAIL]", "now"], ["O", "B-X", "O"])),
        # a placeholder over several tokens takes the first one's tag
        (
            "call 555 01 99 now",
            "O B-TEL I-TEL I-TEL O",
            "call [PHONE] now",
            (["call", "[PHONE]", "now"], ["O", "B-TEL", "O"]),
        ),
        # the front of an entity is replaced together with words before it: the rest begins anew
        ("x y Anna Lee said", "O O B-P I-P O", "x [Z] Lee said", (["x", "[Z]", "Lee", "said"], ["O", "O", "B-P", "O"])),
        # the first token of an entity vanishes
        ("say Dr Lee left", "O B-P I-P O", "say Lee left", (["say", "Lee", "left"], ["O", "B-P", "O"])),
        # one token becomes two
        (
            "see NewYork soon",
            "O B-L O",
            "see New York soon",
            (["see", "New", "York", "soon"], ["O", "B-L", "I-L", "O"]),
        ),
        # a word is put in: outside, and inside an entity
        ("see York soon", "O B-L O", "see old York soon", (["see", "old", "York", "soon"], ["O", "O", "B-L", "O"])),
        (
            "see New York soon",
            "O B-L I-L O",
            "see New old York soon",
            (["see", "New", "old", "York", "soon"], ["O", "B-L", "I-L", "I-L", "O"]),
        ),
        # an entity vanishes as a whole
        ("ask Lee now", "O B-P O", "ask now", (["ask", "now"], ["O", "O"])),
    ],
)
def test_edits_keep_tokens_and_tags_aligned(text, tags, new, expected):
    assert edited(row(text, tags), new) == expected


def test_iobes_entities_are_written_anew_in_their_own_letters():
    form = TokenLabels({}, "iobes")
    record = row("call 555 01 99 now", "O B-T I-T L-T O")
    assert edited(record, "call [PHONE] now", form)[1] == ["O", "U-T", "O"]
    assert edited(record, "call 01 99 now", form)[1] == ["O", "B-T", "L-T", "O"]


def test_iob1_writes_b_only_where_two_entities_touch():
    form = TokenLabels({}, "iob1")
    assert edited(row("a b c d", "I-X I-X B-X I-X"), "a b d", form)[1] == ["I-X", "I-X", "B-X"]
    assert edited(row("a b c", "O I-X I-X"), "a c", form)[1] == ["O", "I-X"]


def test_integer_tags_follow_their_tokens():
    record = {"tokens": ["call", "555", "01", "now"], "tags": [0, 1, 2, 0]}
    assert edited(record, "call [PHONE] now", TokenLabels()) == (["call", "[PHONE]", "now"], [0, 1, 0])


def test_other_columns_with_one_value_a_token_follow_too():
    record = row(
        "call 555 01 now", "O B-T I-T O", pos=["V", "N", "N", "R"], chunk_tags=["B-VP", "B-NP", "I-NP", "O"], id=[1, 2]
    )
    new = BIO.replace(record, ["call [PHONE] now", "O B-T I-T O"])
    assert (new["pos"], new["chunk_tags"], new["id"]) == (["V", "N", "R"], ["B-VP", "B-NP", "O"], [1, 2])


def test_a_token_with_a_blank_inside_stays_one_token():
    record = {"tokens": ["in", "New York", "call", "555"], "tags": ["O", "B-L", "O", "O"]}
    assert edited(record, "in New York call [PHONE]") == (["in", "New York", "call", "[PHONE]"], ["O", "B-L", "O", "O"])


def test_edited_tags_are_taken_as_they_are():
    record = {"tokens": ["a", "b"], "tags": [0, 1]}
    assert BIO.replace(record, ["a b", "0 7"])["tags"] == [0, 7]
    assert BIO.replace(row("a b", "O O"), ["a b", "O B-X"])["tags"] == ["O", "B-X"]


words = st.text("abcX1", min_size=1, max_size=3)
types = st.sampled_from(["X", "Y"])


@st.composite
def valid_rows(draw, scheme):
    tokens, tags = [], []
    for length, kind in draw(st.lists(st.tuples(st.integers(1, 3), st.none() | types), min_size=1, max_size=6)):
        tokens += draw(st.lists(words, min_size=length, max_size=length))
        touching = bool(tags) and tags[-1][1:] == f"-{kind}"
        like = [f"B-{kind}", f"I-{kind}", f"E-{kind}"] if scheme == "iobes" else [f"B-{kind}"]
        tags += ["O"] * length if kind is None else bio.encode(length, like, scheme, touching=touching)
    return {"tokens": tokens, "tags": tags}


@pytest.mark.parametrize("scheme", ["bio", "iob1", "iobes"])
@given(data=st.data())
def test_any_edit_of_a_valid_row_gives_a_valid_row_that_shows_the_new_text(scheme, data):
    record = data.draw(valid_rows(scheme))
    form = TokenLabels({}, scheme)
    assert form.parse(record).fault is None
    text = " ".join(data.draw(st.lists(st.sampled_from(record["tokens"]) | words, min_size=1, max_size=12)))
    new = form.replace(record, [text, form.parse(record).parts[1].text])
    assert form.parse(new).fault is None
    assert form.parse(new).parts[0].text == text
    assert len(new["tokens"]) == len(new["tags"])


@given(st.lists(words, min_size=1, max_size=8), st.lists(words, max_size=8))
def test_alignment_gives_the_new_words_in_order(tokens, new):
    aligned = align(tokens, " ".join(new))
    assert [one.text for one in aligned] == new
    assert all(one.old is None or 0 <= one.old < len(tokens) for one in aligned)


def test_a_long_document_with_one_edit_is_aligned_quickly():
    tokens = ["a", "b"] * 50_000
    record = {"tokens": tokens, "tags": ["B-X", "I-X"] * 50_000}
    new_tokens, new_tags = edited(record, " ".join([*tokens[:50_000], "[EMAIL]", *tokens[50_001:]]))
    assert (len(new_tokens), new_tokens[50_000], new_tags) == (100_000, "[EMAIL]", record["tags"])

"""Message trees, nested and flat: one chat a path, what cannot be used, preferences from ranks."""

import pytest

from bloomery.formats.oasst import Oasst, OasstMessages, OasstPreferences


def node(name, role, *replies, **more):
    return {"message_id": name, "text": f"text {name}", "role": role, "lang": "en", "replies": list(replies), **more}


def asks(name, *replies, **more):
    return node(name, "prompter", *replies, **more)


def answers(name, *replies, **more):
    return node(name, "assistant", *replies, **more)


def ids(rows):
    return [row["message_ids"] for _, row in rows]


def faults(rows):
    return [Oasst().parse(row).fault for _, row in rows]


TREE = asks("q", answers("a", asks("q2", answers("a2"), answers("b2")), asks("q3")), answers("b"))


def test_one_chat_for_each_path_cut_after_the_last_answer():
    rows = Oasst().expand([(7, {"message_tree_id": "t", "tree_state": "ready", "prompt": TREE})])
    assert [number for number, _ in rows] == ["7#1", "7#2", "7#3"]
    assert ids(rows) == [["q", "a", "q2", "a2"], ["q", "a", "q2", "b2"], ["q", "b"]]
    assert rows[2][1]["messages"] == [{"role": "user", "content": "text q"}, {"role": "assistant", "content": "text b"}]
    assert faults(rows) == [None] * 3


def test_a_root_message_alone_is_a_tree_too():
    assert ids(Oasst().expand([(1, TREE)])) == [["q", "a", "q2", "a2"], ["q", "a", "q2", "b2"], ["q", "b"]]


def test_an_unanswered_question_leaves_one_row_not_two():
    assert ids(Oasst().expand([(1, asks("q", answers("a", asks("x"), asks("y"))))])) == [["q", "a"]]


@pytest.mark.parametrize(
    ("mark", "fault"), [({"deleted": True}, "deleted_message"), ({"review_result": False}, "failed_review")]
)
def test_an_unusable_message_ends_its_path_and_is_accounted_for(mark, fault):
    rows = Oasst().expand([(1, asks("q", answers("a", asks("x", answers("y"), **mark)), answers("b")))])
    assert ids(rows) == [["q", "a"], ["q", "b"], ["q", "a", "x"]]
    assert faults(rows) == [None, None, fault]


def test_a_message_that_was_not_reviewed_is_usable():
    assert faults(Oasst().expand([(1, asks("q", answers("a", review_result=None, deleted=False)))])) == [None]


def test_a_tree_without_an_answer_is_a_row_with_a_fault():
    rows = Oasst().expand([(1, asks("q")), (2, asks("r", deleted=True))])
    assert faults(rows) == ["no_assistant_turn", "deleted_message"]


def flat(name, parent, role, **more):
    return {"message_id": name, "parent_id": parent, "text": f"text {name}", "role": role, **more}


def test_flat_messages_are_linked_by_parent_over_the_whole_file():
    records = [flat("a", "q", "assistant"), flat("q", None, "prompter"), flat("b", "q", "assistant")]
    rows = OasstMessages().expand(list(enumerate(records, 1)))
    assert ids(rows) == [["q", "a"], ["q", "b"]]
    assert [number for number, _ in rows] == ["2#1", "2#2"]


def test_orphans_and_cycles_are_rows_with_a_fault():
    records = [
        flat("a", "gone", "assistant"),
        flat("x", "y", "prompter"),
        flat("y", "x", "assistant"),
        flat("s", "s", "prompter"),
    ]
    assert faults(OasstMessages().expand(list(enumerate(records, 1)))) == ["missing_parent"] * 4


def test_ids_under_other_names():
    records = [
        {"task_message_id": "t1", "user_message_id": "u1", "parent_message_id": None, "text": "q", "role": "prompter"},
        {"task_message_id": "t2", "user_message_id": "u2", "parent_message_id": "u1", "text": "a", "role": "assistant"},
    ]
    assert [len(row["messages"]) for _, row in OasstMessages().expand(list(enumerate(records, 1)))] == [2]


def test_preferences_set_the_best_reply_against_each_other():
    tree = asks(
        "q",
        answers("c", rank=2),
        answers("a", rank=0),
        answers("b", rank=1),
        answers("d"),
        answers("e", rank=3, deleted=True),
    )
    rows = OasstPreferences().expand([(1, tree)])
    assert [(row["message_ids"]["chosen"], row["message_ids"]["rejected"]) for _, row in rows] == [
        ("a", "b"),
        ("a", "c"),
    ]
    assert rows[0][1]["prompt"] == [{"role": "user", "content": "text q"}]
    assert [tuple(part) for part in OasstPreferences().parse(rows[0][1]).parts] == [
        ("prompt", "text q"),
        ("completion", "text a"),
        ("rejected", "text b"),
    ]


def test_equal_ranks_are_no_preference():
    assert OasstPreferences().expand([(1, asks("q", answers("a", rank=1), answers("b", rank=1)))]) == []


def test_a_chain_of_five_thousand_messages_is_no_recursion():
    records = [flat(str(at), str(at - 1) if at else None, "assistant" if at % 2 else "prompter") for at in range(5_000)]
    assert [len(ids) for ids in ids(OasstMessages().expand(list(enumerate(records, 1))))] == [5_000]

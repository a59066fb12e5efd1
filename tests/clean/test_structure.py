"""structure: faults noted by the formats become drops."""

from bloomery.clean.structure import Structure
from tests.clean.batches import batch, reasons

ROWS = batch(
    [("prompt", "a")],
    [("prompt", "b"), ("completion", "c")],
    [("completion", "d")],
    faults=["no_assistant_turn", None, "empty_prompt"],
    first=7,
)


def test_a_fault_becomes_a_drop_with_the_fault_as_its_reason() -> None:
    assert reasons(Structure().decide(ROWS)) == {7: "no_assistant_turn", 9: "empty_prompt"}


def test_an_allowed_fault_drops_nothing() -> None:
    assert reasons(Structure(allow=["empty_prompt", "unheard_of"]).decide(ROWS)) == {7: "no_assistant_turn"}


def test_rows_without_faults_get_no_proposals() -> None:
    assert Structure().decide(batch([("prompt", "a")])).is_empty()

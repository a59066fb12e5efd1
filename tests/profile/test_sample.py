import pytest

from bloomery.profile.sample import Sample
from tests.profile.batches import batch


def sampled(size, rows, step):
    sample = Sample(size)
    for start in range(0, rows, step):
        sample.add(
            batch(
                *([("prompt", str(n)), ("completion", "x")] for n in range(start, min(start + step, rows))), start=start
            )
        )
    return sample.batch()


@pytest.mark.parametrize("step", [1, 7, 100, 500])
def test_the_sample_does_not_depend_on_the_batch_size(step):
    assert sampled(40, 500, step).rows.equals(sampled(40, 500, 500).rows)
    assert sampled(40, 500, step).parts.equals(sampled(40, 500, 500).parts)


def test_it_has_the_size_asked_for_and_is_spread_over_the_input():
    ids = [int(row_id.split(":")[1]) for row_id in sampled(100, 1000, 64).rows["id"]]
    assert len(ids) == 100 and ids == sorted(ids)
    # each half holds a binomial(100, 1/2) share: 50 ± 5, so 30 to 70 is four standard deviations
    assert 30 <= sum(n <= 500 for n in ids) <= 70


def test_rows_are_numbered_from_0_and_parts_follow():
    taken = sampled(10, 300, 50)
    assert taken.rows["n"].to_list() == list(range(10))
    numbers = [row_id.split(":")[1] for row_id in taken.rows["id"]]
    assert [str(int(text) + 1) for text in taken.text("prompt")] == numbers


def test_a_small_input_is_taken_whole():
    assert len(sampled(100, 7, 3)) == 7


def test_no_rows_no_sample():
    assert Sample(10).batch() is None

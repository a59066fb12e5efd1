from bloomery.clean.summary import LENGTH_EDGES
from bloomery.profile.lengths import Lengths
from tests.profile.batches import batch, prompts


def spreads(*batches):
    lengths = Lengths()
    for each in batches:
        lengths.add(each)
    return {(spread.role, spread.unit): spread for spread in lengths.spreads()}


def test_percentiles_are_lengths_that_occur():
    spread = spreads(prompts(*("x" * n for n in range(1, 102))))["prompt", "characters"]
    # 101 lengths 1..101: the 5th, 50th and 95th percentile stand at index 5, 50 and 95
    assert (spread.least, spread.p5, spread.p50, spread.p95, spread.most) == (1, 6, 51, 96, 101)
    assert spread.rows == sum(spread.histogram) == 101


def test_words_are_counted_too_and_without_spaces_estimated():
    found = spreads(prompts("two words"), prompts("我们今天去北京", start=1))
    assert found["prompt", "words"].least == 2
    assert round(found["prompt", "words"].most, 1) == 4.3  # 7 signs · 3.7 / 6


def test_turns_of_one_row_add_up():
    found = spreads(batch([("prompt", "four"), ("completion", "x"), ("prompt", "sixsix"), ("completion", "y")]))
    assert found["prompt", "characters"].most == 10
    assert found["completion", "characters"].rows == 1


def test_batches_make_no_difference():
    rows = ["a", "bb", "ccc", "dddd"]
    assert spreads(prompts(*rows)) == spreads(prompts(*rows[:1]), prompts(*rows[1:], start=1))


def test_bounds_rest_on_weighted_signs_and_on_the_longest_turn():
    lengths = Lengths()
    lengths.add(batch([("prompt", "消极"), ("prompt", "abc")]))
    side = lengths.sides()["prompt"]
    assert [round(float(value), 1) for value in (side.weighted[0], side.longest[0])] == [
        10.4,
        7.4,
    ]  # 2 · 3.7 + 3; 2 · 3.7


def test_a_length_lies_in_its_bin():
    histogram = spreads(prompts("x" * 10))["prompt", "characters"].histogram
    assert histogram.index(1) == LENGTH_EDGES.index(10)

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from bloomery.profile.lengths import Sides
from bloomery.profile.result import Bounds
from bloomery.profile.suggest import ENOUGH, bounds, clean_section, rounded_down, rounded_up


def side(lengths):
    array = np.array(lengths, dtype=np.float32)
    return Sides(array, array)


def test_bounds_are_rounded_percentiles():
    # 0.5 % of 0..10,000 is 50, 99.5 % is 9,950: to 50, and up to two digits: 10,000
    found = bounds({"completion": side(range(10_001))}, task="open", format_name="completion")
    assert found == {"completion": Bounds(50, 10_000)}


def test_a_minimum_is_never_above_half_the_median():
    found = bounds({"completion": side([100] * ENOUGH)}, task="open", format_name="completion")
    assert found["completion"] == Bounds(50, 100)


def test_labels_have_no_minimum_and_prompts_need_only_not_be_empty():
    sides = {"prompt": side([40] * ENOUGH), "completion": side([3] * ENOUGH)}
    found = bounds(sides, task="label", format_name="completion")
    assert found == {"prompt": Bounds(1, 40), "completion": Bounds(None, 3)}


def test_a_classification_is_a_label_task_whatever_the_task_says():
    assert bounds({"prompt": side([40] * ENOUGH)}, task="open", format_name="classification")["prompt"].low == 1


def test_few_rows_get_the_built_in_bounds():
    found = bounds({"prompt": side([5] * (ENOUGH - 1))}, task="open", format_name="completion")
    assert found["prompt"] == Bounds(10, 2048)


def test_running_text_gets_bounds_of_its_own():
    assert list(bounds({"text": side(range(1000))}, task="open", format_name="text")) == ["text"]


@given(st.floats(0, 1e9))
def test_rounding_goes_outwards_and_stays_near(value):
    assert rounded_up(value) >= value and rounded_up(value) <= value * 1.1 + 1
    assert rounded_down(value) <= max(value, 1) and 2 * rounded_down(value) >= value - 1


def test_the_clean_section_names_the_bounds():
    assert clean_section({"prompt": Bounds(8, None)})[4] == {"length": {"prompt": [8, None]}}

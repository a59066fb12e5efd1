import re
from xml.etree import ElementTree

import pytest

from bloomery.web import charts
from bloomery.web.charts import Span, Stack, Stage, Threshold


def parsed(svg):
    return ElementTree.fromstring(str(svg))


def widths(svg, kind):
    return [float(rect.get("width").rstrip("%")) for rect in parsed(svg).iter("rect") if rect.get("class") == kind]


def everything(label="near"):
    edges, before, after = [0.0, 10.0, 100.0, 1000.0], [5, 10, 0], [0, 9, 0]
    return [
        charts.funnel([Stage("raw", 100), Stage(label, 75, "3 edited")], title=label),
        charts.bars([(label, 3), ("b", 1)], title=label, whole=4),
        charts.stacks([Stack(label, 60, 30, 10), Stack("b", 1, 0, 0)], title=label),
        charts.split_bar(60, 30, 10, title=label),
        charts.meter(1, 4, title=label),
        charts.histogram(edges, before, after, title=label, unit=label),
        charts.intervals([Span(label, -0.1, (-0.2, 0.0), (-0.3, 0.1), label)], title=label, limit=-0.05),
        charts.thresholds(
            [Threshold(label, 0.9, (0.85, 0.94), 0.8, above=True, state="pass", told=label)], title=label, scale=(0, 1)
        ),
    ]


@pytest.mark.parametrize("number", range(8))
def test_the_same_numbers_give_the_same_bytes(number):
    assert everything()[number] == everything()[number]


@pytest.mark.parametrize("number", range(8))
def test_a_chart_is_an_image_with_a_label(number):
    svg = parsed(everything()[number])
    assert svg.tag == "svg" and svg.get("role") == "img" and svg.get("aria-label")


@pytest.mark.parametrize("number", range(8))
@pytest.mark.parametrize("label", ['"><script>alert(1)</script>', "</svg>", "a\x00b\ud800", "&amp;", "w" * 100_000])
def test_a_hostile_label_is_text(number, label):
    svg = everything(label)[number]
    tags = {element.tag for element in parsed(svg).iter()}
    assert tags <= {"svg", "defs", "pattern", "rect", "title", "text", "tspan", "line", "circle"}
    assert len(svg) < 60_000


def test_the_funnel_draws_what_is_left_and_what_was_taken_away():
    svg = charts.funnel([Stage("raw", 200), Stage("near", 150), Stage("length", 150)], title="t")
    assert widths(svg, "kept") == [100, 75, 75]
    assert widths(svg, "lost") == [25]  # 50 of 200
    assert "−50" in svg


def test_a_stage_that_takes_nothing_away_shows_its_note():
    svg = charts.funnel([Stage("raw", 2), Stage("pii", 2, "1 edited")], title="t")
    assert "1 edited" in svg and "−" not in svg


def test_what_is_more_than_nothing_can_be_seen_and_the_bar_stays_whole():
    svg = charts.split_bar(999_999, 1, 0, title="t")
    assert widths(svg, "lost") == [0.5]
    assert widths(svg, "kept") == [99.5]
    assert widths(svg, "apart") == []


@pytest.mark.parametrize("fates", [(0, 0, 0), (1, 0, 0), (0, 0, 7), (1, 1, 10**6), (10**6, 1, 1)])
def test_pieces_of_a_bar_lie_end_to_end_within_it(fates):
    svg = charts.split_bar(*fates, title="t")
    end = 0.0
    for rect in parsed(svg).findall("rect"):
        assert float(rect.get("x").rstrip("%")) == pytest.approx(end, abs=0.02)
        end += float(rect.get("width").rstrip("%"))
    assert end == pytest.approx(100 if sum(fates) else 0, abs=0.02)


def test_a_source_is_as_long_as_its_rows():
    svg = charts.stacks([Stack("a", 60, 30, 10), Stack("b", 50, 0, 0)], title="t")
    assert widths(svg, "kept") == [60, 50]
    assert widths(svg, "lost") == [30] and widths(svg, "apart") == [10]
    assert "60 kept of 100" in svg


def test_a_histogram_leaves_out_empty_bins_at_both_ends():
    edges = [0.0, 1.0, 10.0, 100.0, 1000.0, 10_000.0]
    svg = charts.histogram(edges, [0, 4, 0, 2, 0], [0, 2, 0, 2, 0], title="t", unit="words")
    columns = list(parsed(svg).findall("rect"))
    assert len(columns) == 4  # two bins, before and after each
    assert columns[0].find("title").text == "1 to 9 words: 4 before, 2 after"
    assert float(columns[0].get("height")) == 2 * float(columns[1].get("height"))


def test_a_histogram_of_one_series_has_one_column_a_bin():
    svg = charts.histogram([0.0, 10.0, 100.0], [4, 2], title="t", unit="words")
    assert len(parsed(svg).findall("rect")) == 2


def test_a_histogram_of_nothing_says_so():
    assert "Nothing to measure" in charts.histogram([0.0, 1.0], [0], [0], title="t", unit="words")


def test_the_label_of_a_histogram_tells_the_middle_before_and_after():
    svg = charts.histogram([0.0, 10.0, 100.0, 1000.0], [6, 1, 1], [0, 1, 1], title="Length", unit="words")
    # before: 6 of 8 rows lie in the first bin, up to 9; after: 1 of 2 in the second, up to 99
    assert "Half of the rows lie at or below about 9 before and 99 after" in parsed(svg).get("aria-label")


def test_axis_labels_are_powers_of_ten_where_there_are_enough():
    edges = [float(10**power) for power in range(8)]
    svg = charts.histogram(edges, [1] * 5, title="t", unit="words")
    ticks = [text.text for text in parsed(svg).iter("text")]
    assert ticks == ["1", "10", "100", "1k", "10k", "100k"]


def test_intervals_lie_on_one_scale_with_the_value_inside():
    spans = [Span("b", -0.1, (-0.2, 0.0), (-0.3, 0.1), "worse"), Span("c", 0.1, None, None, "no interval")]
    svg = parsed(charts.intervals(spans, title="accuracy", limit=-0.05))
    at = {
        kind: [float(x.get("x").rstrip("%")) for x in svg.iter("rect") if x.get("class") == kind]
        for kind in ("kept", "apart", "mark")
    }
    # from −0.3 to 0.1 with 8 % of that free at both ends: 0.464 wide
    assert at["kept"] == [pytest.approx(100 * (-0.2 + 0.332) / 0.464, abs=0.01)]
    assert at["apart"] == [pytest.approx(100 * 0.032 / 0.464, abs=0.01)]
    assert at["mark"] == [pytest.approx(100 * (x + 0.332) / 0.464 - 0.3, abs=0.01) for x in (-0.1, 0.1)]
    lines = {line.get("class"): float(line.get("x1").rstrip("%")) for line in svg.iter("line")}
    assert lines == {
        kind: pytest.approx(100 * (x + 0.332) / 0.464, abs=0.01) for kind, x in (("zero", 0), ("limit", -0.05))
    }


def test_ids_of_different_charts_differ():
    ids = [re.findall(r'id="([^"]+)"', chart)[0] for chart in everything()]
    assert len(set(ids)) == len(ids)


def threshold(value, ends, limit, *, above=True, state="pass"):
    return charts.thresholds([Threshold("a", value, ends, limit, above, state, "told")], title="t", scale=(0.0, 1.0))


def test_the_good_side_of_a_limit_is_shaded_and_the_interval_lies_where_it_is():
    svg = threshold(0.9, (0.85, 0.94), 0.8)
    assert widths(svg, "zone") == [20] and widths(svg, "kept") == [9]
    assert widths(threshold(0.01, (0.0, 0.03), 0.02, above=False), "zone") == [2]


@pytest.mark.parametrize(
    ("state", "shape", "bar"), [("pass", "disc", "kept"), ("fail", "cross", "lost"), ("undecided", "ring", "apart")]
)
def test_a_state_is_told_by_shape_and_word(state, shape, bar):
    svg = threshold(0.5, (0.4, 0.6), 0.5, state=state)
    shapes = {element.get("class") for element in parsed(svg).iter()} & {"disc", "cross", "ring"}
    assert shapes == {shape} and widths(svg, bar) == [20]
    assert f">{state}</text>" in svg and f"a: {state}, told" in parsed(svg).get("aria-label")


def test_a_value_beyond_the_scale_stands_at_its_end():
    svg = threshold(7.0, (5.0, 9.0), 0.5)
    (bar,) = (rect for rect in parsed(svg).iter("rect") if rect.get("class") == "kept")
    assert float(bar.get("x").rstrip("%")) + float(bar.get("width").rstrip("%")) <= 100

from bloomery.clean.next_steps import next_steps
from tests.clean.sample_summary import op, sample


def told(**changes):
    summary = sample()
    for name in ("ops", "sources", "twins"):
        summary[name] = []
    summary["pii"] = {}
    summary["counts"] = {"read": 1000, "kept": 1000, "edited": 0, "dropped": 0, "quarantined": 0}
    summary["quarantine_reasons"] = {}
    return next_steps(summary | changes)


def source(read, kept):
    return {"path": "a.jsonl", "read": read, "kept": kept, "edited": 0, "dropped": read - kept, "quarantined": 0}


def test_nothing_stands_out_and_nothing_is_said():
    assert told() == []


def test_more_than_one_in_a_hundred_unreadable_is_said():
    counts = {"read": 1000, "kept": 989, "edited": 0, "dropped": 0, "quarantined": 11}
    [sentence] = told(counts=counts, quarantine_reasons={"bad UTF-8": 9, "NUL": 2})
    assert sentence.startswith("11 records (1.1 %) could not be read. Most often: bad UTF-8.")


def test_exactly_one_in_a_hundred_unreadable_is_not_said():
    assert told(counts={"read": 1000, "kept": 990, "edited": 0, "dropped": 0, "quarantined": 10}) == []


def test_a_step_that_alone_drops_more_than_a_fifth_is_named():
    [sentence] = told(ops=[op("near", 201, 0, 201, 201, 799, {"near_duplicate": 201}, {})])
    assert "“near” would drop 20.1 %" in sentence
    assert told(ops=[op("near", 200, 0, 200, 200, 800, {"near_duplicate": 200}, {})]) == []


def test_a_share_of_few_rows_says_nothing():
    counts = {"read": 40, "kept": 20, "edited": 0, "dropped": 20, "quarantined": 0}
    assert told(counts=counts, ops=[op("near", 20, 0, 20, 20, 20, {"near_duplicate": 20}, {})]) == []


def test_one_reason_of_several_above_a_tenth_is_named():
    reasons = {"refusal": 101, "cut_off": 4}
    [sentence] = told(ops=[op("signals", 105, 0, 105, 105, 895, reasons, {})])
    assert "dropped 101 rows as “refusal” (10.1 %)" in sentence


def test_a_source_that_loses_more_than_half_is_named():
    [sentence] = told(sources=[source(100, 49)])
    assert sentence.startswith("a.jsonl lost 51.0 % of its 100 rows.")
    assert told(sources=[source(100, 50)]) == []


def test_a_step_whose_drops_others_drop_too_is_redundant():
    [sentence] = told(ops=[op("signals", 3, 0, 9, 0, 997, {"refusal": 3}, {})])
    assert sentence == "Leaving out the step “signals” would keep no more rows: other steps drop the same ones."


def test_two_steps_that_drop_the_same_rows_are_not_both_called_useless():
    both = [op(name, 3, 0, 3, 0, 997, {"duplicate": 3}, {}) for name in ("exact", "near")]
    [sentence] = told(ops=both)
    assert sentence.startswith("Leaving out any one of the steps “exact” and “near” would keep no more rows")


def test_steps_that_found_nothing_are_named_together():
    idle = [op(name, 0, 0, 0, 0, 1000, {}, {}) for name in ("pii", "length")]
    assert told(ops=idle) == [
        "The steps “pii” and “length” found nothing here. Keep them for the next delivery, or leave them out."
    ]


def test_a_step_that_only_edits_is_not_redundant():
    assert told(ops=[op("normalize", 0, 5, 0, 0, 1000, {}, {"mojibake": 5})]) == []


def test_no_row_kept_comes_first():
    counts = {"read": 10, "kept": 0, "edited": 0, "dropped": 0, "quarantined": 10}
    assert told(counts=counts)[0].startswith("No row was kept.")


def test_the_sample_gets_its_advice_in_order_of_urgency():
    starts = [sentence.split()[0] for sentence in next_steps(sample())]
    assert starts == ["129", "By", "Leaving", "Some", "688"]  # 433 + 251 + 4 = 688

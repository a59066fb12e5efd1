from dataclasses import replace

import pytest
import yaml

from bloomery.profile.result import Bounds, Labels, SourceProfile
from bloomery.profile.starter import starter_recipe
from tests.clean.hostile import HOSTILE
from tests.profile.sample_profile import sample


def test_it_is_yaml_with_data_clean_and_split():
    recipe = yaml.safe_load(starter_recipe(sample()))
    assert recipe["data"] == [
        {"path": "raw/tickets.jsonl", "priority": 2},
        {"path": "raw/public/*.csv", "priority": 0, "columns": {"prompt": "question"}},
    ]
    assert recipe["clean"] == [
        "normalize",
        "pii",
        "exact",
        {"near": {"threshold": 0.8}},
        {"length": {"prompt": [8, 1300], "completion": [20, 5200]}},
        "signals",
    ]
    assert recipe["split"] == {"ratio": "70/10/20", "seed": 0}
    assert recipe["evaluate"] == {"gates": {}}


def test_gates_are_there_before_anybody_has_seen_a_result():
    recipe = yaml.safe_load(starter_recipe(replace(sample(), task="label")))
    assert recipe["evaluate"] == {"gates": {"task.accuracy": ">= 0.85"}}


def test_each_choice_has_its_reason_beside_it():
    text = starter_recipe(sample())
    assert "- exact  # 902 rows are copies of another" in text
    assert "would drop 150 rows (1.2 %)" in text  # 120 + 30 of 12,216
    assert "711 of 10,000 sampled rows (there are more in the whole)" in text


def test_labels_without_a_minimum_are_said_and_load():
    profile = replace(sample(), task="label", bounds={"completion": Bounds(None, 12)})
    text = starter_recipe(profile)
    assert "completion: [null, 12]  # answers are labels: no minimum" in text
    assert {"length": {"completion": [None, 12]}} in yaml.safe_load(text)["clean"]


def test_no_bounds_at_all_still_loads():
    assert "length" in str(yaml.safe_load(starter_recipe(replace(sample(), bounds={})))["clean"])


@pytest.mark.parametrize(
    "path",
    ["a: b.jsonl", "- x", "#c.jsonl", "no", "1.0", "a\nb: [", 'q"uote', "日本/données 😀.jsonl", "*.csv", "\x85\x1b"],
)
def test_a_path_that_looks_like_yaml_stays_a_path(path):
    profile = replace(sample(), sources=[SourceProfile(path, "completion", 1, 1, 0, {})])
    assert yaml.safe_load(starter_recipe(profile))["data"] == [{"path": path, "priority": 0}]


@pytest.mark.parametrize("label", HOSTILE, ids=range(len(HOSTILE)))
def test_a_hostile_label_stays_in_its_comment(label):
    plain = yaml.safe_load(starter_recipe(sample()))
    profile = replace(sample(), labels=Labels({label[:80] + "\nclean: []": 2, "b": 1}, 2, 3))
    assert yaml.safe_load(starter_recipe(profile)) == plain

import json
import random

import pytest

from bloomery.errors import DataError
from bloomery.profile.run import profile
from bloomery.profile.terminal import show
from bloomery.recipe import load

WORDS = (
    "order",
    "parcel",
    "refund",
    "invoice",
    "broken",
    "screen",
    "charge",
    "cable",
    "late",
    "early",
    "north",
    "south",
)


def write(path, rows):
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
    return path


def rows(count, seed=0):
    """Questions and answers that do not resemble each other."""
    draw = random.Random(seed)
    sentence = lambda n: " ".join(f"{draw.choice(WORDS)}{draw.randrange(1000)}" for _ in range(n))  # noqa: E731
    return [{"prompt": sentence(12) + "?", "completion": sentence(30) + "."} for _ in range(count)]


@pytest.fixture
def raw(tmp_path):
    """300 rows, of which 5 copies, 4 with an e-mail address, and 2 unreadable lines."""
    data = rows(300)
    data += [dict(row) for row in data[:5]]
    for row in data[100:104]:
        row["prompt"] += " Write to ann.lee@fastmail.com."
    path = write(tmp_path / "raw.jsonl", data)
    path.write_text(path.read_text() + '{"prompt": "cut\n[1, 2]\n')
    return path


def test_rows_copies_personal_data_and_unreadable_lines_are_counted(raw):
    found = profile(raw)
    assert found.format == "completion" and found.rows == 305
    assert found.exact == 5
    assert found.pii == {"EMAIL": 4}
    assert sum(found.quarantine.values()) == 2 and len(found.quarantined) == 2
    assert found.scripts == {"Latin": 305}
    assert [column.name for column in found.columns] == ["prompt", "completion"]


def test_a_near_copy_is_found_once_and_exact_copies_are_not_near(tmp_path):
    data = rows(200)
    changed = dict(data[7])
    changed["completion"] = changed["completion"].replace(" ", " well ", 1)
    found = profile(write(tmp_path / "raw.jsonl", [*data, changed, dict(data[8])]))
    assert found.near.rows == 1 and found.near.whole and found.exact == 1


def test_a_larger_input_is_sampled_and_says_so(raw):
    found = profile(raw, sample=100)
    assert found.near.looked_at == 100 and not found.near.whole
    assert found.columns_looked_at == 100


def test_the_profile_does_not_depend_on_a_second_call(raw):
    assert profile(raw) == profile(raw)


def test_the_page_and_the_terminal_show_it(raw, tmp_path, capsys):
    show(profile(raw, out=tmp_path / "profile.html"))
    assert "305 rows" in capsys.readouterr().out
    assert "<h1>305 rows, format completion</h1>" in (tmp_path / "profile.html").read_text(encoding="utf-8")


def test_the_starter_recipe_loads(raw, tmp_path):
    (tmp_path / "recipe.yaml").write_text(profile(raw).recipe, encoding="utf-8")
    recipe = load(tmp_path / "recipe.yaml")
    assert [source.path for source in recipe.data] == [str(raw)]


def test_labels_of_a_classification_are_counted(tmp_path):
    data = [
        {"text": f"{row['prompt']}", "label": name} for row, name in zip(rows(90), ["a", "a", "b"] * 30, strict=True)
    ]
    found = profile(write(tmp_path / "c.jsonl", data))
    assert found.labels.counts == {"a": 60, "b": 30}
    assert found.labels.imbalance == 2


def test_few_short_answers_get_no_minimum(tmp_path):
    data = [
        {"prompt": row["prompt"], "completion": name}
        for row, name in zip(rows(300), ["yes", "no", "no"] * 100, strict=True)
    ]
    found = profile(write(tmp_path / "c.jsonl", data))
    assert found.task == "label" and found.bounds["completion"].low is None
    assert "completion_too_short" not in found.length_drops


def test_turns_of_conversations_are_counted(tmp_path):
    def chat(turns):
        return {
            "messages": [{"role": r, "content": f"text {i} {r}"} for i in range(turns) for r in ("user", "assistant")]
        }

    found = profile(write(tmp_path / "chat.jsonl", [chat(1), chat(3), chat(3)]))
    assert found.turns == {1: 1, 3: 2}


def test_a_missing_file_is_the_users_to_mend(tmp_path):
    with pytest.raises(DataError):
        profile(tmp_path / "absent.jsonl")

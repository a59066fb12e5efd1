"""The recipe: one file, one definition of each option, unknown keys refused with the known ones named."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from bloomery.clean.ops import DEFAULT, build, entries_of, entry_name
from bloomery.errors import DataError, RecipeError
from bloomery.recipe import json_schema, load


def write(folder: Path, text: str) -> Path:
    path = folder / "recipe.yaml"
    path.write_text(text)
    return path


def options(recipe_ops: tuple[object, ...], name: str) -> dict[str, object]:
    return next(op.model_dump() for op in build(recipe_ops) if entry_name(op) == name)  # type: ignore[arg-type]


def test_without_a_file_the_defaults_hold() -> None:
    assert load(None).clean == DEFAULT
    assert [entry_name(op) for op in build(DEFAULT)] == [*DEFAULT[:2], "structure", *DEFAULT[2:]]


def test_the_order_of_the_article_can_be_said(tmp_path: Path) -> None:
    recipe = load(write(tmp_path, "clean: [exact, near, length, pii]"))
    assert [entry_name(op) for op in build(recipe.clean)] == ["structure", "exact", "near", "length", "pii"]


def test_set_addresses_an_op_by_its_name_and_wins_over_the_file(tmp_path: Path) -> None:
    path = write(tmp_path, "clean: [exact, near: {threshold: 0.9, width: 5}]")
    recipe = load(path, sets=["clean.near.threshold=0.7"])
    assert options(recipe.clean, "near")["threshold"] == 0.7
    assert options(recipe.clean, "near")["width"] == 5


def test_set_reaches_a_section_and_flags_win_over_the_file(tmp_path: Path) -> None:
    path = write(tmp_path, "split: {ratio: 80/20, seed: 3}")
    assert load(path, sets=["split.seed=5"]).split.seed == 5
    assert load(path, split={"ratio": "50/50", "group": None}).split.model_dump()["ratio"] == "50/50"
    assert load(path, split={"ratio": "50/50"}).split.seed == 3


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("clean: [nomralize]", "no op 'nomralize'"),
        ("clean: [{near: {treshold: 0.7}}]", "treshold"),
        ("clean: [{near: {threshold: 7}}]", "threshold"),
        ("clean: [{near: {}, exact: {}}]", "not an op"),
        ("clean: [exact, exact]", "2 times"),
        ("clean: [json.JSONDecoder]", "not an op"),
        ("clean: [no.such.module.Op]", "cannot be imported"),
        ("clena: []", "unknown key 'clena'"),
        ("split: {ration: 70/30}", "in split: ratio, stratify"),
        ("data: [{pat: x}]", "path"),
        ("- a\n- b", "no sections"),
        ("a: [", "not YAML"),
    ],
)
def test_a_wrong_recipe_is_one_sentence(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(RecipeError) as caught:
        load(write(tmp_path, text))
    assert said in str(caught.value)


@pytest.mark.parametrize(
    "assignment", ["near=1", "clean.near.threshold", "clean.nera.threshold=1", "clean.near=1", "split.a.b=1"]
)
def test_a_wrong_set_is_refused(assignment: str) -> None:
    with pytest.raises(RecipeError):
        load(None, sets=[assignment])


def test_set_takes_a_whole_section_and_says_how_to_leave_an_op_out() -> None:
    assert load(None, sets=["clean=[exact, length]", "seed=5", "clean.length.follow_task=false"]).seed == 5
    recipe = load(None, sets=["clean=[exact, {near: {width: 5}}]", "clean.near.threshold=0.7"])
    assert [entry_name(op) for op in build(recipe.clean)] == ["structure", "exact", "near"]
    assert (options(recipe.clean, "near")["threshold"], options(recipe.clean, "near")["width"]) == (0.7, 5)
    for off in ("false", "null", "off"):
        with pytest.raises(RecipeError) as caught:
            load(None, sets=[f"clean.near={off}"])
        assert "Expected clean.near.OPTION=VALUE with an option of it: threshold, " in str(caught.value)
        leave = str(caught.value).partition("name the ops to run: --set '")[2].partition("'")[0]
        assert "near" not in [entry_name(op) for op in build(load(None, sets=[leave]).clean)]
    for whole in ("data.path=x", "seed.x=1", "clean=near", "clean=null", "data=x", "split=3"):
        with pytest.raises(RecipeError):
            load(None, data=[{"path": "y"}], sets=["seed=1", whole])


def test_a_missing_recipe_is_said(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="cannot be read"):
        load(tmp_path / "none.yaml")


def test_the_resolved_section_builds_the_same_ops() -> None:
    ops = build(["exact", {"near": {"threshold": 0.65}}])
    assert build(entries_of(ops)) == ops


def test_a_users_own_op_is_named_by_import_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "myrules.py").write_text(
        "from bloomery.schema import RowOp\n"
        "class NoShouting(RowOp):\n"
        "    limit: float = 0.5\n"
        "    def decide(self, batch):\n"
        "        return batch.drop(batch.text('completion') == 'X', 'shouting')\n"
    )
    monkeypatch.chdir(tmp_path)
    ops = build([{"myrules.NoShouting": {"limit": 0.2}}])
    assert {"myrules.NoShouting": {"limit": 0.2}} in entries_of(ops)


def test_structure_can_be_set_although_no_recipe_names_it() -> None:
    recipe = load(None, sets=["clean.structure.allow=[empty_completion]"])
    assert options(recipe.clean, "structure")["allow"] == ["empty_completion"]
    assert [entry_name(op) for op in build(recipe.clean)][:3] == ["normalize", "pii", "structure"]


def test_the_schema_knows_every_section_and_op() -> None:
    schema = json_schema()
    assert {"data", "clean", "split", "contamination"} <= set(schema["properties"])
    assert all(f'"{op}"' in json.dumps(schema) for op in DEFAULT)


def test_the_published_tables_and_schema_are_what_the_code_says() -> None:
    build_py = Path(__file__).parents[1] / "docs" / "build.py"
    done = subprocess.run([sys.executable, build_py, "--check"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + "Run: python docs/build.py"

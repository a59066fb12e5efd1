"""From a test and predictions to a folder: ids, states, what is left over, what is refused."""

import json
from pathlib import Path
from typing import ClassVar

import polars as pl
import pytest

import bloomery as bl
from bloomery.errors import DataError, OutputError, RecipeError
from bloomery.evaluate.report import examples
from bloomery.evaluate.result import Evaluated
from bloomery.metrics.base import Metric
from bloomery.metrics.score import SCORES_SCHEMA, VALUES_SCHEMA
from tests.evaluate.runs import questions, run_of, write

LABELS = [
    {"id": 1, "text": "Where is my parcel?", "label": "delivery", "lang": "en"},
    {"id": 2, "text": "Close my account", "label": "account", "lang": "en"},
    {"id": 3, "text": "Wo ist mein Paket?", "label": "delivery", "lang": "de"},
    {"id": 4, "text": "Rechnung bitte", "label": "billing", "lang": "de"},
]


def evaluated(folder: Path, test: list, predictions: list, **options) -> Evaluated:
    return bl.evaluate(
        write(folder / "predictions.jsonl", predictions),
        test=write(folder / "test.jsonl", test),
        out=folder / "run",
        **options,
    )


def test_averaged_in_states_are_apart_and_missing_is_not_zero(tmp_path: Path) -> None:
    said = ["delivery", "I'm sorry, but I can't help with that.", None, "billing"]
    run = evaluated(tmp_path, LABELS, [{"id": k, "prediction": one} for k, one in enumerate(said, 1)], slices=["lang"])
    assert {k: run.counts[k] for k in ("items", "answered", "empty", "refused", "missing")} == {
        "items": 4, "answered": 2, "empty": 0, "refused": 1, "missing": 1,
    }  # fmt: skip
    row = run.values.filter(metric="task.accuracy").row(0, named=True)
    assert (row["value"], row["answered_value"]) == (
        pytest.approx(2 / 3),
        1.0,
    )  # 2 of 3 with an answer, 2 of 2 answered
    assert (row["low"], row["high"]) == (2 / 4, 3 / 4)  # the missing one wrong, or right
    assert run.scores.filter(item="3")["value"].to_list() == [None, None]
    assert set(run.scores.filter(item="3")["error"]) == {"no answer"}
    assert run.values.filter(metric="task.accuracy")["of"].to_list() == [
        None,
        "en",
        "de",
    ]  # worst slice first: 1/2, 1/1


def test_the_folder_holds_everything(tmp_path: Path) -> None:
    run = evaluated(
        tmp_path, LABELS, [{"id": 1, "prediction": "delivery", "latency": 0.5}], model="base", training_seed=7
    )
    assert (run.scores.schema, run.values.schema) == (SCORES_SCHEMA, VALUES_SCHEMA)
    assert run.answers.columns == [
        "item",
        "prompt",
        "references",
        "text",
        "label",
        "lang",
        "prediction",
        "latency",
        "state",
    ]
    assert run.answers["references"].to_list() == [["delivery"], ["account"], ["delivery"], ["billing"]]
    assert (run.model, run.training_seed, set(run.scores["run"])) == ("base", 7, {"base"})
    manifest = json.loads((tmp_path / "run" / "manifest.json").read_text())
    assert manifest["verb"] == "evaluate"
    assert [metric["name"] for metric in manifest["metrics"]] == ["classification", "exact_match"]
    assert len(manifest["test"]["files"][0]["sha256"]) == 64
    assert (tmp_path / "run" / "report.html").exists()
    assert "accuracy" in run._repr_html_()
    assert run.value("accuracy") == run.value("task.accuracy") == 1.0


def test_ids_that_only_one_side_has_are_counted_and_listed(tmp_path: Path) -> None:
    run = evaluated(tmp_path, LABELS, [{"id": 1, "prediction": "delivery"}, {"id": "x9", "prediction": "?"}])
    assert (run.counts["unanswered"], run.counts["unknown_predictions"], run.counts["missing"]) == (3, 1, 3)
    assert "1 prediction is of no item: 'x9'" in run.remarks
    assert "3 items have no prediction: '2', '3', '4'" in run.remarks
    left = [json.loads(line) for line in (tmp_path / "run" / "unmatched.jsonl").read_text().splitlines()]
    assert [one["id"] for one in left] == ["x9", "2", "3", "4"]


def test_without_an_id_the_row_number_from_1_counts(tmp_path: Path) -> None:
    test = [{k: v for k, v in row.items() if k != "id"} for row in LABELS]
    run = evaluated(tmp_path, test, [{"id": 4, "prediction": "billing"}, {"id": "2", "prediction": "delivery"}])
    assert run.answers.select("item", "prediction").rows() == [
        ("1", None), ("2", "delivery"), ("3", None), ("4", "billing"),
    ]  # fmt: skip


def test_predictions_of_no_item_at_all_are_an_error_that_shows_both_ids(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"Expected ids such as '1', '2'.*Found 'row-1'"):
        evaluated(tmp_path, LABELS, [{"id": "row-1", "prediction": "delivery"}])
    assert not (tmp_path / "run").exists()
    assert not (tmp_path / "run.partial").exists()


def test_predictions_without_ids_are_not_matched_by_number_with_ids_of_the_tests_own(tmp_path: Path) -> None:
    test = [{**row, "id": number} for number, row in enumerate(LABELS)]  # from 0: all would be off by one
    with pytest.raises(DataError, match="have no column id.*Expected ids such as '0', '1'"):
        evaluated(tmp_path, test, [{"prediction": "delivery"} for _ in LABELS])


def test_rerun_appends_duplicates_then_averages_them_is_refused(tmp_path: Path) -> None:
    twice = [{"id": 1, "prediction": "delivery"}, {"id": 1, "prediction": "account"}]
    with pytest.raises(DataError, match="An id stands more than once.*'1' 2 times"):
        evaluated(tmp_path, LABELS, twice)
    with pytest.raises(DataError, match="An id stands more than once"):
        evaluated(tmp_path, LABELS + LABELS[:1], twice[:1])


def test_a_run_is_never_written_over(tmp_path: Path) -> None:
    evaluated(tmp_path, LABELS, [{"id": 1, "prediction": "delivery"}])
    with pytest.raises(OutputError, match="exists"):
        evaluated(tmp_path, LABELS, [{"id": 1, "prediction": "delivery"}])


def test_unreadable_lines_and_unusable_rows_are_counted(tmp_path: Path) -> None:
    test = write(tmp_path / "test.jsonl", [*LABELS, {"id": 5, "text": "no label here", "label": ""}])
    test.write_text(test.read_text() + "{broken\n")
    predictions = write(tmp_path / "predictions.jsonl", [{"id": 1, "prediction": "delivery"}])
    predictions.write_text(predictions.read_text() + '{"id": 2, "prediction": "acc\n')
    run = bl.evaluate(predictions, test=test, out=tmp_path / "run")
    assert run.counts["items"] == 4
    assert run.manifest["unusable"] == {"empty_label": 1, "unreadable": 1}
    assert (
        "2 test rows are no items: 1 because the label is null or empty (empty_label); 1 because it cannot be read (unreadable)"
    ) in run.remarks
    cut = "the JSON ends in the middle: the record was cut off"
    assert (
        f"predictions: 1 line that can be read and 1 that cannot ({predictions}, line 2: {cut}); "
        "the items of broken lines count as missing"
    ) in run.remarks
    assert any(f"test: 5 lines that can be read and 1 that cannot ({test}, line 6: " in one for one in run.remarks)


def test_files_of_broken_lines_alone_say_which_line_and_what_is_wrong(tmp_path: Path) -> None:
    test, broken = write(tmp_path / "test.jsonl", LABELS), tmp_path / "broken.jsonl"
    for text, said in (
        (
            '{"id": 1, "prediction": "acc"\n{"id": 2\n',
            "1 that cannot .*broken.jsonl, row 1: the file ends in the middle of a record.*read as one JSON value",
        ),
        ("nothing\nof this\n", "0 lines that can be read and 2 that cannot .*line 1: .*line 2: "),
        ("x\n" * 5, "5 that cannot .*line 3: no valid JSON: .*; and 2 more"),
    ):
        broken.write_text(text)
        with pytest.raises(
            DataError, match=f"has no prediction that can be read.*Found .*{said}.*one JSON object on a line"
        ):
            bl.evaluate(broken, test=test, out=tmp_path / "run")
        with pytest.raises(DataError, match=f"The test .* has no row that can be read.*{said}"):
            bl.evaluate(test, test=broken, out=tmp_path / "run")


def test_a_broken_line_of_several_files_is_told_with_its_file(tmp_path: Path) -> None:
    test = write(tmp_path / "test.jsonl", LABELS)
    write(tmp_path / "p1.jsonl", [{"id": 1, "prediction": "delivery"}])
    second = write(tmp_path / "p2.jsonl", [{"id": 2, "prediction": "account"}])
    second.write_text(second.read_text() + '{"id": 3\n')
    run = bl.evaluate(tmp_path / "p*.jsonl", test=test, out=tmp_path / "run")
    assert any(f"2 lines that can be read and 1 that cannot ({second}, line 2: " in one for one in run.remarks)


def test_a_column_of_the_test_that_is_called_as_one_of_ours_is_kept(tmp_path: Path) -> None:
    rows = [
        {**row, "state": state, "prediction": "old"}
        for row, state in zip(LABELS, ["CA", "CA", "NY", None], strict=True)
    ]
    run = evaluated(tmp_path, rows, [{"id": 1, "prediction": "delivery"}], slices=["test_state"])
    assert run.answers["test_state"].to_list() == ["CA", "CA", "NY", None]
    assert run.answers["prediction"].to_list() == ["delivery", None, None, None]
    assert run.answers["lang"].to_list() == ["en", "en", "de", "de"]
    assert any("the column state of the test is called test_state here" in one for one in run.remarks)


def test_what_says_how_many_could_be_read_is_not_shown_for_the_read_ones_alone(tmp_path: Path) -> None:
    rows = [{"id": k, "prompt": "x", "completion": '{"a": 1}'} for k in range(4)]
    said = [{"id": k, "prediction": '{"a": 1}' if k else "none"} for k in range(4)]
    lines = {line.name: line for line in evaluated(tmp_path, rows, said, metrics=["json_fields"]).lines}
    assert (lines["json_valid"].shown, lines["json_valid"].answered) == ("0.750", "")
    assert (lines["json_exact_match"].answered, lines["json_exact_match"].unparsed) == ("1.000", 1)


def test_counts_have_no_decimals(tmp_path: Path) -> None:
    rows = [{"id": 1, "prompt": "x", "references": ["B-PER O B-PER"]}]
    lines = {
        line.name: line.shown
        for line in evaluated(tmp_path, rows, [{"id": 1, "prediction": "O O B-PER"}], metrics=["entities"]).lines
    }
    assert (lines["entity_missing"], lines["entity_spurious"], lines["entity_recall.micro"]) == ("1", "0", "0.500")


@pytest.mark.parametrize(
    ("test", "references", "prompt"),
    [
        ([{"prompt": "2 + 2?", "references": ["4", "four"]}], ["4", "four"], "2 + 2?"),
        ([{"question": "2 + 2?", "answer": "4"}], ["4"], "2 + 2?"),
        ([{"instruction": "Add", "input": "2 and 2", "output": "4"}], ["4"], "Add\n\n2 and 2"),
        ([{"text": "both", "labels": ["a", "b"]}], ["a\nb"], "both"),
        ([{"prompt": "Pick", "chosen": "good", "rejected": "bad"}], ["good"], "Pick"),
        (
            [
                {
                    "messages": [
                        {"role": "user", "content": "Hi"},
                        {"role": "assistant", "content": "Hello"},
                        {"role": "user", "content": "2 + 2?"},
                        {"role": "assistant", "content": "4"},
                    ]
                }
            ],
            ["4"],
            "Hi\n\nHello\n\n2 + 2?",
        ),
    ],
)
def test_every_format_becomes_a_prompt_and_references(tmp_path: Path, test, references, prompt) -> None:
    run = evaluated(tmp_path, test, [{"id": 1, "prediction": "4"}], metrics=["exact_match"])
    assert run.answers.select("prompt", "references").rows() == [(prompt, references)]


def test_metrics_follow_the_format_where_none_is_named(tmp_path: Path) -> None:
    free = evaluated(tmp_path, questions(2), [{"id": "q0", "prediction": "right"}])
    assert [one["name"] for one in free.manifest["metrics"]][:2] == ["exact_match", "token_f1"]
    several = bl.evaluate(
        tmp_path / "predictions.jsonl",
        test=write(tmp_path / "several.jsonl", [{"id": "q0", "text": "x", "labels": ["a", "b"]}]),
        out=tmp_path / "several",
    )
    assert several.manifest["metrics"][0]["name"] == "set_f1"


def test_predictions_in_another_container_and_of_other_types(tmp_path: Path) -> None:
    pl.DataFrame({"id": [1, 2], "prediction": ["delivery", "account"], "tokens": [3, 4]}).write_csv(tmp_path / "p.csv")
    run = bl.evaluate(tmp_path / "p.csv", test=write(tmp_path / "test.jsonl", LABELS), out=tmp_path / "csv")
    assert run.value("accuracy") == 1.0
    numbers = [{"id": 1, "text": "good", "label": 1}, {"id": 2, "text": "bad", "label": 0}]
    run = evaluated(tmp_path, numbers, [{"id": 1, "prediction": 1}, {"id": 2, "prediction": 1}])
    assert run.value("accuracy") == 0.5


def test_probabilities_and_lists_of_numbers_reach_the_metrics_that_name_them(tmp_path: Path) -> None:
    rows = [{"id": 1, "text": "good", "label": "a"}, {"id": 2, "text": "bad", "label": "b"}]
    said = [
        {"id": 1, "prediction": "a", "probabilities": {"a": 0.9, "b": 0.1}, "logprobs": [-1.0, -2.0]},
        {"id": 2, "prediction": "a", "probabilities": {"a": 0.8, "b": 0.2}, "logprobs": [-3.0]},
    ]
    run = evaluated(tmp_path, rows, said, metrics=["calibration", "perplexity"])
    assert run.value("brier") == pytest.approx((0.1**2 + 0.8**2) / 2)
    assert run.value("nll") == pytest.approx(2.0)  # (1 + 2 + 3) / 3 tokens


def test_the_recipe_names_test_metrics_with_options_and_slices(tmp_path: Path) -> None:
    write(tmp_path / "test.jsonl", LABELS)
    predictions = write(tmp_path / "p.jsonl", [{"id": 1, "prediction": "parcel"}])
    recipe = tmp_path / "recipe.yaml"
    recipe.write_text(
        f"evaluate:\n  test: {tmp_path / 'test.jsonl'}\n  slices: [lang]\n"
        "  metrics: [{classification: {labels: [delivery, account, billing], aliases: {parcel: delivery}}}]\n"
    )
    run = bl.evaluate(predictions, recipe=recipe, out=tmp_path / "run")
    assert run.value("accuracy") == 1.0
    assert run.manifest["slices"] == ["lang"]
    assert "aliases" in run.manifest["metrics"][0]["version"]
    with pytest.raises(RecipeError, match="no test to evaluate on"):
        bl.evaluate(predictions, out=tmp_path / "other")


@pytest.mark.parametrize(
    ("metrics", "said"),
    [
        (["exact_mach"], "Did you mean 'exact_match'"),
        (["acuracy"], "Did you mean the value 'accuracy'[?] The metric that makes it is 'classification'"),
        (["f1.macro"], "'f1.macro' is a value; the metric that makes it is 'classification'"),
        (["f1.mcro"], "Did you mean the values 'f1.micro', 'f1.macro' or"),
        (["zzz"], "Expected one of classification, calibration, .*, cost.$"),
        ([{"classification": {"label": ["a"]}}], "did you mean 'labels'"),
        (["exact_match", "exact_match"], "asked for twice"),
        ([3], "A metric cannot be told"),
    ],
)
def test_a_metric_that_cannot_be_is_refused_before_anything_is_read(tmp_path: Path, metrics, said: str) -> None:
    with pytest.raises(RecipeError, match=said):
        bl.evaluate(tmp_path / "none.jsonl", test=tmp_path / "none.jsonl", out=tmp_path / "run", metrics=metrics)


def test_texts_of_the_model_cannot_get_out_of_the_report(tmp_path: Path) -> None:
    bad = "</div><script>alert(1)</script>\x00\x1b[31m" + "x" * 1_000_000
    run = evaluated(tmp_path, LABELS, [{"id": 1, "prediction": bad}], model="<b>name</b>")
    page = (run.folder / "report.html").read_text()
    assert "<script" not in page
    assert "<b>name" not in page
    assert "&lt;script&gt;alert(1)" in page
    assert len(page) < 100_000
    assert "\x00" not in page


def test_wrong_items_are_the_worst_ones_whichever_way_is_better(tmp_path: Path) -> None:
    said = [{"id": k, "prediction": "x", "money": float(k)} for k in range(1, 5)]
    run = evaluated(tmp_path, LABELS, said, metrics=["cost"])
    assert [one["item"] for one in examples(run.scores, run.answers)] == ["4"]
    right = run_of(tmp_path, "right", [True, True])
    assert examples(right.scores, right.answers) == []
    assert "Wrong items" not in (right.folder / "report.html").read_text()


class Words(Metric):
    names: ClassVar[dict[str, str]] = {"words": "words of an answer"}

    def items(self, answers: pl.DataFrame) -> pl.DataFrame:
        return pl.DataFrame({"score": answers["prediction"].str.split(" ").list.len().cast(pl.Float64)})

    def total(self, items: pl.DataFrame) -> dict[str, float | None]:
        return {"words": items["score"].mean()}


def test_a_metric_of_ones_own(tmp_path: Path) -> None:
    run = evaluated(tmp_path, LABELS, [{"id": 1, "prediction": "one two three"}], metrics=["exact_match", Words()])
    assert run.value("words") == 3.0
    assert "words" in [line.name for line in run.lines]
    again = bl.evaluate(
        tmp_path / "predictions.jsonl",
        test=tmp_path / "test.jsonl",
        out=tmp_path / "again",
        metrics=["exact_match", Words()],
    )
    assert "words: no metric of this package, so not compared" in bl.compare(run.folder, again.folder).notes


def test_the_same_inputs_give_the_same_bytes(tmp_path: Path) -> None:
    names = ("answers.parquet", "scores.parquet", "values.parquet", "report.html", "manifest.json")
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
    runs = [run_of(tmp_path / name, "run", [True, False, None]) for name in ("a", "b")]
    for name in names[:-1]:
        assert (runs[0].folder / name).read_bytes().replace(b"/a/", b"/b/") == (runs[1].folder / name).read_bytes()


def test_a_folder_that_is_no_run_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="not an evaluated run"):
        Evaluated(tmp_path)
    (tmp_path / "manifest.json").write_text("{broken")
    with pytest.raises(DataError, match="cannot be read"):
        Evaluated(tmp_path)


def test_predictions_without_ids_are_matched_by_row_and_it_is_said(tmp_path: Path) -> None:
    test = [{k: v for k, v in row.items() if k != "id"} for row in LABELS]
    said = "no ids in the predictions: row numbers were taken"
    run = evaluated(tmp_path, test, [{"prediction": row["label"]} for row in LABELS])
    (note,) = [one for one in run.remarks if said in one]
    assert "yet there are" not in note
    (tmp_path / "less").mkdir()
    fewer = evaluated(tmp_path / "less", test, [{"prediction": row["label"]} for row in LABELS[:3]])
    (note,) = [one for one in fewer.remarks if said in one]
    assert "yet there are 3 predictions and 4 rows of the test: if a row was left out, all after it" in note
    (tmp_path / "named").mkdir()
    named = evaluated(tmp_path / "named", test, [{"id": "2", "prediction": "account"}])
    assert not [one for one in named.remarks if said in one]


@pytest.mark.parametrize(
    ("content", "found"),
    [
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + bytes(range(256)), "bytes that are no text"),
        (b"myhost\n", "plain text, which has no columns"),
    ],
)
def test_a_file_that_is_no_table_is_called_none(tmp_path: Path, content: bytes, found: str) -> None:
    (tmp_path / "a.png").write_bytes(content)
    with pytest.raises(DataError, match=f"a.png is no table.*Found {found}"):
        bl.evaluate(tmp_path / "a.png", test=write(tmp_path / "test.jsonl", LABELS), out=tmp_path / "run")


def test_tags_beside_tokens_are_predictions(tmp_path: Path) -> None:
    """A submission to a shared task: O and B-LOC right, a B-PER that is none."""
    test, said = tmp_path / "test.conll", tmp_path / "submission"
    test.write_text("Rome B-LOC\nis O\n\nAnn O\nwon O\n\n")
    said.write_text("Rome\tB-LOC\nis\tO\n\nAnn\tB-PER\nwon\tO\n\n")
    run = bl.evaluate(said, test=test, out=tmp_path / "run")
    assert run.answers["prediction"].to_list() == ["B-LOC O", "B-PER O"]
    assert run.value("entity_precision.micro") == 0.5 and run.value("entity_recall.micro") == 1.0
    assert "predictions: the tags beside tokens are the answers, a tag for each token" in run.remarks
    assert {line.name: line.range for line in run.lines}["entity_spurious"] == "0 to 2"  # a count, without decimals


def test_a_run_is_run_again_in_its_place_where_that_is_asked_for(tmp_path: Path) -> None:
    evaluated(tmp_path, LABELS, [{"id": 1, "prediction": "delivery"}])
    with pytest.raises(OutputError, match="--replace"):
        evaluated(tmp_path, LABELS, [{"id": 1, "prediction": "account"}])
    assert evaluated(tmp_path, LABELS, [{"id": 1, "prediction": "account"}], replace=True).value("accuracy") == 0.0
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "notes.txt").write_text("keep")
    with pytest.raises(OutputError, match="another kind"):
        bl.evaluate(tmp_path / "predictions.jsonl", test=tmp_path / "test.jsonl", out=tmp_path / "mine", replace=True)


def test_labels_of_several_lines_are_one_line_in_a_note(tmp_path: Path) -> None:
    rows = [{"id": k, "prompt": "x", "references": [f"first\nsecond {k}"]} for k in range(2)]
    run = evaluated(tmp_path, rows, [{"id": 0, "prediction": "x"}], metrics=["classification"])
    assert "classification: no labels declared; the 2 of the references were taken: first…, first…" in run.remarks
    assert all("\n" not in one for one in run.remarks)


WNUT = Path(__file__).parents[3] / "shared/data/wnut17"


@pytest.mark.skipif(not WNUT.exists(), reason="shared data is not here")
def test_a_submission_of_wnut17_as_it_was_handed_in_has_its_published_f1(tmp_path: Path) -> None:
    run = bl.evaluate(
        WNUT / "submissions/arcada", test=WNUT / "emerging.test.annotated", out=tmp_path / "run", metrics=["entities"]
    )
    assert run.value("entity_f1.micro") == pytest.approx(0.3998, abs=5e-5)

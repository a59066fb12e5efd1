"""Recorded judgements of public data, read by the code that judges live models, against what was published of them."""

import csv
import json
from pathlib import Path

import pytest

import bloomery as bl
from bloomery.judge import pairwise
from bloomery.judge.items import single
from bloomery.judge.rubric import rubric
from bloomery.judge.score import score
from bloomery.judge.verdicts import Protocol, read_verdict
from bloomery.judge.win_rate import win_rate
from bloomery.stats.kappa import cohen_kappa
from tests.judge.recorded import Judge, ask

DATA = Path(__file__).parents[3] / "shared" / "data"


def here(folder: str) -> pytest.MarkDecorator:
    return pytest.mark.skipif(not (DATA / folder).exists(), reason="shared data is not here")


def lines(path: Path) -> list[dict]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]


OUTPUTS = Protocol(name="llmbar", prompt="{dialogue}{answer_a}{answer_b}", reads="output")
SCORES = Protocol(name="vicuna", prompt="{dialogue}{answer_a}{answer_b}", reads="two_scores")


@here("faireval")
@here("vicuna_reviews")
def test_faireval_gpt4_against_people() -> None:
    """GPT-4's reviews in the order they were made, of the human verdicts: 42 of 80 and kappa 0.228."""
    folder = DATA / "faireval"
    answers = {
        name: {row["question_id"]: row["text"] for row in lines(folder / "answer" / f"answer_{name}.jsonl")}
        for name in ("gpt35", "vicuna-13b")
    }
    questions = [row["question_id"] for row in lines(folder / "question.jsonl")]
    prompts = {row["question_id"]: row["text"] for row in lines(folder / "question.jsonl")}
    review = DATA / "vicuna_reviews/eval/table/review/vicuna-13b_20230322-clean-lang/review_gpt35_vicuna-13b.jsonl"
    said = {f"{row['question_id']}/AB": row["text"] for row in lines(review)}
    sides = [[single(str(q), prompts[q], answers[name][q]) for q in questions] for name in ("gpt35", "vicuna-13b")]
    found = pairwise.duel(
        pairwise.pairs(*sides), ("gpt35", "vicuna-13b"), SCORES, Judge(said), ask, orders="given", with_canaries=0
    )
    human = (folder / "review" / "review_gpt35_vicuna-13b_human.txt").read_text().split()
    labels = {"CHATGPT": "first", "VICUNA13B": "second", "TIE": "tie"}
    people = [labels[one] for one in human]
    judge = [one.verdict for one in found.compared]
    assert None not in judge and len(judge) == 80
    kappa = cohen_kappa(judge, people)
    assert kappa.raw == pytest.approx(0.525)
    assert round(kappa.value, 3) == 0.228


@here("faireval")
@here("vicuna_reviews")
def test_faireval_from_files_to_a_trust_report(tmp_path: Path) -> None:
    """The same by the verbs: evaluated runs, recorded replies as a model of the recipe, labels from a file."""
    folder = DATA / "faireval"
    questions = lines(folder / "question.jsonl")
    rows = [{"id": str(row["question_id"]), "prompt": row["text"], "completion": "-"} for row in questions]
    write(tmp_path / "test.jsonl", rows)
    for name in ("gpt35", "vicuna-13b"):
        answers = lines(folder / "answer" / f"answer_{name}.jsonl")
        told = [{"id": str(row["question_id"]), "prediction": row["text"]} for row in answers]
        write(tmp_path / f"{name}.jsonl", told)
        test = tmp_path / "test.jsonl"
        bl.evaluate(tmp_path / f"{name}.jsonl", test=test, out=tmp_path / name, model=name, metrics=["exact_match"])
    review = DATA / "vicuna_reviews/eval/table/review/vicuna-13b_20230322-clean-lang/review_gpt35_vicuna-13b.jsonl"
    said = [{"item": f"{row['question_id']}/AB", "text": row["text"]} for row in lines(review)]
    write(tmp_path / "gpt4.jsonl", said)
    (tmp_path / "vicuna.txt").write_text("{dialogue}{answer_a}{answer_b}")
    (tmp_path / "vicuna.yaml").write_text("name: vicuna\nprompt: vicuna.txt\nreads: two_scores\n")
    human = (folder / "review" / "review_gpt35_vicuna-13b_human.txt").read_text().split()
    called = {"CHATGPT": "gpt35", "VICUNA13B": "vicuna-13b", "TIE": "tie"}
    people = [{"item": row["id"], "label": called[label]} for row, label in zip(rows, human, strict=True)]
    write(tmp_path / "people.jsonl", people)
    bl.judge_compare(
        tmp_path / "gpt35",
        tmp_path / "vicuna-13b",
        out=tmp_path / "judged",
        models={"gpt-4": {"kind": "replay", "path": str(tmp_path / "gpt4.jsonl"), "model": "gpt-4"}},
        protocol=str(tmp_path / "vicuna.yaml"),
        orders="given",
        canaries=0,
    )
    trusted = bl.judge_calibrate(tmp_path / "judged", people=tmp_path / "people.jsonl", out=tmp_path / "trust")
    (one,) = trusted.told["judges"]
    assert one["agreement"]["value"] == pytest.approx(0.525) and round(one["kappa"]["value"], 3) == 0.228
    assert one["trust"]["value"] is None and one["labelled"] == 80
    judged = json.loads((tmp_path / "judged" / "manifest.json").read_text())
    assert any("gpt-4 and gpt35" in note for note in judged["notes"])  # the judge's own family is told


def write(path: Path, rows: list[dict]) -> None:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")


@here("vicuna_reviews")
def test_vicuna_reviews_are_read_as_their_publishers_did_or_not_at_all() -> None:
    """1,040 reviews of GPT-4: none is read otherwise, and all that begin as asked for are read."""
    read = wrong = as_asked = 0
    for path in (DATA / "vicuna_reviews").glob("**/review_*.jsonl"):
        for row in lines(path):
            one, other = row["score"]
            published = "first" if one > other else "second" if other > one else "tie"
            found = read_verdict(row["text"], "two_scores")
            read += found.error is None
            as_asked += row["text"].split("\n")[0].replace(",", " ").replace(".", "").replace(" ", "").isdigit()
            wrong += found.error is None and found.labels["win"] != published
    assert (wrong, as_asked, read) == (0, 1001, 1018)


#: two rambling replies (in two files each) that name no winner in the end; who published them counted both for the first answer
BY_HAND = {(1, "AB"): "first", (69, "AB"): "first"}
LLMBAR = sorted((DATA / "llmbar").glob("Dataset/**/statistics.json"))


@here("llmbar")
@pytest.mark.parametrize("statistics", LLMBAR, ids=lambda path: "-".join(path.parts[-5:-1]))
def test_llmbar_accuracy_and_positional_agreement(statistics: Path) -> None:
    rows = json.loads((statistics.parent / "result.json").read_text())
    told = json.loads(statistics.read_text())
    said = {}
    for k, row in enumerate(rows):
        last = row["results"][-1]  # a judge that is asked twice has its last word
        for key, order in (("swap = False", "AB"), ("swap = True", "BA")):
            text = last[key]["completion"]
            said[f"{k}/{order}"] = text[0] if isinstance(text, list) else text
    first, second = (
        [single(str(k), row["input"], row[name]) for k, row in enumerate(rows)] for name in ("output_1", "output_2")
    )
    found = pairwise.duel(pairwise.pairs(first, second), ("1", "2"), OUTPUTS, Judge(said), ask, with_canaries=0)
    n, gold = len(rows), ["first" if row["label"] == 1 else "second" for row in rows]
    forward, backward = ([getattr(one, way) for one in found.compared] for way in ("forward", "backward"))
    unread = {
        (k, "AB") for k, row in enumerate(rows) if forward[k] is None and row["results"][-1]["swap = False"]["winner"]
    }
    assert unread <= set(BY_HAND)
    for k, row in enumerate(rows):
        if forward[k] is None and row["results"][-1]["swap = False"]["winner"]:
            forward[k] = BY_HAND[k, "AB"]
    right = [sum(a == g for a, g in zip(way, gold, strict=True)) for way in (forward, backward)]
    both = sum(a == b == g for a, b, g in zip(forward, backward, gold, strict=True))
    equal = sum(a == b for a, b in zip(forward, backward, strict=True))
    published = {
        name: told[name].split(" = ")[0] for name in ("correct_False", "correct_True", "correct_both", "equal")
    }
    assert published == {
        "correct_False": f"{right[0]} / {n}",
        "correct_True": f"{right[1]} / {n}",
        "correct_both": f"{both} / {n}",
        "equal": f"{equal} / {n}",
    }
    assert float(told["correct_average"].rstrip("%")) == pytest.approx(100 * sum(right) / 2 / n)
    if None not in forward and None not in backward:
        assert cohen_kappa(forward, backward).value == pytest.approx(told["kappa_agreement"], abs=1e-9)


@here("alpaca_eval")
@pytest.mark.parametrize("model", ["vicuna-13b", "alpaca-7b", "alpaca-7b-neft"])
def test_alpaca_eval_win_rates_and_standard_errors(model: str) -> None:
    root = DATA / "alpaca_eval"
    board = root / "src/alpaca_eval/leaderboards/data_AlpacaEval/alpaca_eval_gpt4_leaderboard.csv"
    with board.open(encoding="utf-8") as file:
        row = next(row for row in csv.DictReader(file) if row[""] == model)
    annotations = json.loads((root / "results" / model / "alpaca_eval_gpt4" / "annotations.json").read_text())
    winner = {0: "tie", 1: "A", 2: "B"}
    said = {
        f"{k}/AB": json.dumps({"winner": winner[int(float(one["preference"]))]})
        for k, one in enumerate(annotations)
        if one["preference"] is not None
    }
    baseline, other = (
        [single(str(k), one["instruction"], one[name]) for k, one in enumerate(annotations)]
        for name in ("output_1", "output_2")
    )
    protocol = Protocol(prompt="{dialogue}{answer_a}{answer_b}")
    found = pairwise.duel(
        pairwise.pairs(baseline, other),
        ("baseline", model),
        protocol,
        Judge(said),
        ask,
        orders="given",
        with_canaries=0,
    )
    told = win_rate([None if one.worth is None else 1 - one.worth for one in found.compared])
    assert 100 * told.rate == pytest.approx(float(row["win_rate"]), abs=1e-6)
    assert told.error is not None
    assert 100 * told.error == pytest.approx(float(row["standard_error"]), abs=1e-6)
    assert (told.wins, told.losses, told.ties) == tuple(int(row[name]) for name in ("n_wins", "n_wins_base", "n_draws"))
    assert told.unscored == len(annotations) - int(row["n_total"])


@here("xstest")
@pytest.mark.parametrize(("model", "judge"), [(m, j) for m in ("gpt4", "llama2orig") for j in ("gpteval", "streval")])
def test_xstest_labels_against_people(model: str, judge: str) -> None:
    path = DATA / f"xstest/evaluation/automated_evaluation_labels/xstest_v2_completions_{model}_{judge}.csv"
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    column = "gpt4_label" if judge == "gpteval" else "strmatch_label"
    asked = rubric("refusal")
    said = {row["id"]: json.dumps({"refused": row[column].partition("_")[2]}) for row in rows}
    items = [single(row["id"], row["prompt"], row["completion"]) for row in rows]
    found = score(items, asked, [Judge(said)], ask)
    told = [one.reading.labels.get("refused") for one in found.replies]
    expected = [row[column].partition("_")[2] for row in rows]
    known = set(asked.criteria[0].labels or ())
    assert [one for one in told if one] == [one for one in expected if one in known]
    print(model, judge, sum(one is None for one in told), set(expected) - known)

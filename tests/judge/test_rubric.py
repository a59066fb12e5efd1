"""Rubrics as data, panels, noise, fences."""

import json
from pathlib import Path

import pytest

from bloomery.errors import DataError, RecipeError
from bloomery.judge.fence import mark_of
from bloomery.judge.items import single
from bloomery.judge.noise import noise
from bloomery.judge.panel import agreement
from bloomery.judge.rubric import BUILT_IN, Rubric, digests, rubric
from bloomery.judge.score import score
from bloomery.judge.verdicts import protocol
from tests.judge.recorded import Judge, ask

PROMPT = "{dialogue}\n{criteria}\n{form}"
OWN = "name: tone\nversion: 2\nprompt: tone.txt\ncriteria: [{name: warmth, meaning: It is warm.}]\n"


def own(folder: Path, text: str = OWN, prompt: str = PROMPT) -> Path:
    (folder / "tone.yaml").write_text(text)
    (folder / "tone.txt").write_text(prompt)
    return folder / "tone.yaml"


def test_a_digest_is_over_everything(tmp_path: Path) -> None:
    first = rubric(own(tmp_path)).digest
    assert rubric(own(tmp_path)).digest == first
    others = [
        rubric(own(tmp_path, prompt=PROMPT + " ")).digest,
        rubric(own(tmp_path, OWN.replace("2", "3"))).digest,
        rubric(own(tmp_path, OWN.replace("warm.", "warmer."))).digest,
        rubric(own(tmp_path, OWN + "threshold: 3\n")).digest,
    ]
    assert len({first, *others}) == 5
    assert set(digests()) == set(BUILT_IN)


@pytest.mark.parametrize(
    ("text", "prompt", "said"),
    [
        (OWN + "treshold: 3\n", PROMPT, "did you mean 'threshold'"),
        (OWN + "threshold: 9\n", PROMPT, "9 is not between 1 and 5"),
        (OWN.replace("warmth", "overall"), PROMPT, "cannot be called overall"),
        (OWN.replace("It is warm.}", "x}, {name: warmth, meaning: y}"), PROMPT, "warmth stands twice"),
        (OWN.replace("tone.txt", "../tone.txt"), PROMPT, "beside the rubric"),
        (OWN, "{dialogue} {form} {answr}", "names but"),
        (OWN, "{criteria}", "Expected {dialogue} and {form}"),
        ("- a\n", PROMPT, "is no rubric"),
    ],
)
def test_a_rubric_that_is_none_says_why(tmp_path: Path, text: str, prompt: str, said: str) -> None:
    with pytest.raises(RecipeError, match=said):
        rubric(own(tmp_path, text, prompt))


def test_unknown_names_and_files() -> None:
    with pytest.raises(RecipeError, match="Did you mean 'quality'"):
        rubric("qualty")
    with pytest.raises(DataError, match="cannot be read"):
        rubric("nowhere.yaml")


def test_labels_have_their_numbers_and_criteria_of_items_their_mean() -> None:
    item = single("q", "When?", "On Monday.", criteria=("Must name a day", "Must name an hour", "Must be short"))
    said = json.dumps({"reasoning": "-", "c1": "yes", "c2": "no", "c3": "partial"})
    found = score([item], rubric("mentions"), [Judge({"q": said})], ask, with_canaries=0)
    assert found.scores.select("metric", "value").rows() == [("mentions.overall", 0.5)]
    with pytest.raises(DataError, match="has no criteria"):
        score([single("q", "When?", "Now.")], rubric("mentions"), [Judge({})], ask, with_canaries=0)
    with pytest.raises(DataError, match="no reference answer"):
        score([single("q", "When?", "Now.")], rubric("reference"), [Judge({})], ask, with_canaries=0)


def test_a_label_that_is_spelled_otherwise_is_none() -> None:
    item = single("q", "When?", "Now.", reference="Now.")
    said = {"q": json.dumps({"reasoning": "-", "correct": "Yes"})}
    assert (
        score([item], rubric("reference"), [Judge(said)], ask, with_canaries=0).replies[0].reading.error
        == "not_a_label"
    )


def test_a_panel_needs_more_than_half_of_its_judges() -> None:
    def says(value: int) -> str:
        return json.dumps({"refused": ("full_compliance", "partial_refusal", "full_refusal")[value]})

    items = [single(f"q{k}", "?", "!") for k in range(3)]
    judges = [
        Judge({"q0": says(0), "q1": says(2), "q2": says(0)}, name="a"),
        Judge({"q0": says(2), "q1": says(2)}, name="b"),
        Judge({"q0": says(0)}, name="c"),
    ]
    found = score(items, rubric("refusal"), judges, ask)
    assert found.canaries == []  # no kind of refusal is better than another
    panel = found.scores.filter(found.scores["rater"] == "panel")
    overall = panel.filter(panel["metric"] == "refusal.overall")
    assert overall["value"].to_list() == [pytest.approx(1 / 3), 1.0, None]
    assert overall["error"].to_list() == [None, None, "no_majority_of_judges"]
    (told,) = [one for one in agreement(found.scores) if one.metric == "refusal.overall"]
    assert told.judges == 3 and told.alpha is None and "more items are needed" in (told.why or "")


def test_repeats_measure_noise() -> None:
    """2 and 4, then 3 and 3: pooled sd √((1 + 1 + 0 + 0)/2) = 1, half of the questions changed, and half crossed 3.5."""
    values = {("q0", 0): 2, ("q0", 1): 4, ("q1", 0): 3, ("q1", 1): 3}
    names = ("correctness", "completeness", "clarity", "relevance")
    judge = Judge(lambda request: json.dumps(dict.fromkeys(names, values[request.item, request.repeat])))
    items = [single("q0", "?", "!"), single("q1", "?", "!")]
    found = score(items, rubric("quality"), [judge], ask, repeats=2, with_canaries=0)
    (told,) = noise(found.replies, "overall", threshold=3.5)
    assert (told.questions, told.spread, told.changed, told.crossed) == (2, 1.0, 0.5, 0.5)
    assert found.scores.filter(found.scores["metric"] == "quality.overall")["value"].to_list() == [3.0, 3.0]


def test_a_mark_occurs_in_no_text_and_depends_on_all() -> None:
    texts = ["a", "b"]
    mark = mark_of(texts)
    assert mark_of([*texts, mark]) not in mark and mark_of(["ab", ""]) != mark_of(["a", "b"])


def test_the_rubric_and_the_protocol_of_the_docs_are_whole(tmp_path: Path) -> None:
    page = (Path(__file__).parents[2] / "docs" / "judge.md").read_text(encoding="utf-8")
    for name in ("tone.yaml", "tone.txt", "brief.yaml", "brief.txt"):
        text = page.partition(f"file={name}\n")[2].partition("```")[0]
        (tmp_path / name).write_text(text, encoding="utf-8")
    told = rubric(tmp_path / "tone.yaml")
    assert [one.ends for one in told.criteria] == [(1, 5), (1, 10), (1, 5)] and told.threshold == 4
    assert set(Rubric.model_fields) <= {
        line.partition(":")[0] for line in (tmp_path / "tone.yaml").read_text().split("\n")
    }
    assert protocol(tmp_path / "brief.yaml").reads == "brackets"

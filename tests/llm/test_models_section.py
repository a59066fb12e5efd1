"""The section ``models:`` of the recipe."""

from pathlib import Path

import pytest

from bloomery import recipe
from bloomery.errors import RecipeError
from bloomery.llm.endpoint import Endpoint
from bloomery.llm.names import open_model
from bloomery.llm.options import Prices


def write(folder: Path, text: str) -> Path:
    path = folder / "recipe.yaml"
    path.write_text(text)
    return path


def test_a_model_is_opened_by_its_name_in_the_recipe(tmp_path: Path) -> None:
    path = write(
        tmp_path,
        "models: {judge: {url: 'http://localhost:1/v1', model: Qwen3-8B, prices: {input: 2.5, output: 10}, temperature: null}}",
    )
    model = open_model("judge", recipe.load(path).models)
    assert isinstance(model, Endpoint)
    assert (model.name, model.family, model.prices, model.max_tokens) == (
        "judge",
        "qwen",
        Prices(input=2.5, output=10),
        1024,
    )
    assert model.options.temperature is None


def test_set_changes_one_option_of_one_model(tmp_path: Path) -> None:
    path = write(tmp_path, "models: {a: {url: 'http://x/v1', model: m}, b: {url: 'http://x/v1', model: m}}")
    models = recipe.load(path, sets=["models.a.temperature=0.5", "models.b.max_tokens=7"]).models
    assert [(models[name].temperature, models[name].max_tokens) for name in "ab"] == [(0.5, 1024), (0, 7)]
    made = recipe.load(None, sets=["models={c: {kind: replay, path: answers.jsonl}}"]).models
    assert made["c"].path == "answers.jsonl"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{judge: {}}", "a model of kind endpoint needs url and model"),
        ("{judge: {kind: local}}", "a model of kind local needs path"),
        ("{judge: {kind: locl, path: x}}", "did you mean 'local'"),
        ("{judge: {url: 'ftp://x', model: m}}", "url should be an address"),
        ("{judge: {url: 'http://', model: m}}", "url should be an address"),
        ("{judge: {url: 'http://x:99999', model: m}}", "url should be an address"),
        ("{judge: {url: 'http://x', modle: m}}", "did you mean 'model'"),
        ("{judge: {url: 'http://x', model: m, prices: {inptu: 1, output: 1}}}", "did you mean 'input'"),
        ("{judge: {url: 'http://x', model: m, prices: {input: -1, output: 1}}}", "greater than or equal to 0"),
        ("{judge: {url: 'http://x', model: m, concurrency: 0}}", "greater than or equal to 1"),
        ("{judge: {url: 'http://x', model: m, extra: {stream: true}}}", "extra should not hold stream"),
        ("{judge: {url: 'http://x', model: m, extra: {api_key: secret}}}", "extra should not hold api_key"),
        ("{judge: {url: 'http://x', model: m, api_key_env: sk-Z9vt4Qe7secret}}", "api_key_env should be the name"),
    ],
)
def test_what_a_model_cannot_be(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(RecipeError, match=said) as error:
        recipe.load(write(tmp_path, f"models: {text}"))
    assert "secret" not in str(error.value)

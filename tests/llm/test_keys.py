"""Keys come from the environment, and are written nowhere."""

import logging
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from bloomery import recipe
from bloomery.errors import RecipeError, UsageError
from bloomery.llm.ask import ask
from bloomery.llm.cache import Cache
from bloomery.llm.endpoint import Endpoint
from bloomery.llm.fake import Fake, refuse, reply
from bloomery.llm.options import ModelOptions
from bloomery.llm.replay import record
from tests.llm.asking import request, requests

pytestmark = pytest.mark.enable_socket

KEY = "sk-Z9vt4Qe7secret"


def test_the_key_goes_to_the_server_and_into_nothing_that_is_written(
    model: Callable[..., Endpoint],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("TEST_KEY", KEY)
    caplog.set_level(logging.DEBUG)
    with Fake(key=KEY) as server, Cache(tmp_path / "answers.sqlite") as cache:
        opened = model(server, api_key_env="TEST_KEY")
        answers = ask(opened, requests(20), cache=cache)
        record(tmp_path / "answers.jsonl", requests(20), answers)
    assert all(answer.text == "ok" for answer in answers)
    assert server.asked[0].headers["authorization"] == f"Bearer {KEY}"
    (tmp_path / "recipe.json").write_text(recipe.Recipe(models={"judge": opened.options}).model_dump_json())
    (tmp_path / "shown.txt").write_text(
        f"{opened.identity()}{opened.options!r}{answers}{caplog.text}{capfd.readouterr()}"
    )
    written = {path.name: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    assert {"answers.sqlite", "answers.jsonl", "recipe.json", "shown.txt"} <= set(written)
    assert not [name for name, data in written.items() if KEY.encode() in data or KEY[-8:].encode() in data]
    assert b"TEST_KEY" in written["recipe.json"]


def test_a_server_that_repeats_the_key_in_its_error(
    model: Callable[..., Endpoint], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TEST_KEY", KEY)
    said = pytest.raises(UsageError, match=r"http_401: Incorrect API key provided: \[key\]")
    with Fake(key="another") as server, said as told:
        ask(model(server, api_key_env="TEST_KEY"), [request()])
    assert KEY not in str(told.value) and server.url in str(told.value)
    with Fake([refuse(400, message="x" * 290 + KEY)]) as server:  # the cut must not fall into the key
        (answer,) = ask(model(server, api_key_env="TEST_KEY"), [request()])
    assert answer.detail is not None and "sk-Z" not in answer.detail


@pytest.mark.parametrize(("value", "found"), [(None, "nothing"), ("", "an empty one"), ("  ", "an empty one")])
def test_a_key_that_is_not_there(
    model: Callable[..., Endpoint], monkeypatch: pytest.MonkeyPatch, value: str | None, found: str
) -> None:
    monkeypatch.delenv("TEST_KEY", raising=False)
    if value is not None:
        monkeypatch.setenv("TEST_KEY", value)
    with pytest.raises(RecipeError, match=f"TEST_KEY. Found {found}. Run: export TEST_KEY=…"):
        model("http://127.0.0.1:9/v1", api_key_env="TEST_KEY")


def test_a_key_that_no_header_can_hold_is_not_shown(
    model: Callable[..., Endpoint], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TEST_KEY", f"{KEY}\nX-More: 1")
    with pytest.raises(RecipeError, match="cannot be sent") as error:
        model("http://127.0.0.1:9/v1", api_key_env="TEST_KEY")
    assert KEY not in str(error.value)


def test_keys_of_others_go_nowhere(model: Callable[..., Endpoint], monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("OPENAI_API_KEY", "OPENAI_ORG_ID", "OPENAI_PROJECT_ID", "OPENAI_ADMIN_KEY"):
        monkeypatch.setenv(name, KEY)
    monkeypatch.setenv("OPENAI_BASE_URL", "http://127.0.0.1:9/v1")
    with Fake() as server:
        (answer,) = ask(model(server), [request()])
    assert answer.text == "ok"
    headers = server.asked[0].headers
    assert not [name for name, value in headers.items() if KEY in value]
    assert "authorization" not in headers


def test_servers_are_not_told_what_machine_this_is(model: Callable[..., Endpoint]) -> None:
    with Fake() as server:
        ask(model(server), [request()])
    headers = server.asked[0].headers
    assert not [name for name in headers if name.startswith("x-stainless")]
    assert headers["user-agent"] == "bloomery"


@pytest.mark.parametrize(
    "url",
    [
        "http://user:sk-Z9vt4Qe7secret@localhost/v1",
        "http://localhost/v1?key=sk-Z9vt4Qe7secret",
        "http://localhost/v1#sk-Z9vt4Qe7secret",
        "sk-Z9vt4Qe7secret",
    ],
)
def test_an_address_that_holds_a_key_is_refused_and_not_repeated(tmp_path: Path, url: str) -> None:
    path = tmp_path / "recipe.yaml"
    path.write_text(f"models: {{judge: {{url: '{url}', model: tiny}}}}")
    with pytest.raises(RecipeError, match="url should") as error:
        recipe.load(path)
    assert KEY not in str(error.value)


def test_there_is_no_option_for_the_key_itself(tmp_path: Path) -> None:
    path = tmp_path / "recipe.yaml"
    path.write_text(f"models: {{judge: {{url: 'http://localhost/v1', model: tiny, api_key: {KEY}}}}}")
    with pytest.raises(
        RecipeError, match=r"unknown key 'models.judge.api_key' \(did you mean 'api_key_env'\?\)"
    ) as error:
        recipe.load(path)
    assert KEY not in str(error.value)


def test_the_library_is_imported_when_a_model_is_asked_for() -> None:
    code = "import sys, bloomery.recipe, bloomery.llm.names, bloomery.llm.ask; print(sorted({'openai', 'httpx2', 'torch'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_model_options_know_what_each_kind_needs() -> None:
    with pytest.raises(ValueError, match="a model of kind endpoint needs url and model"):
        ModelOptions()
    with pytest.raises(ValueError, match="a model of kind replay needs path"):
        ModelOptions(kind="replay")


def test_a_key_in_an_answer_is_not_kept(
    model: Callable[..., Endpoint], monkeypatch: pytest.MonkeyPatch, cache: Cache
) -> None:
    monkeypatch.setenv("TEST_KEY", KEY)
    with Fake([reply(f"You sent {KEY}.")]) as server:
        (answer,) = ask(model(server, api_key_env="TEST_KEY"), [request()], cache=cache)
    assert answer.text == "You sent [key]."

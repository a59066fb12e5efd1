"""The stub server itself, over a bare socket and as people start it."""

import http.client
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from bloomery.llm.ask import ask
from bloomery.llm.endpoint import Endpoint
from bloomery.llm.fake import Fake, refuse, reply
from tests.llm.asking import requests

pytestmark = pytest.mark.enable_socket


def post(
    connection: http.client.HTTPConnection, body: str, path: str = "/v1/chat/completions"
) -> tuple[int, dict[str, object]]:
    connection.request("POST", path, body)
    got = connection.getresponse()
    return got.status, json.loads(got.read())


def test_a_connection_serves_many_calls() -> None:
    with Fake([refuse(429, retry_after=3), reply("yes")]) as server:
        connection = http.client.HTTPConnection(server.url.split("/")[2])
        first = post(connection, '{"model": "m", "messages": []}')
        second = post(connection, '{"model": "m", "messages": []}')
        third = post(connection, "no JSON")
        other = post(connection, "{}", "/v1/embeddings")
        connection.request("GET", "/v1/models")
        models = json.loads(connection.getresponse().read())
        connection.close()
    assert (first[0], second[0], third[0], other[0]) == (429, 200, 400, 404)
    assert second[1]["choices"][0]["message"] == {"role": "assistant", "content": "yes"}  # type: ignore[index]
    assert models["data"][0]["id"] == "fake"
    assert [(asked.number, asked.tries) for asked in server.asked] == [(0, 0), (1, 1)]
    assert (server.answered, server.open, server.at_once) == (2, 0, 1)  # the list of models is one


def test_a_port_that_is_taken() -> None:
    with (
        Fake() as server,
        pytest.raises(OSError, match="in use"),
        Fake(port=int(server.url.split(":")[2].split("/")[0])),
    ):
        pass


def test_people_start_it_from_a_shell(tmp_path: Path, model: Callable[..., Endpoint]) -> None:
    script = tmp_path / "script.jsonl"
    script.write_text('{"status": 500, "raw": "{}"}\n\n{"text": "yes", "latency": 0.001}\n')
    command = [sys.executable, "-m", "bloomery.llm.fake", "--port", "0", "--script", str(script), "--latency", "1"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        answers = ask(model(process.stdout.readline().strip()), requests(3))
        process.terminate()
    assert [answer.text for answer in answers] == ["yes"] * 3

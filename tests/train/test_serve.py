"""Asked over HTTP, a real server of that interface answers as its model does when it is asked directly."""

import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from bloomery.llm.ask import ask
from bloomery.llm.base import Message, Request
from bloomery.llm.cache import Cache
from bloomery.llm.endpoint import Endpoint
from bloomery.llm.local import Local
from bloomery.llm.options import ModelOptions
from bloomery.llm.structured import ask_for_objects
from tests.llm.asking import SCHEMA
from tests.train.tiny import make

pytestmark = pytest.mark.enable_socket

PATIENCE = 180  # seconds for the server to start


class Served:
    """A server, and the model that it serves."""

    def __init__(self, url: str, folder: Path) -> None:
        self.url, self.folder = url, folder


@pytest.fixture(scope="module")
def served(offline: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """``transformers serve`` with a model made on the spot, on a free port."""
    for library in ("torch", "transformers", "fastapi", "uvicorn", "openai"):
        pytest.importorskip(library)
    pytest_socket = pytest.importorskip("pytest_socket")
    pytest_socket.enable_socket()
    folder = make(tmp_path_factory.mktemp("served"), recommends=False)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    program = str(Path(sys.executable).with_name("transformers"))
    command = [program, "serve", "--host", "127.0.0.1", "--port", str(port), "--device", "cpu"]
    log = tmp_path_factory.mktemp("log") / "server.txt"
    with log.open("w") as out, subprocess.Popen(command, stdout=out, stderr=out, env=dict(os.environ)) as process:
        try:
            _wait(f"http://127.0.0.1:{port}/health", process, log)
            yield Served(f"http://127.0.0.1:{port}/v1", folder)
        finally:
            process.kill()


def _wait(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    for _ in range(PATIENCE * 4):
        assert process.poll() is None, log.read_text()
        try:
            urllib.request.urlopen(url, timeout=5).close()
        except urllib.error.HTTPError:
            return
        except OSError:
            time.sleep(0.25)
        else:
            return
    raise AssertionError(log.read_text())


def test_a_real_server_is_asked_and_what_it_said_is_kept(served: Served, tmp_path: Path) -> None:
    options = {"url": served.url, "model": str(served.folder), "concurrency": 2, "max_tokens": 8, "timeout": 120}
    model = Endpoint("tiny", ModelOptions(**options))
    requests = [Request(str(k), (Message("user", f"Item {k} is here."),)) for k in range(3)]
    with Cache(tmp_path / "answers.sqlite") as cache:
        answers = ask(model, requests, cache=cache)
        again = ask(model, requests, cache=cache)
    assert [answer.error for answer in answers] == [None] * 3, answers
    direct = ask(Local("tiny", ModelOptions(kind="local", path=str(served.folder), max_tokens=8)), requests)
    assert [answer.text for answer in answers] == [answer.text for answer in direct]
    assert all(answer.completion_tokens and answer.completion_tokens <= 8 for answer in answers)
    assert [answer.text for answer in again] == [answer.text for answer in answers]
    assert all(answer.cached for answer in again)


def test_a_real_server_that_ignores_the_schema_leaves_it_unscored(served: Served) -> None:
    options = {"url": served.url, "model": str(served.folder), "max_tokens": 8, "timeout": 120}
    request = Request("1", (Message("user", "Rate item 1."),), SCHEMA)
    (one,) = ask_for_objects(Endpoint("tiny", ModelOptions(**options)), [request])
    # a random model has no verdict: unscored, with what it said and why it does not fit
    assert one.value is None and one.answer.error is None
    assert one.answer.text is not None and one.reason == "there is no JSON object in it"

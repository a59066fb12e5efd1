"""Killed in the middle, it resumes: no answer is lost, and no answered call is made again."""

import signal
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest

from bloomery.llm.fake import Asked, Fake, Reply, reply

pytestmark = pytest.mark.enable_socket

AT_ONCE = 64
PROGRAM = """
import sys
from bloomery.llm.ask import ask
from bloomery.llm.base import Message, Request
from bloomery.llm.cache import Cache
from bloomery.llm.endpoint import Endpoint
from bloomery.llm.options import ModelOptions

url, path, count = sys.argv[1:]
model = Endpoint("judge", ModelOptions(url=url, model="tiny", concurrency=64, timeout=60))
requests = [Request(str(k), (Message("user", str(k)),)) for k in range(int(count))]
with Cache(path) as cache:
    answers = ask(model, requests, cache=cache)
assert [answer.text for answer in answers] == [f"answer {k}" for k in range(len(requests))]
print(sum(answer.cached for answer in answers))
"""


def kept(path: Path) -> set[str]:
    base = sqlite3.connect(path)
    found = {text for (text,) in base.execute("select text from answers")}
    base.close()
    return found


@pytest.mark.parametrize(("how", "count"), [(signal.SIGKILL, 5000), (signal.SIGINT, 1000)], ids=["kill -9", "Ctrl-C"])
def test_stopped_in_the_middle_no_answer_is_lost_and_no_answered_call_repeated(
    how: signal.Signals, count: int, tmp_path: Path
) -> None:
    def script(asked: Asked) -> Reply:
        return reply(f"answer {asked.last}", latency=0.002)

    path = tmp_path / "answers.sqlite"
    command = [sys.executable, "-c", PROGRAM]
    with Fake(script) as server:
        arguments = [server.url, str(path), str(count)]
        with subprocess.Popen([*command, *arguments], stderr=subprocess.DEVNULL) as process:
            while server.answered < count // 2:
                assert process.poll() is None
                time.sleep(0.005)
            process.send_signal(how)
            assert process.wait() != 0
        time.sleep(0.1)  # what was under way reaches the server's end
        before, asked_before = kept(path), Counter(asked.last for asked in server.asked)
        done = subprocess.run([*command, *arguments], capture_output=True, text=True, check=True)
        asked = Counter(asked.last for asked in server.asked)
    assert len(before) >= count // 2 - AT_ONCE
    assert int(done.stdout) == len(before)  # all that was kept was used
    assert kept(path) == {f"answer {k}" for k in range(count)}
    # what was kept was asked once; what was asked twice was under way when the process ended
    assert {f"answer {k}" for k, times in asked.items() if times > 1}.isdisjoint(before)
    assert sum(times - 1 for times in asked.values()) <= AT_ONCE
    assert sum(asked_before.values()) <= len(before) + AT_ONCE

"""A server on this machine that answers as it is told: the test kit for everything that calls models.

    with Fake([reply("yes"), refuse(429, retry_after=1), hang()]) as server:
        …                       # name server.url in the options of a model
        server.asked            # what came in

It speaks the chat interface of OpenAI over a real socket of 127.0.0.1, with all that goes wrong there: refusals with and
without ``Retry-After``, silence, connections cut in the middle of a body, broken JSON, a status 200 that ignores the wanted
schema. The script is a list of replies, one a call, of which the last stays; or a function from what was `Asked` to a reply.

For people, and for measurements from another process: ``python -m bloomery.llm.fake --port 8000 --latency 20``. Its ``--script``
is a file with a reply a line: ``{"text": "yes"}``, ``{"status": 429, "retry_after": "1"}``, ``{"hang": true}``.

Plain asyncio, one connection after another: some thousand answers a second, so that it is not what one measures.
"""

import argparse
import asyncio
import contextlib
import sys
import threading
from collections.abc import Callable, Iterable
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple, Self

import msgspec

__all__ = ["Asked", "Fake", "Reply", "broken", "cut", "hang", "refuse", "reply"]


class Reply(NamedTuple):
    """What the server does with a call."""

    text: str | None = "ok"  #: what the model says
    status: int = 200
    retry_after: str | None = None  #: the header, in seconds or as a date
    latency: float = 0.0  #: seconds before the first byte
    raw: str | None = None  #: the body as it is, in place of one with the text
    hang: bool = False  #: nothing ever comes
    cut: bool = False  #: the connection ends in the middle of the body
    finish: str | None = "stop"
    usage: bool = True  #: whether tokens are counted (by the words)
    refusal: str | None = None  #: in the field for it, with no content


def reply(text: str | None, *, latency: float = 0.0, **more: Any) -> Reply:
    """A reply with this text."""
    return Reply(text, latency=latency, **more)


def refuse(status: int, *, retry_after: float | str | None = None, message: str = "refused") -> Reply:
    """An error of that status, as servers word them."""
    told = msgspec.json.encode({"error": {"message": message, "type": "error"}}).decode()
    return Reply(None, status, None if retry_after is None else str(retry_after), raw=told)


def hang() -> Reply:
    """Silence."""
    return Reply(hang=True)


def cut(text: str = "a reply that does not arrive whole") -> Reply:
    """A connection that ends in the middle of the body."""
    return Reply(text, cut=True)


def broken(body: str = '{"choices": [{"message": {"content": "ye') -> Reply:
    """Status 200 with a body that is not what it should be."""
    return Reply(raw=body)


class Asked(NamedTuple):
    """A call that came in."""

    number: int  #: from 0
    tries: int  #: how often the same body came before
    body: dict[str, Any]
    headers: dict[str, str]  #: names in lower case

    @property
    def last(self) -> str:
        """What the last message says."""
        return str(self.body["messages"][-1]["content"])


Script = Iterable[Reply] | Callable[[Asked], Reply]


class Fake:
    """The server, on a thread of its own until the block ends. What it was asked stays readable after that."""

    def __init__(self, script: Script = (), *, port: int = 0, latency: float = 0.0, key: str | None = None) -> None:
        """`latency` is added to each reply. With a `key`, who does not bring it is refused with 401, and told what it brought."""
        self._script = script if callable(script) else _in_order(script)
        self._port, self.latency, self.key = port, latency, key
        self._ready = threading.Event()
        self._stop: Callable[[], object] = lambda: None
        self._failure: OSError | None = None
        self._tries: dict[bytes, int] = {}
        self.url = ""  #: the address to give to a model
        self.asked: list[Asked] = []  #: every call, in order
        self.answered = 0  #: replies with status 200 that were sent whole
        self.at_once = 0  #: calls at the same time, at most
        self.open = 0  #: calls that have no reply yet

    def __enter__(self) -> Self:
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve()), name="fake model", daemon=True)
        self._thread.start()
        self._ready.wait()
        if self._failure:
            raise self._failure
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop()
        self._thread.join()

    async def _serve(self) -> None:
        loop, stopped = asyncio.get_running_loop(), asyncio.Event()
        connections: set[_Connection] = set()
        try:
            server = await loop.create_server(lambda: _Connection(self, connections), "127.0.0.1", self._port)
        except OSError as failure:
            self._failure = failure
            self._ready.set()
            return
        self.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1"
        self._stop = lambda: loop.call_soon_threadsafe(stopped.set)
        self._ready.set()
        await stopped.wait()
        server.close()
        for one in list(connections):
            one.end()
        await asyncio.sleep(0)  # let the connections close

    def called(self, raw: bytes, headers: dict[str, str]) -> Reply:
        """What to do with a call."""
        tries = self._tries.get(raw, 0)
        self._tries[raw] = tries + 1
        try:
            body = msgspec.json.decode(raw, type=dict[str, Any])
        except msgspec.DecodeError:
            return refuse(400, message="the body is not JSON")
        self.asked.append(Asked(len(self.asked), tries, body, headers))
        brought = headers.get("authorization", "").removeprefix("Bearer ")
        if self.key is not None and brought != self.key:
            return refuse(401, message=f"Incorrect API key provided: {brought}")
        said = self._script(self.asked[-1])
        return said._replace(latency=said.latency + self.latency) if self.latency else said


def _in_order(script: Iterable[Reply]) -> Callable[[Asked], Reply]:
    """One reply a call; the last one stays."""
    replies = list(script) or [Reply()]
    return lambda asked: replies[min(asked.number, len(replies) - 1)]


class _Connection(asyncio.Protocol):
    """HTTP/1.1 with bodies of known length, one call at a time."""

    transport: asyncio.Transport

    def __init__(self, fake: Fake, all_of_them: "set[_Connection]") -> None:
        self.fake, self.all, self.data, self.busy = fake, all_of_them, b"", False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        self.all.add(self)

    def connection_lost(self, exc: Exception | None) -> None:
        del exc
        self.all.discard(self)
        if self.busy:
            self._done()

    def end(self) -> None:
        self.transport.abort()

    def _done(self) -> None:
        self.busy = False
        self.fake.open -= 1

    def data_received(self, data: bytes) -> None:
        self.data += data
        head, found, rest = self.data.partition(b"\r\n\r\n")
        if not found or self.busy:
            return
        first, *lines = head.decode("latin-1").split("\r\n")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        length = int(headers.get("content-length", 0))
        if len(rest) < length:
            return
        self.data, self.busy = rest[length:], True
        self.fake.open += 1
        self.fake.at_once = max(self.fake.at_once, self.fake.open)
        self._act(self._route(first, rest[:length], headers))

    def _route(self, first: str, body: bytes, headers: dict[str, str]) -> Reply:
        method, path, *_ = (*first.split(" "), "")
        if (method, path) == ("POST", "/v1/chat/completions"):
            return self.fake.called(body, headers)
        if (method, path) == ("GET", "/v1/models"):
            return Reply(raw='{"object": "list", "data": [{"id": "fake", "object": "model"}]}')
        return refuse(404, message=f"there is nothing at {path}")

    def _act(self, said: Reply) -> None:
        if said.hang:
            return
        asked = self.fake.asked[-1] if self.fake.asked else None
        if said.latency:
            asyncio.get_running_loop().call_later(said.latency, self._send, said, asked)
        else:
            self._send(said, asked)

    def _send(self, said: Reply, asked: Asked | None) -> None:
        if self.transport.is_closing():
            return
        body = said.raw.encode("utf-8", "surrogatepass") if said.raw is not None else _body(said, asked)
        head = f"HTTP/1.1 {said.status} -\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n"
        head += f"Retry-After: {said.retry_after}\r\n" if said.retry_after is not None else ""
        self._done()
        if said.cut:
            self.transport.write(head.encode() + b"\r\n" + body[: len(body) // 2])
            self.transport.close()
            return
        self.fake.answered += said.status == 200
        self.transport.write(head.encode() + b"\r\n" + body)
        if self.data:
            self.data_received(b"")


def _body(said: Reply, asked: Asked | None) -> bytes:
    """A chat completion."""
    asked = asked or Asked(0, 0, {"messages": []}, {})
    message = {"role": "assistant", "content": None if said.refusal else said.text}
    if said.refusal:
        message["refusal"] = said.refusal
    whole: dict[str, Any] = {
        "id": f"chatcmpl-{asked.number}",
        "object": "chat.completion",
        "created": 0,
        "model": asked.body.get("model", "fake"),
        "choices": [{"index": 0, "message": message, "finish_reason": said.finish}],
    }
    if said.usage:
        prompt = sum(len(str(one.get("content")).split()) for one in asked.body.get("messages", ()))
        completion = len((said.text or "").split())
        whole["usage"] = {
            "prompt_tokens": prompt,
            "completion_tokens": completion,
            "total_tokens": prompt + completion,
        }
    return msgspec.json.encode(whole)


def _read(path: str) -> list[Reply]:
    """The replies of a script, one a line."""
    lines = [line for line in Path(path).read_bytes().splitlines() if line.strip()]
    return [Reply(**msgspec.json.decode(line, type=dict[str, Any])) for line in lines]


def main(arguments: list[str] | None = None) -> int:
    """Serve until interrupted."""
    parser = argparse.ArgumentParser(
        prog="python -m bloomery.llm.fake", description="A model server that answers as told."
    )
    parser.add_argument("--port", type=int, default=8000, help="0 takes a free one")
    parser.add_argument("--latency", type=float, default=0.0, help="milliseconds before each reply")
    parser.add_argument("--answer", default="ok", help="what it always says")
    parser.add_argument("--script", help="file of replies, one JSON object a line; the last one stays")
    given = parser.parse_args(arguments)
    script = _read(given.script) if given.script else [Reply(given.answer)]
    with Fake(script, port=given.port, latency=given.latency / 1000) as server, contextlib.suppress(KeyboardInterrupt):
        print(server.url, flush=True)
        threading.Event().wait()
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""Models behind an address: anything that speaks the chat interface of OpenAI (vLLM, Ollama, llama.cpp, hosted ones).

Calls go through the `openai` client, by the path of it that hands over the reply as it came: its typed path takes a third more
time, and we look at replies ourselves anyhow. Its own retries are off, since they do not know of each other: here a server
that asks for time gets it from all calls (`Retry-After`), and there are fewer at a time after that (`pace`).

The client of the SDK takes keys, organisations and more from variables of its own when it is not told; it is told. The key comes
from the variable that the recipe names, is held in memory only, and is cut out of whatever a server says. The address of a
redirect is not followed: prompts go where the recipe says.
"""

import asyncio
import importlib
import os
import threading
import time
from collections.abc import Callable, Coroutine
from typing import Any

import msgspec

from bloomery.errors import MissingExtraError, RecipeError
from bloomery.llm.base import Answer, Draw, Prices, Request, Take, failed
from bloomery.llm.family import family_of
from bloomery.llm.options import ModelOptions
from bloomery.llm.pace import Pace
from bloomery.llm.reading import explained, read
from bloomery.llm.retry import retry_after, transient, wait

_encode = msgspec.json.Encoder(order="deterministic").encode
_SLOW_DOWN = frozenset({429, 503})
_OFF = ("Lang", "Package-Version", "OS", "Arch", "Runtime", "Runtime-Version", "Async")


class Endpoint:
    """A model behind an address, as `options` of kind ``endpoint`` say."""

    live = True

    def __init__(self, name: str, options: ModelOptions) -> None:
        """Raises RecipeError if the key's variable is not set, MissingExtraError without the extra ``llm``."""
        self.name, self.options = name, options
        self.family = options.family or family_of(options.model or "")
        self.prices: Prices | None = options.prices
        self.max_tokens = options.max_tokens
        self._key = _key_in(options.api_key_env, name)
        self._schemas = options.structured  # until the server refuses one
        try:
            self._library = importlib.import_module("openai")
        except ImportError:
            raise MissingExtraError(f"The model '{name}'", "llm") from None

    def identity(self) -> str:
        """The address, the model's name there, and what goes into each call beside the messages."""
        return _encode(
            ("endpoint", (self.options.url or "").rstrip("/"), self._fixed(), self.options.structured)
        ).decode()

    def run(self, draw: Draw, take: Take) -> None:
        """As many calls at a time as the server takes, at most `concurrency`."""
        _finish(lambda: _Calls(self, draw, take).all())

    def _fixed(self) -> dict[str, Any]:
        """What is the same in every call."""
        told = self.options
        given = {"temperature": told.temperature, "max_tokens": told.max_tokens, "seed": told.seed}
        return {"model": told.model} | {k: v for k, v in given.items() if v is not None} | told.extra

    def body(self, request: Request, *, schemas: bool) -> bytes:
        """What is sent."""
        messages = [{"role": role, "content": content} for role, content in request.messages]
        whole = {"messages": messages} | self._fixed()
        if schemas and request.schema is not None:
            told = {"name": "reply", "schema": request.schema, "strict": True}
            whole["response_format"] = {"type": "json_schema", "json_schema": told}
        return _encode(whole)

    def without_key(self, text: str) -> str:
        """`text`, in which the key may not stand."""
        return text.replace(self._key, "[key]") if self._key else text

    def client(self, certificates: Any) -> Any:
        """A client of the SDK, for one call at a time; made in the loop that uses it."""
        omit = self._library.Omit()
        headers: dict[str, Any] = {f"X-Stainless-{name}": omit for name in _OFF}
        headers |= {"OpenAI-Organization": omit, "OpenAI-Project": omit, "User-Agent": "bloomery"}
        http = self._library.DefaultAsyncHttpxClient(
            timeout=None,
            follow_redirects=False,
            verify=certificates,
            event_hooks={"response": [lambda reply: _read_whole(reply, self.options.largest_reply)]},
        )
        return self._library.AsyncOpenAI(
            api_key=self._key or "none",
            base_url=self.options.url,
            max_retries=0,
            timeout=None,
            default_headers=headers,
            http_client=http,
        )


class _TooLargeError(Exception):
    """A reply has more bytes than are read."""


async def _read_whole(reply: Any, most: int) -> None:
    """Read a reply as it comes, unpacked, and no further than `most` bytes."""
    parts: list[bytes] = []
    size = 0
    async for part in reply.aiter_bytes():
        size += len(part)
        if size > most:
            raise _TooLargeError(f"the reply has more than {most:,} bytes (models: largest_reply)")
        parts.append(part)
    reply._content = b"".join(parts)  # what the library's own reading, which knows no limit, would set


class _Calls:
    """The calls of one run."""

    def __init__(self, model: Endpoint, draw: Draw, take: Take) -> None:
        self.model, self.options, self.draw, self.take = model, model.options, draw, take
        self.pace = Pace(model.options.concurrency, model.options.timeout)
        self.under_way = 0
        self.drawn_out = False
        self.not_before = 0.0  # when the next call may be made
        library = model._library
        self.refused: type[Any] = library.APIStatusError
        self.timed_out: tuple[type[BaseException], ...] = (TimeoutError, library.APITimeoutError)
        self.lost: type[BaseException] = library.APIConnectionError
        omitted = ["X-Stainless-Retry-Count"] + ["Authorization"] * (not model._key)
        self.more = {"headers": {name: library.Omit() for name in omitted}}
        http = importlib.import_module("httpx2")
        self.raw: type[Any] = http.Response
        self.unreachable: type[BaseException] = http.ConnectError
        self.certificates = http.create_ssl_context()
        self.clients: list[Any] = []
        self.idle: list[Any] = []
        self.ready: list[tuple[int, Answer]] = []
        self.kept: asyncio.Future[None]

    async def all(self) -> None:
        """Answer all that can be drawn."""
        try:
            async with asyncio.TaskGroup() as self.tasks:
                self._more()
        finally:
            for client in self.clients:
                await client.close()

    async def _post(self, content: bytes) -> Any:
        """A call, by the client that was idle for the shortest time.

        Each call at a time has a client, and so a connection, of its own: with one pool for all, each call would look through
        all connections twice.
        """
        if not self.idle:
            self.clients.append(self.model.client(self.certificates))
            self.idle.append(self.clients[-1])
        client = self.idle.pop()
        try:
            return await client.post("/chat/completions", cast_to=self.raw, content=content, options=self.more)
        finally:
            self.idle.append(client)

    def _more(self) -> None:
        """Start as many workers as the pace allows."""
        while self.under_way < self.pace.limit and not self.drawn_out:
            self.under_way += 1
            self.tasks.create_task(self._work())

    async def _work(self) -> None:
        """One call after another, while there are not too many at a time."""
        while self.under_way <= self.pace.limit:
            drawn = self.draw()
            if drawn is None:
                self.drawn_out = True
                break
            number, request = drawn
            await self._hand_over(number, await self._answer(request))
            self._more()
        self.under_way -= 1

    async def _hand_over(self, number: int, answer: Answer) -> None:
        """Hand over an answer with all others of this turn of the loop; when it is kept, the next call may be made."""
        self.ready.append((number, answer))
        if len(self.ready) == 1:
            loop = asyncio.get_running_loop()
            self.kept = loop.create_future()
            loop.call_soon(self._keep)
        await self.kept

    def _keep(self) -> None:
        ready, self.ready, kept = self.ready, [], self.kept
        try:
            self.take.many(ready)
        except Exception as error:  # the disk is full, or who listens fails: the run ends
            kept.set_exception(error)
        else:
            kept.set_result(None)

    async def _answer(self, request: Request) -> Answer:
        """An answer, after as many tries as are allowed."""
        for tries in range(self.options.retries + 1):
            await self._hold()
            answer, pause = await self._try(request)
            if pause is None or tries == self.options.retries:
                return answer
            pause = pause if pause >= 0 else wait(tries)
            if pause > self.options.longest_wait:
                return answer._replace(
                    detail=f"the server asks to wait {pause:,.0f} seconds. {answer.detail or ''}".strip()
                )
            await asyncio.sleep(pause)
        raise AssertionError

    async def _hold(self) -> None:
        """Wait while the server has asked for time, whoever was told."""
        while (left := self.not_before - time.monotonic()) > 0:
            await asyncio.sleep(left)

    async def _try(self, request: Request) -> tuple[Answer, float | None]:
        """One try: what came, and how long to wait before the next (below 0: as we like; None: no other would help)."""
        began = time.monotonic()
        schemas = self.model._schemas and request.schema is not None
        try:
            content = self.model.body(request, schemas=schemas)
            async with asyncio.timeout(self.options.timeout):
                reply = await self._post(content)
        except self.refused as error:
            return self._refused(request, error.response, schemas=schemas)
        except self.timed_out:
            self.pace.refused(self.under_way)
            return failed(request, "timeout", f"no reply within {self.options.timeout:g} seconds"), -1.0
        except self.lost as error:
            cause = error.__cause__ or error
            name = "unreachable" if isinstance(cause, self.unreachable) else "connection"
            return failed(request, name, self._said(cause)), -1.0
        except Exception as error:  # whatever a library does with what a server says: one call fails, not the run
            name = "reply_too_large" if isinstance(error, _TooLargeError) else "failed"
            return failed(request, name, self._said(error)), None
        seconds = time.monotonic() - began
        if reply.status_code != 200:  # a redirect, or no content
            return failed(request, f"http_{reply.status_code}", "a status of neither success nor refusal"), None
        self.pace.answered(seconds)
        return read(reply.content, request, seconds, self.options.model or "", self.model.without_key), None

    def _refused(self, request: Request, reply: Any, *, schemas: bool) -> tuple[Answer, float | None]:
        """A refusal. One that is about the schema is tried again without, and no later call has one."""
        status = reply.status_code
        said = explained(reply.content, self.model.without_key)
        answer = failed(request, f"http_{status}", said)
        if status in (400, 422) and schemas and ("response_format" in said or "schema" in said):
            self.model._schemas = False
            return answer, 0.0
        if not transient(status):
            return answer, None
        asked = retry_after(reply.headers)
        if status in _SLOW_DOWN:
            self.pace.refused(self.under_way)
            if asked is not None and asked <= self.options.longest_wait:
                self.not_before = max(self.not_before, time.monotonic() + asked)
        return answer, -1.0 if asked is None else asked

    def _said(self, error: BaseException) -> str:
        return self.model.without_key(f"{type(error).__name__}: {error}")[:300]


def _key_in(variable: str | None, name: str) -> str | None:
    if variable is None:
        return None
    key = os.environ.get(variable, "").strip()
    if not key:
        raise RecipeError(
            f"The model '{name}' has no key",
            expected=f"it in the environment variable {variable}",
            found="nothing" if variable not in os.environ else "an empty one",
            next=f"Run: export {variable}=…",
        )
    if not key.isascii() or not key.isprintable():
        raise RecipeError(
            f"The key in {variable} cannot be sent", expected="ASCII characters without line breaks", found="others"
        )
    return key


def _finish(make: Callable[[], Coroutine[Any, Any, None]]) -> None:
    """Run to the end; on a thread of its own where this one already runs a loop, as notebooks do."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        _alone(make)
        return
    failure: list[BaseException] = []
    running: list[Callable[[], object]] = []

    async def cancellable() -> None:
        loop, task = asyncio.get_running_loop(), asyncio.current_task()
        assert task is not None
        running.append(lambda: loop.call_soon_threadsafe(task.cancel))
        await make()

    def run() -> None:
        try:
            _alone(cancellable)
        except BaseException as error:
            failure.append(error)

    thread = threading.Thread(target=run, name="model calls")
    thread.start()
    try:
        thread.join()
    except BaseException:  # interrupted: no call may go on behind
        for cancel in running:
            cancel()
        thread.join()
        raise
    if failure:
        raise failure[0]


def _alone(make: Callable[[], Coroutine[Any, Any, None]]) -> None:
    """Of the errors of several calls the first: they are of one kind, such as a disk that is full."""
    try:
        asyncio.run(make())
    except BaseExceptionGroup as group:
        raise group.exceptions[0] from None

"""What the recipe says of models: ``models: {judge: {kind: endpoint, url: …, model: …}}``."""

import re
from typing import Any, Literal, Self
from urllib.parse import urlsplit

from pydantic import Field, model_validator

from bloomery.schema import Options

_VARIABLE = re.compile(r"[A-Z_][A-Z0-9_]*")

#: fields of a request that are not for `extra`
_TAKEN = frozenset({"model", "messages", "temperature", "max_tokens", "seed", "response_format", "stream", "n"})
_TAKEN |= {"api_key", "authorization"}

Kind = Literal["endpoint", "local", "replay", "import"]

#: what each kind cannot do without, and what only it has
NEEDED: dict[Kind, tuple[str, ...]] = {
    "endpoint": ("url", "model"),
    "local": ("path",),
    "replay": ("path",),
    "import": ("path",),
}


class Prices(Options):
    """What a million tokens cost, in any one currency."""

    input: float = Field(ge=0)
    """A million tokens of prompts."""
    output: float = Field(ge=0)
    """A million tokens of answers."""


class ModelOptions(Options):
    """A model, and how to ask it."""

    kind: Kind = "endpoint"
    """An address, weights on this machine, answers recorded by Bloomery, or predictions made elsewhere."""
    url: str | None = None
    """Endpoint: address of an OpenAI-compatible server, such as `http://localhost:8000/v1`."""
    model: str | None = None
    """Endpoint: the model's name on that server."""
    api_key_env: str | None = None
    """Endpoint: environment variable, in capitals, that holds the key; the key itself stands in no file."""
    path: str | None = None
    """Local: the model's folder. Replay and import: the file (JSON lines)."""
    adapter: str | None = None
    """Local: folder of a LoRA adapter."""
    family: str | None = None
    """Models that descend from each other, such as llama or gpt; told from the name where it is left out."""
    prices: Prices | None = None
    """What a million tokens cost, in any one currency: `{input: 2.5, output: 10}`; zeros for a server of your own."""
    temperature: float | None = Field(default=0, ge=0, le=2)
    """0 takes the likeliest token; null leaves it to the server."""
    max_tokens: int | None = Field(default=1024, ge=1)
    """The longest answer, in tokens; null leaves it to the server."""
    seed: int | None = Field(default=None, ge=0)
    """Number that samples are drawn from, where the temperature is not 0 and the server can."""
    extra: dict[str, Any] = Field(default_factory=dict)
    """Endpoint: more fields of the request, as the server wants them, such as `{reasoning_effort: low}`."""
    structured: bool = True
    """Endpoint: whether the server is told the schema of a reply that must fit one; the reply is checked anyhow."""
    concurrency: int = Field(default=16, ge=1, le=1024)
    """Endpoint: calls at a time, at most; fewer while the server refuses or slows down."""
    timeout: float = Field(default=120, gt=0)
    """Endpoint: seconds that one try of a call may take."""
    retries: int = Field(default=4, ge=0, le=20)
    """Endpoint: further tries after status 429 or 5xx, a timeout or a lost connection."""
    longest_wait: float = Field(default=120, ge=0)
    """Endpoint: seconds to wait before a further try, at most; a server that asks for more is not tried again."""
    largest_reply: int = Field(default=32_000_000, ge=1_000)
    """Endpoint: bytes of a reply, unpacked, at most; of a larger one nothing is kept."""
    batch: int = Field(default=8, ge=1)
    """Local: prompts at a time."""

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        """What the kind needs is there, and an address holds no secret."""
        missing = [name for name in NEEDED[self.kind] if not getattr(self, name)]
        if missing:
            raise ValueError(f"a model of kind {self.kind} needs {' and '.join(missing)}")
        if self.api_key_env is not None and not _VARIABLE.fullmatch(self.api_key_env):  # it may be the key: not quoted
            raise ValueError("api_key_env should be the name of an environment variable in capitals, such as JUDGE_KEY")
        if taken := sorted(_TAKEN & {name.lower() for name in self.extra}):
            raise ValueError(
                f"extra should not hold {', '.join(taken)}: it has an option of its own, or cannot be changed"
            )
        if self.url is not None:
            _check_address(self.url)
        return self


def _check_address(url: str) -> None:
    """ValueError unless `url` is an address of HTTP without user, password, query or fragment: these go into manifests.

    The sentence does not quote the address, which may hold a key.
    """
    try:
        parts = urlsplit(url)
        good = parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:
        good = False
    if not good:
        raise ValueError("url should be an address such as http://localhost:8000/v1")
    if parts.username or parts.password or parts.query or parts.fragment:
        raise ValueError("url should hold no user, password or query; name the key's variable in api_key_env")

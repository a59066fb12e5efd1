"""A model behind a stub server, on a real socket of this machine."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from bloomery.llm.cache import Cache
from bloomery.llm.endpoint import Endpoint
from bloomery.llm.fake import Fake
from bloomery.llm.options import ModelOptions


@pytest.fixture
def model() -> Callable[..., Endpoint]:
    """The model at a server, with quick waits."""

    def opened(server: Fake | str, **options: Any) -> Endpoint:
        url = server if isinstance(server, str) else server.url
        return Endpoint("judge", ModelOptions(url=url, model="tiny", **{"retries": 2, "timeout": 5, **options}))

    return opened


@pytest.fixture
def cache(tmp_path: Path) -> Iterator[Cache]:
    with Cache(tmp_path / "answers.sqlite") as opened:
        yield opened


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Waits that the server does not ask for are short."""
    monkeypatch.setattr("bloomery.llm.retry._FIRST", 0.01)

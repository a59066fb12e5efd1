"""The libraries that train, imported on first use (slow, optional, offline) and with caches of their own."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest


@pytest.fixture(scope="session")
def offline(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """No hub, no usage data, no cache outside the tests; read by the libraries when they are imported."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HF_HOME", str(tmp_path_factory.mktemp("hub")))
        for name in ("HF_HUB_OFFLINE", "HF_HUB_DISABLE_TELEMETRY", "HF_HUB_DISABLE_PROGRESS_BARS"):
            patch.setenv(name, "1")
        yield


@pytest.fixture(scope="session")
def datasets(offline: None) -> Any:
    module = pytest.importorskip("datasets")
    module.disable_progress_bars()
    return module


@pytest.fixture
def load(datasets: Any, tmp_path: Path) -> Callable[..., Any]:
    """`datasets.load_dataset`, of one file as its rows, of several by name."""

    def load_files(kind: str, files: Path | dict[str, Path], **options: Any) -> Any:
        named = {name: str(path) for name, path in (files if isinstance(files, dict) else {"train": files}).items()}
        found = datasets.load_dataset(kind, data_files=named, cache_dir=str(tmp_path / "cache"), **options)
        return found if isinstance(files, dict) else found["train"]

    return load_files

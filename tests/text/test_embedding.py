"""Unit vectors from local models: the same for a text whatever stands beside it; windows; what cannot be loaded says why."""

import json
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from bloomery.errors import MissingExtraError, RecipeError
from bloomery.text.embedding import load
from bloomery.text.embedding.encoder import WINDOWS
from tests import models

WORDS = {"buy": [1.0, 0, 0], "purchase": [1.0, 0, 0], "sell": [0, 1.0, 0], "lamp": [0, 0, 2.0]}
KINDS = ("static", "onnx", "torch")


def made(kind: str, folder: Path) -> str:
    if kind == "torch":
        return str(models.torch(folder, list(WORDS)))
    return str((models.static if kind == "static" else models.onnx)(folder, WORDS))


@pytest.mark.parametrize("kind", KINDS)
def test_vectors_have_length_one_and_do_not_depend_on_company_or_thread(kind: str, tmp_path: Path) -> None:
    model = load(made(kind, tmp_path / "model"))
    rng = np.random.default_rng(1)
    texts = [" ".join(rng.choice(list(WORDS), rng.integers(1, 30))) for _ in range(60)]
    together = model(texts)
    assert (model.kind, together.shape, together.dtype) == (kind, (60, model.dimensions), np.float32)
    assert np.allclose((together.astype(np.float64) ** 2).sum(axis=1), 1, atol=1e-6)
    with ThreadPoolExecutor(4) as pool:
        alone = list(pool.map(lambda text: model([text])[0], texts))
    assert np.array_equal(together, np.array(alone))
    assert np.array_equal(together[::-1], model(texts[::-1]))


@pytest.mark.parametrize("kind", KINDS)
def test_a_text_without_words_has_no_direction(kind: str, tmp_path: Path) -> None:
    model = load(made(kind, tmp_path / "model"))
    assert not model(["", " \n "]).any()
    assert model([]).shape == (0, model.dimensions)


def test_a_static_model_averages_its_words(tmp_path: Path) -> None:
    """(buy + lamp) / 2 = (0.5, 0, 1), of length √1.25; a word that it does not know does not count."""
    model = load(made("static", tmp_path / "model"))
    found = model(["buy lamp", "Purchase the lamp", "sell"])
    assert found.tolist() == pytest.approx(np.array([[0.2**0.5, 0, 0.8**0.5]] * 2 + [[0, 1, 0]]), abs=1e-6)


def test_a_long_text_is_the_mean_of_its_windows(tmp_path: Path) -> None:
    """A window of 8 holds 6 words and two marks: 6 × buy is one window, 3 × sell the next one, of 5 tokens."""
    model = load(made("onnx", tmp_path / "model"))
    (found,) = model(["buy " * 6 + "sell " * 3])
    assert found.tolist() == pytest.approx([8 / 89**0.5, 5 / 89**0.5, 0], abs=1e-6)


def test_a_text_of_too_many_windows_is_not_embedded(tmp_path: Path) -> None:
    model = load(made("onnx", tmp_path / "model"))
    assert model(["lamp " * 6 * WINDOWS])[0].any()
    assert not model(["lamp " * (6 * WINDOWS + 1), "lamp" * 100_000])[:].any()


@pytest.mark.parametrize(("mode", "first"), [("pooling_mode_cls_token", 0.0), ("pooling_mode_max_tokens", 1.0)])
def test_pooling_is_as_the_folder_says(mode: str, first: float, tmp_path: Path) -> None:
    """The first token is [CLS], whose vector here is zero."""
    folder = Path(made("onnx", tmp_path / "model"))
    (folder / "1_Pooling").mkdir()
    (folder / "1_Pooling" / "config.json").write_text(json.dumps({mode: True, "word_embedding_dimension": 3}))
    assert load(str(folder))(["buy"])[0][0] == first


def test_the_digest_tells_models_apart_and_not_their_places(tmp_path: Path) -> None:
    one, same = (load(str(models.static(tmp_path / name, WORDS))) for name in ("one", "same"))
    other = load(str(models.static(tmp_path / "other", WORDS | {"lamp": [0, 0, 1.0]})))
    assert one.digest == same.digest != other.digest


@pytest.mark.parametrize(
    ("files", "says"),
    [
        ({}, "an empty folder"),
        ({"config.json": "{}", "weights.bin": "x"}, "config.json, weights.bin"),
        ({"config.json": '{"model_type": "bert"}', "model.safetensors": "x"}, "has no tokenizer"),
    ],
)
def test_a_folder_that_is_no_model_says_what_is_missing(files: dict[str, str], says: str, tmp_path: Path) -> None:
    pytest.importorskip("tokenizers")
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    with pytest.raises(RecipeError, match=says):
        load(str(tmp_path))


@pytest.mark.parametrize("kind", KINDS)
def test_broken_weights_are_one_sentence(kind: str, tmp_path: Path) -> None:
    folder = Path(made(kind, tmp_path / "model"))
    (folder / ("onnx/model.onnx" if kind == "onnx" else "model.safetensors")).write_bytes(b"not weights")
    with pytest.raises(RecipeError, match="cannot be read"):
        load(str(folder))


def test_what_stands_behind_the_pooling_is_not_left_out_silently(tmp_path: Path) -> None:
    folder = Path(made("onnx", tmp_path / "model"))
    types = ("Transformer", "Pooling", "Dense", "Normalize")
    modules = [{"type": f"sentence_transformers.models.{one}"} for one in types]
    (folder / "modules.json").write_text(json.dumps(modules))
    with pytest.raises(RecipeError, match="Dense"):
        load(str(folder))


@pytest.mark.parametrize("name", ["", "./models/minilm", "/models/minilm", "a/b/c"])
def test_a_path_that_is_not_there_is_never_looked_up(name: str) -> None:
    with pytest.raises(RecipeError, match="Expected a folder"):
        load(name)


def test_a_name_is_looked_up_in_the_local_cache_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Sockets are blocked in the tests; that nothing asks for one shows in the message."""
    pytest.importorskip("huggingface_hub")
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path))
    with pytest.raises(RecipeError, match="hf download somebody/some-model"):
        load("somebody/some-model")


@pytest.mark.parametrize(
    ("kind", "library", "extra"),
    [("static", "model2vec", "embed"), ("onnx", "onnxruntime", "embed"), ("torch", "torch", "embed-torch")],
)
def test_a_missing_library_is_one_sentence(
    kind: str, library: str, extra: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = made(kind, tmp_path / "model")
    monkeypatch.setitem(sys.modules, library, None)
    with pytest.raises(MissingExtraError, match=rf"pip install 'bloomery\[{extra}\]'"):
        load(folder)

"""Encoders: transformers that read a window of tokens at once. Tens to hundreds of texts a second on one core.

The vectors of a window's tokens are pooled as the folder says (``1_Pooling/config.json`` of sentence-transformers: mean, first or
largest; the mean where it says nothing). Windows do not overlap; each has its own special tokens.
"""

import importlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal, Protocol

import numpy as np
import numpy.typing as npt

from bloomery.errors import MissingExtraError, RecipeError
from bloomery.text.embedding.folder import ONNX, settings

Floats = npt.NDArray[np.float32]
Ints = npt.NDArray[np.int64]
Pooling = Literal["mean", "first", "max"]

#: windows of a text at most
WINDOWS = 16
#: what a token stands for at most, on average, in a text that is worth tokenising
_CHARACTERS = 20
_LONGEST = 8192
_OTHERWISE = 512
_POOLINGS: dict[str, Pooling] = {
    "pooling_mode_mean_tokens": "mean",
    "pooling_mode_cls_token": "first",
    "pooling_mode_max_tokens": "max",
}


class Network(Protocol):
    """The transformer itself."""

    dimensions: int

    def states(self, ids: Ints, kinds: Ints) -> Floats:
        """The last layer's vector of each token of one window."""


class Encoder:
    """An encoder's folder, opened."""

    def __init__(self, folder: Path, name: str, weights: Literal["onnx", "torch"]) -> None:
        self._pooling = _pooling(folder, name)
        self._window = _window(folder)
        self._tokenizer = _tokenizer(folder, name, self._window)
        try:
            self._network: Network = (_Onnx if weights == "onnx" else _Torch)(folder, name)
        except (MissingExtraError, RecipeError):
            raise
        except Exception as error:  # whatever is wrong with the files
            raise RecipeError(f"The model in {name} cannot be read", found=str(error)[:200]) from error
        self.dimensions = self._network.dimensions

    def vectors(self, texts: Sequence[str]) -> Floats:
        """The mean of each text's windows."""
        found = np.zeros((len(texts), self.dimensions), dtype=np.float32)
        most = WINDOWS * self._window * _CHARACTERS
        places = [place for place, text in enumerate(texts) if text.strip() and len(text) <= most]
        for place, first in zip(places, self._tokenizer.encode_batch([texts[k] for k in places]), strict=True):
            windows = [first, *first.overflowing]
            if len(windows) <= WINDOWS:
                found[place] = self._mean(windows)
        return found

    def _mean(self, windows: Sequence[Any]) -> Floats:
        total = np.zeros(self.dimensions, dtype=np.float64)
        for window in windows:
            ids, kinds = (np.array(numbers, dtype=np.int64) for numbers in (window.ids, window.type_ids))
            one = pooled(self._network.states(ids, kinds), self._pooling).astype(np.float64)
            total += one / max(float(np.sqrt((one**2).sum())), 1e-12) * len(ids)
        return total.astype(np.float32)


class _Onnx:
    """Weights in ONNX, run by onnxruntime."""

    def __init__(self, folder: Path, name: str) -> None:
        try:
            library = importlib.import_module("onnxruntime")
        except ImportError:
            raise MissingExtraError(f"The model '{name}'", "embed") from None
        options = library.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        file = next(folder / one for one in ONNX if (folder / one).is_file())
        self._session = library.InferenceSession(str(file), options, providers=["CPUExecutionProvider"])
        self._inputs = {one.name for one in self._session.get_inputs()}
        answer = self._session.get_outputs()[0]
        if len(answer.shape) != 3 or not isinstance(answer.shape[-1], int):
            raise RecipeError(
                f"The model in {name} cannot be used",
                expected="a first output of one vector a token",
                found=f"{answer.name} of shape {answer.shape}",
            )
        self.dimensions = int(answer.shape[-1])

    def states(self, ids: Ints, kinds: Ints) -> Floats:
        given = {"input_ids": ids, "attention_mask": np.ones_like(ids), "token_type_ids": kinds}
        said = self._session.run(None, {name: given[name][None] for name in given if name in self._inputs})
        found: Floats = np.asarray(said[0][0], dtype=np.float32)
        return found


class _Torch:
    """Weights in safetensors, run by transformers. Torch is set to one thread: several texts are embedded at once."""

    def __init__(self, folder: Path, name: str) -> None:
        try:
            self._torch = importlib.import_module("torch")
            library = importlib.import_module("transformers")
        except ImportError:
            raise MissingExtraError(f"The model '{name}', which has no ONNX weights,", "embed-torch") from None
        self._torch.set_num_threads(1)
        options = {"local_files_only": True, "use_safetensors": True, "trust_remote_code": False}
        with _quiet(library.utils.logging):
            self._model = library.AutoModel.from_pretrained(str(folder), **options).eval().float()
        self._kinds = getattr(self._model.config, "type_vocab_size", 0) > 1
        self.dimensions = int(self._model.config.hidden_size)

    def states(self, ids: Ints, kinds: Ints) -> Floats:
        torch = self._torch
        given = {"input_ids": ids, "attention_mask": np.ones_like(ids)} | (
            {"token_type_ids": kinds} if self._kinds else {}
        )
        with torch.inference_mode():
            said = self._model(**{name: torch.from_numpy(numbers[None]) for name, numbers in given.items()})
        found: Floats = said.last_hidden_state[0].numpy()
        return found


@contextmanager
def _quiet(logging: Any) -> Iterator[None]:
    """Without the library's bars and reports."""
    level, bars = logging.get_verbosity(), logging.is_progress_bar_enabled()
    logging.set_verbosity_error()
    logging.disable_progress_bar()
    try:
        yield
    finally:
        logging.set_verbosity(level)
        if bars:
            logging.enable_progress_bar()


def pooled(states: Floats, how: Pooling) -> Floats:
    """One vector from those of the tokens.

    >>> pooled(np.array([[0, 4], [2, 2]], dtype=np.float32), "mean").tolist()
    [1.0, 3.0]
    """
    one = {"first": states[0], "mean": states.mean(axis=0), "max": states.max(axis=0)}[how]
    return np.asarray(one, dtype=np.float32)


def _pooling(folder: Path, name: str) -> Pooling:
    told = settings(folder / "1_Pooling" / "config.json", {})
    asked = [mode for mode, on in told.items() if mode.startswith("pooling_mode") and on is True]
    asked += [told["pooling_mode"]] if isinstance(told.get("pooling_mode"), str) else []
    known = _POOLINGS | {"mean": "mean", "cls": "first", "max": "max"}
    others = [one for one in _modules(folder) if one not in ("Transformer", "Pooling", "Normalize")]
    if others or len(asked) > 1 or any(mode not in known for mode in asked):
        raise RecipeError(
            f"The model in {name} cannot be used",
            expected="a transformer with one pooling (mean, first token or largest) and nothing behind it",
            found=", ".join(others or asked),
        )
    return known[asked[0]] if asked else "mean"


def _modules(folder: Path) -> list[str]:
    return [str(one.get("type", "")).rpartition(".")[2] for one in settings(folder / "modules.json", [])]


def _window(folder: Path) -> int:
    """Tokens that the model reads at once, special ones included."""
    told = (
        settings(folder / "sentence_bert_config.json", {}).get("max_seq_length"),
        settings(folder / "tokenizer_config.json", {}).get("model_max_length"),
        settings(folder / "config.json", {}).get("max_position_embeddings"),
    )
    known = [int(one) for one in told if isinstance(one, (int, float)) and 8 <= one <= _LONGEST]
    return known[0] if known else _OTHERWISE


def _tokenizer(folder: Path, name: str, window: int) -> Any:
    try:
        library = importlib.import_module("tokenizers")
    except ImportError:
        raise MissingExtraError(f"The model '{name}'", "embed") from None
    path = folder / "tokenizer.json"
    if not path.is_file():
        raise RecipeError(f"The model in {name} has no tokenizer", expected="tokenizer.json beside the weights")
    try:
        tokenizer = library.Tokenizer.from_file(str(path))
    except Exception as error:  # the library raises bare Exception
        raise RecipeError(f"{path} is not a tokenizer", found=str(error)) from error
    tokenizer.no_padding()
    tokenizer.enable_truncation(window)
    return tokenizer

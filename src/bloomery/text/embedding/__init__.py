"""Texts as unit vectors, by an embedding model that lies on this machine.

Three kinds of model folder are read (`bloomery.text.embedding.folder`): static models in the format of model2vec, encoders with
ONNX weights, and encoders with safetensors weights. Static models and ONNX come with the extra ``embed``; safetensors weights of
an encoder need torch and transformers (``embed-torch``). Nothing is ever downloaded: a name that is no folder is looked up in
the local Hugging Face cache.

A text is embedded by itself, never padded to others, on one thread: so its vector does not depend on the batch that it comes
in, nor on the number of threads. It does depend on the processor and the library, in the last bits.

What is longer than the window of an encoder is cut into windows, whose vectors are averaged by their tokens. A text of more
than `encoder.WINDOWS` windows is not embedded at all: what the model cannot read whole, it cannot compare.
"""

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from threading import Lock
from typing import NamedTuple, Protocol

import numpy as np
import numpy.typing as npt

from bloomery.text.embedding.folder import Kind, find, identity, kind_of

__all__ = ["Embedder", "load"]

Floats = npt.NDArray[np.float32]
_TEXTS = 256  # handed to the model at a time


class Model(Protocol):
    """What a kind of model can do."""

    dimensions: int

    def vectors(self, texts: Sequence[str]) -> Floats:
        """A vector of any length for each text; zeros where there is nothing to go by."""


class Embedder(NamedTuple):
    """A model that is ready. Safe to use from several threads."""

    name: str  # as asked for
    kind: Kind
    digest: str  # SHA-256 of its weights, tokenizer and settings
    model: Model

    @property
    def dimensions(self) -> int:
        """Numbers in a vector."""
        return self.model.dimensions

    def __call__(self, texts: Sequence[str]) -> Floats:
        """A unit vector for each text, float32; zeros for a text that has no token or too many of them."""
        places = {text: place for place, text in enumerate(dict.fromkeys(texts))}
        distinct = list(places)
        found = np.zeros((len(distinct), self.dimensions), dtype=np.float32)
        for first in range(0, len(distinct), _TEXTS):
            found[first : first + _TEXTS] = unit(self.model.vectors(distinct[first : first + _TEXTS]))
        return found[[places[text] for text in texts]] if len(distinct) < len(texts) else found


def unit(vectors: Floats) -> Floats:
    """The vectors at length 1; zeros stay.

    >>> unit(np.array([[3, 4], [0, 0]], dtype=np.float32)).round(3).tolist()
    [[0.6000000238418579, 0.800000011920929], [0.0, 0.0]]
    """
    lengths = np.sqrt((vectors.astype(np.float64) ** 2).sum(axis=1, keepdims=True))
    return (vectors / np.where(lengths > 0, lengths, 1)).astype(np.float32)


def load(model: str) -> Embedder:
    """The model in the folder `model`, or of that name in the local Hugging Face cache; kept for the next call.

    Raises RecipeError if there is none that can be used, MissingExtraError if its library is not installed.
    """
    with _lock:
        return _load(model)


_lock = Lock()


@lru_cache(maxsize=2)
def _load(model: str) -> Embedder:
    folder = find(model)
    kind = kind_of(folder, model)
    return Embedder(model, kind, identity(folder), _opened(kind, folder, model))


def _opened(kind: Kind, folder: Path, name: str) -> Model:
    if kind == "static":
        from bloomery.text.embedding.static import Static

        return Static(folder, name)
    from bloomery.text.embedding.encoder import Encoder

    return Encoder(folder, name, kind)

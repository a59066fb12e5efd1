"""Static models: a vector a token, averaged. Thousands of texts a second on one core; they do not see the order of words.

The format and the tokens are those of model2vec. The mean is taken here: in the order of the tokens, in float32, so that it is
the same for a text whatever stands beside it.
"""

import importlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from bloomery.errors import MissingExtraError, RecipeError


class Static:
    """A model2vec folder, opened."""

    def __init__(self, folder: Path, name: str) -> None:
        try:
            library = importlib.import_module("model2vec")
        except ImportError:
            raise MissingExtraError(f"The static model '{name}'", "embed") from None
        try:
            self._model = library.StaticModel.from_pretrained(folder)
            self._model.tokenizer.no_truncation()
        except Exception as error:  # whatever is wrong with the files
            raise RecipeError(
                f"The model in {name} cannot be read", expected="a folder of model2vec", found=str(error)
            ) from error
        self.dimensions = int(self._model.dim)

    def vectors(self, texts: Sequence[str]) -> npt.NDArray[np.float32]:
        """The mean of the vectors of each text's tokens."""
        found = np.zeros((len(texts), self.dimensions), dtype=np.float32)
        model = self._model
        for place, ids in enumerate(model.tokenize(list(texts))):
            if ids:
                at = np.array(ids, dtype=np.int64)
                said = model.embedding[at if model.token_mapping is None else model.token_mapping[at]]
                said = said.astype(np.float32)
                found[place] = (said if model.weights is None else said * model.weights[at][:, None]).mean(axis=0)
        return found

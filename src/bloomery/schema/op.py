"""An operation: a frozen model whose fields are its options, with one verb, ``decide``.

A `RowOp` decides on each batch by itself (length, PII, signals). A `DatasetOp` must see all rows (duplicates, balance):
it observes batches into a small state that merges in any order to the same result, and then decides once. So the same op
runs streaming, on many cores, and as map / merge / map on a cluster.

A user's own op is a small class, named in the recipe by import path (``mypackage.mymodule.NoShouting``)::

    class NoShouting(RowOp):
        max_share: float = 0.5

        def decide(self, batch):
            answer = batch.text("completion")
            share = answer.str.count_matches("[A-Z]") / answer.str.len_chars().clip(1)
            return batch.drop(share > self.max_share, reason="shouting", score=share)
"""

import re
from abc import abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt
import polars as pl

from bloomery.schema.options import Options
from bloomery.schema.rows import Batch


class Op(Options):
    """What row ops and dataset ops share: a name."""

    @classmethod
    def name(cls) -> str:
        """The class name in snake case: ``Near`` is ``near`` in the recipe, the ledger and the docs.

        >>> class NoShouting(RowOp): ...
        >>> NoShouting.name()
        'no_shouting'
        """
        return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", cls.__name__).lower()

    def made_with(self) -> Mapping[str, str]:
        """What else decides, beside the options and the data: a model and its digest, for the run's manifest."""
        return {}


class RowOp(Op):
    """Decides on, or edits, each batch by itself."""

    @abstractmethod
    def decide(self, batch: Batch) -> pl.DataFrame:
        """Proposals (`bloomery.schema.decisions`) for the rows of `batch`; use ``batch.drop`` and ``batch.edit``.

        Called from several threads; it must not depend on other batches or on the order of calls. Rows with
        ``alive = false`` may be decided on as well: that counts in the what-if table only.
        """


class DatasetOp(Op):
    """Sees all rows before it decides."""

    #: whether a decision about a row costs so much (a model call) that the op must be the last of a recipe: it decides about the
    #: rows that are left, and is not asked what it would do to the others
    costly: ClassVar[bool] = False

    @abstractmethod
    def observe(self, batch: Batch) -> Any:
        """What has to be remembered of a batch. Called from several threads, in any order."""

    def set_aside(self, state: Any, scratch: Any) -> Any:
        """`state` with what is large in it put into `scratch` (`bloomery.store.Scratch`), where the engine has one.

        What is remembered of each row adds up; an op that remembers more than a few numbers a row puts them there.
        """
        del scratch
        return state

    @abstractmethod
    def merge(self, states: list[Any]) -> Any:
        """One state from many; the result must not depend on their order."""

    @abstractmethod
    def decide(self, state: Any, alive: npt.NDArray[np.bool_]) -> pl.DataFrame:
        """Proposals over all rows, from the merged state. ``alive[n]`` is false for rows dropped by earlier ops;

        they must not win over a living row. Also called with everything alive, for the what-if table (unless it is `costly`).
        """

    def remarks(self, state: Any) -> Sequence[str]:
        """What a reader of the run must know about what was decided on this state."""
        del state
        return ()

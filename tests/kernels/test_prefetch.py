"""Telling the processor what comes changes nothing, and is told to it."""

import numpy as np
import pytest
from numba import config

from bloomery.kernels.jit import kernel
from bloomery.kernels.prefetch import soon


@kernel
def _summed(values, places):
    total = np.int64(0)
    for k in range(len(places)):
        if k + 8 < len(places):
            soon(values, places[k + 8])
        total += values[places[k]]
    return total


def test_sums_are_the_same():
    values, places = np.arange(1000), np.random.default_rng(0).integers(0, 1000, 500)
    assert _summed(values, places) == values[places].sum()


@pytest.mark.skipif(bool(config.DISABLE_JIT), reason="nothing is compiled")
def test_the_instruction_is_there():
    _summed(np.arange(10), np.arange(10))
    assert any("prefetch" in code for code in _summed.inspect_llvm().values())

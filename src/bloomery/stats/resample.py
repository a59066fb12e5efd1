"""Sums of n values drawn with replacement, many times over: the inner loop of the bootstrap of a mean.

A thousand million single draws (10,000 replicates of 100,000 items) take NumPy five seconds or more on one core. Both
ways here are exact, draws from the same distribution, and depend on the seed only, not on the number of threads:

- Few distinct values (yes and no, grades): only how often each was drawn matters, and those counts are multinomial.
- Many: the values are cut into blocks of 256. How many of the n draws fall into each block is multinomial; within a
  block, two draws at a time are one index of 16 random bits into the table of all 256² sums of two.
"""

import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from typing import Any

import numpy as np
from numpy.random import SFC64, Generator, SeedSequence
from numpy.typing import NDArray

_BLOCK = 256  # two draws of a block are 16 bits
_REPLICATES = 256  # at a time: their pairs and sums stay in the cache of a core
_CELLS = 1 << 20
_AHEAD = 64  # blocks handed to the threads at a time

#: float64, or complex128 where two sums are wanted of the same draws
Values = NDArray[Any]
Counts = NDArray[np.int64]


def resampled_sums(values: Values, seed: int, replicates: int, *, threads: int | None = None) -> Values:
    """The sum of values.size draws with replacement from `values`, `replicates` times.

    Values: shape (n,), float64 or complex128 (two columns summed over the same draws). Result: shape (replicates,), of
    the same type. Threads: as many as there are cores unless said.
    """
    distinct, often = np.unique(values, return_counts=True)
    if distinct.size * 64 <= values.size:
        return _sums_by_value(distinct, often, seed, replicates)
    return _sums_by_block(values, seed, replicates, threads or _cores())


def _cores() -> int:
    """Processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else (os.cpu_count() or 1)


def _sums_by_value(distinct: Values, often: Counts, seed: int, replicates: int) -> Values:
    """Sums of draws from a few distinct values that occur so often each."""
    n = int(often.sum())
    rng = np.random.default_rng(seed)
    rows = max(1, _CELLS // distinct.size)
    shares = often / n
    parts = [
        rng.multinomial(n, shares, size=min(rows, replicates - done)) @ distinct for done in range(0, replicates, rows)
    ]
    return np.concatenate(parts)


def _sums_by_block(values: Values, seed: int, replicates: int, threads: int) -> Values:
    """Sums block by block; each block has random numbers of its own, so the order in which threads take them is no matter."""
    blocks = [values[at : at + _BLOCK] for at in range(0, values.size, _BLOCK)]
    split, *seeds = SeedSequence(seed).spawn(len(blocks) + 1)
    jobs = zip(blocks, _shared_out(blocks, replicates, Generator(SFC64(split))), seeds, strict=True)
    total = np.zeros(replicates, values.dtype)
    before: Iterator[Values] = iter(())
    with ThreadPoolExecutor(threads) as pool:
        while some := list(islice(jobs, _AHEAD)):
            running = pool.map(lambda job: _block_sums(*job), some)
            for sums in before:
                total += sums
            before = running  # the threads work on these while the next are shared out
        for sums in before:
            total += sums
    return total


def _shared_out(blocks: list[Values], replicates: int, rng: Generator) -> Iterator[Counts]:
    """For each block, how many of the draws of each replicate fall into it: a multinomial, one binomial after the other."""
    items = sum(block.size for block in blocks)
    left = np.full(replicates, items)
    for block in blocks:
        here = rng.binomial(left, block.size / items)
        yield here
        left = left - here
        items -= block.size


def _block_sums(block: Values, draws: Counts, seed: SeedSequence) -> Values:
    """For each replicate, the sum of so many draws from the block."""
    bits = SFC64(seed)
    rng = Generator(bits)
    if block.size < _BLOCK:
        return _in_runs(block, draws, lambda total: rng.integers(0, block.size, size=total))
    pairs = _in_runs(
        np.add.outer(block, block).ravel(),
        draws // 2,
        lambda total: bits.random_raw(total // 4 + 1).view(np.uint16)[:total],
    )
    odd = np.flatnonzero(draws % 2)
    pairs[odd] += block[rng.integers(0, _BLOCK, size=odd.size)]
    return pairs


def _in_runs(table: Values, lengths: Counts, random: Callable[[int], NDArray[Any]]) -> Values:
    """Sums of runs of random entries of the table, the runs of these lengths; `random` makes so many indices into it."""
    sums = np.zeros(lengths.size, table.dtype)
    starts = range(0, lengths.size, _REPLICATES)
    most = max(int(lengths[at : at + _REPLICATES].sum()) for at in starts)
    index, taken = np.empty(most, np.intp), np.zeros(most + 1, table.dtype)
    for at in starts:
        some = lengths[at : at + _REPLICATES]
        total = int(some.sum())
        index[:total] = random(total)
        table.take(index[:total], out=taken[:total], mode="clip")
        taken[total] = 0  # where a run of no draws at the end would start
        ends = np.cumsum(some)
        sums[at : at + _REPLICATES] = np.where(some > 0, np.add.reduceat(taken[: total + 1], ends - some), 0)
    return sums

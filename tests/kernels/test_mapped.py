"""Arrays in files are arrays like any other, but not in anonymous memory."""

import sys
from pathlib import Path
from threading import Thread

import numpy as np
import pytest
from numba import config

from bloomery.kernels.mapped import in_files

pytestmark = pytest.mark.skipif(
    not sys.platform.startswith("linux") or bool(config.DISABLE_JIT), reason="files instead of memory are for Linux"
)
MB = 1 << 20


def files(folder: Path) -> list[int]:
    """The sizes in bytes of the mapped files in `folder`."""
    lines = [line.split(maxsplit=5) for line in Path("/proc/self/maps").read_text().splitlines()]
    ranges = [line[0].split("-") for line in lines if len(line) > 5 and line[5].startswith(f"{folder}/")]
    return [int(end, 16) - int(first, 16) for first, end in ranges]


def handler(array: np.ndarray) -> str:
    return np._core.multiarray.get_handler_name(array)


def test_a_large_array_is_a_file_without_a_name_and_a_small_one_is_not(tmp_path: Path) -> None:
    with in_files(tmp_path):
        large, small = np.arange(8 * MB), np.arange(1000)
    assert files(tmp_path) == [64 * MB + 4096]
    assert int(large.sum()) == 8 * MB * (8 * MB - 1) // 2
    assert handler(large) == handler(small) == "bloomery"
    assert list(tmp_path.iterdir()) == []


def test_arrays_outlive_the_block_and_what_is_made_behind_it_is_in_memory(tmp_path: Path) -> None:
    with in_files(tmp_path, least=1):
        made = np.ones(MB)
    plain = np.ones(8 * MB)
    assert len(files(tmp_path)) == 1
    assert handler(plain) == "default_allocator"
    assert made.sum() == MB


def test_zeros_are_zeros_also_where_memory_is_used_again(tmp_path: Path) -> None:
    with in_files(tmp_path, least=4096):
        for size in (10, 500, 511, 512, 513, 100_000):
            np.full(size, 7.0)
            assert not np.zeros(size).any()


def test_arrays_that_grow_keep_what_they_hold(tmp_path: Path) -> None:
    with in_files(tmp_path, least=1 << 16):
        grown = np.fromiter((i * 3 for i in range(500_000)), dtype=np.int64)  # asks for more again and again
    np.testing.assert_array_equal(grown, np.arange(500_000) * 3)


def test_arrays_are_aligned(tmp_path: Path) -> None:
    with in_files(tmp_path, least=4096):
        assert all(np.empty(size, dtype=np.uint8).ctypes.data % 16 == 0 for size in (1, 100, 4095, 4096, 100_001))


def test_where_there_can_be_no_files_arrays_are_in_memory() -> None:
    with in_files(Path("/proc/nowhere")):
        large = np.ones(4 * MB)
    assert large.sum() == 4 * MB
    assert handler(large) == "bloomery"


def test_a_file_goes_with_the_last_view_of_its_array(tmp_path: Path) -> None:
    with in_files(tmp_path):
        made = np.ones(MB)
        view = made[5:]
        del made
        assert len(files(tmp_path)) == 1
        del view
    assert files(tmp_path) == []


def test_blocks_nest_and_other_threads_are_not_concerned(tmp_path: Path) -> None:
    names = []
    with in_files(tmp_path):
        with in_files(tmp_path, least=8 * MB):
            pass
        thread = Thread(target=lambda: names.append(handler(np.ones(MB))))
        thread.start()
        thread.join()
        names.append(handler(np.ones(MB)))
    assert names == ["default_allocator", "bloomery"]


def test_an_array_too_large_for_anything_is_an_error_as_ever(tmp_path: Path) -> None:
    with in_files(tmp_path), pytest.raises(MemoryError):
        np.empty(1 << 60, dtype=np.uint8)

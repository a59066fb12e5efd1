"""Compressed files: told from their bytes, streamed, and readable up to the point where they end or break."""

import bz2
import gzip
import hashlib
import io
import lzma
from collections.abc import Callable
from pathlib import Path

import pytest
import zstandard

from bloomery.errors import DataError
from bloomery.formats.compress import Stream

PACK = {
    "gz": gzip.compress,
    "bz2": lambda data: bz2.compress(data, 1),  # blocks of 100 kB
    "xz": lzma.compress,
    "zst": zstandard.ZstdCompressor(write_checksum=True).compress,
}
ROW = b'{"prompt":"a","completion":"%d"}\n'
DATA = b"".join(ROW % number for number in range(40_000))


@pytest.mark.parametrize("kind", PACK)
def test_read_as_the_plain_file(read_bytes: Callable, kind: str) -> None:
    packed = PACK[kind](DATA)
    for name in (f"rows.jsonl.{kind}", "rows.jsonl", "rows"):
        found = read_bytes(packed, name)
        assert found.raws == DATA.splitlines()
        (file,) = found.reader.files
        assert file.sha256 == hashlib.sha256(packed).hexdigest()
        assert file.bytes == len(packed) == found.reader.bytes_read == found.reader.total_bytes


@pytest.mark.parametrize("kind", PACK)
def test_several_streams_one_after_the_other(read_bytes: Callable, kind: str) -> None:
    packed = PACK[kind](ROW % 1) + PACK[kind](b"") + PACK[kind](ROW % 2)
    assert read_bytes(packed, f"rows.jsonl.{kind}").numbers == ["1", "2"]


@pytest.mark.parametrize("kind", PACK)
@pytest.mark.parametrize("share", [0.3, 0.99])
def test_an_early_end_costs_the_last_row(read_bytes: Callable, kind: str, share: float) -> None:
    packed = PACK[kind](DATA)
    found = read_bytes(packed[: int(share * len(packed))], f"rows.jsonl.{kind}")
    rows = found.rows.height
    assert 0 < rows < 40_000
    assert found.raws == DATA.splitlines()[:rows]  # nothing before it is lost or changed
    ((line, reason),) = found.reasons
    assert line == rows + 1
    assert "ends early" in reason


@pytest.mark.parametrize("kind", PACK)
@pytest.mark.parametrize("name", ["rows.csv", "rows.json", "rows.txt", "rows.conll"])
def test_an_early_end_in_every_container(read_bytes: Callable, kind: str, name: str) -> None:
    start, row, between = {
        "rows.csv": ("prompt,completion\n", "a,{}", "\n"),
        "rows.json": ("[", '{{"prompt":"a","completion":"{}"}}', ","),
        "rows.txt": ("", "text {}", "\n"),
        "rows.conll": ("", "token O\nnumber{} O", "\n\n"),
    }[name]
    data = (start + between.join(row.format(hashlib.sha256(b"%d" % n).hexdigest()) for n in range(40_000))).encode()
    packed = PACK[kind](data)
    found = read_bytes(packed[: len(packed) // 2], name)
    assert 1_000 < found.rows.height < 39_000
    (one,) = found.quarantined
    assert "ends early" in one.reason
    assert one.id.endswith(f":{found.rows.height + 1}")


@pytest.mark.parametrize("kind", ["gz", "xz", "zst"])
def test_a_damaged_middle(read_bytes: Callable, kind: str) -> None:
    packed = bytearray(PACK[kind](bytes(range(256)) * 4_000 + DATA))
    packed[-60:-20] = b"\x55" * 40
    found = Stream(io.BytesIO(packed))
    read = b"".join(found)
    assert found.damage is not None
    assert (bytes(range(256)) * 4_000 + DATA).startswith(read[: 1 << 19])
    assert found.finish() == hashlib.sha256(packed).hexdigest()


def test_text_behind_a_gzip_stream_is_said(read_bytes: Callable) -> None:
    found = read_bytes(gzip.compress(ROW % 1) + b"trailing text", "rows.jsonl.gz")
    assert found.numbers == ["1"]
    assert "is damaged" in found.reasons[0][1]


def test_a_name_that_lies(read_bytes: Callable) -> None:
    assert read_bytes(ROW % 1, "rows.jsonl.gz").numbers == ["1"]


@pytest.mark.parametrize("kind", PACK)
def test_nothing_in_it(read_bytes: Callable, kind: str) -> None:
    with pytest.raises(DataError, match="is empty"):
        read_bytes(PACK[kind](b""), f"rows.jsonl.{kind}")


@pytest.mark.parametrize("kind", PACK)
def test_data_that_unpacks_to_much_is_read_in_small_blocks(kind: str) -> None:
    packed = PACK[kind](b"\x00" * (64 << 20))
    sizes = [len(block) for block in Stream(io.BytesIO(packed))]
    assert sum(sizes) == 64 << 20
    assert len(sizes) > 1 or kind == "zst"


def test_published_files_in_four_compressions_hold_the_same(shared: Path, read: Callable) -> None:
    folder = shared / "decon_bundled_evals/tests/fixtures/training"
    plain = read(folder / "contaminated_mixed.jsonl").raws
    assert len(plain) == 5
    for kind in PACK:
        assert read(folder / f"contaminated_mixed.jsonl.{kind}").raws == plain

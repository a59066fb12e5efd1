"""datatrove: its four MinHash steps with their defaults (words 5 at a time, 14 × 8), one process."""

import tempfile
from pathlib import Path

from answer import answer
from datatrove.data import Document
from datatrove.pipeline.dedup import MinhashDedupBuckets, MinhashDedupCluster, MinhashDedupFilter, MinhashDedupSignature


def kept(texts: list[str]) -> list[int]:
    def rows() -> list[Document]:
        return [Document(text=text, id=str(place)) for place, text in enumerate(texts)]

    with tempfile.TemporaryDirectory() as folder:
        signatures, buckets, losers = (str(Path(folder) / name) for name in ("signatures", "buckets", "losers"))
        MinhashDedupSignature(signatures).run(rows(), 0, 1)
        for bucket in range(14):
            MinhashDedupBuckets(signatures, buckets).run(None, bucket, 14)
        MinhashDedupCluster(buckets, losers).run(None, 0, 1)
        return [int(row.id) for row in MinhashDedupFilter(losers).run(rows(), 0, 1)]


if __name__ == "__main__":
    answer("datatrove", kept)

"""Daft's MinHash signatures of word 3-grams, and nothing more: it does not group, so every row is kept. For time only."""

import daft
from answer import answer


def kept(texts: list[str]) -> list[int]:
    rows = daft.from_pydict({"text": texts})
    signed = rows.select(rows["text"].minhash(num_hashes=128, ngram_size=3, seed=42, hash_function="xxhash"))
    return list(range(signed.collect().count_rows()))


if __name__ == "__main__":
    answer("daft", kept)

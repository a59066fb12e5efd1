"""datasketch, word 3-grams: MinHash LSH with 128 permutations at 0.8; a text with no candidate is kept and inserted."""

from answer import answer, runs
from datasketch import MinHash, MinHashLSH


def kept(texts: list[str], tokens=runs) -> list[int]:
    index, found = MinHashLSH(threshold=0.8, num_perm=128), []
    for place, text in enumerate(texts):
        sketch = MinHash(num_perm=128)
        sketch.update_batch([token.encode() for token in tokens(text)])
        if not index.query(sketch):
            index.insert(place, sketch)
            found.append(place)
    return found


if __name__ == "__main__":
    answer("datasketch", kept)

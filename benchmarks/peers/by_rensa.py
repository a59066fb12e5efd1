"""rensa, word 3-grams: its deduplicator with LSH, 128 permutations, 0.8; candidates checked by their sketches."""

from answer import answer, runs
from rensa import RMinHashDeduplicator


def kept(texts: list[str], tokens=runs) -> list[int]:
    index = RMinHashDeduplicator(threshold=0.8, num_perm=128, use_lsh=True)
    new = index.add_pairs((str(place), tokens(text)) for place, text in enumerate(texts))
    return [place for place, is_new in enumerate(new) if is_new]


if __name__ == "__main__":
    answer("rensa", kept)

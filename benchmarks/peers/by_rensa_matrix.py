"""rensa's fastest full-set calls, word 3-grams: digests and band flags as one matrix.

It flags every row that shares a band with another, the first one too, and neither groups nor verifies: for time only.
"""

from answer import answer, runs
from rensa import RMinHash, RMinHashLSH


def kept(texts: list[str]) -> list[int]:
    digests = RMinHash.digest_matrix_from_token_sets([runs(text) for text in texts], 128, 42)
    flags = RMinHashLSH(0.8, 128, 8).query_duplicate_flags_matrix_one_shot(digests)
    return [place for place, flag in enumerate(flags) if not flag]


if __name__ == "__main__":
    answer("rensa", kept)

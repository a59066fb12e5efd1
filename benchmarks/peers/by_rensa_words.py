"""rensa with the tokens of its documentation: words."""

from functools import partial

from answer import answer, words
from by_rensa import kept

if __name__ == "__main__":
    answer("rensa", partial(kept, tokens=words))

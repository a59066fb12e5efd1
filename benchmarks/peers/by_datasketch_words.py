"""datasketch with the tokens of its documentation: words."""

from functools import partial

from answer import answer, words
from by_datasketch import kept

if __name__ == "__main__":
    answer("datasketch", partial(kept, tokens=words))

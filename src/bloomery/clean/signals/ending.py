"""Answers that were cut off.

Most good answers that end without a full stop are lists, titles, names, numbers, code, poems, or written by somebody who
leaves out the last stop. So a missing stop is never enough; the ending itself must be one that nobody chooses:

- a code fence that was opened and not closed, and that no sentence follows, in the middle of a line of code;
- a comma (not after a sum), an opening bracket or quotation mark (also 、，（「), or a hyphen right after a letter;
- a word that cannot end a sentence (and, the, of, because, 和, 以及 …), after prose.

Only the last answer of a chat is looked at, since an earlier one may be cut off for the user to say "go on", and only
answers of at least `MIN_BYTES`, because short ones are often fragments by wish ("Name three articles: a, an, the").
"""

import polars as pl

from bloomery.clean.signals.code import without_code
from bloomery.clean.signals.view import View
from bloomery.kernels.marks import MARKUP
from bloomery.text.pattern import having, lacking, pattern

MIN_BYTES = 80
TAIL = 60  # characters looked at

_ODD = pattern(
    r"[,，、（(\[{「『《【“]$|\p{L}[-–]$",
    r"[\p{L},;:]\s+(?:and|or|but|nor|the|a|an|of|to|with|from|into|than|because|if|which|that|whose|their|its|our|my|your"
    r"|for|by|as|at|is|are|was|were|be|has|have|such|including|und|oder|der|die|das|mit|von|et|ou|le|la|les|des|du|y|el"
    r"|los|las|del|con|para|por|и|или|на|с|в)$",
    r"\p{Han}(?:和|与|以及|并且|或者|因为|但是|而且|例如|包括|比如)$",
    any_case=True,
)
_SENTENCE = pattern(r"[.!?:;]\s", "[。！？；]")
_LAST = r"[^.!?。！？…\"'”’)\]}*`>|;:0-9~]$"
#: the code is whole and only its fence is missing, or sentences follow it
_FINISHED = pattern(r"[`});]\s*$", r"[\p{Ll}\p{N})][.!?]\s*$", r"[。！？]\s*$")


def cut_off_ending(view: View) -> pl.DataFrame:
    """Rows whose last answer stops in the middle."""
    text = pl.col("text").str
    last = view.last[view.known.size[view.last] >= MIN_BYTES]
    fenced = view.lines(last[view.known.has(MARKUP)[last]])
    fenced = fenced if fenced.is_empty() else fenced.filter(text.count_matches("```", literal=True) % 2 == 1)
    tails = view.lines(
        last[view.known.last[last] != ord(".")]
    )  # most end with it, and it is the cheapest look there is
    if tails.is_empty() and fenced.is_empty():
        return view.settle(tails)
    tails = having(tails.with_columns(tail=text.tail(TAIL).str.strip_chars_end()), _LAST, column="tail")
    return view.settle(pl.concat([lacking(fenced, _FINISHED).select("row"), _prose(tails).select("row")]))


def _prose(tails: pl.DataFrame) -> pl.DataFrame:
    """Those of `tails` (``text``, ``tail``) that are prose with an ending nobody chooses."""
    tail = pl.col("tail").str
    found = having(tails, _ODD, column="tail").filter(~(tail.contains("=", literal=True) & tail.ends_with(",")))
    return without_code(having(found, _SENTENCE))

"""The search: training rows stream past the index, and of each target the row that holds most of it is kept.

Rows are read on one thread; others decode them and look them up. The text of a row that is the best so far is kept until its
words are verified, which is put off to the end, when it is known which targets decide about an item; or until that text
grows beyond `WAITING`, so memory follows the test side whatever the training rows hold.

A hit whose words are not there (two runs of tokens with one number, a chance of 2**-63 a pair) is struck out; the target then
counts as not found.
"""

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

import numpy as np

from bloomery.contamination.drop import COUNTS, Dropping
from bloomery.contamination.evidence import EQUAL_FIELD, Found, Said, Speech, spoken, texts_of, verify, written
from bloomery.contamination.index import EQUAL, Hits, Index
from bloomery.contamination.items import NEAR, TWIN
from bloomery.contamination.nearness import verify_near, verify_short
from bloomery.contamination.options import Contamination
from bloomery.contamination.paraphrase import Paraphrases, suspected
from bloomery.contamination.sought import Side, Sought
from bloomery.contamination.substrings import Substrings, verify_substrings
from bloomery.contamination.unread import located
from bloomery.engine import Progress, ordered
from bloomery.errors import DataError
from bloomery.formats.assemble import Counted, Piece
from bloomery.formats.read import Reader
from bloomery.schema import Batch

WAITING = 1 << 26  # characters of text that wait to be verified
_TOGETHER = 2_000  # targets verified at once


class Best(NamedTuple):
    """The training row that holds most of a target."""

    overlap: float  # EQUAL where a field is equal to a short target
    row: str  # id
    said: tuple[Said, ...]  # what the row says; nothing once it is verified
    found: Found | None  # None until it is verified


class Search:
    """What has been found so far; feeding it rows in another batch size finds the same."""

    def __init__(self, sought: Sought, options: Contamination, sources: int = 1) -> None:
        self.targets, self.options = sought.targets, options
        self.index: Index | Substrings
        if options.method == "chars50":
            self.index = Substrings(sought.files)
        else:
            shared = [one.keys for one in sought.shared]
            self.index = Index(sought.files, shared, n=options.n, threshold=options.threshold, near=options.near)
        self._first_question = len(self.targets) - len(sought.questions)
        self.paraphrases = (
            Paraphrases(sought.questions, options.embedding, options.paraphrase) if options.embedding else None
        )
        self._first_shared = len(sought.files.targets)
        self._counts = np.array([target.tier in COUNTS for target in self.targets], dtype=np.bool_)
        self._short = np.array([target.short for target in self.targets], dtype=np.bool_)
        self.in_source = np.zeros(
            (sources, len(self.targets)), dtype=np.bool_
        )  # whether it is in a row of it, and counts
        self.best: dict[int, Best] = {}
        self.rows_found = np.zeros(len(self.targets), dtype=np.int64)
        self._waiting = 0

    def through(self, readers: Sequence[Reader], progress: Progress, dropping: Dropping | None = None) -> Side:
        """Stream the training rows."""
        rows = 0
        for source, reader in enumerate(readers):
            for batch, hits in self._looked_up(reader):
                self.take(batch, hits)
                counting = self.counting(hits)
                self.in_source[source, counting.target] = True
                if dropping is not None:
                    dropping.take(batch, counting)
                rows += len(batch)
                progress("reading train", rows=rows, **bytes_read(readers))
        if not rows:
            raise DataError("There are no training rows", next="Check --train")
        return Side.of(readers, rows)

    def _looked_up(self, reader: Reader) -> Iterator[tuple[Batch, Hits]]:
        """The batches of a reader, decoded and looked up on other threads."""
        hits: deque[Hits] = deque()

        def look(piece: Piece) -> tuple[Counted, Hits]:
            decoded = piece.decode()
            found = self.index.find(decoded.batch)
            if self.paraphrases is not None:
                also = self.paraphrases.find(decoded.batch)
                found = found.and_also(also._replace(target=also.target + self._first_question))
            return decoded, found

        def decoded() -> Iterator[Counted]:
            for counted, found in ordered(look, reader.pieces()):
                hits.append(found)
                yield counted

        for batch in reader.numbered(decoded()):
            yield batch, hits.popleft()

    def counting(self, hits: Hits) -> Hits:
        """Those that make an item contaminated."""
        whole = ~self._short[hits.target] | (hits.overlap >= EQUAL)
        return hits.at(np.flatnonzero(self._counts[hits.target] & whole))

    def take(self, batch: Batch, hits: Hits) -> None:
        """Keep what is better than before; of equal rows the first."""
        np.add.at(self.rows_found, hits.target, 1)
        best = hits.at(np.lexsort((hits.row, -hits.overlap, hits.target)))
        best = best.at(np.unique(best.target, return_index=True)[1])
        known = [self.best[target].overlap if target in self.best else 0.0 for target in best.target.tolist()]
        best = best.at(np.flatnonzero(best.overlap > np.array(known)))
        texts = texts_of(batch, sorted(set(best.row.tolist())))
        self._waiting += sum(len(said.text) for row in texts.values() for said in row)
        ids = batch.rows["id"].gather(best.row).to_list()
        for target, row, overlap, row_id in zip(
            best.target.tolist(), best.row.tolist(), best.overlap.tolist(), ids, strict=True
        ):
            self.best[target] = Best(overlap, row_id, texts[row], None)
        if self._waiting > WAITING:
            self.settle(list(self.best))
            self._waiting = 0

    def settle(self, targets: Iterable[int]) -> bool:
        """Verify what of these is not yet; false if that changed what is known of one."""
        waiting = [target for target in dict.fromkeys(targets) if self.best[target].found is None]
        stands = True
        for first in range(0, len(waiting), _TOGETHER):
            some = waiting[first : first + _TOGETHER]
            items = written([self.targets[target] for target in some])
            rows = spoken([self.best[target].said for target in some])
            for target, item, row in zip(some, items, rows, strict=True):
                stands &= self._verified(target, self._found(target, item, row))
        return stands

    def _found(self, number: int, item: Sequence[str], row: Sequence[Speech]) -> Found | None:
        target, options, best = self.targets[number], self.options, self.best[number]
        if number >= self._first_question:
            return suspected(row, best.overlap)
        if isinstance(self.index, Substrings):
            return verify_substrings(target, best.said, row)
        if number >= self._first_shared:
            place = self.index.exact + number - self._first_shared
            return located(target, place, self.index.keys, best.said, row, best.overlap, options.n)
        if target.tier not in {NEAR, TWIN}:
            return verify(target, item, row, n=options.n, threshold=options.threshold)
        if target.short:
            return verify_short(target, best.said, row, options.near)
        return verify_near(target, item, row, self.index.weights(number), options.near)

    def _verified(self, target: int, found: Found | None) -> bool:
        best = self.best.pop(target)
        if found is None:
            return False
        overlap = min(best.overlap, EQUAL if found.rule == EQUAL_FIELD else 1.0)
        self.best[target] = Best(overlap, best.row, (), found)
        return overlap == best.overlap


def bytes_read(readers: Sequence[Reader]) -> dict[str, int]:
    """How far reading is, for `Progress`."""
    return {"done": sum(r.bytes_read for r in readers), "total": sum(r.total_bytes for r in readers)}

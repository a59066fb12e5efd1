"""How many calls at a time: as many as the server takes without refusing or slowing down.

Additive increase, multiplicative decrease, as TCP does it: one more call at a time after each round without trouble; half as
many after a refusal (429, 503) or a timeout, once for all calls that were under way at that time. Servers that do not refuse
let calls queue up: so it is three quarters after a round whose calls took more than half of the time that a call may take, and
no more than before where they took a quarter of it. (To compare with the quickest round is no measure: a server that batches
takes longer for each call and answers more, and a busy machine of ours makes every server look slow.) At the beginning the
number doubles each round, until the first trouble. A round is as many answers as there are calls at a time.
"""

#: calls at a time at the beginning, at most
START = 8
#: of the time that a call may take
_HOLD, _CUT = 0.25, 0.5


class Pace:
    """The number of calls at a time, between 1 and `most`.

    >>> pace = Pace(64, timeout=120)
    >>> for _ in range(8 + 16):
    ...     pace.answered(0.02)
    >>> pace.limit
    32
    >>> pace.refused(under_way=32), pace.limit, pace.refused(under_way=31), pace.limit
    (None, 16, None, 16)
    """

    def __init__(self, most: int, timeout: float) -> None:
        self.most, self.timeout = most, timeout
        self.limit = min(START, most)
        self._doubling = True
        self._answers, self._seconds = 0, 0.0
        self._ignored = 0  # refusals of calls that were under way when the number was cut

    def answered(self, seconds: float) -> None:
        """A call was answered after `seconds`."""
        self._ignored = max(0, self._ignored - 1)
        self._answers += 1
        self._seconds += seconds
        if self._answers >= self.limit:
            self._round(self._seconds / self._answers)

    def refused(self, under_way: int) -> None:
        """A call was refused for now, as one of `under_way`."""
        if self._ignored:
            self._ignored -= 1
            return
        self._ignored = under_way - 1
        self._set(self.limit // 2)

    def _round(self, mean: float) -> None:
        if mean > _CUT * self.timeout:
            self._set(self.limit * 3 // 4)
        elif mean > _HOLD * self.timeout:
            self._set(self.limit)
        else:
            self._set(self.limit * 2 if self._doubling else self.limit + 1, more=True)

    def _set(self, limit: int, *, more: bool = False) -> None:
        self._doubling = self._doubling and more
        self.limit = min(max(limit, 1), self.most)
        self._answers, self._seconds = 0, 0.0

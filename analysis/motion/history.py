"""The last minute of motion, for describing what has just ended.

Kept in the runs in which it came: joining them is left until something is to be described, and then only its
neighbourhood is cut out and joined.
"""

from collections import deque

from analysis.motion.angles import Motion, joined
from analysis.motion.block import RATE_HZ

KEPT_S = 60
"""Motion kept for describing: longest bend, both lags and margins."""
_KEPT = round(KEPT_S * RATE_HZ)
_LONG = 2 * _KEPT
_SECOND = round(RATE_HZ)


class History:
    """The newest runs; consecutive."""

    def __init__(self) -> None:
        self._runs: deque[Motion] = deque()

    @property
    def end_sample(self) -> int:
        """Index of the sample to come; 0 before the first run."""
        return self._runs[-1].end_sample if self._runs else 0

    @property
    def first_sample(self) -> int:
        """Index of the oldest sample that is kept; 0 before the first run."""
        return self._runs[0].first_sample if self._runs else 0

    def push(self, motion: Motion) -> None:
        """Take the next run, and forget those that ended a minute before it."""
        self._runs.append(motion)
        while self._runs[0].end_sample <= motion.first_sample - _KEPT:
            self._runs.popleft()

    def let_go(self) -> bool:
        """Keep of a long run its last minute alone, once all is said of it; return whether it was long.

        Otherwise two long runs would be held at once: that minute would hold all of the one before.
        """
        newest = self._runs[-1]
        if len(newest) <= _LONG:
            return False
        self._runs = deque([newest.newest(_KEPT + newest.end_sample % _SECOND)])
        return True

    def around(self, first_sample: int, last_sample: int, margin_s: float) -> Motion:
        """Return the samples from first to last with so much before and after, as far as they are here."""
        margin = round(margin_s * RATE_HZ)
        return self.between(first_sample - margin, last_sample + 1 + margin)

    def between(self, start: int, end: int) -> Motion:
        """Return the samples from `start` to before `end`, as far as they are here."""
        newest = self._runs[-1]
        # Most often it is enough to look there.
        if start >= newest.first_sample:
            return newest.part(start, end)
        runs = [run for run in self._runs if run.end_sample > start and run.first_sample < end]
        return joined([run.part(start, end) for run in runs or [newest]])

    def state(self) -> tuple[Motion, ...]:
        """Return what :meth:`restore` needs to go on exactly from here."""
        return tuple(self._runs)

    def restore(self, state: tuple[Motion, ...]) -> None:
        """Go on from `state`."""
        self._runs = deque(state)

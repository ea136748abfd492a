"""Which samples there are: stretches of indices, as few as possible."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator


class Spans:
    """A set of sample indices, kept as half-open stretches ``(first, end)`` in order.

    Parameters
    ----------
    stretches
        What is in it at first; they may overlap.
    """

    def __init__(self, stretches: Iterable[tuple[int, int]] = ()) -> None:
        self._firsts: list[int] = []
        self._ends: list[int] = []
        for first, end in stretches:
            self.add(first, end)

    def __iter__(self) -> Iterator[tuple[int, int]]:
        return iter(zip(self._firsts, self._ends, strict=True))

    def __len__(self) -> int:
        """Return the number of indices."""
        return sum(end - first for first, end in self)

    def __bool__(self) -> bool:
        return bool(self._firsts)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Spans) and list(self) == list(other)

    __hash__ = None  # type: ignore[assignment]  # it changes

    def copy(self) -> "Spans":
        """Return another set of the same indices."""
        return Spans(self)

    def add(self, first: int, end: int) -> None:
        """Put the indices from `first` to before `end` in."""
        if first >= end:
            return
        left = bisect_left(self._ends, first)
        right = bisect_right(self._firsts, end)
        if left < right:
            first, end = min(first, self._firsts[left]), max(end, self._ends[right - 1])
        self._firsts[left:right] = [first]
        self._ends[left:right] = [end]

    def remove(self, first: int, end: int) -> None:
        """Take the indices from `first` to before `end` out."""
        if first >= end:
            return
        left = bisect_right(self._ends, first)
        right = bisect_left(self._firsts, end)
        if left >= right:
            return
        kept = [(self._firsts[left], first), (end, self._ends[right - 1])]
        kept = [(a, b) for a, b in kept if a < b]
        self._firsts[left:right] = [a for a, _ in kept]
        self._ends[left:right] = [b for _, b in kept]

    def within(self, first: int, end: int) -> "Spans":
        """Return what lies from `first` to before `end`."""
        left = bisect_right(self._ends, first)
        right = bisect_left(self._firsts, end)
        cut = Spans()
        for a, b in zip(self._firsts[left:right], self._ends[left:right], strict=True):
            cut.add(max(a, first), min(b, end))
        return cut

    def missing(self, first: int, end: int) -> "Spans":
        """Return what does not lie in it, from `first` to before `end`."""
        holes = Spans([(first, end)])
        for a, b in self.within(first, end):
            holes.remove(a, b)
        return holes

    def end_of_run(self, first: int) -> int:
        """Return the index after the stretch that holds `first`; `first` itself if it is not in."""
        at = bisect_right(self._firsts, first) - 1
        return self._ends[at] if at >= 0 and first < self._ends[at] else first

"""Which movement found is which true one."""

from collections.abc import Sequence
from dataclasses import dataclass

LEAST_OVERLAP = 0.5
"""Two spans are one movement if they share this part of the longer, 1 (product acceptance)."""


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of time, s."""

    start_s: float
    end_s: float

    def meets(self, other: "Span") -> bool:
        """Return whether the two share any time."""
        return min(self.end_s, other.end_s) > max(self.start_s, other.start_s)

    def overlap(self, other: "Span") -> float:
        """Return the common time as a part of the longer span."""
        common_s = min(self.end_s, other.end_s) - max(self.start_s, other.start_s)
        longer_s = max(self.end_s - self.start_s, other.end_s - other.start_s)
        return max(0.0, common_s) / longer_s if longer_s > 0.0 else 0.0


@dataclass(frozen=True, slots=True)
class Matches:
    """Places in the two lists: pairs (true, found), true ones not found, and found ones that are not true."""

    pairs: tuple[tuple[int, int], ...]
    missed: tuple[int, ...]
    extra: tuple[int, ...]


def match(true: Sequence[Span], found: Sequence[Span]) -> Matches:
    """Pair each true span with at most one found span and the other way round, best overlaps first."""
    candidates = sorted(
        ((one.overlap(other), i, j) for i, one in enumerate(true) for j, other in enumerate(found)),
        key=lambda candidate: -candidate[0],
    )
    pairs: dict[int, int] = {}
    for overlap, i, j in candidates:
        if overlap >= LEAST_OVERLAP and i not in pairs and j not in pairs.values():
            pairs[i] = j
    return Matches(
        tuple(sorted(pairs.items())),
        tuple(i for i in range(len(true)) if i not in pairs),
        tuple(j for j in range(len(found)) if j not in pairs.values()),
    )

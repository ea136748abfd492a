"""Samples as a link leaves them: whole runs, with pieces missing between them."""

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

RATE_HZ = 100.0


def gaps_drawn(
    rng: np.random.Generator, duration_s: float, every_s: float, longest_s: float
) -> list[tuple[float, float]]:
    """Return gaps (start, end) in s, in order and apart: one in `every_s` on average, up to `longest_s`."""
    gaps, at_s = [], float(rng.exponential(every_s))
    while at_s + longest_s < duration_s:
        end_s = at_s + float(rng.uniform(1.0 / RATE_HZ, longest_s))
        gaps.append((at_s, end_s))
        at_s = end_s + 0.5 + float(rng.exponential(every_s))
    return gaps


def runs(
    raw: NDArray[np.int16], gaps: Sequence[tuple[float, float]]
) -> Iterator[tuple[int, NDArray[np.int16]]]:
    """Yield what is left of `raw` around `gaps`: index of the first sample, and the samples."""
    first = 0
    for start_s, end_s in (*gaps, (raw.shape[0] / RATE_HZ, np.inf)):
        last = min(raw.shape[0], round(start_s * RATE_HZ))
        if last > first:
            yield first, raw[first:last]
        if end_s < np.inf:
            first = round(end_s * RATE_HZ)

"""A share over several days with an interval that knows that days differ.

Bends of one day resemble each other, so counting them all as independent makes the interval too narrow. With
enough days the variance of the ratio is taken between days (Cochran 1977, Sampling Techniques, 3rd ed., ch.
9A: clusters of unequal size); the wider of that and Wilson's interval is told.
"""

import math
from collections.abc import Sequence

from analysis.review.proportion import Proportion, wilson

LEAST_DAYS = 4
"""With fewer days the spread between days is itself a guess [ours]."""


def share_of_days(counts: Sequence[tuple[int, int]]) -> Proportion | None:
    """Return the share over days of (count, total) each; None when nothing was counted."""
    # Here, because the gateway needs the page at once and this hardly ever.
    from scipy.special import stdtrit

    days = [(count, total) for count, total in counts if total]
    count, total = sum(each[0] for each in days), sum(each[1] for each in days)
    whole = wilson(count, total)
    if whole is None or len(days) < LEAST_DAYS:
        return whole
    spread = sum((hits - whole.value * size) ** 2 for hits, size in days)
    error = math.sqrt(spread * len(days) / (len(days) - 1)) / total
    half = float(stdtrit(len(days) - 1, 0.975)) * error
    return Proportion(
        count,
        total,
        max(0.0, min(whole.low, whole.value - half)),
        min(1.0, max(whole.high, whole.value + half)),
    )

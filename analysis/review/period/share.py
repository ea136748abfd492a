"""A share over several days with an interval that knows that days differ.

Bends of one day resemble each other, so counting them all as independent makes the interval too narrow. With
enough days the variance of the ratio is taken between days (Cochran 1977, Sampling Techniques, 3rd ed., ch.
9A: clusters of unequal size); the wider of that and Wilson's interval is told.
"""

import math
from collections.abc import Sequence
from typing import Final

from analysis.review.proportion import Proportion, wilson

LEAST_DAYS = 4
"""With fewer days the spread between days is itself a guess [ours]."""


_T_FROM: Final = LEAST_DAYS - 1
_T: Final = (
    *(3.1824, 2.7764, 2.5706, 2.4469, 2.3646, 2.3060, 2.2622, 2.2281, 2.2010, 2.1788, 2.1604, 2.1448, 2.1314),
    *(2.1199, 2.1098, 2.1009, 2.0930, 2.0860, 2.0796, 2.0739, 2.0687, 2.0639, 2.0595, 2.0555, 2.0518, 2.0484),
)
"""Student's t that 97.5 % are under, for three degrees of freedom and more: a report has at most four weeks.

A table, because the library that knows it takes a seventh of the time in which a report is made to load."""
_NORMAL: Final = 1.95996398


def share_of_days(counts: Sequence[tuple[int, int]]) -> Proportion | None:
    """Return the share over days of (count, total) each; None when nothing was counted."""
    days = [(count, total) for count, total in counts if total]
    count, total = sum(each[0] for each in days), sum(each[1] for each in days)
    whole = wilson(count, total)
    if whole is None or len(days) < LEAST_DAYS:
        return whole
    spread = sum((hits - whole.value * size) ** 2 for hits, size in days)
    error = math.sqrt(spread * len(days) / (len(days) - 1)) / total
    half = student_t(len(days) - 1) * error
    return Proportion(
        count,
        total,
        max(0.0, min(whole.low, whole.value - half)),
        min(1.0, max(whole.high, whole.value + half)),
    )


def student_t(degrees: int) -> float:
    """Return what 97.5 % of Student's distribution are under, for at least three degrees of freedom.

    Beyond the table by its expansion around the normal one (Abramowitz and Stegun 1964, 26.7.5).
    """
    if degrees < _T_FROM + len(_T):
        return _T[degrees - _T_FROM]
    z = _NORMAL
    z3, z5, z7 = z**3, z**5, z**7
    terms = (
        (z3 + z) / 4,
        (5 * z5 + 16 * z3 + 3 * z) / 96,
        (3 * z7 + 19 * z5 + 17 * z3 - 15 * z) / 384,
    )
    return z + sum(term / float(degrees) ** order for order, term in enumerate(terms, 1))

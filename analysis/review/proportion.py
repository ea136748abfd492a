"""A share of counted things with the interval it may lie in.

Method: the score interval of Wilson (1927), "Probable inference, the law of succession, and statistical
inference", J Am Stat Assoc 22:209-212, doi:10.1080/01621459.1927.10502953. It keeps inside 0 to 1 and holds
its promise at a day's small numbers, where the textbook plus-or-minus does not. It takes bends as
independent, which bends of one chore are not quite: a true interval is somewhat wider.
"""

import math
from dataclasses import dataclass

_Z_95 = 1.959963984540054


@dataclass(frozen=True, slots=True)
class Proportion:
    """`count` of `total`, with its 95 % interval (fractions of 1)."""

    count: int
    total: int
    low: float
    high: float

    @property
    def value(self) -> float:
        """Return the observed fraction."""
        return self.count / self.total


def wilson(count: int, total: int) -> Proportion | None:
    """Return `count` of `total` with Wilson's 95 % interval; None when nothing was counted.

    Raises
    ------
    ValueError
        If `count` is not between 0 and `total`.
    """
    if not 0 <= count <= total:
        raise ValueError(f"{count} of {total} is no proportion")
    if total == 0:
        return None
    value, z2 = count / total, _Z_95**2
    centre = (value + z2 / (2 * total)) / (1 + z2 / total)
    half = _Z_95 / (1 + z2 / total) * math.sqrt(value * (1 - value) / total + z2 / (4 * total**2))
    # At none and at all the interval ends at the value itself, but for rounding.
    return Proportion(count, total, max(0.0, min(value, centre - half)), min(1.0, max(value, centre + half)))

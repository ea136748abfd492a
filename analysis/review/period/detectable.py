"""Has something changed, or is it noise? A row of daily values with the band inside which nobody can tell.

The smallest detectable change at 95 % between two sessions is 1.96 times the square root of 2 times the
standard error of measurement, 2.77 SEM (Weir 2005, J Strength Cond Res 19:231-240, doi:10.1519/15184.1;
CLINICAL.md D). From five sessions on the SEM is the patient's own, estimated from the differences between
neighbouring sessions (von Neumann et al. 1941, Ann Math Stat 12:153-162, doi:10.1214/aoms/1177731746): a slow
trend, which is what one looks for, hardly enters these, while it would swell a standard deviation. Before
that, what studies found stands in, where there is such a figure.

What is compared are medians of the first and the last sessions, but with the band of single ones, so a
verdict of "changed" errs on the quiet side. Works badly where a value jumps once at the beginning or the end:
the median then takes sides late.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from statistics import median
from typing import Literal

Verdict = Literal["too_few", "no_detectable_change", "higher", "lower"]


@dataclass(frozen=True, slots=True)
class DetectableParams:
    """When a change is one."""

    factor: float = 2.77
    """Smallest detectable change in standard errors of measurement (Weir 2005)."""
    own_sessions: int = 5
    """Sessions from which on the patient's own error is used (CLINICAL.md D)."""
    compared_sessions: int = 3
    """Most sessions at either end whose medians are compared [ours]."""


@dataclass(frozen=True, slots=True)
class Trend:
    """Values of one measure, a session (a day) each.

    Attributes
    ----------
    points
        Day and value, in order; days without a value are not there.
    before, after
        Medians of the first and the last sessions; None with fewer than two.
    change
        Smallest detectable change, in the measure's unit; None where nobody knows.
    is_own
        Whether that is the patient's own figure rather than a study's.
    verdict
        `after` against `before`.
    """

    points: tuple[tuple[date, float], ...]
    before: float | None
    after: float | None
    change: float | None
    is_own: bool
    verdict: Verdict

    @property
    def band(self) -> tuple[float, float] | None:
        """Values that cannot be told from `before`; None where there is no such band."""
        if self.before is None or self.change is None:
            return None
        return self.before - self.change, self.before + self.change


def trend(
    points: Sequence[tuple[date, float]],
    *,
    study_change: float | None = None,
    params: DetectableParams | None = None,
) -> Trend:
    """Return the trend of `points`; `study_change` stands in until the patient's own error is known."""
    p = params or DetectableParams()
    ordered = tuple(sorted(points))
    values = [value for _, value in ordered]
    is_own = len(values) >= p.own_sessions
    change = p.factor * _error_of_measurement(values) if is_own else study_change
    if len(values) < 2:
        return Trend(ordered, None, None, change, is_own, "too_few")
    ends = min(p.compared_sessions, len(values) // 2)
    before, after = median(values[:ends]), median(values[-ends:])
    return Trend(ordered, before, after, change, is_own, _verdict(after - before, change))


def _error_of_measurement(values: Sequence[float]) -> float:
    steps = [(after - before) ** 2 for before, after in pairwise(values)]
    return math.sqrt(sum(steps) / (2 * len(steps)))


def _verdict(difference: float, change: float | None) -> Verdict:
    if change is None:
        return "too_few"
    if abs(difference) <= change:
        return "no_detectable_change"
    return "higher" if difference > 0 else "lower"

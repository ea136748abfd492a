"""The lumbo-pelvic rhythm of many bends as one path: the mean of their ways down, and of their ways up.

Bends differ in depth and pace, so they are averaged neither over time nor over their length, but at equal
trunk tilts: at 30 deg of trunk tilt, say, how much of it is pelvis and how much lower back. On the plot of
lower back against pelvis these are the anti-diagonals, and the spread lies along them. A level is drawn while
at least three bends pass it, so the path ends where its mean would change company; it begins, as the events'
curves do, where the bends begin.
"""

import math
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from analysis.review.lifts import LiftView

Phase = Literal["descent", "ascent"]


@dataclass(frozen=True, slots=True)
class RhythmParams:
    """Where the paths are looked at."""

    step_deg: float = 5.0
    """Distance of the trunk tilts at which bends are averaged, deg [ours]."""
    least_bends: int = 3
    """Fewer bends have no mean worth a line [ours]."""


@dataclass(frozen=True, slots=True)
class Level:
    """What the bends have in common at one trunk tilt; deg, SD is one standard deviation between bends."""

    trunk_deg: float
    pelvis_deg: float
    sd_deg: float
    bends: int

    @property
    def lumbar_deg(self) -> float:
        """Return the lower back's part."""
        return self.trunk_deg - self.pelvis_deg


def mean_path(
    lifts: Iterable[LiftView], phase: Phase, params: RhythmParams | None = None
) -> tuple[Level, ...]:
    """Return the mean path of the bends with both curves, to where too few go on."""
    p = params or RhythmParams()
    halves = [_half(lift, phase) for lift in lifts if lift.trunk_curve_deg and lift.pelvis_curve_deg]
    if not halves:
        return ()
    deepest_deg = max(max(trunk) for trunk, _ in halves)
    levels_deg = [p.step_deg * step for step in range(1, int(deepest_deg // p.step_deg) + 1)]
    pelvis_deg = np.array([_pelvis_at(levels_deg, *half) for half in halves], np.float64)
    levels: list[Level] = []
    for trunk_deg, at_level in zip(levels_deg, pelvis_deg.T, strict=True):
        reached = at_level[~np.isnan(at_level)]
        if len(reached) >= p.least_bends:
            spread = float(np.std(reached, ddof=1))
            levels.append(Level(trunk_deg, float(np.mean(reached)), spread, len(reached)))
        elif levels:
            break
    return tuple(levels)


def _half(lift: LiftView, phase: Phase) -> tuple[Sequence[float], Sequence[float]]:
    """Return trunk and pelvis tilt from upright to the deepest point, whichever way time runs."""
    trunk, pelvis = lift.trunk_curve_deg, lift.pelvis_curve_deg
    deepest = max(range(len(trunk)), key=trunk.__getitem__)
    if phase == "descent":
        return trunk[: deepest + 1], pelvis[: deepest + 1]
    return trunk[deepest:][::-1], pelvis[deepest:][::-1]


def _pelvis_at(levels_deg: Sequence[float], trunk: Sequence[float], pelvis: Sequence[float]) -> list[float]:
    """Return the pelvis tilt where the trunk first rises to each level; NaN where it never does."""
    at = [math.nan] * len(levels_deg)
    level = bisect_right(levels_deg, trunk[0])
    for index in range(1, len(trunk)):
        while level < len(levels_deg) and trunk[index] >= levels_deg[level]:
            low, high = trunk[index - 1], trunk[index]
            part = (levels_deg[level] - low) / (high - low)
            at[level] = pelvis[index - 1] + part * (pelvis[index] - pelvis[index - 1])
            level += 1
    return at

"""The lumbo-pelvic rhythm of many bends as one path: the mean of their ways down, and of their ways up.

Bends differ in depth and pace, so they are averaged neither over time nor over their length, but at equal
trunk tilts: at 30 deg of trunk tilt, say, how much of it is pelvis and how much lower back. On the plot of
lower back against pelvis these are the anti-diagonals, and the spread lies along them. A level is drawn while
at least three bends pass it, so the path ends where its mean would change company; it begins, as the events'
curves do, where the bends begin.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import fmean, stdev
from typing import Literal

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
    deepest_deg = max((max(trunk) for trunk, _ in halves), default=0.0)
    levels: list[Level] = []
    for step in range(1, int(deepest_deg // p.step_deg) + 1):
        trunk_deg = p.step_deg * step
        reached = [at for half in halves if (at := _pelvis_at(trunk_deg, *half)) is not None]
        if len(reached) >= p.least_bends:
            levels.append(Level(trunk_deg, fmean(reached), stdev(reached), len(reached)))
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


def _pelvis_at(trunk_deg: float, trunk: Sequence[float], pelvis: Sequence[float]) -> float | None:
    """Return the pelvis tilt where the trunk first reaches `trunk_deg`; None where it never does."""
    if not trunk or trunk[0] > trunk_deg:
        return None
    for index in range(1, len(trunk)):
        low, high = trunk[index - 1], trunk[index]
        if high >= trunk_deg > low:
            part = (trunk_deg - low) / (high - low)
            return pelvis[index - 1] + part * (pelvis[index] - pelvis[index - 1])
    return None

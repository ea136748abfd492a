"""Three bends that stand for the rest: the most hip-led, a typical one, the deepest.

The most hip-led is sought among those deep enough for its share to be more than noise; typical is the one
nearest to the middle in depth, share and time together, each measured by its spread.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Literal

from analysis.review.lifts import LiftView

Why = Literal["most_hip_led", "typical", "deepest"]
LEAST_DEPTH_DEG = 45.0
"""Shares of shallower bends are off by more than 0.05, deg (CLINICAL.md B2 [calc])."""


@dataclass(frozen=True, slots=True)
class Example:
    """One bend and what it stands for."""

    why: Why
    lift: LiftView


def examples(lifts: Sequence[LiftView]) -> tuple[Example, ...]:
    """Return up to three different bends among those with both curves and a share."""
    known = [lift for lift in lifts if lift.share is not None and lift.pelvis_curve_deg and lift.depth_deg]
    if not known:
        return ()
    deep = [lift for lift in known if _depth_deg(lift) >= LEAST_DEPTH_DEG] or known
    wanted: tuple[tuple[Why, LiftView], ...] = (
        ("most_hip_led", min(deep, key=lambda lift: (_share(lift), lift.at))),
        ("typical", _typical(known)),
        ("deepest", max(known, key=lambda lift: (_depth_deg(lift), lift.at))),
    )
    chosen: dict[str, Example] = {}
    for why, lift in wanted:
        chosen.setdefault(lift.event_id, Example(why, lift))
    return tuple(chosen.values())


def _depth_deg(lift: LiftView) -> float:
    return lift.depth_deg or 0.0


def _share(lift: LiftView) -> float:
    return lift.share or 0.0


def _typical(lifts: Sequence[LiftView]) -> LiftView:
    measures: tuple[Callable[[LiftView], float], ...] = (_depth_deg, _share, lambda lift: lift.duration_s)
    scales = []
    for measure in measures:
        middle = median(map(measure, lifts))
        spread = median(abs(measure(lift) - middle) for lift in lifts)
        scales.append((measure, middle, spread or 1.0))

    def distance(lift: LiftView) -> float:
        return sum(((measure(lift) - middle) / spread) ** 2 for measure, middle, spread in scales)

    return min(lifts, key=lambda lift: (distance(lift), lift.at))

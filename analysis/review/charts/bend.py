"""One bend, large: trunk, pelvis and lower back over time."""

import math
from dataclasses import dataclass
from typing import Final

from analysis.review.charts.angles import path_data
from analysis.review.lifts import LiftView

WIDTH: Final = 640
HEIGHT: Final = 260
LEFT: Final = 46
BOTTOM: Final = 34
_TOP = 10
_GRID_DEG = 20


@dataclass(frozen=True, slots=True)
class BendChart:
    """Paths in the chart's units; empty where an angle is not known."""

    trunk: str
    pelvis: str
    lumbar: str
    degrees: tuple[tuple[float, str], ...]
    seconds: tuple[tuple[float, str], ...]
    zero_y: float
    sentence: str


def bend_chart(lift: LiftView) -> BendChart:
    """Return the chart of one bend."""
    trunk, pelvis = lift.trunk_curve_deg, lift.pelvis_curve_deg
    lumbar = tuple(t - p for t, p in zip(trunk, pelvis, strict=False)) if trunk and pelvis else ()
    values = [0.0, 40.0, *trunk, *pelvis, *lumbar]
    low = _GRID_DEG * math.floor(min(values) / _GRID_DEG)
    high = _GRID_DEG * math.ceil(max(values) / _GRID_DEG)
    lasts_s = lift.dt_s * max(1, max(len(trunk), len(pelvis)) - 1)

    def x(time_s: float) -> float:
        return round(LEFT + (WIDTH - LEFT - 8) * time_s / lasts_s, 1)

    def y(deg: float) -> float:
        return round(HEIGHT - BOTTOM - (HEIGHT - BOTTOM - _TOP) * (deg - low) / (high - low), 1)

    def path(curve: tuple[float, ...]) -> str:
        points = [(x(index * lift.dt_s), y(deg)) for index, deg in enumerate(curve)]
        return path_data(points) if len(points) > 1 else ""

    step_s = max(1, math.ceil(lasts_s / 8))
    return BendChart(
        trunk=path(trunk),
        pelvis=path(pelvis),
        lumbar=path(lumbar),
        degrees=tuple((y(deg), f"{deg}°") for deg in range(low, high + 1, _GRID_DEG)),
        seconds=tuple((x(second), f"{second} s") for second in range(0, int(lasts_s) + 1, step_s)),
        zero_y=y(0.0),
        sentence=_sentence(lift),
    )


def _sentence(lift: LiftView) -> str:
    if lift.trunk_deg is None or lift.pelvis_deg is None:
        return "One pod shows how far it leaned, not where the bend came from."
    return (
        f"At the deepest point the trunk leans {lift.trunk_deg:.0f}°: the hips give {lift.pelvis_deg:.0f}°, "
        f"the lower back {lift.trunk_deg - lift.pelvis_deg:.0f}°."
    )

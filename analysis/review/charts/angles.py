"""Where bends come from: the lower back's flexion against the pelvis's tilt, and each bend's two curves.

A bend shared equally runs along the line at 45 deg, one led by the hips below it, one led by the back above.
Only the way down is drawn: the way up runs back beside it and would hide it.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from analysis.review.day import DayView
from analysis.review.lifts import LiftView
from analysis.review.wording import STRATEGY, clock

MAX_LINES: Final = 40
"""Bends drawn as lines, the latest; all have their sign at the deepest point."""
_MIN_RANGE_DEG = (0.0, 60.0)
_GRID_DEG = 20

SPARK_WIDTH: Final = 128
SPARK_HEIGHT: Final = 44
_SPARK_MARGIN = 3
_SPARK_POINTS = 40
"""A curve so small needs no more; a day has a hundred bends with two each."""


@dataclass(frozen=True, slots=True)
class Frame:
    """The plot's square and its margins, in its own units (a pixel on a phone)."""

    size: int = 360
    left: int = 70
    top: int = 10
    right: int = 12
    bottom: int = 60

    @property
    def side(self) -> int:
        """Return the side of the inner square: both angles have one scale."""
        return min(self.size - self.left - self.right, self.size - self.top - self.bottom)


@dataclass(frozen=True, slots=True)
class Peak:
    """A bend's deepest point."""

    x: float
    y: float
    strategy: str
    borderline: bool
    title: str


@dataclass(frozen=True, slots=True)
class AnglePlot:
    """The plot in the units of its frame; paths are SVG path data."""

    frame: Frame
    ticks: tuple[tuple[float, float, str], ...]
    zero: tuple[float, float]
    equal_share: str
    template: str | None
    lines: tuple[tuple[str, str], ...]
    peaks: tuple[Peak, ...]


@dataclass(frozen=True, slots=True)
class Sparkline:
    """One bend's curves of trunk and pelvis, on the day's common scale; None where nothing was measured."""

    trunk: str | None
    pelvis: str | None
    ground_y: float


def angle_plot(view: DayView) -> AnglePlot | None:
    """Return the plot of the day's bends, or None when no bend has both angles."""
    curves = [(lift, _descent(lift)) for lift in view.lifts if lift.pelvis_curve_deg and lift.trunk_curve_deg]
    if not curves:
        return None
    template = (
        _pairs(view.calibration.template_pelvis_deg, view.calibration.template_trunk_deg)
        if (view.calibration)
        else []
    )
    points = [point for _, curve in curves for point in curve] + template
    low, high = _range(value for point in points for value in point)
    frame = Frame()
    scale = frame.side / (high - low)

    def x(deg: float) -> float:
        return round(frame.left + (deg - low) * scale, 1)

    def y(deg: float) -> float:
        return round(frame.size - frame.bottom - (deg - low) * scale, 1)

    def path(curve: Sequence[tuple[float, float]]) -> str:
        return path_data([(x(pelvis), y(lumbar)) for pelvis, lumbar in curve])

    grid = range(math.ceil(low / _GRID_DEG) * _GRID_DEG, math.floor(high) + 1, _GRID_DEG)
    return AnglePlot(
        frame=frame,
        ticks=tuple((x(deg), y(deg), f"{deg}°") for deg in grid),
        zero=(x(0.0), y(0.0)),
        equal_share=path([(0.0, 0.0), (high, high)]),
        template=path(template) if template else None,
        lines=tuple((path(curve), lift.strategy) for lift, curve in curves[-MAX_LINES:]),
        peaks=tuple(
            Peak(
                x(curve[-1][0]),
                y(curve[-1][1]),
                lift.strategy,
                lift.borderline,
                f"{clock(lift.at, view.zone)} {STRATEGY[lift.strategy]}",
            )
            for lift, curve in curves
        ),
    )


def _pairs(pelvis_deg: Iterable[float], trunk_deg: Iterable[float]) -> list[tuple[float, float]]:
    return [(pelvis, trunk - pelvis) for pelvis, trunk in zip(pelvis_deg, trunk_deg, strict=False)]


def _descent(lift: LiftView) -> list[tuple[float, float]]:
    pairs = _pairs(lift.pelvis_curve_deg, lift.trunk_curve_deg)
    deepest = max(range(len(pairs)), key=lambda index: lift.trunk_curve_deg[index])
    return pairs[: deepest + 1]


def _range(values: Iterable[float]) -> tuple[float, float]:
    known = [*values, *_MIN_RANGE_DEG]
    return 10.0 * math.floor(min(known) / 10), 10.0 * math.ceil(max(known) / 10)


def path_data(points: Sequence[tuple[float, float]]) -> str:
    """Return points as the data of an SVG path."""
    return "M" + "L".join(f"{x:g} {y:g}" for x, y in points)


def sparkline(lift: LiftView, *, top_deg: float) -> Sparkline:
    """Return a bend's curves; `top_deg` is the tilt at the upper edge, common to the day's bends."""
    low = -10.0
    height = SPARK_HEIGHT - 2 * _SPARK_MARGIN
    count = max(len(lift.trunk_curve_deg), len(lift.pelvis_curve_deg))
    step = (SPARK_WIDTH - 2 * _SPARK_MARGIN) / max(1, count - 1)

    def y(deg: float) -> float:
        part = min(1.0, max(0.0, (deg - low) / (top_deg - low)))
        return round(SPARK_HEIGHT - _SPARK_MARGIN - part * height, 1)

    stride = -(-count // _SPARK_POINTS) or 1

    def path(curve: Sequence[float]) -> str | None:
        last = len(curve) - 1
        if last < 1:
            return None
        shown = [*range(0, last, stride), last]
        return path_data([(round(_SPARK_MARGIN + index * step, 1), y(curve[index])) for index in shown])

    return Sparkline(path(lift.trunk_curve_deg), path(lift.pelvis_curve_deg), y(0.0))


def spark_top_deg(lifts: Sequence[LiftView]) -> float:
    """Return the tilt that the deepest of these bends reaches, at least 60 deg."""
    return max((deg for lift in lifts for deg in lift.trunk_curve_deg), default=60.0)

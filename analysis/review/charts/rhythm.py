"""The angle-angle plot of many bends: mean way down and up with their spread, over the patient's own hinge.

Pelvis tilt runs to the right, the lower back's flexion upwards, on one scale; at 45 deg both have an equal
share. The band is one standard deviation between bends, along the lines of equal trunk tilt.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from analysis.review.charts.angles import Frame, path_data
from analysis.review.period.period import PeriodView
from analysis.review.period.rhythm import Level

_GRID_DEG = 20
_LEAST_TOP_DEG = 40.0


@dataclass(frozen=True, slots=True)
class RhythmPlot:
    """The plot in the units of its frame; paths are SVG path data, empty where there is nothing."""

    frame: Frame
    x_ticks: tuple[tuple[float, str], ...]
    y_ticks: tuple[tuple[float, str], ...]
    equal_share: str
    template: str
    descent: str
    ascent: str
    descent_band: str
    ascent_band: str
    depths: tuple[tuple[float, float, str], ...]
    zero_y: float


def rhythm_plot(view: PeriodView) -> RhythmPlot | None:
    """Return the plot of the period's bends in daily life; None when too few have both angles."""
    if not view.descent and not view.ascent:
        return None
    held = view.calibration
    template = (
        list(zip(held.template_pelvis_deg, held.template_trunk_deg, strict=False)) if held is not None else []
    )
    pairs = [(pelvis, trunk - pelvis) for pelvis, trunk in template]
    ends = [
        (level.pelvis_deg + sign * level.sd_deg, level.lumbar_deg - sign * level.sd_deg)
        for level in (*view.descent, *view.ascent)
        for sign in (-1, 1)
    ]
    right = _ceiling(x for x, _ in (*ends, *pairs))
    top = _ceiling(y for _, y in (*ends, *pairs))
    floor = 10.0 * math.floor(min(0.0, *(y for _, y in (*ends, *pairs))) / 10)
    frame = Frame()
    scale = min(frame.size - frame.left - frame.right, frame.size - frame.top - frame.bottom) / max(
        right, top - floor
    )

    def place(point: tuple[float, float]) -> tuple[float, float]:
        pelvis_deg, lumbar_deg = point
        return (
            round(frame.left + pelvis_deg * scale, 1),
            round(frame.size - frame.bottom - (lumbar_deg - floor) * scale, 1),
        )

    def path(points: Iterable[tuple[float, float]]) -> str:
        placed = [place(point) for point in points]
        return path_data(placed) if len(placed) > 1 else ""

    side = max(right, top - floor)
    return RhythmPlot(
        frame=frame,
        x_ticks=tuple((place((deg, 0.0))[0], f"{deg}°") for deg in range(0, int(side) + 1, _GRID_DEG)),
        y_ticks=tuple(
            (place((0.0, deg))[1], f"{deg}°")
            for deg in range(math.ceil(floor / _GRID_DEG) * _GRID_DEG, int(side + floor) + 1, _GRID_DEG)
        ),
        equal_share=path([(0.0, 0.0), (min(side, side + floor),) * 2]),
        template=path(pairs),
        descent=path(_means(view.descent)),
        ascent=path(_means(view.ascent)),
        descent_band=_closed(path(_outline(view.descent))),
        ascent_band=_closed(path(_outline(view.ascent))),
        depths=tuple(
            (*place((level.pelvis_deg, level.lumbar_deg)), f"{level.trunk_deg:.0f}°")
            for level in view.descent
            if level.trunk_deg % 30 == 0
        ),
        zero_y=place((0.0, 0.0))[1],
    )


def _ceiling(values: Iterable[float]) -> float:
    return max(_LEAST_TOP_DEG, 10.0 * math.ceil(max(values) / 10))


def _means(levels: Sequence[Level]) -> list[tuple[float, float]]:
    return [(level.pelvis_deg, level.lumbar_deg) for level in levels]


def _outline(levels: Sequence[Level]) -> list[tuple[float, float]]:
    """Return one side of the band up and the other back."""
    up = [(level.pelvis_deg - level.sd_deg, level.lumbar_deg + level.sd_deg) for level in levels]
    back = [(level.pelvis_deg + level.sd_deg, level.lumbar_deg - level.sd_deg) for level in reversed(levels)]
    return [*up, *back]


def _closed(path: str) -> str:
    return f"{path}Z" if path else ""

"""Sitting bouts as bars from a common start, so that one sees which passed a limit."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from analysis.review.charts.timeline import Bar, Mark
from analysis.review.day import DayView
from analysis.review.sitting import Bout
from analysis.review.wording import LEVEL, clock, length

MAX_BOUTS: Final = 12
"""Bouts drawn, the longest ones; the rest are told as a number."""
_MIN_AXIS_MIN = 60
_AXIS_STEP_MIN = 15


@dataclass(frozen=True, slots=True)
class BoutRow:
    """One bout with its bar and the prompts that fell into it."""

    bout: Bout
    when: str
    lasted: str
    bar: Bar
    marks: tuple[Mark, ...]


@dataclass(frozen=True, slots=True)
class BoutChart:
    """The chart; minutes along the bottom."""

    rows: tuple[BoutRow, ...]
    ticks: tuple[tuple[float, str], ...]
    nudge_pct: float
    alert_pct: float
    left_out: int


def bout_chart(view: DayView) -> BoutChart:
    """Return the geometry of the day's sitting bouts, in order of time."""
    bouts = view.sitting.bouts
    drawn = sorted(bouts, key=lambda bout: bout.duration_s, reverse=True)[:MAX_BOUTS]
    drawn.sort(key=lambda bout: bout.start)
    longest_min = max((bout.duration_s / 60 for bout in drawn), default=0.0)
    axis_min = max(_MIN_AXIS_MIN, math.ceil(longest_min / _AXIS_STEP_MIN) * _AXIS_STEP_MIN)
    step_min = _AXIS_STEP_MIN * math.ceil(axis_min / _AXIS_STEP_MIN / 6)
    rule = view.sitting.rule
    return BoutChart(
        rows=tuple(_rows(view, drawn, axis_min)),
        ticks=tuple(
            (_pct(minute * 60, axis_min), str(minute)) for minute in range(0, axis_min + 1, step_min)
        ),
        nudge_pct=_pct(rule.nudge_s, axis_min),
        alert_pct=_pct(rule.alert_s, axis_min),
        left_out=len(bouts) - len(drawn),
    )


def _pct(duration_s: float, axis_min: int) -> float:
    return round(100 * duration_s / 60 / axis_min, 3)


def _rows(view: DayView, bouts: list[Bout], axis_min: int) -> Iterator[BoutRow]:
    for bout in bouts:
        marks = tuple(
            Mark(
                _pct((prompt.raised - bout.start).total_seconds(), axis_min),
                prompt.level,
                f"{clock(prompt.raised, view.zone)} {LEVEL[prompt.level]}",
            )
            for prompt in view.prompts
            if prompt.kind == "prolonged_sitting" and bout.start <= prompt.raised <= bout.end
        )
        end = "now" if bout.open else clock(bout.end, view.zone)
        when = f"{clock(bout.start, view.zone)} to {end}"
        lasted = length(bout.duration_s)
        bar = Bar(0.0, _pct(bout.duration_s, axis_min), "sitting", f"{when}, {lasted}")
        yield BoutRow(bout, when, lasted, bar, marks)

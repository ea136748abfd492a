"""The day as a score: a row for each kind of bend and each posture, one common time axis."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import count, groupby
from typing import Final

from analysis.events.day import PostureState
from analysis.events.movement import Strategy
from analysis.review.charts.time_axis import TimeAxis, time_axis
from analysis.review.day import DayView
from analysis.review.postures import PostureTotal
from analysis.review.wording import LEVEL, POSTURE, STRATEGY, clock, counted, length, surely

BEND_ROWS: Final[tuple[Strategy, ...]] = ("hip_hinge", "shared", "lumbar_flexion", "not_scored")
POSTURE_ROWS: Final[tuple[PostureState, ...]] = ("walking", "standing", "sitting", "lying", "not_worn")


@dataclass(frozen=True, slots=True)
class Bar:
    """A stretch of time; `style` names its colour and pattern."""

    x_pct: float
    width_pct: float
    style: str
    title: str


@dataclass(frozen=True, slots=True)
class Mark:
    """A moment; `shape` names its sign, `hollow` says that it was a close call."""

    x_pct: float
    shape: str
    title: str
    hollow: bool = False


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the score, with its name and its total in words."""

    key: str
    group: str
    label: str
    total: str
    bars: tuple[Bar, ...] = ()
    marks: tuple[Mark, ...] = ()
    limits: tuple[Mark, ...] = ()


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the chart, counted from the top: a row, or the heading of a group."""

    index: int
    row: Row | None
    heading: str = ""


@dataclass(frozen=True, slots=True)
class Timeline:
    """The whole chart; `gaps` run through all lines."""

    axis: TimeAxis
    lines: tuple[Line, ...]
    gaps: tuple[Bar, ...]
    now_pct: float | None


def timeline(view: DayView) -> Timeline:
    """Return the geometry of a day's timeline."""
    axis = time_axis(view)
    rows = [*_bend_rows(view, axis), *_posture_rows(view, axis), *_prompt_rows(view, axis)]
    gaps = tuple(
        _bar(axis, gap.start, gap.end, "gap", f"no data, {length(gap.duration_s)}") for gap in view.gaps
    )
    return Timeline(axis, tuple(_lines(rows)), gaps, axis.pct(view.now) if view.now else None)


def _lines(rows: Iterable[Row]) -> Iterator[Line]:
    index = count()
    for group, members in groupby(rows, key=lambda row: row.group):
        yield Line(next(index), None, group)
        for row in members:
            yield Line(next(index), row)


def _bar(axis: TimeAxis, start: datetime, end: datetime, style: str, title: str) -> Bar:
    x_pct = axis.pct(start)
    return Bar(x_pct, round(axis.pct(end) - x_pct, 3), style, title)


def _bend_rows(view: DayView, axis: TimeAxis) -> Iterator[Row]:
    for strategy in BEND_ROWS:
        lifts = [lift for lift in view.lifts if lift.strategy == strategy]
        if not lifts and strategy == "not_scored":
            continue
        marks = tuple(
            Mark(
                axis.pct(lift.at),
                strategy,
                f"{clock(lift.at, view.zone)} {STRATEGY[strategy]}",
                lift.borderline,
            )
            for lift in lifts
        )
        yield Row(strategy, "bends", STRATEGY[strategy], str(len(lifts)), marks=marks)


def _posture_rows(view: DayView, axis: TimeAxis) -> Iterator[Row]:
    totals = {total.state: total for total in view.totals}
    for state in POSTURE_ROWS:
        total = totals[state]
        if state == "not_worn" and total.duration_s == 0:
            continue
        bars = tuple(
            _bar(axis, each.start, each.end, state, _during(view, state, each.start, each.end))
            for each in view.postures
            if each.state == state
        )
        row = Row(state, "posture", POSTURE[state], length(total.duration_s), bars=bars)
        yield replace(row, limits=_limits(view, axis)) if state == "sitting" else row


def _during(view: DayView, state: PostureState, start: datetime, end: datetime) -> str:
    stretch = f"{clock(start, view.zone)} to {clock(end, view.zone)}"
    return f"{POSTURE[state]}, {stretch}, {length((end - start).total_seconds())}"


def _limits(view: DayView, axis: TimeAxis) -> tuple[Mark, ...]:
    rule = view.sitting.rule
    return tuple(
        Mark(axis.pct(bout.start) + _width(axis, limit_s), shape, f"{length(limit_s)} of sitting")
        for bout in view.sitting.bouts
        for limit_s, shape in ((rule.nudge_s, "limit-nudge"), (rule.alert_s, "limit-alert"))
        if bout.duration_s >= limit_s
    )


def _width(axis: TimeAxis, duration_s: float) -> float:
    return round(100 * duration_s / (axis.end - axis.start).total_seconds(), 3)


def _prompt_rows(view: DayView, axis: TimeAxis) -> Iterator[Row]:
    def wall(moment: datetime) -> str:
        return clock(moment, view.zone)

    sitting = [prompt for prompt in view.prompts if prompt.kind == "prolonged_sitting"]
    lives = tuple(
        _bar(
            axis,
            prompt.raised,
            prompt.ended or view.now or prompt.raised,
            f"life-{prompt.level}",
            f"{LEVEL[prompt.level]} stood for {length(prompt.duration_s)}" if prompt.duration_s else "",
        )
        for prompt in sitting
    )
    marks = tuple(
        Mark(axis.pct(prompt.raised), prompt.level, f"{wall(prompt.raised)} {LEVEL[prompt.level]}")
        for prompt in sitting
    )
    yield Row("prompts", "sitting care", "prompts", str(len(sitting)), bars=lives, marks=marks)
    breaks = tuple(
        _bar(axis, each.start, each.end, "break", f"{wall(each.start)} break, {counted(each.steps, 'step')}")
        for each in view.sitting.breaks
    )
    yield Row("breaks", "sitting care", "breaks", str(len(breaks)), bars=breaks)
    if view.marks:
        pressed = tuple(Mark(axis.pct(at), "button", f"{wall(at)} button pressed") for at in view.marks)
        yield Row("button", "sitting care", "marks", str(len(pressed)), marks=pressed)


def posture_note(total: PostureTotal) -> str:
    """Return how sure the time in a posture is, in words."""
    return f"confidence {surely(total.confidence)}" if total.confidence is not None else ""

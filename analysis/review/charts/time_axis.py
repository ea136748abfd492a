"""The time axis of a chart: places as per cent of its width, so that a chart is as wide as its page."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from analysis.review.day import DayView
from analysis.review.wording import clock

_STEPS = tuple(timedelta(minutes=minutes) for minutes in (15, 30, 60, 120, 180))
_MAX_TICKS = 10
_MIN_WINDOW = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Tick:
    """A labelled place; where room is short the lower ranks (2, then 1) go unlabelled."""

    x_pct: float
    label: str
    rank: int


@dataclass(frozen=True, slots=True)
class TimeAxis:
    """The window of time that a chart shows, and its ticks."""

    start: datetime
    end: datetime
    ticks: tuple[Tick, ...]

    def pct(self, moment: datetime) -> float:
        """Return where `moment` lies, per cent of the width, held inside the window."""
        part = (moment - self.start) / (self.end - self.start)
        return round(100 * min(1.0, max(0.0, part)), 3)


def time_axis(view: DayView) -> TimeAxis:
    """Return the axis of a day: from its first to its last data (or now), widened to whole steps."""
    moments = list(_moments(view)) or [view.bounds.start, view.bounds.end]
    first, last = min(moments), max(moments)
    last = max(last, first + _MIN_WINDOW)
    step = next((each for each in _STEPS if (last - first) / each <= _MAX_TICKS), _STEPS[-1])
    # Whole steps since local midnight; the window may end past the day where an hour was put in or taken.
    midnight = view.bounds.start
    low = (first - midnight) // step
    high = -((midnight - last) // step)
    start, end = midnight + low * step, midnight + high * step
    ticks = tuple(
        Tick(
            round(100 * index / (high - low), 3),
            clock(start + index * step, view.zone),
            rank=2 if index % 2 else 1 if index % 4 else 0,
        )
        for index in range(high - low + 1)
    )
    return TimeAxis(start.astimezone(UTC), end.astimezone(UTC), ticks)


def _moments(view: DayView) -> Iterator[datetime]:
    for posture in view.postures:
        yield from (posture.start, posture.end)
    for lift in view.lifts:
        yield lift.at
    for prompt in view.prompts:
        yield prompt.raised
    if view.now and not view.is_empty:
        yield view.now

"""One day of one patient, as the page and the report show it.

:func:`day_view` is pure: events in, numbers out, and each number with its uncertainty or quality beside it.
Events that cannot be read, or carry no time, are counted and said, never guessed at.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from statistics import median
from typing import Any, Final, TypeVar

from analysis.care.breaks import BreakParams
from analysis.events.calibration import Calibration
from analysis.events.catalogue import EventError, parse_event
from analysis.events.day import Posture, Sitting
from analysis.events.event import Derived, Event
from analysis.events.facts import Alert, Mark
from analysis.events.fields import Mode
from analysis.events.movement import Lift, Walk
from analysis.review.grade import CalibrationView, Grade, calibration_view, grade
from analysis.review.lifts import LiftView, Tally, lift_views, tally
from analysis.review.postures import (
    OpenPosture,
    PostureSpan,
    PostureTotal,
    missing,
    posture_spans,
    posture_totals,
    worn_s,
)
from analysis.review.prompts import Prompt, prompts
from analysis.review.sitting import SittingView, sitting_view, steps_within
from analysis.review.spans import Span, instant

_SHOWN: Final[tuple[type[Event], ...]] = (Posture, Lift, Sitting, Walk, Alert, Mark, Calibration)
KINDS: Final = frozenset(type_.topic_kind() for type_ in _SHOWN)
"""The kinds of events that a day's page is made from."""
_SCHEMAS: Final = frozenset(type_.SCHEMA for type_ in _SHOWN)

_E = TypeVar("_E", bound=Event)


@dataclass(frozen=True, slots=True)
class Walking:
    """Walking of the day: time from the postures, steps and bouts from the walks, their median quality."""

    duration_s: float
    steps: int
    bouts: int
    quality: float | None


@dataclass(frozen=True, slots=True)
class DayView:
    """One day. All instants are UTC; `bounds` are midnight and midnight in the patient's `zone`."""

    patient: str
    zone: tzinfo
    bounds: Span
    now: datetime | None
    postures: tuple[PostureSpan, ...]
    totals: tuple[PostureTotal, ...]
    gaps: tuple[Span, ...]
    worn_s: float
    lifts: tuple[LiftView, ...]
    chores: Tally
    practice: Tally
    sitting: SittingView
    prompts: tuple[Prompt, ...]
    marks: tuple[datetime, ...]
    walking: Walking
    calibration: CalibrationView | None
    grade: Grade
    modes: tuple[Mode, ...]
    algorithms: tuple[str, ...]
    unreadable: int
    undated: int

    @property
    def is_empty(self) -> bool:
        """Return whether nothing was measured on a body: no data, or a strip that was not worn."""
        return not (self.worn_s or self.lifts or self.sitting.bouts)

    @property
    def is_today(self) -> bool:
        """Return whether the day is still going on."""
        return self.now is not None and self.bounds.holds(self.now)


def day_view(
    events: Iterable[Mapping[str, Any] | Event],
    *,
    patient: str,
    day_start: datetime,
    day_end: datetime,
    now: datetime | None = None,
    open_posture: OpenPosture | None = None,
    rule: BreakParams | None = None,
) -> DayView:
    """Return the view of one day.

    Parameters
    ----------
    events
        JSON objects as stores give them, or what :func:`read` made of them, in any order; other patients',
        other kinds and repeats are left out, and those that only touch the day are cut to it.
    patient
        Whose day it is.
    day_start, day_end
        Both ends of the day, aware, in the patient's zone.
    now
        The present, for a day that is still going on.
    open_posture
        What the live pipeline holds; only for a day that is still going on.
    rule
        What counts as long sitting and as a break; the default of :mod:`analysis.care.breaks`.

    Raises
    ------
    ValueError
        If the ends of the day are not aware or not in order.
    """
    if day_start.tzinfo is None or day_end.tzinfo is None:
        raise ValueError("the ends of a day are aware datetimes in the patient's zone")
    bounds = Span(day_start.astimezone(UTC), day_end.astimezone(UTC))
    if bounds.duration_s <= 0:
        raise ValueError(f"a day ends after its start, not from {day_start} to {day_end}")
    known, unreadable = _parsed(events, patient)
    undated = sum(each.start is None for each in known)
    calibration = calibration_view(_only(known, Calibration), bounds)
    inside = [each for each in known if _touches(each, bounds)]
    walks = _only(inside, Walk)
    spans = posture_spans(_only(inside, Posture), bounds, open_posture)
    worn, gaps = worn_s(spans), missing(spans)
    qualities = [each.quality for each in _only(inside, Derived) if each.quality is not None]
    modes: tuple[Mode, ...] = tuple(sorted({each.mode for each in inside if each.mode is not None}))
    totals = posture_totals(spans)
    lifts = lift_views(
        _only(inside, Lift), bounds, lumbar_range_deg=calibration.lumbar_range_deg if calibration else None
    )
    return DayView(
        patient=patient,
        zone=day_start.tzinfo,
        bounds=bounds,
        now=now.astimezone(UTC) if now else None,
        postures=spans,
        totals=totals,
        gaps=gaps,
        worn_s=worn,
        lifts=lifts,
        chores=tally([lift for lift in lifts if lift.context == "chores"]),
        practice=tally([lift for lift in lifts if lift.context == "practice"]),
        sitting=sitting_view(_only(inside, Sitting), walks, spans, bounds, rule or BreakParams()),
        prompts=prompts(_only(known, Alert), bounds),
        marks=tuple(sorted(instant(each.start) for each in _only(inside, Mark) if each.start)),
        walking=_walking(walks, totals, bounds),
        calibration=calibration,
        grade=grade(
            worn_s=worn,
            coverage=_coverage(spans, gaps),
            quality=median(qualities) if qualities else None,
            modes=modes,
            calibration=calibration,
            last_moment=spans[-1].end if spans else None,
        ),
        modes=modes,
        algorithms=tuple(sorted({each.algorithm for each in inside})),
        unreadable=unreadable,
        undated=undated,
    )


def read(value: Mapping[str, Any]) -> Event | Mapping[str, Any]:
    """Return the event that a JSON object is, for days that share it; or the object, if it is none."""
    try:
        return parse_event(value)
    except EventError:
        return value


def _parsed(events: Iterable[Mapping[str, Any] | Event], patient: str) -> tuple[list[Event], int]:
    known: dict[str, Event] = {}
    unreadable = 0
    for value in events:
        if isinstance(value, Event):
            event: Event | Mapping[str, Any] = value
        elif value.get("schema") in _SCHEMAS and value.get("patient") == patient:
            event = read(value)
        else:
            continue
        if not isinstance(event, Event):
            unreadable += 1
        elif event.patient == patient:
            known[event.event_id] = event
    return list(known.values()), unreadable


def _only(events: Iterable[Event], type_: type[_E]) -> list[_E]:
    return [event for event in events if isinstance(event, type_)]


def _touches(event: Event, bounds: Span) -> bool:
    if event.start is None:
        return False
    start = instant(event.start)
    end = instant(event.end) if event.end else start
    return start < bounds.end and (end > bounds.start or start >= bounds.start)


def _coverage(spans: tuple[PostureSpan, ...], gaps: tuple[Span, ...]) -> float | None:
    if not spans:
        return None
    recorded_s = Span(spans[0].start, max(each.end for each in spans)).duration_s
    return 1.0 - sum(gap.duration_s for gap in gaps) / recorded_s


def _walking(walks: list[Walk], totals: tuple[PostureTotal, ...], bounds: Span) -> Walking:
    qualities = [walk.quality for walk in walks if walk.quality is not None]
    return Walking(
        duration_s=next(total.duration_s for total in totals if total.state == "walking"),
        steps=round(steps_within(walks, bounds)),
        bouts=len(walks),
        quality=median(qualities) if qualities else None,
    )

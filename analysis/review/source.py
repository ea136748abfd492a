"""Days out of a store: what to ask for, and where a patient's day begins and ends."""

from contextlib import suppress
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from itertools import dropwhile
from typing import Final, TypeVar

from analysis.care.breaks import BreakParams
from analysis.events.catalogue import EventError, parse_event
from analysis.events.day import Minute
from analysis.events.entries import Log, Safety
from analysis.events.errors import LumbarError
from analysis.events.event import Event
from analysis.review.day import KINDS, DayView, day_view
from analysis.review.period.diary import diary
from analysis.review.period.period import PeriodView, period_view
from analysis.review.postures import OpenPosture
from analysis.trends.store import TrendStore

_E = TypeVar("_E", bound=Event)

FIRST_DAY: Final = date(2000, 1, 1)
LAST_DAY: Final = date(2100, 1, 1)
USUAL: Final = timedelta(days=28)
"""How far a report looks back unless it is told."""
MAX_DAYS: Final = 92
"""Most days that one report holds: a quarter; more would be a book."""
_ALERT_REACH: Final = timedelta(hours=12)
"""How far past the day to look for the end of an alert that was raised in it."""


class ReviewError(LumbarError):
    """A page or report that cannot be made as asked."""


def day_bounds(day: date, zone: tzinfo) -> tuple[datetime, datetime]:
    """Return midnight and the next midnight on the patient's wall clock; 23 to 25 h apart.

    Raises
    ------
    ReviewError
        If the day is out of :data:`FIRST_DAY` to :data:`LAST_DAY`.
    """
    if not FIRST_DAY <= day < LAST_DAY:
        raise ReviewError(f"{day} is out of reach: give a day from {FIRST_DAY} to {LAST_DAY}")
    midnight = datetime.combine(day, time(), zone)
    return midnight, datetime.combine(day + timedelta(days=1), time(), zone)


def read_day(
    store: TrendStore,
    patient: str,
    day: date,
    zone: tzinfo,
    *,
    now: datetime,
    open_posture: OpenPosture | None = None,
    rule: BreakParams | None = None,
) -> DayView:
    """Return the view of one day from a store.

    Raises
    ------
    ReviewError
        If the day is out of reach.
    """
    start, end = day_bounds(day, zone)
    events = [
        *store.events(patient, kinds=KINDS - {"alert", "calibration"}, start=_text(start), end=_text(end)),
        *store.events(patient, kinds={"alert"}, start=_text(start), end=_text(end + _ALERT_REACH)),
        *store.events(patient, kinds={"calibration"}, end=_text(end)),
    ]
    today = start <= now < end
    return day_view(
        events,
        patient=patient,
        day_start=start,
        day_end=end,
        now=now if today else None,
        open_posture=open_posture if today else None,
        rule=rule,
    )


def read_days(
    store: TrendStore,
    patient: str,
    first: date,
    last: date,
    zone: tzinfo,
    *,
    now: datetime,
    rule: BreakParams | None = None,
) -> list[DayView]:
    """Return the days from `first` to `last`, both included.

    Raises
    ------
    ReviewError
        If the days are out of order, out of reach, or more than :data:`MAX_DAYS`.
    """
    count = (last - first).days + 1
    if count < 1:
        raise ReviewError(f"the report ends before it begins ({first} to {last}): swap the two days")
    if count > MAX_DAYS:
        raise ReviewError(f"{count} days are too many for one report: ask for at most {MAX_DAYS}")
    days = (first + timedelta(days=index) for index in range(count))
    return [read_day(store, patient, day, zone, now=now, rule=rule) for day in days]


def read_period(
    store: TrendStore,
    patient: str,
    first: date | None,
    last: date,
    zone: tzinfo,
    *,
    now: datetime,
    rule: BreakParams | None = None,
) -> PeriodView:
    """Return the days from `first` to `last` as one view, with their minutes and the patient's entries.

    Without `first` it is the last four weeks, from the first day on that was worn.

    Raises
    ------
    ReviewError
        As :func:`read_days`.
    """
    if first is None:
        asked = read_days(store, patient, last - (USUAL - timedelta(days=1)), last, zone, now=now, rule=rule)
        days = list(dropwhile(lambda view: view.is_empty, asked)) or asked[-1:]
    else:
        days = read_days(store, patient, first, last, zone, now=now, rule=rule)
    start, end = _text(days[0].bounds.start), _text(days[-1].bounds.end)
    logs = _entries(store, patient, Log, start, end)
    safety = _entries(store, patient, Safety, None, end)
    return period_view(days, _minutes(store, patient, start, end), diary(logs, safety, zone))


def _minutes(store: TrendStore, patient: str, start: str, end: str) -> list[Minute]:
    """Return a patient's minutes as they were stored.

    A month has tens of thousands, and what a store holds was valid when it came in: checking each value
    again would take most of the time that a report takes.
    """
    values = store.events(patient, kinds={Minute.topic_kind()}, start=start, end=end)
    needed = Minute.model_fields.keys() - Event.model_fields.keys()
    return [Minute.model_construct(**value) for value in values if needed <= value.keys()]


def _entries(store: TrendStore, patient: str, type_: type[_E], start: str | None, end: str) -> list[_E]:
    """Return the readable entries of one type."""
    known: list[_E] = []
    for value in store.events(patient, kinds={type_.topic_kind()}, start=start, end=end):
        with suppress(EventError):
            event = parse_event(value)
            assert isinstance(event, type_), "a store gives the kinds asked for"
            known.append(event)
    return known


def _text(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")

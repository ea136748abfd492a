"""Days out of a store: what to ask for, and where a patient's day begins and ends."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from itertools import dropwhile
from typing import Any, Final, TypeVar

from analysis.care.breaks import BreakParams
from analysis.events.catalogue import EventError, parse_event
from analysis.events.day import Minute
from analysis.events.entries import Log, Safety
from analysis.events.errors import LumbarError
from analysis.events.event import Event
from analysis.review.day import KINDS, DayView, day_view, read
from analysis.review.period.diary import diary
from analysis.review.period.minutes import FIELDS, Minutes
from analysis.review.period.period import PeriodView, period_view
from analysis.review.postures import OpenPosture
from analysis.trends.store import TrendStore

_E = TypeVar("_E", bound=Event)
Stored = Mapping[str, Any]
"""An event as a store gives it."""

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
    (view,) = _views(store, patient, [day], zone, now, rule, open_posture)
    return view


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
    days = [first + timedelta(days=index) for index in range(count)]
    return _views(store, patient, days, zone, now, rule, None)


def _views(
    store: TrendStore,
    patient: str,
    days: Sequence[date],
    zone: tzinfo,
    now: datetime,
    rule: BreakParams | None,
    open_posture: OpenPosture | None,
) -> list[DayView]:
    """Return neighbouring days, for which the store is asked once, and each event is read once."""
    bounds = [day_bounds(day, zone) for day in days]
    edges = [_text(bounds[0][0]), *(_text(end) for _, end in bounds)]
    until = _text(bounds[-1][1] + _ALERT_REACH)
    held = [read(value) for value in _calibrations(store, patient, edges[0], edges[-1])]
    alerts = store.events(patient, kinds={"alert"}, start=edges[0], end=until)
    others = store.events(patient, kinds=KINDS - {"alert", "calibration"}, start=edges[0], end=edges[-1])
    of_days = _by_day(others, edges)
    views: list[DayView] = []
    for (day_start, day_end), of_day in zip(bounds, of_days, strict=True):
        today = day_start <= now < day_end
        told = _begun(alerts, _text(day_start), _text(day_end + _ALERT_REACH))
        views.append(
            day_view(
                [*of_day, *told, *held],
                patient=patient,
                day_start=day_start,
                day_end=day_end,
                now=now if today else None,
                open_posture=open_posture if today else None,
                rule=rule,
            )
        )
    return views


def _by_day(values: Iterable[Stored], edges: Sequence[str]) -> list[list[Stored | Event]]:
    """Return for each day between two of `edges` what shares time with it, or happens in it."""
    days: list[list[Stored | Event]] = [[] for _ in edges[1:]]
    for value in values:
        first = bisect_right(edges, value["start"]) - 1
        last = max(first, bisect_left(edges, value["end"] or value["start"]) - 1)
        event = read(value)
        for index in range(max(0, first), min(last, len(days) - 1) + 1):
            days[index].append(event)
    return days


def _begun(values: Iterable[Stored], start: str, end: str) -> list[Stored]:
    """Return what begins in a half-open interval of time; alerts take none."""
    return [value for value in values if start <= value["start"] < end]


def _calibrations(store: TrendStore, patient: str, start: str, end: str) -> list[dict[str, Any]]:
    """Return the calibrations that may hold between two instants: those of these days and weeks before.

    Of a strip that is calibrated every morning, a year of them would be read for each page; only if the last
    weeks hold none that was accepted, all are looked through.
    """
    since = _text(datetime.fromisoformat(start) - USUAL)
    lately = store.events(patient, kinds={"calibration"}, start=since, end=end)
    if any(value.get("accepted") is True and value["start"] < start for value in lately):
        return lately
    return store.events(patient, kinds={"calibration"}, end=end)


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
    minutes = Minutes.of_rows(store.rows(patient, Minute.topic_kind(), FIELDS, start=start, end=end))
    return period_view(days, minutes, diary(logs, safety, zone))


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

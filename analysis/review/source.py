"""Days out of a store: what to ask for, and where a patient's day begins and ends."""

from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Final

from analysis.care.breaks import BreakParams
from analysis.events.errors import LumbarError
from analysis.review.day import KINDS, DayView, day_view
from analysis.review.postures import OpenPosture
from analysis.trends.store import TrendStore

FIRST_DAY: Final = date(2000, 1, 1)
LAST_DAY: Final = date(2100, 1, 1)
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


def _text(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")

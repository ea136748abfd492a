"""Days as InfluxDB's points name them: by their midnight UTC, in nanoseconds."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final
from urllib.parse import unquote

from analysis.trends.influx_span import utc_text_of

WEEK: Final = timedelta(days=7)


def date_of(ns: int) -> date:
    """Return the day of a point."""
    return datetime.fromtimestamp(ns // 10**9, UTC).date()


def text_of_ns(ns: int) -> str:
    """Return an instant as the contract's text."""
    return utc_text_of(datetime.fromtimestamp(ns / 1e9, UTC))


def by_patient(rows: Iterable[Mapping[str, Any]]) -> dict[str, list[date]]:
    """Return the days of points that name a patient, by patient."""
    days: dict[str, list[date]] = {}
    for row in rows:
        days.setdefault(unquote(row["patient"]), []).append(date_of(row["time"]))
    return days


def weeks(days: Iterable[date]) -> Iterator[list[date]]:
    """Yield days in order, in pieces that span a week at most."""
    week: list[date] = []
    for day in sorted(days):
        if week and day - week[0] >= WEEK:
            yield week
            week = []
        week.append(day)
    if week:
        yield week

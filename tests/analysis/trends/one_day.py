"""The day on which most events of these tests happen."""

from collections.abc import Callable
from datetime import date
from typing import Any

from analysis.trends.daily import Day
from analysis.trends.store import TrendStore

Make = Callable[..., dict[str, Any]]
At = Callable[[float], str]
Open = Callable[..., TrendStore]
DAY = date(2026, 3, 1)


def the_day(store: TrendStore, patient: str = "p-01", day: date = DAY) -> Day:
    (found,) = store.days(patient, day, day)
    return found

from datetime import date, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from analysis.review.source import MAX_DAYS, ReviewError, day_bounds, read_day, read_days
from analysis.trends.sqlite import SqliteStore


@pytest.fixture
def store(tmp_path: Path, morning: Any) -> Any:
    store = SqliteStore(tmp_path / "home.db")
    store.put(morning.events)
    yield store
    store.close()


def test_the_store_gives_the_same_day(store: SqliteStore, morning: Any) -> None:
    now = morning.at("12:00:00", morning.day + timedelta(days=3))
    assert read_day(store, morning.patient, morning.day, morning.zone, now=now) == morning.view()


def test_an_old_calibration_is_found(store: SqliteStore, morning: Any) -> None:
    later = morning.day + timedelta(days=20)
    view = read_day(store, morning.patient, later, morning.zone, now=morning.at("12:00:00", later))
    assert view.is_empty
    assert view.calibration is not None


def test_an_alert_that_ended_after_midnight_has_its_end(store: SqliteStore, morning: Any) -> None:
    morning.events.clear()
    morning.alert(morning.at("23:50:00"), "nudge", "raised")
    morning.alert(morning.at("00:10:00", morning.day + timedelta(days=1)), "nudge", "cleared")
    store.put(morning.events)
    now = morning.at("12:00:00", morning.day + timedelta(days=1))
    view = read_day(store, morning.patient, morning.day, morning.zone, now=now)
    assert view.prompts[-1].duration_s == 1200


def test_a_range_of_days(store: SqliteStore, morning: Any) -> None:
    first = morning.day - timedelta(days=1)
    days = read_days(store, morning.patient, first, morning.day, morning.zone, now=morning.at("12:00:00"))
    assert [day.is_empty for day in days] == [True, False]


@pytest.mark.parametrize(
    ("first", "last", "message"),
    [
        (date(2026, 5, 6), date(2026, 5, 5), "swap"),
        (date(2026, 1, 1), date(2026, 1, 1) + timedelta(days=MAX_DAYS), "too many"),
        (date(1999, 5, 5), date(1999, 5, 5), "out of reach"),
    ],
)
def test_days_that_cannot_be(store: SqliteStore, morning: Any, first: date, last: date, message: str) -> None:
    with pytest.raises(ReviewError, match=message):
        read_days(store, morning.patient, first, last, morning.zone, now=morning.at("12:00:00"))


@pytest.mark.parametrize(("day", "hours"), [(date(2026, 3, 29), 23), (date(2026, 10, 25), 25)])
def test_a_day_is_as_long_as_the_clocks_make_it(day: date, hours: int) -> None:
    start, end = day_bounds(day, ZoneInfo("Europe/Zurich"))
    assert end.timestamp() - start.timestamp() == hours * 3600

from datetime import UTC, date, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from analysis.review.day import day_view
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


def test_days_read_together_are_those_read_one_by_one(store: SqliteStore, morning: Any) -> None:
    """With what lasts over midnight, alerts that end after it, calibrations, and what cannot be read."""
    days = [morning.day + timedelta(days=index) for index in range(-1, 4)]
    for day in days:
        morning.calibration(morning.at("06:30:00", day))
        morning.sitting(morning.at("22:40:00", day), morning.at("00:30:00", day + timedelta(days=1)))
        morning.lift(morning.at("23:59:58", day), "shared")
        morning.alert(morning.at("23:50:00", day), "nudge", "raised")
        morning.alert(morning.at("00:10:00", day + timedelta(days=1)), "nudge", "cleared")
    at = morning.at("23:59:00").astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")
    broken = morning.events[-3] | {"event_id": "broken", "first_sample": 1, "start": at, "end": at, "legs": 7}
    store.put([*morning.events, broken])
    now = morning.at("12:00:00", days[-1])
    together = read_days(store, morning.patient, days[0], days[-1], morning.zone, now=now)
    assert together == [read_day(store, morning.patient, day, morning.zone, now=now) for day in days]
    assert [view.unreadable for view in together] == [0, 1, 0, 0, 0]
    assert [len(view.prompts) for view in together] == [1, 3, 1, 1, 1]
    whole = store.events(morning.patient)
    for view, day in zip(together, days, strict=True):
        start, end = day_bounds(day, morning.zone)
        shown = day_view(
            whole, patient=morning.patient, day_start=start, day_end=end, now=view.now, rule=None
        )
        assert (view.lifts, view.postures, view.sitting) == (shown.lifts, shown.postures, shown.sitting)
        assert (view.prompts, view.calibration, view.grade) == (shown.prompts, shown.calibration, shown.grade)


def test_a_calibration_is_sought_in_the_last_weeks_before_all_that_was(
    store: SqliteStore, morning: Any
) -> None:
    held = morning.day + timedelta(days=200)
    morning.calibration(morning.at("06:30:00", held), lumbar_range_deg=39.0)
    morning.calibration(morning.at("06:30:00", held + timedelta(days=90)), accepted=False)
    store.put(morning.events)

    def range_deg(day: date) -> float | None:
        view = read_day(store, morning.patient, day, morning.zone, now=morning.at("12:00:00", day))
        return view.calibration.lumbar_range_deg if view.calibration else None

    assert range_deg(morning.day - timedelta(days=1)) is None
    assert range_deg(held - timedelta(days=1)) == 48.0
    assert (
        range_deg(held) == range_deg(held + timedelta(days=5)) == range_deg(held + timedelta(days=91)) == 39.0
    )


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

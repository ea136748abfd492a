"""When nothing is said: quiet hours by the patient's clock, meetings, and enough for a day."""

import zoneinfo

import pytest

from analysis.care.hush import Hush, HushParams
from analysis.events.fields import utc_ns
from analysis.events.local import LocalTime

VIENNA = LocalTime(zoneinfo.ZoneInfo("Europe/Vienna"))
MIN_NS = 60 * 10**9


@pytest.mark.parametrize(
    ("utc", "is_quiet"),
    [
        ("2026-01-10T20:59:00.000Z", False),
        ("2026-01-10T21:00:00.000Z", True),
        ("2026-01-11T05:59:59.999Z", True),
        ("2026-01-11T06:00:00.000Z", False),
        ("2026-07-10T19:59:00.000Z", False),  # an hour earlier by UTC in summer
        ("2026-07-10T20:00:00.000Z", True),
        ("2026-07-11T05:00:00.000Z", False),
        ("2026-03-29T04:59:00.000Z", True),  # the night in which clocks went forward
        ("2026-03-29T05:00:00.000Z", False),
        ("2026-10-25T05:59:00.000Z", True),  # the night in which they went back
        ("2026-10-25T06:00:00.000Z", False),
    ],
)
def test_quiet_hours_go_by_the_clock_on_the_wall(utc: str, *, is_quiet: bool) -> None:
    hush = Hush(HushParams(22 * 60, 7 * 60), VIENNA)
    assert hush.is_quiet_hour(utc_ns(utc)) == hush.holds(utc_ns(utc)) == is_quiet


def test_quiet_hours_within_a_day_and_none_at_all() -> None:
    noon_ns, evening_ns = utc_ns("2026-01-10T11:30:00.000Z"), utc_ns("2026-01-10T20:00:00.000Z")
    siesta = Hush(HushParams(12 * 60, 14 * 60), VIENNA)
    assert (siesta.holds(noon_ns), siesta.holds(evening_ns)) == (True, False)
    never = Hush(HushParams(7 * 60, 7 * 60), VIENNA)
    assert not any(never.holds(noon_ns + hour * 60 * MIN_NS) for hour in range(24))


def test_without_a_clock_on_the_wall_there_are_neither_quiet_hours_nor_a_cap() -> None:
    hush = Hush(HushParams(0, 23 * 60, daily_cap=1), None)
    hush.count(0)
    hush.count(0)
    assert not hush.holds(0)
    assert not hush.is_full(0)


def test_a_meeting_ends_by_itself_or_at_a_wish() -> None:
    hush = Hush(HushParams(), None)
    hush.mute(100)
    assert (hush.holds(99), hush.holds(100)) == (True, False)
    hush.mute(None)
    assert not hush.holds(50)


def test_the_cap_counts_the_patients_day() -> None:
    late_ns = utc_ns("2026-01-10T22:55:00.000Z")  # five minutes before the patient's midnight
    hush = Hush(HushParams(daily_cap=2), VIENNA)
    hush.count(late_ns)
    assert not hush.is_full(late_ns)
    hush.count(late_ns)
    assert hush.is_full(late_ns)
    assert not hush.is_full(late_ns + 5 * MIN_NS)
    again = Hush(hush.params, VIENNA, hush.state)
    assert again.is_full(late_ns)
    hush.count(late_ns + 6 * MIN_NS)
    assert hush.raised_today(late_ns + 6 * MIN_NS) == 1

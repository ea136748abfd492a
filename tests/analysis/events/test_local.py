"""The clock on the wall: midnight, and the two nights in which clocks change."""

import zoneinfo

import pytest

from analysis.events.fields import utc_ns
from analysis.events.local import LocalMoment, LocalTime

VIENNA = LocalTime(zoneinfo.ZoneInfo("Europe/Vienna"))


@pytest.mark.parametrize(
    ("utc", "day", "minute"),
    [
        ("2026-01-31T22:59:59.999Z", "2026-01-31", 23 * 60 + 59),
        ("2026-01-31T23:00:00.000Z", "2026-02-01", 0),
        ("2026-07-31T22:00:00.000Z", "2026-08-01", 0),
        # Clocks go forward: two o'clock never comes.
        ("2026-03-29T00:59:00.000Z", "2026-03-29", 1 * 60 + 59),
        ("2026-03-29T01:00:00.000Z", "2026-03-29", 3 * 60),
        # Clocks go back: two o'clock comes twice.
        ("2026-10-25T00:30:00.000Z", "2026-10-25", 2 * 60 + 30),
        ("2026-10-25T01:30:00.000Z", "2026-10-25", 2 * 60 + 30),
    ],
)
def test_what_the_clock_says(utc: str, day: str, minute: int) -> None:
    assert VIENNA.at(utc_ns(utc)) == LocalMoment(day, minute)


def test_a_nanosecond_before_midnight_is_the_day_before() -> None:
    midnight_ns = utc_ns("2026-01-31T23:00:00.000Z")
    assert VIENNA.at(midnight_ns - 1) == LocalMoment("2026-01-31", 23 * 60 + 59)

"""The strip's own alerts: battery with hysteresis, silence while somebody listens, a morning without it."""

import zoneinfo

import pytest

from analysis.care.hush import Hush, HushParams
from analysis.care.statement import Reminder
from analysis.care.strip import StripCare, StripParams, StripReport
from analysis.events.fields import utc_ns
from analysis.events.local import LocalTime

VIENNA = LocalTime(zoneinfo.ZoneInfo("Europe/Vienna"))
T0_NS = utc_ns("2026-01-10T09:30:00.000Z")
NS = 10**9
MIN = 60


def care(**params: float) -> StripCare:
    return StripCare("p-1", "LM-1", StripParams(**params), Hush(HushParams(), VIENNA), VIENNA)  # type: ignore[arg-type]


def brief(told: list[Reminder]) -> list[tuple[str, str, str]]:
    assert all(reminder.vibration is None for reminder in told), "the strip's own alerts never vibrate"
    return [(one.alert.kind, one.alert.level, one.alert.action) for one in told]


def charges(strip: StripCare, *percents: int) -> list[tuple[int, str, str]]:
    told: list[tuple[int, str, str]] = []
    for minute, percent in enumerate(percents):
        report = StripReport(percent, is_charging=False, is_worn=True)
        told += [
            (percent, level, action)
            for _, level, action in brief(strip.report(report, T0_NS + minute * MIN * NS))
        ]
    return told


def test_battery_is_told_twice_and_taken_back_late() -> None:
    assert charges(care(), 40, 21, 20, 19, 21, 20, 29, 11, 10, 9, 12, 29, 30, 21, 20) == [
        (20, "nudge", "raised"),
        (10, "alert", "raised"),
        (30, "alert", "cleared"),
        (20, "nudge", "raised"),
    ]


def test_battery_on_the_charger_is_not_low() -> None:
    strip = care()
    assert charges(strip, 15) == [(15, "nudge", "raised")]
    charging = StripReport(15, is_charging=True, is_worn=False)
    assert brief(strip.report(charging, T0_NS)) == [("battery_low", "nudge", "cleared")]
    assert strip.report(charging, T0_NS) == []


def test_battery_goes_to_the_phone_but_not_at_night() -> None:
    strip = care()
    night_ns = utc_ns("2026-01-10T23:00:00.000Z")
    assert strip.report(StripReport(12, is_charging=False, is_worn=True), night_ns) == []
    assert strip.tick(utc_ns("2026-01-11T05:59:00.000Z")) == []
    (told,) = strip.tick(utc_ns("2026-01-11T06:00:00.000Z"))
    assert (told.alert.kind, told.is_message) == ("battery_low", True)


def listen(strip: StripCare, minutes: int, begin: int = 0) -> list[tuple[int, str, str]]:
    """Hear nothing for some minutes; return what is told, by the minute."""
    told: list[tuple[int, str, str]] = []
    for minute in range(begin, begin + minutes + 1):
        for reminder in strip.tick(T0_NS + minute * MIN * NS):
            assert reminder.vibration is None
            told.append((minute, reminder.alert.level, reminder.alert.action))
    return told


def worn(**params: float) -> StripCare:
    strip = care(**params)
    strip.tick(T0_NS)
    strip.hear(T0_NS, "sitting")
    return strip


def test_an_hour_of_silence_is_told_after_15_and_30_min_and_ends_with_a_word() -> None:
    strip = worn()
    assert listen(strip, 60) == [(15, "nudge", "raised"), (30, "alert", "raised")]
    assert brief(strip.hear(T0_NS + 61 * MIN * NS, "walking")) == [("sensor_silent", "alert", "cleared")]
    assert strip.hear(T0_NS + 62 * MIN * NS, "walking") == []


def test_silence_is_status_and_no_message_but_for_a_follower() -> None:
    strip = worn(follower_s=90.0 * MIN)
    told = [one for minute in range(100) for one in strip.tick(T0_NS + minute * MIN * NS)]
    assert [(one.alert.level, one.is_message) for one in told] == [
        ("nudge", False),
        ("alert", False),
        ("follower", True),
    ]


def test_silence_lapses_when_nobody_waits_any_more() -> None:
    assert listen(worn(), 300)[-1] == (240, "alert", "expired")
    assert listen(worn(), 600) == listen(worn(), 240)


def test_time_in_which_nobody_listened_is_no_silence() -> None:
    strip = worn()
    assert listen(strip, 10) == []
    assert listen(strip, 4, begin=200) == []
    assert listen(strip, 6, begin=204) == [(205, "nudge", "raised")]


@pytest.mark.parametrize(
    "report",
    [StripReport(80, is_charging=False, is_worn=False), StripReport(80, is_charging=True, is_worn=True)],
)
def test_a_strip_that_was_put_away_may_be_silent(report: StripReport) -> None:
    strip = worn()
    strip.report(report, T0_NS)
    assert listen(strip, 60) == []
    taken_off = worn()
    taken_off.hear(T0_NS, "not_worn")
    assert listen(taken_off, 60) == []


def test_taking_it_off_ends_the_waiting() -> None:
    strip = worn()
    listen(strip, 20)
    off = StripReport(80, is_charging=False, is_worn=False)
    assert brief(strip.report(off, T0_NS)) == [("sensor_silent", "nudge", "cleared")]


def at(clock: str) -> int:
    return utc_ns(f"2026-01-10T{clock}:00.000Z") - 60 * MIN * NS  # Vienna's winter


def test_not_worn_by_mid_morning_is_said_once_a_day() -> None:
    strip = care()
    assert not strip.misses_wearer(at("09:59"))
    assert strip.misses_wearer(at("10:00"))
    assert not strip.misses_wearer(at("10:01"))
    assert strip.is_missed(at("11:00"))
    strip.hear(at("11:30"), "standing")
    assert not strip.is_missed(at("11:31"))
    assert not strip.misses_wearer(at("11:31"))
    day_ns = 24 * 60 * MIN * NS
    assert not strip.is_missed(at("09:00") + day_ns)
    assert strip.misses_wearer(at("10:00") + day_ns)


def test_worn_before_mid_morning_is_not_missed() -> None:
    strip = care()
    strip.hear(at("07:30"), "walking")
    assert not strip.misses_wearer(at("10:00"))
    on_the_table = care()
    on_the_table.hear(at("07:30"), "not_worn")
    on_the_table.hear(at("07:31"), None)
    assert on_the_table.misses_wearer(at("10:00"))


def test_both_can_be_acknowledged() -> None:
    strip = worn()
    listen(strip, 16)
    charges(strip, 15)
    told = brief(strip.answer("acknowledged", T0_NS))
    assert told == [("battery_low", "nudge", "acknowledged"), ("sensor_silent", "nudge", "acknowledged")]
    assert strip.answer("acknowledged", T0_NS) == []

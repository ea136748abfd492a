"""Reminders in plain words, and the answers that make sense."""

import zoneinfo
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from analysis.care.life import Phase
from analysis.care.policy import AlertNow, CareNow
from analysis.events.facts import AlertKind, AlertLevel
from analysis.review.home.reminders import Reminders, reminders

ZONE = zoneinfo.ZoneInfo("Europe/Zurich")
NOW = datetime(2026, 5, 5, 10, 32, tzinfo=UTC)


def ns(minutes: float) -> int:
    return round((NOW + timedelta(minutes=minutes)).timestamp() * 1e9)


def said(**care: Any) -> Reminders:
    return reminders(CareNow(**care), NOW, ZONE)


def alert(
    level: AlertLevel = "nudge",
    phase: Phase = "open",
    kind: AlertKind = "prolonged_sitting",
    until_ns: int | None = None,
) -> AlertNow:
    return AlertNow(kind, level, phase, ns(-2), until_ns)


def test_before_and_between_reminders() -> None:
    assert said().title == "No reminder"
    assert said().text == "The count begins when you sit down."
    sitting = said(sitting_s=720.0, is_sitting=True, next_break_ns=ns(18))
    assert sitting.title == "Next break at 12:50"
    assert sitting.text == "Sitting for 12 min since the last break."
    assert not sitting.is_urgent
    up = said(sitting_s=720.0)
    assert up.text == "12 min of sitting count until the next break."
    held = said(sitting_s=2400.0, is_sitting=True, next_break_ns=ns(-10), muted_until_ns=ns(20))
    assert held.title == "A break is due"


@pytest.mark.parametrize(
    ("level", "title"),
    [("nudge", "Time for a break"), ("alert", "Please take a break"), ("follower", "Please take a break")],
)
def test_an_alert_says_what_to_do_and_can_be_answered(level: AlertLevel, title: str) -> None:
    words = said(sitting_s=1920.0, is_sitting=True, next_break_ns=ns(-2), alerts=(alert(level),))
    assert words.title == title
    assert words.text.startswith("Sitting for 32 min since the last break. Stand up and walk for a minute")
    assert words.is_urgent
    assert words.answers == {
        "snooze": True,
        "acknowledge": True,
        "standing": True,
        "pace": False,
        "half": False,
        "mute": True,
        "speak": False,
    }


def test_an_answered_alert_says_so() -> None:
    snoozed = said(sitting_s=1920.0, alerts=(alert(phase="snoozed", until_ns=ns(13)),))
    assert (snoozed.title, snoozed.is_urgent) == ("Reminder again at 12:45", False)
    assert (snoozed.answers["snooze"], snoozed.answers["acknowledge"]) == (False, True)
    noted = said(sitting_s=1920.0, alerts=(alert(phase="acknowledged"),))
    assert (noted.title, noted.answers["acknowledge"]) == ("Noted", False)


def test_the_patient_is_asked_whether_fewer_are_all_right() -> None:
    asking = said(is_halved=True, is_asking=True)
    assert "only every other one is given. Is that all right?" in asking.notes
    assert (asking.answers["pace"], asking.answers["half"]) == (True, True)
    settled = said(is_halved=True)
    assert settled.notes == "Every other reminder is given."
    assert (settled.answers["pace"], settled.answers["half"]) == (True, False)


def test_what_else_there_is_to_know() -> None:
    notes = said(
        alerts=(alert(kind="battery_low"), alert(kind="sensor_silent")),
        is_missed=True,
        muted_until_ns=ns(30),
        is_quiet_hour=True,
    ).notes
    assert notes == (
        "The battery of the strip is low; please charge it. "
        "The strip has not been heard for about 17 min. Is it near, and charged? "
        "The strip has not been worn today. "
        "Silent until 13:02: a meeting, or at the wheel."
    )
    assert said(is_quiet_hour=True, is_full=True).notes == "Quiet hours: nothing is said."
    assert said(is_full=True).notes == "Today has had its reminders; nothing more is said."
    assert said(muted_until_ns=ns(30)).answers["speak"]

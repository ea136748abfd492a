from datetime import timedelta
from typing import Any

import pytest

from analysis.review.home.live import LiveState
from analysis.review.home.presence import open_posture, presence


def state(diary: Any, **changes: Any) -> LiveState:
    known: dict[str, Any] = {
        "link": "streaming",
        "posture": "sitting",
        "since": diary.at("10:00:00"),
        "battery_pct": 87,
        "worn": True,
        "last_sample": diary.at("10:12:00"),
        "lag_s": 0.4,
        "pelvis_deg": -12.4,
        "trunk_deg": 8.6,
        "lumbar_deg": 21.0,
        "counters": {},
        "stored_events": 3,
    }
    return LiveState(**{**known, **changes})


def test_the_present_in_words(diary: Any) -> None:
    said = presence(state(diary), diary.at("10:12:01"), diary.zone)
    assert (said.posture, said.since) == ("Sitting", "since 10:00, 12 min")
    assert (said.link, said.strip, said.heard) == (
        "Strip connected",
        "battery 87 %, worn",
        "data up to now, 0.4 s behind",
    )
    assert (said.pelvis_text, said.trunk_text, said.lumbar_text) == ("\N{MINUS SIGN}12°", "9°", "21°")


def test_nothing_is_known_at_first(diary: Any) -> None:
    unknown = dict.fromkeys(
        ("posture", "since", "battery_pct", "worn", "last_sample", "pelvis_deg", "trunk_deg", "lumbar_deg")
    )
    said = presence(state(diary, link="scanning", **unknown), diary.at("10:12:01"), diary.zone)
    assert said.link == "Looking for the strip"
    assert (said.strip, said.heard, said.trunk_text) == ("", "no data yet", "\N{EN DASH}")


@pytest.mark.parametrize(
    ("worn", "link", "said"),
    [
        (False, "streaming", "Not worn"),
        (None, "connecting", "No strip yet"),
        (True, "streaming", "Getting to know you"),
    ],
)
def test_without_a_posture_the_page_says_why(diary: Any, worn: bool | None, link: str, said: str) -> None:
    unknown = state(diary, posture=None, since=None, worn=worn, link=link)
    assert presence(unknown, diary.at("10:12:01"), diary.zone).posture == said


def test_a_lost_strip_is_told_with_its_silence_and_the_sit_does_not_grow(diary: Any) -> None:
    lost = state(diary, link="scanning")
    said = presence(lost, diary.at("10:42:00"), diary.zone)
    assert (said.posture, said.heard) == ("Last seen sitting", "last data 30 min ago")
    assert said.since == "since 10:00, 12 min"


@pytest.mark.parametrize("change", [{"stored_events": 4}, {"posture": "standing"}])
def test_the_revision_tells_of_a_change(diary: Any, change: dict[str, Any]) -> None:
    now = diary.at("10:12:01")
    before = presence(state(diary), now, diary.zone)
    after = presence(state(diary, **change), now + timedelta(seconds=9), diary.zone)
    same = presence(state(diary, trunk_deg=30.0), now + timedelta(seconds=9), diary.zone)
    assert before.revision == same.revision != after.revision


def test_missing_samples_are_told(diary: Any) -> None:
    said = presence(
        state(diary, lag_s=None, counters={"missing_samples": 40}), diary.at("10:12:01"), diary.zone
    )
    assert said.heard == "data up to now, 40 samples missing"


def test_a_posture_never_ends_before_it_began(diary: Any) -> None:
    going_on = open_posture(state(diary, last_sample=diary.at("09:59:00")), diary.at("10:12:00"))
    assert going_on is not None
    assert going_on.since == going_on.until


def test_a_strip_that_is_lost_for_days_is_looked_for(diary: Any) -> None:
    """What it said last, that it is worn and half full, is no news any more."""
    now = diary.at("10:00:00")
    lost = state(
        diary,
        link="scanning",
        posture=None,
        since=None,
        worn=True,
        last_sample=now - timedelta(days=3, hours=2),
    )
    told = presence(lost, now, diary.zone)
    assert (told.posture, told.strip, told.heard) == ("Strip not heard", "", "last data 3 days ago")
    assert told.since.startswith("for 3 days: is it charged")

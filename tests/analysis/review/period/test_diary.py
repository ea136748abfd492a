"""The patient's own entries."""

from datetime import UTC, date
from typing import Any

from analysis.events.entries import Log, Safety
from analysis.review.period.diary import diary as diary_of

NOTHING: dict[str, Any] = dict.fromkeys(
    (
        "pain_now",
        "pain_worst",
        "pain_least",
        "morning_stiffness_min",
        "comfortable_sitting_min",
        "walking_min",
        "note",
    )
)


def entry(diary: Any, wall: str, **fields: Any) -> Log:
    return Log(**diary._fact(diary.at(wall), "log"), **{**NOTHING, "confidence": [], **fields})


def flags(diary: Any, wall: str, action: Any, *red_flags: Any) -> Safety:
    return Safety(**diary._fact(diary.at(wall), "safety"), action=action, red_flags=list(red_flags))


def test_ratings_are_the_latest_given(diary: Any) -> None:
    task = {"task": "stairs", "confidence": 3}
    kept = diary_of(
        [
            entry(diary, "20:00:00", pain_now=None, confidence=[{"task": "garden", "confidence": 1}]),
            entry(diary, "08:00:00", pain_now=4, confidence=[task]),
        ],
        [],
        diary.zone,
    )
    assert [each.log.pain_now for each in kept.entries] == [4, None]
    assert kept.latest_of("pain_now") == 4
    assert kept.latest_of("walking_min") is None
    assert kept.confidence == (("garden", 1), ("stairs", 3))


def test_an_entry_belongs_to_the_patients_own_day(diary: Any) -> None:
    late = entry(diary, "00:30:00")
    assert diary_of([late], [], diary.zone).entries[0].day == date(2026, 5, 5)
    assert diary_of([late], [], UTC).entries[0].day == date(2026, 5, 4)


def test_red_flags_stay_until_they_are_cleared(diary: Any) -> None:
    raised = flags(diary, "08:00:00", "raised", "fever")
    again = flags(diary, "09:00:00", "raised", "numbness", "fever")
    assert diary_of([], [again, raised], diary.zone).red_flags == ("fever", "numbness")
    cleared = flags(diary, "10:00:00", "cleared")
    assert diary_of([], [again, cleared, raised], diary.zone).red_flags == ()

import random
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.review.day import day_view


def test_the_made_up_morning_in_numbers(morning: Any) -> None:
    view = morning.view(now=morning.at("10:04:00"))
    assert {total.state: total.duration_s / 60 for total in view.totals} == {
        "lying": 12,
        "sitting": 48 + 21,
        "standing": 8 + 12 + 13,
        "walking": 6 + 5 + 4 + 11,
        "not_worn": 0,
    }
    assert (len(view.lifts), view.chores.scored) == (13, 12)
    assert view.chores.by_strategy == {"hip_hinge": 5, "shared": 4, "lumbar_flexion": 3, "not_scored": 1}
    assert view.sitting.longest is not None
    assert view.sitting.longest.duration_s == 48 * 60
    assert len(view.sitting.breaks) == 2
    assert [(prompt.level, prompt.duration_s) for prompt in view.prompts] == [("nudge", 1160), ("alert", 260)]
    assert (view.walking.steps, view.walking.bouts, view.walking.duration_s) == (2730, 4, 1560)
    assert [gap.duration_s for gap in view.gaps] == [300]
    assert view.worn_s == 140 * 60
    assert len(view.marks) == 1
    assert view.is_today
    assert not view.is_empty
    assert view.algorithms == ("lumbar-core/0.1.0",)


def test_a_day_without_events_is_empty(diary: Any) -> None:
    view = diary.view()
    assert view.is_empty
    assert not view.is_today
    assert view.grade.letter == "D"


def test_a_strip_on_the_table_is_an_empty_day(diary: Any) -> None:
    diary.posture("not_worn", diary.at("07:00:00"), diary.at("18:00:00"))
    assert diary.view().is_empty


def test_others_repeats_and_strange_records_are_left_out_and_counted(diary: Any) -> None:
    diary.lift(diary.at("08:00:00"), "shared")
    lift = diary.events[0]
    undated = {**lift, "event_id": "b", "start": None, "end": None, "peak": None}
    diary.events += [
        lift,
        {**lift, "patient": "p-018", "event_id": "a"},
        undated,
        {**lift, "event_id": "c", "duration_s": "long"},
        {"schema": "lumbar.lift/1", "patient": diary.patient},
        {"schema": "lumbar.unheard/7", "patient": diary.patient},
        {"no": "schema"},
    ]
    view = diary.view()
    assert len(view.lifts) == 1
    assert (view.unreadable, view.undated) == (2, 1)


def test_the_day_the_clocks_change_has_its_own_length() -> None:
    zone = ZoneInfo("Europe/Zurich")
    start, end = datetime(2026, 10, 25, tzinfo=zone), datetime(2026, 10, 26, tzinfo=zone)
    view = day_view([], patient="p", day_start=start, day_end=end)
    assert view.bounds.duration_s == 25 * 3600


def test_ends_of_a_day_are_aware_and_in_order() -> None:
    noon = datetime(2026, 5, 5, 12, tzinfo=UTC)
    with pytest.raises(ValueError, match="aware"):
        day_view([], patient="p", day_start=noon.replace(tzinfo=None), day_end=noon)
    with pytest.raises(ValueError, match="ends after its start"):
        day_view([], patient="p", day_start=noon, day_end=noon)


@given(seed=st.integers(0, 1000))
def test_order_and_repeats_change_nothing(seed: int) -> None:
    start = datetime(2026, 5, 5, tzinfo=UTC)
    events: list[dict[str, Any]] = [
        {
            "schema": "lumbar.posture/1",
            "event_id": str(index),
            "patient": "p",
            "device": "d",
            "start": f"2026-05-05T08:{index:02d}:00.000Z",
            "end": f"2026-05-05T08:{index + 1:02d}:00.000Z",
            "mode": "dual",
            "algorithm": "x/1",
            "quality": 0.5,
            "boot": 0,
            "first_sample": index,
            "last_sample": index,
            "revision": 0,
            "state": ["sitting", "walking", "standing"][index * 7 % 3],
            "confidence": 0.5,
        }
        for index in range(12)
    ]
    shuffled = events + events[:5]
    random.Random(seed).shuffle(shuffled)
    end = start + timedelta(days=1)
    seen = day_view(shuffled, patient="p", day_start=start, day_end=end)
    assert seen == day_view(events, patient="p", day_start=start, day_end=end)

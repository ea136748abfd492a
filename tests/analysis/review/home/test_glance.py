"""Today at a glance: what was done comes first, one thing to do at most, and nothing that judges."""

import re
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from analysis.care.policy import CareNow
from analysis.review.home.glance import glance
from analysis.review.wording import FORBIDDEN

QUIET = CareNow()


def test_a_morning_with_breaks(morning: Any) -> None:
    seen = glance(morning.view(now=morning.at("10:03:20")), QUIET)
    assert seen.win == "You took 2 breaks from sitting."
    assert seen.suggestion == "Next time you sit, get up once after 30 min."
    assert (seen.number, seen.number_says[:10]) == ("26 min", "of walking")


def test_a_day_that_begins(diary: Any) -> None:
    seen = glance(diary.view(now=diary.at("07:00:00")), QUIET)
    assert seen.win == "A new day has begun."
    assert seen.suggestion == "Clip on the strip and let the day come."
    assert seen.number == "0 min"


def test_a_walk_is_a_win_and_breaks_are_the_number(diary: Any) -> None:
    diary.walk(diary.at("08:00:00"), diary.at("08:40:00"), 4000)
    seen = glance(diary.view(now=diary.at("08:41:00")), QUIET)
    assert seen.win == "You walked for 40 min."
    assert seen.number == "0"
    assert seen.suggestion == "Go on as you do."


def test_sitting_long_now_comes_before_sitting_long_before(morning: Any) -> None:
    now = CareNow(sitting_s=1900.0, is_sitting=True)
    seen = glance(morning.view(now=morning.at("10:03:20")), now)
    assert seen.suggestion == "Stand up now and walk for a minute."


def test_a_walk_is_suggested_in_the_afternoon_only(diary: Any) -> None:
    diary.posture("standing", diary.at("08:00:00"), diary.at("16:00:00"))
    said = [glance(diary.view(now=diary.at(at)), QUIET).suggestion for at in ("13:59:00", "14:00:00")]
    assert said == ["Go on as you do.", "Ten minutes of walking would suit this day."]


def test_hinges_are_suggested_when_few_bends_came_from_the_hips(diary: Any) -> None:
    diary.chores(diary.at("08:00:00"), diary.at("12:00:00"), ["lumbar_flexion"] * 9)
    seen = glance(diary.view(now=diary.at("12:00:00")), QUIET)
    assert seen.suggestion == "Try five slow hip hinges with a stick along your back."


def test_a_red_flag_leaves_no_suggestion(morning: Any) -> None:
    seen = glance(morning.view(now=morning.at("10:03:20")), CareNow(red_flags=("fever",)))
    assert seen.suggestion is None
    assert seen.win


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=30)
@given(st.sampled_from(["07:00:00", "09:00:00", "15:00:00"]), st.booleans(), st.floats(0, 9000))
def test_no_line_judges(morning: Any, at: str, is_sitting: bool, sitting_s: float) -> None:
    seen = glance(morning.view(now=morning.at(at)), CareNow(sitting_s=sitting_s, is_sitting=is_sitting))
    said = f"{seen.win} {seen.suggestion} {seen.number} {seen.number_says}".lower()
    assert not set(re.findall(r"[a-z]+", said)) & FORBIDDEN

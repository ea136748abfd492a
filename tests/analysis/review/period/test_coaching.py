"""Each rule of the sentence, in the order in which they speak."""

import re
from dataclasses import replace
from typing import Any

import pytest

from analysis.review.period.coaching import coaching
from analysis.review.period.diary import Diary as Entries
from analysis.review.period.minutes import Minutes
from analysis.review.period.period import PeriodView, period_view
from analysis.review.wording import FORBIDDEN


@pytest.fixture
def period(diary: Any) -> Any:
    """Return a maker of a day of eight hours; `sits` in minutes, bends by kind."""

    def made(
        sits: tuple[int, ...] = (),
        chores: dict[Any, int] | None = None,
        practice: dict[Any, int] | None = None,
    ) -> PeriodView:
        diary.calibration(diary.at("07:00:00"))
        diary.posture("standing", diary.at("07:00:00"), diary.at("15:00:00"))
        for index, lasted in enumerate(sits):
            diary.sitting(diary.at(f"{16 + index}:00:00"), diary.at(f"{16 + index}:{lasted:02d}:00"))
        for context, kinds in (("chores", chores or {}), ("practice", practice or {})):
            for kind, number in kinds.items():
                for index in range(number):
                    hour = 8 if context == "chores" else 10
                    diary.lift(diary.at(f"{hour:02d}:{index:02d}:00"), kind, context=context)
        return period_view([diary.view()], Minutes.of_rows([]), Entries())

    return made


def test_a_red_flag_silences_all_else(period: Any) -> None:
    held = replace(period(sits=(50,)), diary=Entries(red_flags=("fever",)))
    said = coaching(held)
    assert said.rule == "red_flag"
    assert "paused" in said.text


def test_little_wear(diary: Any) -> None:
    diary.posture("standing", diary.at("07:00:00"), diary.at("09:00:00"))
    said = coaching(period_view([diary.view()], Minutes.of_rows([]), Entries()))
    assert said.rule == "too_little"
    assert said.text.startswith("2 h 00 min of wear")


def test_long_sits_come_before_bends(period: Any) -> None:
    said = coaching(period(sits=(50,), chores={"hip_hinge": 9}))
    assert said.rule == "long_sits"
    assert "On 1 of 1 day a sit lasted 45 min or more (the longest 50 min)" in said.text


def test_a_short_sit_is_not_the_subject(period: Any) -> None:
    assert coaching(period(sits=(40,), chores={"hip_hinge": 9})).rule == "steady"


def test_bends_that_could_not_be_told_apart(period: Any) -> None:
    assert coaching(period(chores={"not_scored": 9, "shared": 2})).rule == "not_told_apart"


def test_practice_that_has_not_reached_the_chores(period: Any) -> None:
    said = coaching(period(chores={"shared": 8, "hip_hinge": 2}, practice={"hip_hinge": 9, "shared": 1}))
    assert said.rule == "transfer"
    assert "In practice 90 % of the bends are hip-led, in daily life 20 %" in said.text


def test_a_few_practised_bends_are_no_comparison(period: Any) -> None:
    assert coaching(period(chores={"shared": 8}, practice={"hip_hinge": 4})).rule == "steady"


def test_no_sentence_judges(period: Any) -> None:
    for kinds in ({"hip_hinge": 9}, {"not_scored": 9}, {"lumbar_flexion": 12}):
        assert not FORBIDDEN & set(re.findall(r"[a-z]+", coaching(period(chores=kinds)).text.lower()))

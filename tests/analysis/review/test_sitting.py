from datetime import timedelta
from typing import Any

import pytest

from analysis.care.breaks import BreakParams


def test_bouts_and_the_longest(diary: Any) -> None:
    diary.sitting(diary.at("08:00:00"), diary.at("08:20:00"))
    diary.sitting(diary.at("09:00:00"), diary.at("09:50:00"), slumped_s=300, shifts=4)
    sitting = diary.view().sitting
    assert [bout.duration_s for bout in sitting.bouts] == [1200, 3000]
    assert sitting.longest is sitting.bouts[1]
    assert (sitting.bouts[1].slumped_s, sitting.bouts[1].postural_shifts) == (300, 4)
    assert (sitting.longer_than(1800), sitting.longer_than(2700), sitting.longer_than(3000.1)) == (1, 1, 0)


def test_a_bout_cut_by_midnight_keeps_no_sums(diary: Any) -> None:
    diary.sitting(diary.at("23:30:00"), diary.at("00:30:00", diary.day + timedelta(days=1)), slumped_s=60)
    (bout,) = diary.view().sitting.bouts
    assert bout.duration_s == 1800
    assert (bout.slumped_s, bout.postural_shifts, bout.ended_by) == (None, None, None)


@pytest.mark.parametrize(
    ("upright_s", "steps", "counts"), [(60, 10, 1), (59, 200, 0), (600, 9, 0), (60, 80, 1)]
)
def test_a_break_needs_time_and_steps(diary: Any, upright_s: int, steps: int, counts: int) -> None:
    up, down = diary.at("08:20:00"), diary.at("08:20:00") + timedelta(seconds=upright_s)
    diary.sitting(diary.at("08:00:00"), up)
    diary.walk(up, down, steps)
    diary.sitting(down, diary.at("09:00:00"))
    assert len(diary.view().sitting.breaks) == counts


def test_getting_up_from_bed_is_no_break(diary: Any) -> None:
    diary.posture("lying", diary.at("06:00:00"), diary.at("07:00:00"))
    diary.walk(diary.at("07:00:00"), diary.at("07:10:00"), 900)
    assert diary.view().sitting.breaks == ()


def test_standing_and_walking_make_one_break(diary: Any) -> None:
    diary.sitting(diary.at("08:00:00"), diary.at("08:20:00"))
    diary.posture("standing", diary.at("08:20:00"), diary.at("08:20:40"))
    diary.walk(diary.at("08:20:40"), diary.at("08:21:10"), 44)
    (found,) = diary.view().sitting.breaks
    assert (found.start, found.end, found.steps) == (diary.at("08:20:00"), diary.at("08:21:10"), 44)


def test_the_rule_can_be_the_therapists_own(diary: Any) -> None:
    diary.sitting(diary.at("08:00:00"), diary.at("08:20:00"))
    diary.walk(diary.at("08:20:00"), diary.at("08:21:00"), 100)
    assert diary.view(rule=BreakParams(break_s=120)).sitting.breaks == ()

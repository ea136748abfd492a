from datetime import timedelta
from typing import Any

import pytest


def test_a_whole_calibrated_day_is_an_a(diary: Any) -> None:
    diary.calibration(diary.at("07:00:00"))
    diary.posture("standing", diary.at("07:00:00"), diary.at("12:00:00"))
    grade = diary.view().grade
    assert (grade.letter, grade.reasons, grade.coverage, grade.quality) == ("A", (), 1.0, 0.9)


@pytest.mark.parametrize(("hole_min", "letter"), [(10, "A"), (50, "B"), (70, "C")])
def test_holes_lower_the_grade(diary: Any, hole_min: int, letter: str) -> None:
    diary.calibration(diary.at("07:00:00"))
    diary.posture("standing", diary.at("07:00:00"), diary.at("08:00:00"))
    diary.posture("standing", diary.at("08:00:00") + timedelta(minutes=hole_min), diary.at("12:00:00"))
    assert diary.view().grade.letter == letter


def test_without_calibration_it_is_a_c_and_says_so(diary: Any) -> None:
    diary.calibration(diary.at("07:00:00"), accepted=False)
    diary.posture("standing", diary.at("07:00:00"), diary.at("12:00:00"))
    view = diary.view()
    assert view.calibration is None
    assert view.grade.letter == "C"
    assert "not calibrated" in " ".join(view.grade.reasons)


def test_an_old_calibration_costs_an_a(diary: Any) -> None:
    diary.calibration(diary.at("07:00:00", diary.day - timedelta(days=2)))
    diary.posture("standing", diary.at("07:00:00"), diary.at("12:00:00"))
    view = diary.view()
    assert view.grade.letter == "B"
    assert view.grade.reasons == ("The calibration is 53 hours old.",)


def test_the_latest_accepted_calibration_holds(diary: Any) -> None:
    diary.calibration(diary.at("09:00:00"), lumbar_range_deg=52)
    diary.calibration(diary.at("07:00:00"), lumbar_range_deg=48)
    diary.calibration(diary.at("07:00:00", diary.day + timedelta(days=1)), lumbar_range_deg=30)
    calibration = diary.view().calibration
    assert calibration is not None
    assert calibration.lumbar_range_deg == 52


def test_a_few_minutes_say_too_little(diary: Any) -> None:
    diary.calibration(diary.at("07:00:00"))
    diary.posture("standing", diary.at("07:00:00"), diary.at("07:09:00"))
    assert diary.view().grade.letter == "D"


def test_one_pod_is_a_c(diary: Any) -> None:
    diary.mode = "single"
    diary.calibration(diary.at("07:00:00"))
    diary.posture("standing", diary.at("07:00:00"), diary.at("12:00:00"))
    view = diary.view()
    assert (view.modes, view.grade.letter) == (("single",), "C")

from datetime import timedelta
from typing import Any

import pytest

from analysis.review.postures import OpenPosture


def totals(view: Any) -> dict[str, float]:
    return {total.state: total.duration_s for total in view.totals}


def test_time_in_each_posture_adds_up(diary: Any) -> None:
    diary.posture("standing", diary.at("08:00:00"), diary.at("08:10:00"), 0.8)
    diary.posture("walking", diary.at("08:10:00"), diary.at("08:14:00"), 0.9)
    diary.posture("not_worn", diary.at("08:14:00"), diary.at("09:00:00"), 1.0)
    view = diary.view()
    assert totals(view) == {"lying": 0, "sitting": 0, "standing": 600, "walking": 240, "not_worn": 2760}
    assert view.worn_s == 840
    assert view.gaps == ()


def test_neighbours_of_one_state_are_one_span_with_the_mean_confidence(diary: Any) -> None:
    diary.posture("sitting", diary.at("09:00:00"), diary.at("09:30:00"), 0.9)
    diary.posture("sitting", diary.at("08:00:00"), diary.at("09:00:00"), 0.6)
    (span,) = diary.view().postures
    assert (span.start, span.end) == (diary.at("08:00:00"), diary.at("09:30:00"))
    assert span.confidence == pytest.approx(0.7)


def test_a_posture_through_midnight_is_cut_to_the_day(diary: Any) -> None:
    diary.posture("lying", diary.at("23:00:00", diary.day - timedelta(days=1)), diary.at("06:30:00"))
    assert totals(diary.view())["lying"] == 6.5 * 3600


def test_the_open_posture_lasts_until_the_newest_sample(diary: Any) -> None:
    diary.posture("walking", diary.at("08:00:00"), diary.at("08:10:00"))
    going_on = OpenPosture("sitting", diary.at("08:09:00"), diary.at("08:30:00"))
    view = diary.view(now=diary.at("08:31:00"), open_posture=going_on)
    last = view.postures[-1]
    assert (last.state, last.open, last.start) == ("sitting", True, diary.at("08:10:00"))
    assert totals(view)["sitting"] == 1200
    assert view.sitting.bouts[-1].open
    assert view.sitting.bouts[-1].duration_s == 1200


def test_the_time_before_the_open_posture_is_not_yet_missing(diary: Any) -> None:
    diary.posture("walking", diary.at("08:00:00"), diary.at("08:10:00"))
    going_on = OpenPosture("sitting", diary.at("08:10:20"), diary.at("08:30:00"))
    assert diary.view(now=diary.at("08:31:00"), open_posture=going_on).gaps == ()


def test_a_hole_in_the_data_is_told(diary: Any) -> None:
    diary.posture("standing", diary.at("08:00:00"), diary.at("08:10:00"))
    diary.posture("standing", diary.at("08:25:00"), diary.at("08:40:00"))
    view = diary.view()
    (gap,) = view.gaps
    assert gap.duration_s == 900
    assert view.grade.coverage == pytest.approx(25 / 40)

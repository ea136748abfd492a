from typing import Any

import pytest

from analysis.review.charts.time_axis import time_axis


def test_the_window_is_widened_to_whole_steps(diary: Any) -> None:
    diary.posture("standing", diary.at("07:38:00"), diary.at("10:03:00"))
    axis = time_axis(diary.view())
    assert (axis.start, axis.end) == (diary.at("07:30:00"), diary.at("10:15:00"))
    assert [tick.label for tick in axis.ticks][::4] == ["07:30", "08:30", "09:30"]
    assert [tick.rank for tick in axis.ticks[:5]] == [0, 2, 1, 2, 0]
    assert axis.pct(diary.at("07:30:00")) == 0
    assert axis.pct(diary.at("08:52:30")) == pytest.approx(50)
    assert axis.pct(diary.at("12:00:00")) == 100


def test_a_minute_of_data_has_an_hour_of_axis(diary: Any) -> None:
    diary.posture("standing", diary.at("08:00:00"), diary.at("08:01:00"))
    axis = time_axis(diary.view())
    assert (axis.end - axis.start).total_seconds() >= 3600


def test_a_full_day_has_few_ticks(diary: Any) -> None:
    diary.posture("lying", diary.at("00:00:00"), diary.at("23:59:00"))
    axis = time_axis(diary.view())
    assert len(axis.ticks) <= 11
    assert axis.ticks[0].label == axis.ticks[-1].label == "00:00"


def test_an_empty_day_has_an_axis(diary: Any) -> None:
    assert time_axis(diary.view()).ticks

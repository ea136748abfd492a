from datetime import timedelta
from typing import Any

import pytest

from analysis.review.charts.bouts import MAX_BOUTS, bout_chart


def test_bars_limits_and_prompts_share_one_axis_of_minutes(morning: Any) -> None:
    chart = bout_chart(morning.view())
    assert [row.lasted for row in chart.rows] == ["48 min", "21 min"]
    assert chart.rows[0].bar.width_pct == pytest.approx(100 * 48 / 60)
    assert (chart.nudge_pct, chart.alert_pct) == (50, 75)
    assert [mark.x_pct for mark in chart.rows[0].marks] == [50, 75]
    assert chart.rows[1].marks == ()
    assert [label for _, label in chart.ticks] == ["0", "15", "30", "45", "60"]


def test_the_longest_are_drawn_in_order_of_time(diary: Any) -> None:
    for index in range(MAX_BOUTS + 3):
        start = diary.at("06:00:00") + timedelta(hours=index)
        diary.sitting(start, start + timedelta(minutes=5 + index))
    chart = bout_chart(diary.view())
    assert chart.left_out == 3
    assert [row.lasted for row in chart.rows] == [f"{5 + index} min" for index in range(3, MAX_BOUTS + 3)]


def test_a_very_long_sit_keeps_the_ticks_few(diary: Any) -> None:
    diary.sitting(diary.at("08:00:00"), diary.at("13:10:00"))
    chart = bout_chart(diary.view())
    assert len(chart.ticks) <= 7
    assert chart.rows[0].bar.width_pct <= 100


def test_no_sitting_no_rows(diary: Any) -> None:
    assert bout_chart(diary.view()).rows == ()

from typing import Any

import pytest

from analysis.review.charts.timeline import timeline


def test_rows_marks_and_bars_of_the_morning(morning: Any) -> None:
    chart = timeline(morning.view(now=morning.at("10:03:20")))
    rows = {line.row.key: line.row for line in chart.lines if line.row}
    assert [line.heading for line in chart.lines if not line.row] == ["bends", "posture", "sitting care"]
    assert [line.index for line in chart.lines] == list(range(len(chart.lines)))
    assert len(rows["hip_hinge"].marks) == 5
    assert len(rows["walking"].bars) == 4
    assert rows["sitting"].total == "1 h 09 min"
    assert [mark.shape for mark in rows["sitting"].limits] == ["limit-nudge", "limit-alert"]
    assert [mark.shape for mark in rows["prompts"].marks] == ["nudge", "alert"]
    assert len(rows["breaks"].bars) == 2
    assert len(rows["button"].marks) == 1
    assert "not_worn" not in rows
    assert len(chart.gaps) == 1


def test_places_are_per_cent_of_the_axis(morning: Any) -> None:
    chart = timeline(morning.view())
    window_s = (chart.axis.end - chart.axis.start).total_seconds()
    rows = {line.row.key: line.row for line in chart.lines if line.row}
    sit = rows["sitting"].bars[0]
    assert sit.x_pct == pytest.approx(100 * 39 * 60 / window_s, abs=0.01)
    assert sit.width_pct == pytest.approx(100 * 48 * 60 / window_s, abs=0.01)
    nudge = rows["sitting"].limits[0]
    assert nudge.x_pct == pytest.approx(sit.x_pct + 100 * 30 * 60 / window_s, abs=0.01)


def test_a_borderline_bend_is_hollow(diary: Any) -> None:
    diary.lift(diary.at("08:00:00"), "shared", borderline=True)
    rows = {line.row.key: line.row for line in timeline(diary.view()).lines if line.row}
    assert rows["shared"].marks[0].hollow

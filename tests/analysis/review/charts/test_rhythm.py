"""The angle-angle plot: where its points lie."""

import re
from typing import Any

import pytest

from analysis.review.charts.rhythm import rhythm_plot
from analysis.review.period.diary import Diary as Entries
from analysis.review.period.minutes import Minutes
from analysis.review.period.period import period_view


def numbers(path: str) -> list[tuple[float, float]]:
    values = [float(text) for text in re.findall(r"-?[\d.]+", path)]
    return list(zip(values[::2], values[1::2], strict=True))


@pytest.fixture
def plot(diary: Any) -> Any:
    diary.calibration(diary.at("07:00:00"))
    diary.posture("standing", diary.at("07:00:00"), diary.at("10:00:00"))
    for minute in range(5):
        diary.lift(diary.at(f"08:{minute:02d}:00"), "shared", depth_deg=70 + minute, share=0.5)
    return rhythm_plot(period_view([diary.view()], Minutes.of_rows([]), Entries()))


def test_both_axes_have_one_scale_and_an_equal_share_runs_at_45_degrees(plot: Any) -> None:
    (x0, y0), (x1, y1) = numbers(plot.equal_share)
    assert x1 - x0 == pytest.approx(y0 - y1)
    x_step = plot.x_ticks[1][0] - plot.x_ticks[0][0]
    y_step = plot.y_ticks[0][0] - plot.y_ticks[1][0]
    assert x_step == pytest.approx(y_step, abs=0.2)


def test_every_point_lies_within_the_frame(plot: Any) -> None:
    for path in (plot.descent, plot.ascent, plot.template, plot.descent_band, plot.ascent_band):
        for x, y in numbers(path):
            assert plot.frame.left - 0.1 <= x <= plot.frame.size - plot.frame.right + 0.1
            assert plot.frame.top - 0.1 <= y <= plot.frame.size - plot.frame.bottom + 0.1


def test_depths_are_marked_on_the_way_down(plot: Any) -> None:
    assert [label for *_, label in plot.depths] == ["30°", "60°"]
    assert all((x, y) in numbers(plot.descent) for x, y, _ in plot.depths)


def test_too_few_bends_have_no_plot(diary: Any) -> None:
    diary.posture("standing", diary.at("07:00:00"), diary.at("10:00:00"))
    diary.lift(diary.at("08:00:00"), "shared")
    assert rhythm_plot(period_view([diary.view()], Minutes.of_rows([]), Entries())) is None

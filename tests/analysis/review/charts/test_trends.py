"""Small trends: geometry and verdicts."""

from datetime import date, timedelta

import pytest

from analysis.review.charts.trends import HEIGHT, WIDTH, trend_chart
from analysis.review.period.detectable import trend
from analysis.review.period.measures import MEASURES, Followed

DAY = date(2026, 5, 4)


def followed(key: str, *values: float) -> Followed:
    measure = next(each for each in MEASURES if each.key == key)
    points = [(DAY + timedelta(days=index), value) for index, value in enumerate(values)]
    return Followed(measure, trend(points, study_change=measure.study_change))


def test_time_runs_to_the_right_and_more_is_higher() -> None:
    chart = trend_chart(followed("walking", 30, 50, 40), DAY, DAY + timedelta(days=2))
    (x0, y0, first), (x1, y1, _), (x2, y2, _) = chart.dots
    assert 0 < x0 < x1 < x2 < WIDTH
    assert HEIGHT > y0 > y2 > y1 > 0
    assert first == "4 May: 30 min"


def test_the_band_is_drawn_around_what_was_before() -> None:
    chart = trend_chart(followed("back_share", 50, 52, 50, 52, 51), DAY, DAY + timedelta(days=4))
    assert chart.band is not None
    upper, lower = chart.band
    assert all(upper < y < lower for _, y, _ in chart.dots)


@pytest.mark.parametrize(
    ("key", "values", "said"),
    [
        ("smoothness", (-2.0,), "1 day so far: too few to tell a change"),
        ("full_bend", (48, 50), "no detectable change (under 15°, figure from studies)"),
        ("hip_led", (40, 42, 40, 42, 40), "no detectable change (under 4 points, own spread)"),
        (
            "smoothness",
            (-2.4, -2.3, -2.2, -2.1, -2.0, -1.9),
            "changed, \N{MINUS SIGN}2.30 to \N{MINUS SIGN}2.00 (more than 0.20, own spread)",
        ),
    ],
)
def test_verdicts_in_words(key: str, values: tuple[float, ...], said: str) -> None:
    assert trend_chart(followed(key, *values), DAY, DAY + timedelta(days=9)).verdict == said


def test_one_day_and_no_day_can_be_drawn() -> None:
    assert trend_chart(followed("walking", 0.0), DAY, DAY).line == ""
    empty = trend_chart(followed("walking"), DAY, DAY)
    assert (empty.dots, empty.latest) == ((), "")

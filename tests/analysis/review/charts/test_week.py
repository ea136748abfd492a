"""The week by the hour: size is what carries the value."""

from analysis.review.charts.week import CELL, busiest, week_chart
from analysis.review.period.hours import Hour


def hour(weekday: int, at: int, bent: float) -> Hour:
    return Hour(weekday, at, 3600.0, bent, 0.5)


def test_area_grows_with_the_time_bent_and_never_leaves_its_cell() -> None:
    chart = week_chart([hour(0, 9, 0.05), hour(0, 10, 0.2), hour(6, 11, 0.9), hour(3, 12, 0.0)])
    assert chart is not None
    little, more, most, none = chart.squares
    assert 3.5 < (more.side / little.side) ** 2 < 4.5
    assert none.side < little.side < more.side < most.side < CELL
    assert most.title == "Sun 11:00: bent 90 %, seated 50 %"


def test_early_and_late_hours_widen_the_chart() -> None:
    usual, early = week_chart([hour(0, 9, 0.1)]), week_chart([hour(0, 4, 0.1), hour(0, 23, 0.1)])
    assert usual is not None
    assert early is not None
    assert early.width > usual.width
    assert all(0 < square.x < early.width for square in early.squares)


def test_no_hour_no_chart() -> None:
    assert week_chart([]) is None
    assert busiest([]) is None
    assert busiest([hour(0, 9, 0.1), hour(2, 8, 0.3)]) == hour(2, 8, 0.3)

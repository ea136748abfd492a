from datetime import date, timedelta

from analysis.review.clinic.long_run import long_run
from analysis.trends.daily import Day, day_of

MONDAY = date(2026, 5, 4)


def day(number: int, **totals: int) -> Day:
    return day_of(MONDAY + timedelta(days=number), {"minutes": 600, **totals})


def points(days: list[Day], step: str, key: str) -> list[tuple[date, float]]:
    followed = long_run(days, step)  # type: ignore[arg-type]
    return list(next(each.trend.points for each in followed if each.measure.key == key))


def test_a_dot_is_a_day_or_the_mean_of_a_weeks_worn_days() -> None:
    days = [day(0, walking=60_00), day(1, walking=180_00), day(7, walking=300_00)]
    assert points(days, "days", "walking") == [
        (MONDAY, 1), (MONDAY + timedelta(days=1), 3), (MONDAY + timedelta(days=7), 5),
    ]  # fmt: skip
    assert points(days, "weeks", "walking") == [(MONDAY, 2), (MONDAY + timedelta(days=7), 5)]


def test_a_week_has_the_share_of_all_its_bends() -> None:
    days = [day(0, lifts=9, hip_hinge=9), day(1, lifts=1, shared=1), day(7, lifts=4, shared=4)]
    assert points(days, "weeks", "hip_led") == [(MONDAY, 90)], "four bends are too few for a share"


def test_the_range_is_weighted_by_bends() -> None:
    days = [
        day(0, lifts=9, range_known=9, range_tenths=9 * 500),
        day(1, lifts=1, range_known=1, range_tenths=900),
    ]
    assert points(days, "weeks", "range") == [(MONDAY, 54)]


def test_days_hardly_worn_are_left_out() -> None:
    assert points([day_of(MONDAY, {"minutes": 60, "walking": 600})], "days", "walking") == []

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.care.accumulation import breaks_per_hour, usual_bout_s

DURATIONS = st.lists(st.floats(10.0, 20_000.0), min_size=1, max_size=40)


def test_half_of_the_time_lies_in_bouts_at_least_so_long() -> None:
    assert usual_bout_s([600.0] * 6 + [3600.0]) == 3600.0
    assert usual_bout_s([600.0] * 7 + [3600.0]) == 600.0
    assert usual_bout_s([900.0]) == 900.0


def test_nothing_sat_says_nothing() -> None:
    assert usual_bout_s([]) is None
    assert breaks_per_hour(0, 0.0) is None


def test_breaks_count_against_the_time_sat() -> None:
    assert breaks_per_hour(6, 3.0 * 3600.0) == pytest.approx(2.0)


@given(DURATIONS)
def test_longer_bouts_hold_no_more_than_half(durations_s: list[float]) -> None:
    usual_s = usual_bout_s(durations_s)
    assert usual_s in durations_s
    total_s = sum(durations_s)
    assert sum(one for one in durations_s if one >= usual_s) >= 0.5 * total_s - 1e-6
    assert sum(one for one in durations_s if one > usual_s) <= 0.5 * total_s + 1e-6

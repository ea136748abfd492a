"""A change is told only where it is larger than the noise."""

from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.review.period.detectable import trend

DAY = date(2026, 5, 4)


def over_days(*values: float) -> list[tuple[date, float]]:
    return [(DAY + timedelta(days=index), value) for index, value in enumerate(values)]


def test_the_error_is_that_of_neighbouring_sessions() -> None:
    """Differences of 2 and -2: variance of a difference 4, of a session 2, so SEM is the root of 2."""
    found = trend(over_days(40, 42, 40, 42, 40))
    assert found.change == pytest.approx(2.77 * np.sqrt(2))
    assert found.is_own
    assert found.band == pytest.approx((41 - 2.77 * np.sqrt(2), 41 + 2.77 * np.sqrt(2)))


def test_a_slow_trend_does_not_hide_itself() -> None:
    found = trend(over_days(*range(30, 50, 2)))
    assert found.verdict == "higher"
    assert (found.before, found.after) == (32, 46)
    assert trend(over_days(*range(50, 30, -2))).verdict == "lower"


def test_before_five_sessions_a_studys_figure_stands_in() -> None:
    assert trend(over_days(40, 50), study_change=15).verdict == "no_detectable_change"
    found = trend(over_days(40, 60), study_change=15)
    assert (found.verdict, found.is_own, found.change) == ("higher", False, 15)


def test_too_little_says_nothing() -> None:
    assert trend([]).verdict == "too_few"
    assert trend(over_days(40), study_change=15).verdict == "too_few"
    found = trend(over_days(40, 90, 40, 90))
    assert (found.verdict, found.change, found.band) == ("too_few", None, None)


def test_noise_alone_is_rarely_called_a_change() -> None:
    random = np.random.default_rng(11)
    verdicts = [trend(over_days(*random.normal(50, 6, 20))).verdict for _ in range(400)]
    assert np.mean([verdict != "no_detectable_change" for verdict in verdicts]) < 0.05


def test_a_change_of_twice_the_smallest_detectable_is_mostly_found() -> None:
    random = np.random.default_rng(12)
    jump = 2 * 2.77 * 3
    runs = [[*random.normal(50, 3, 10), *random.normal(50 + jump, 3, 10)] for _ in range(200)]
    assert np.mean([trend(over_days(*run)).verdict == "higher" for run in runs]) > 0.9


@given(st.lists(st.floats(-1e3, 1e3), min_size=2, max_size=30), st.randoms())
def test_the_order_in_which_days_are_given_does_not_matter(values: list[float], random: object) -> None:
    points = over_days(*values)
    shuffled = list(points)
    random.shuffle(shuffled)  # type: ignore[attr-defined]  # Hypothesis's own kind of random.Random
    assert trend(shuffled) == trend(points)

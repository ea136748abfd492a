"""A share over days."""

import pytest
from scipy.special import stdtrit

from analysis.review.period.share import share_of_days, student_t
from analysis.review.proportion import wilson


def test_days_alike_have_wilsons_interval() -> None:
    assert share_of_days([(4, 10)] * 6) == wilson(24, 60)


def test_days_that_differ_widen_it() -> None:
    found, naive = share_of_days([(0, 10), (10, 10)] * 4), wilson(40, 80)
    assert found is not None
    assert naive is not None
    assert found.value == 0.5
    # Residuals of +-5 on 8 days: sqrt(8 * 25 * 8 / 7) / 80, times t(0.975, 7) = 2.3646.
    assert 0.5 - found.low == pytest.approx(2.3646 * (8 * 25 * 8 / 7) ** 0.5 / 80, abs=1e-4)
    assert found.low < naive.low


def test_few_days_and_none() -> None:
    assert share_of_days([(0, 10), (10, 10)]) == wilson(10, 20)
    assert share_of_days([(0, 0)]) is None
    assert share_of_days([]) is None


def test_students_t_is_the_librarys() -> None:
    for degrees in range(3, 400):
        assert student_t(degrees) == pytest.approx(float(stdtrit(degrees, 0.975)), abs=6e-5)

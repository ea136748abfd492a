import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.review.proportion import wilson


def test_wilsons_interval_of_published_examples() -> None:
    # Newcombe (1998), Stat Med 17:857-872, table I: 81 of 263 and 15 of 148, method 3.
    for count, total, low, high in [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605)]:
        found = wilson(count, total)
        assert found is not None
        assert (found.low, found.high) == pytest.approx((low, high), abs=5e-5)


def test_nothing_counted_has_no_proportion() -> None:
    assert wilson(0, 0) is None


def test_more_than_all_is_refused() -> None:
    with pytest.raises(ValueError, match="3 of 2"):
        wilson(3, 2)


@given(st.integers(1, 10_000), st.data())
def test_the_interval_holds_the_value_within_0_and_1(total: int, data: st.DataObject) -> None:
    found = wilson(data.draw(st.integers(0, total)), total)
    assert found is not None
    assert 0 <= found.low <= found.value <= found.high <= 1

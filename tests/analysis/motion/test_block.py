import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from analysis.motion import block
from analysis.motion.block import Block, BlockError, FloatArray, PodSamples, are_finite


@given(
    values=arrays(np.float64, st.tuples(st.integers(0, 6), st.just(3)), elements=st.floats(width=64)),
    few=st.sampled_from([0, 10_000]),
)
def test_values_are_finite_if_each_is(values: FloatArray, few: int) -> None:
    with pytest.MonkeyPatch.context() as patch, np.errstate(all="raise"):
        patch.setattr(block, "_FEW", few)
        assert are_finite(values) == bool(np.isfinite(values).all())
        assert are_finite(values[::2]) == bool(np.isfinite(values[::2]).all())


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("count", [10, 192_000])
def test_a_block_of_what_is_no_number_is_refused(bad: float, count: int) -> None:
    acc, gyr = np.ones((count, 3)), np.ones((count, 3))
    gyr[count // 2, 1] = bad
    with pytest.raises(BlockError, match="not finite"):
        Block(0, PodSamples(acc, gyr), None, None, np.zeros(count, np.bool_))
    Block(0, PodSamples(acc, None), None, None, np.zeros(count, np.bool_))


def test_parts_of_a_block_are_not_looked_at_again(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = Block(7, PodSamples(np.ones((10, 3)), None), None, None, np.zeros(10, np.bool_))
    looked: list[FloatArray] = []
    monkeypatch.setattr(block, "are_finite", looked.append)
    assert (whole[2:5].first_sample, len(whole[2:5].copied())) == (9, 3)
    assert not looked

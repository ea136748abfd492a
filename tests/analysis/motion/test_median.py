import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from analysis.motion.median import median


@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=40))
def test_it_is_numpys_to_the_bit(values: list[float]) -> None:
    assert median(values) == float(np.median(values))

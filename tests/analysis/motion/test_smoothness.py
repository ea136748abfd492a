from itertools import pairwise

import numpy as np

from analysis.motion.smoothness import SparcParams, sparc

PARAMS = SparcParams()


def _bell(
    t_s: np.ndarray[tuple[int], np.dtype[np.float64]], middle_s: float, width_s: float
) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    return np.exp(-0.5 * ((t_s - middle_s) / width_s) ** 2)


def test_more_submovements_are_more_negative() -> None:
    t_s = np.arange(0.0, 4.0, 0.01)
    values = []
    for parts in (1, 2, 4):
        middles = (np.arange(parts) + 0.5) * 4.0 / parts
        values.append(sparc(np.sum([_bell(t_s, m, 0.45 / parts) for m in middles], axis=0), PARAMS))
    assert all(a is not None and b is not None and b < a < 0.0 for a, b in pairwise(values))


def test_a_single_bell_pins_the_scale() -> None:
    # A single bell is about as smooth as a movement can be; it pins the scale.
    value = sparc(_bell(np.arange(0.0, 1.0, 0.01), 0.5, 0.13), PARAMS)
    assert value is not None
    assert -1.6 < value < -1.3


def test_scale_does_not_matter() -> None:
    speed = _bell(np.arange(0.0, 2.0, 0.01), 1.0, 0.3)
    assert sparc(speed, PARAMS) == sparc(speed * 64.0, PARAMS)


def test_nothing_moved() -> None:
    assert sparc(np.zeros(50), PARAMS) is None

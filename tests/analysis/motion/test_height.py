from collections.abc import Callable

import numpy as np
import pytest

from analysis.motion.angles import Motion, Row
from analysis.motion.block import FloatArray
from analysis.motion.height import HeightParams, heights, widened

PARAMS = HeightParams()
T_S = np.arange(0.0, 3.0, 0.01)


def _upward(height_m: FloatArray) -> FloatArray:
    return np.gradient(np.gradient(height_m)) * 1e4


def test_squat_drops_and_comes_back(bump: Callable[[FloatArray, float, float], FloatArray]) -> None:
    found = heights(_upward(-0.35 * bump(T_S, 0.5, 2.0)), PARAMS)
    assert found is not None
    assert found.drop_m == pytest.approx(0.35, abs=0.005)
    assert found.net_m == pytest.approx(0.0, abs=0.01)


def test_rise_stays_up_despite_a_constant_error(
    step: Callable[[FloatArray, float, float], FloatArray],
) -> None:
    found = heights(_upward(0.4 * step(T_S, 1.0, 1.0)) + 0.2, PARAMS)
    assert found is not None
    assert found.net_m == pytest.approx(0.4, abs=0.01)
    assert found.drop_m == pytest.approx(0.0, abs=0.01)


def test_too_long_to_say() -> None:
    assert heights(np.zeros(601), PARAMS) is None
    assert heights(np.zeros(0), PARAMS) is None


@pytest.mark.parametrize(
    ("moving", "expected"),
    [((180, 330), (179, 330)), ((100, 400), (150, 349)), ((210, 290), (199, 300))],
    ids=["rest is near", "rest is out of reach", "at rest all along"],
)
def test_a_movement_is_widened_to_the_nearest_rest(
    moving: tuple[int, int], expected: tuple[int, int]
) -> None:
    rows = np.zeros((len(Row), 500))
    rows[Row.BEND_DPS, slice(*moving)] = -40.0
    part, speed_dps = widened(Motion(1000, rows), 1200, 1299, 0.5, 5.0)
    assert (part.first_sample - 1000, part.end_sample - 1 - 1000) == expected
    np.testing.assert_array_equal(speed_dps, np.abs(part[Row.BEND_DPS]))

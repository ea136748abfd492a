import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.motion.rotation import (
    Vector,
    applied,
    cross,
    level_quats,
    matrix_of,
    quat_of,
    shortest_arc_to_z,
    unit,
    up_in_pod,
)

number = st.floats(-1.0, 1.0)
quaternions = st.tuples(number, number, number, number).filter(lambda q: sum(v * v for v in q) > 0.01)


def test_quarter_turn_about_y_takes_x_down() -> None:
    half = math.sqrt(0.5)
    matrix = matrix_of((half, 0.0, half, 0.0))
    assert applied(matrix, (1.0, 0.0, 0.0)) == pytest.approx((0.0, 0.0, -1.0))


def test_cross_is_right_handed() -> None:
    assert cross((1.0, 0.0, 0.0), (0.0, 1.0, 0.0)) == (0.0, 0.0, 1.0)


def test_no_direction() -> None:
    with pytest.raises(ValueError, match="direction"):
        unit((0.0, 0.0, 0.0))


@given(quaternions)
def test_quaternion_survives_the_matrix(quat: tuple[float, float, float, float]) -> None:
    length = math.sqrt(sum(v * v for v in quat))
    back = quat_of(matrix_of(quat))
    assert abs(sum(a * b / length for a, b in zip(back, quat, strict=True))) == pytest.approx(1.0, abs=1e-9)


@given(st.tuples(number, number, number).filter(lambda v: sum(c * c for c in v) > 0.01))
def test_shortest_arc_turns_to_z(v: Vector) -> None:
    assert applied(shortest_arc_to_z(unit(v)), unit(v)) == pytest.approx((0.0, 0.0, 1.0), abs=1e-6)


def test_shortest_arc_of_straight_down() -> None:
    assert applied(shortest_arc_to_z((0.0, 0.0, -1.0)), (0.0, 0.0, -1.0)) == pytest.approx((0.0, 0.0, 1.0))


def test_level_quats_hold_their_up_direction() -> None:
    rng = np.random.default_rng(1)
    up = rng.normal(size=(3, 50))
    up /= np.linalg.norm(up, axis=0)
    np.testing.assert_allclose(up_in_pod(level_quats(up)), up, atol=1e-9)

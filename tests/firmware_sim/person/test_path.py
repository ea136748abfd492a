"""Strokes add up, arrive, and are smooth."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from firmware_sim.person.path import Joint, Path, Stroke

DT_S = 0.001


def test_a_stroke_is_the_minimum_jerk_quintic() -> None:
    jet = Path([Stroke(Joint.TILT, 1.0, 2.0, 40.0)]).pose(np.array([0.0, 1.0, 2.0, 3.0, 9.0]))[Joint.TILT]
    assert_allclose(jet.value, [0.0, 0.0, 20.0, 40.0, 40.0])
    assert_allclose(jet.rate, [0.0, 0.0, 40.0 / 2.0 * 1.875, 0.0, 0.0])
    assert_allclose(jet.accel, 0.0, atol=1e-12)


@given(st.floats(0.01, 0.99))
def test_reached_is_where_the_stroke_is(fraction: float) -> None:
    stroke = Stroke(Joint.UP, 2.0, 1.7, -0.4)
    at_s = np.array([stroke.reached_s(fraction), stroke.end_s])
    assert Path([stroke]).pose(at_s)[Joint.UP].value[0] == pytest.approx(-0.4 * fraction, abs=1e-9)


strokes = st.builds(
    Stroke,
    st.sampled_from([Joint.TILT, Joint.FLEXION]),
    st.floats(-1.0, 4.0),
    st.floats(0.5, 3.0),
    st.floats(-50.0, 50.0),
)


@given(st.lists(strokes, max_size=6))
def test_overlapping_strokes_stay_smooth_and_arrive(parts: list[Stroke]) -> None:
    t_s = np.arange(-1.5, 7.5, DT_S)
    for joint, jet in Path(parts).pose(t_s).items():
        amount = sum(part.amount for part in parts if part.joint is joint)
        assert jet.value[-1] == pytest.approx(amount, abs=1e-9)
        steps = 0.5 * DT_S * (jet.rate[1:] + jet.rate[:-1])
        assert_allclose(np.diff(jet.value), steps, atol=1e-4)
        assert_allclose(np.diff(jet.rate), 0.5 * DT_S * (jet.accel[1:] + jet.accel[:-1]), atol=3e-2)


@given(st.lists(strokes, max_size=6), st.integers(1, 899))
def test_a_pose_does_not_depend_on_where_one_looks_from(parts: list[Stroke], cut: int) -> None:
    path, t_s = Path(parts), np.arange(-150, 750) / 100
    whole, late = path.pose(t_s), path.pose(t_s[cut:])
    for joint in Joint:
        assert_allclose(late[joint].value, whole[joint].value[cut:], atol=1e-12)
        assert_allclose(late[joint].accel, whole[joint].accel[cut:], atol=1e-9)

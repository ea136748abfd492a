"""A pod on a spring answers as the differential equation says; the offset goes with the posture."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from scipy.signal import lsim

from firmware_sim.person.anatomy import Anatomy
from firmware_sim.person.jet import Jet
from firmware_sim.person.path import Joint, Path, Stroke
from firmware_sim.person.skin import Hold, Skin, Spring, swing

DT_S = 0.001
springs = st.builds(Spring, st.floats(2.0, 10.0), st.floats(0.1, 0.6))
strokes = st.builds(
    Stroke, st.just(Joint.TILT), st.floats(0.2, 1.0), st.floats(0.3, 3.0), st.floats(-80.0, 80.0)
)


@given(strokes, springs, st.floats(-1.0, 1.0))
@settings(max_examples=15)
def test_the_answer_is_that_of_an_integrated_spring(stroke: Stroke, spring: Spring, factor: float) -> None:
    omega, t_s = spring.natural_radps, np.arange(0.0, 4.0, DT_S)
    drive = -factor * Path([stroke]).pose(t_s)[Joint.TILT].accel
    turning = np.array([[0.0, 1.0], [-(omega**2), -2.0 * spring.damping * omega]])
    system = turning, np.array([[0.0], [1.0]]), np.array([[1.0, 0.0]]), np.zeros((1, 1))
    _, expected, _ = lsim(system, drive, t_s)
    assert_allclose(swing(stroke, factor, spring, t_s).value, expected, atol=2e-3)


@given(strokes, springs)
def test_it_carries_its_true_derivatives_and_dies(stroke: Stroke, spring: Spring) -> None:
    t_s = np.arange(0.0, stroke.end_s + spring.settling_s, DT_S)
    jet = swing(stroke, 0.7, spring, t_s)
    assert not jet.value[t_s < stroke.start_s].any()
    assert_allclose(np.diff(jet.value), 0.5 * DT_S * (jet.rate[1:] + jet.rate[:-1]), atol=2e-4)
    steps = 0.5 * DT_S * (jet.accel[1:] + jet.accel[:-1])
    assert_allclose(np.diff(jet.rate), steps, atol=2e-3 * max(1.0, float(np.abs(jet.accel).max())))
    assert abs(jet.value[-1]) < 1e-5


def test_a_slow_bend_swings_less_than_a_quick_one() -> None:
    t_s = np.arange(0.0, 6.0, 0.01)
    quick, slow = (
        float(np.abs(swing(Stroke(Joint.TILT, 0.5, took_s, 60.0), 1.0, Spring(5.0, 0.3), t_s).value).max())
        for took_s in (0.5, 3.0)
    )
    assert 1.0 < quick < 4.0
    assert slow < 0.1


def test_the_offset_is_a_part_of_flexion_and_tilt() -> None:
    skin = Skin(Hold(per_flexion=-0.1, per_tilt=0.02), Hold(per_flexion=0.05))
    pose = {joint: Jet.zeros(2) for joint in Joint}
    pose[Joint.FLEXION].value[:] = 50.0
    pose[Joint.TILT].value[:] = 40.0
    skin.under([]).add_to(pose, np.array([0.0, 0.01]))
    assert pose[Joint.UPPER_PITCH].value[0] == pytest.approx(-5.0 + 0.8)
    assert pose[Joint.LOWER_PITCH].value[0] == pytest.approx(2.5)


def test_the_seen_range_is_that_of_the_pods_at_a_full_bend() -> None:
    skin = Skin(Hold(per_flexion=-0.1, per_tilt=0.02), Hold(per_flexion=0.05))
    anatomy = Anatomy(lumbar_range_deg=50.0, hip_range_deg=40.0)
    assert skin.seen_range_deg(anatomy) == pytest.approx(50.0 - 5.0 + 0.8 - 2.5)


def test_drawn_skin_errs_by_a_few_degrees_at_full_bend() -> None:
    rng = np.random.default_rng(5)
    off = [Skin.drawn(rng).seen_range_deg(Anatomy()) - Anatomy().lumbar_range_deg for _ in range(300)]
    assert -10.0 < min(off) < max(off) < 8.0
    assert 1.0 < np.std(off) < 4.0

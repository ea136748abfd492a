"""A walk has the steps it was asked for, begins and ends at rest, and bobs as walkers do."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from firmware_sim.body import Motion, feel
from firmware_sim.person.anatomy import Anatomy
from firmware_sim.person.gait import GaitStyle, Walk
from firmware_sim.person.path import Joint
from gateway.wire.frame import STANDARD_GRAVITY_MPS2

walks = st.builds(
    Walk,
    start_s=st.floats(0.0, 20.0),
    steps=st.integers(4, 60),
    cadence_spm=st.floats(80.0, 125.0),
    style=st.just(GaitStyle()),
    wander_rad=st.tuples(st.floats(0.0, 6.2), st.floats(0.0, 6.2)),
)


@given(walks)
def test_there_is_one_heel_strike_a_step(walk: Walk) -> None:
    strikes_s = walk.strikes_s()
    assert strikes_s.size == walk.steps
    assert (np.diff(strikes_s) > 0.3).all()
    assert walk.start_s < strikes_s[0]
    assert strikes_s[-1] < walk.end_s


@given(walks)
def test_the_phase_counts_from_nought_to_the_steps_without_turning_back(walk: Walk) -> None:
    phase = walk.phase_steps(np.linspace(walk.start_s, walk.end_s, 4001))
    assert phase.value[0] == pytest.approx(0.0, abs=1e-9)
    assert phase.value[-1] == pytest.approx(walk.steps, abs=1e-9)
    # The wander may hold a step back for a moment, by no more than a hundredth of it.
    assert (np.maximum.accumulate(phase.value) - phase.value).max() < 0.01


@given(walks)
@settings(max_examples=25)
def test_each_movement_carries_its_true_derivatives(walk: Walk) -> None:
    t_s = np.arange(walk.start_s, walk.end_s, 0.001)
    scale = dict.fromkeys(Joint, 0.0)
    for joint, jet in walk.movements(t_s):
        scale[joint] = max(scale[joint], float(np.abs(jet.accel).max()))
        assert_allclose((jet.value[2:] - jet.value[:-2]) / 0.002, jet.rate[1:-1], atol=1e-3 * scale[joint])
        assert_allclose((jet.rate[2:] - jet.rate[:-2]) / 0.002, jet.accel[1:-1], atol=0.05 * scale[joint])


@given(walks)
def test_a_walk_begins_and_ends_at_rest(walk: Walk) -> None:
    ends_s = np.array([walk.start_s, walk.end_s])
    for _, jet in walk.movements(ends_s):
        assert_allclose(jet.value, 0.0, atol=1e-9)
        assert_allclose(jet.rate, 0.0, atol=1e-9)


@pytest.fixture(scope="module")
def vertical_mps2() -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """Ten seconds in the middle of a walk at 120 steps a minute, as the lower pod feels it."""
    walk = Walk(0.0, 60, 120.0, GaitStyle(), (0.0, 0.0))
    pose = Motion([], [walk], None).pose(np.arange(800, 1800) / 100)
    return np.asarray(feel(pose, Anatomy())[1].acc_mps2[:, 2] - STANDARD_GRAVITY_MPS2)


def test_vertical_acceleration_is_as_strong_as_in_recordings(
    vertical_mps2: np.ndarray[tuple[int], np.dtype[np.float64]],
) -> None:
    # ACCAD's and OpenCap's walkers: 1.9 to 2.2 m/s2.
    assert 1.5 < vertical_mps2.std() < 2.5


def test_vertical_acceleration_repeats_with_the_step(
    vertical_mps2: np.ndarray[tuple[int], np.dtype[np.float64]],
) -> None:
    spectrum = np.abs(np.fft.rfft(vertical_mps2 * np.hanning(1000)))
    assert np.fft.rfftfreq(1000, 0.01)[np.argmax(spectrum)] == pytest.approx(2.0, abs=0.1)

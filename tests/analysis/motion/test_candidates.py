"""Which bends become lifts, on a planar back through the whole core."""

from collections.abc import Callable

import numpy as np
import pytest

from analysis.events.calibration import Calibration
from analysis.events.movement import Lift
from analysis.motion.block import Block, FloatArray, PodSamples
from analysis.motion.calibration import aligned
from analysis.motion.describe import ONE_POD, SHALLOW
from analysis.motion.origin import Origin
from analysis.motion.pipeline import Pipeline

ORIGIN = Origin("p", "d", 1)
Shape = Callable[[FloatArray, float, float], FloatArray]


def _lifts(block: Block, calibration: Calibration | None = None) -> list[Lift]:
    pipeline = Pipeline(ORIGIN)
    pipeline.calibrate(calibration or aligned(ORIGIN, dual=block.upper is not None))
    events = [*pipeline.push(block).events, *pipeline.finish().events]
    return [event for event in events if isinstance(event, Lift)]


@pytest.fixture(name="time_s")
def _time_s() -> FloatArray:
    return np.arange(0.0, 25.0, 0.01)


@pytest.fixture(name="held")
def _held(time_s: FloatArray, step: Shape) -> FloatArray:
    """Give something that begins at 8 s, is all there from 9.5 to 12 s, and gone at 13.5 s."""
    return step(time_s, 8.0, 1.5) - step(time_s, 12.0, 1.5)


def test_a_held_squat_with_an_upright_trunk(planar: Callable[..., Block], held: FloatArray) -> None:
    (lift,) = _lifts(planar(8.0 * held, 14.0 * held, -0.45 * held))
    assert lift.legs == "bent"
    assert (lift.strategy, lift.not_scored_reason) == ("not_scored", SHALLOW)
    assert lift.pelvis_drop_m == pytest.approx(0.45, abs=0.04)
    assert lift.first_sample == pytest.approx(800, abs=60)
    assert lift.last_sample == pytest.approx(1350, abs=60)


def test_one_pod_sees_a_held_bend_that_hardly_tilts_the_pelvis(
    planar: Callable[..., Block], held: FloatArray
) -> None:
    (lift,) = _lifts(planar(26.0 * held, None))
    assert (lift.strategy, lift.not_scored_reason, lift.legs) == ("not_scored", ONE_POD, "straight")


def test_a_chair_is_no_lift(
    planar: Callable[..., Block], time_s: FloatArray, held: FloatArray, bump: Shape
) -> None:
    lean = 35.0 * (bump(time_s, 7.6, 2.2) + bump(time_s, 11.6, 2.2))
    for trunk in (None, lean):
        assert _lifts(planar(0.8 * lean - 4.0 * held, trunk, -0.4 * held)) == []


def test_lying_on_the_side_is_no_lift(planar: Callable[..., Block], held: FloatArray) -> None:
    flat = planar(60.0 * held, None)
    assert flat.lower is not None
    assert flat.lower.gyr_radps is not None
    # Seen from the side, the same turn is a lean to the side with some lean forward.
    turn = np.array([[0.5, -0.866, 0.0], [0.866, 0.5, 0.0], [0.0, 0.0, 1.0]])
    lower = PodSamples(flat.lower.acc_mps2 @ turn.T, flat.lower.gyr_radps @ turn.T)
    assert _lifts(Block(0, lower, None, flat.utc_ns, flat.saturated)) == []


def test_a_lean_that_was_there_before_is_not_counted(
    planar: Callable[..., Block], time_s: FloatArray, bump: Shape
) -> None:
    tilt = 9.0 + 15.0 * bump(time_s, 8.0, 3.0)
    assert _lifts(planar(tilt, None)) == []
    assert len(_lifts(planar(tilt - 9.0 + 10.0 * bump(time_s, 8.0, 3.0), None))) == 1


def test_two_lifts_in_a_row_stay_two(planar: Callable[..., Block], time_s: FloatArray, bump: Shape) -> None:
    trunk = 60.0 * (bump(time_s, 6.0, 2.5) + bump(time_s, 8.4, 2.5))
    assert len(_lifts(planar(0.6 * trunk, trunk))) == 2


def test_a_bend_between_rests_that_shake_stays_one(
    planar: Callable[..., Block], time_s: FloatArray, held: FloatArray
) -> None:
    """Nobody knows its heights, least of all a poor accelerometer; but its postures are known."""
    flat = planar(50.0 * held, None)
    assert flat.lower is not None
    shaking = np.column_stack((0.4 + 0.0 * time_s, 0.0 * time_s, 0.35 * np.sin(2.0 * np.pi * 9.0 * time_s)))
    drift = np.column_stack((0.0 * time_s, 0.0 * time_s, np.where(time_s > 10.5, 0.25, 0.0)))
    lower = PodSamples(flat.lower.acc_mps2 + shaking + drift, flat.lower.gyr_radps)
    (lift,) = _lifts(Block(0, lower, None, flat.utc_ns, flat.saturated))
    assert lift.pelvis_peak_deg == pytest.approx(50.0, abs=3.0)


def test_slow_and_hesitant_lifts(planar: Callable[..., Block], time_s: FloatArray, step: Shape) -> None:
    part = step(time_s, 5.0, 2.5) * 0.5 + step(time_s, 8.5, 2.5) * 0.5 - step(time_s, 12.0, 3.5)
    (lift,) = _lifts(planar(35.0 * part, 65.0 * part))
    assert lift.duration_s > 8.0
    assert lift.legs == "straight"


def test_steps_and_stairs_are_no_lifts(planar: Callable[..., Block], time_s: FloatArray) -> None:
    sway = np.sin(2 * np.pi * 1.8 * time_s)
    assert _lifts(planar(8.0 + 4.0 * sway, 15.0 + 10.0 * sway, 0.03 * sway + 0.15 * time_s)) == []

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from analysis.motion.angles import Motion, Row
from analysis.motion.block import RATE_HZ, FloatArray
from analysis.motion.frames import Frames
from analysis.motion.orientation import Attitude
from analysis.motion.rates import Rates
from analysis.motion.rotation import IDENTITY, Matrix
from analysis.motion.spine import SpineParams, SpineTurns, spine_turns
from analysis.motion.tilts import Attitudes

PARAMS = SpineParams()
START, END = 150, 450


def _bend() -> FloatArray:
    """Return a bend from 0 to 1 and back, within START and END but for its soft ends."""
    phase = np.clip((np.arange(600) - START + 30) / (END - START + 60), 0.0, 1.0)
    return np.asarray(np.sin(np.pi * phase) ** 2)


def _quats(rotation: Rotation) -> FloatArray:
    return np.asarray(np.roll(rotation.as_quat(), 1, axis=1))


def _turns(
    side_deg: float,
    twist_deg: float,
    *,
    list_deg: float = 0.0,
    turn_deg: float = 0.0,
    drift_dps: float = 0.0,
    mountings: tuple[Rotation, Rotation] = (Rotation.identity(), Rotation.identity()),
) -> SpineTurns:
    """Return what is found of a bend to a trunk tilt of 90 deg whose turn and lean go with the bend."""
    bend, zero = _bend(), np.zeros(600)
    turned = turn_deg * np.linspace(0.0, 1.0, 600)
    drift = 70.0 + drift_dps * np.arange(600) / RATE_HZ
    lower = Rotation.from_euler("ZXY", np.stack((turned, list_deg * bend, 50.0 * bend), axis=1), degrees=True)
    upper = lower * Rotation.from_euler(
        "YXZ", np.stack((40.0 * bend, side_deg * bend, twist_deg * bend), axis=1), degrees=True
    )
    drifted = Rotation.from_euler("ZXY", np.stack((drift, zero, zero), axis=1), degrees=True) * upper
    pods = [_quats(body * mounting) for body, mounting in zip((lower, drifted), mountings, strict=True)]
    motion = _motion(1000, pods)
    frames = Frames(_matrix(mountings[0]), _matrix(mountings[1]))
    found = spine_turns(motion, 1000 + START, 1000 + END, frames, PARAMS)
    assert found is not None
    return found


def _motion(first_sample: int, pods: list[FloatArray]) -> Motion:
    count = pods[0].shape[0]
    still = np.zeros((count, 3))
    attitudes = tuple(Attitude(quats, still, None, (still, still)) for quats in pods)
    saturated = np.zeros(count, dtype=np.bool_)
    run = Attitudes(first_sample, attitudes, saturated)
    rates = Rates(run, (IDENTITY, IDENTITY), (None,) * len(pods))
    return Motion(first_sample, np.zeros((len(Row), count)), rates)


def _matrix(rotation: Rotation) -> Matrix:
    first, second, third = (tuple(row) for row in rotation.as_matrix().tolist())
    return first, second, third


def _farthest(values: FloatArray) -> float:
    return float(values[np.argmax(np.abs(values))])


@pytest.mark.parametrize(("side_deg", "twist_deg"), [(0.0, 0.0), (35.0, 0.0), (-20.0, 30.0), (5.0, -40.0)])
def test_side_bend_and_twist_of_a_trunk_that_hangs_level(side_deg: float, twist_deg: float) -> None:
    found = _turns(side_deg, twist_deg)
    assert found.side_deg.shape == (END - START + 1,)
    assert _farthest(found.side_deg) == pytest.approx(side_deg, abs=0.1)
    assert _farthest(found.twist_deg) == pytest.approx(twist_deg, abs=0.1)


def test_turning_round_is_no_twist_though_a_gyroscope_is_off() -> None:
    found = _turns(0.0, 10.0, turn_deg=130.0, drift_dps=0.7)
    assert _farthest(found.twist_deg) == pytest.approx(10.0, abs=0.5)
    assert np.abs(found.side_deg).max() < 0.5


def test_the_pelvis_lists_with_the_trunk() -> None:
    assert _farthest(_turns(10.0, 0.0, list_deg=6.0).side_deg) == pytest.approx(16.0, abs=0.5)


def test_however_the_pods_sit() -> None:
    mountings = (
        Rotation.from_euler("z", 180, degrees=True),
        Rotation.from_euler("xyz", (120.0, -25.0, 40.0), degrees=True),
    )
    found = _turns(-32.0, 12.0, mountings=mountings)
    assert _farthest(found.side_deg) == pytest.approx(-32.0, abs=0.1)
    assert _farthest(found.twist_deg) == pytest.approx(12.0, abs=0.1)


def test_as_rotation_matrices_have_it() -> None:
    """Whatever the pods do: their left axes, one turned by what the headings are apart."""
    wander = np.random.default_rng(7).normal(0.0, 2.0, (2, 600, 3)).cumsum(axis=1)
    lower, upper = (Rotation.from_euler("ZYX", angles, degrees=True) for angles in wander)
    mountings = Rotation.random(2, random_state=7)
    motion = _motion(0, [_quats(lower), _quats(upper)])
    found = spine_turns(motion, 150, 450, Frames(_matrix(mountings[0]), _matrix(mountings[1])), PARAMS)
    assert found is not None
    bodies = [
        (pod * mounting.inv()).as_matrix() for pod, mounting in zip((lower, upper), mountings, strict=True)
    ]
    first, last = 100, 500
    headings = [[np.arctan2(-body[at, 0, 1], body[at, 1, 1]) for at in (first, last)] for body in bodies]
    before, after = headings[1][0] - headings[0][0], headings[1][1] - headings[0][1]
    change = (after - before + np.pi) % (2.0 * np.pi) - np.pi
    apart = before + change * (np.arange(150, 451) - first) / (last - first)
    left = bodies[0][150:451, :, 1]
    turned = Rotation.from_euler("z", apart[:, None]).apply(left)
    ahead, leftward, upward = np.einsum("nij,ni->jn", bodies[1][150:451], turned)
    side_deg = np.degrees(np.arcsin(left[:, 2]) - np.arcsin(upward))
    np.testing.assert_allclose(found.side_deg, side_deg, atol=1e-6)
    np.testing.assert_allclose(found.twist_deg, np.degrees(np.arctan2(ahead, leftward)), atol=1e-6)


def test_nothing_without_gyroscopes_or_with_one_pod() -> None:
    quats = np.tile((1.0, 0.0, 0.0, 0.0), (100, 1))
    assert (
        spine_turns(Motion(0, np.zeros((len(Row), 100))), 30, 60, Frames(IDENTITY, IDENTITY), PARAMS) is None
    )
    assert spine_turns(_motion(0, [quats]), 30, 60, Frames(IDENTITY, None), PARAMS) is None
    assert spine_turns(_motion(0, [quats, quats]), 30, 60, Frames(IDENTITY, None), PARAMS) is None

"""The chain of body.py against poses worked out by hand and against differences of its own positions."""

import math

import numpy as np
import pytest
from numpy.testing import assert_allclose
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from firmware_sim.body import Felt, Motion, feel, orientations, sacrum_height_m
from firmware_sim.person.anatomy import Anatomy
from firmware_sim.person.jet import Jet
from firmware_sim.person.path import Joint, Pose, Stroke
from firmware_sim.scenarios import scenario
from firmware_sim.study import participant
from gateway.wire.frame import STANDARD_GRAVITY_MPS2 as G

ANATOMY = Anatomy()
DT_S = 0.001


def still(count: int = 3, **angles: float) -> dict[Joint, Jet]:
    pose = {joint: Jet.zeros(count) for joint in Joint}
    for name, value in angles.items():
        pose[Joint[name]].value[:] = value
    return pose


def spinning(joint: Joint, rate: float) -> dict[Joint, Jet]:
    pose = still()
    pose[joint].rate[:] = rate
    return pose


def times(first_s: float, last_s: float) -> NDArray[np.float64]:
    return np.arange(first_s, last_s, DT_S)


def positions_m(pose: Pose) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return where both pods are, from orientations alone; the walk's own travel is left out."""
    upper, lower = orientations(pose)
    heading = Rotation.from_euler("z", pose[Joint.HEADING].value[:, None], degrees=True)
    hip = heading.apply(np.column_stack([pose[j].value for j in (Joint.FORE, Joint.LEFT, Joint.UP)]))
    sacrum = hip + lower.apply([-ANATOMY.sacrum_back_m, 0.0, ANATOMY.sacrum_up_m])
    half = [0.0, 0.0, 0.5 * ANATOMY.lumbar_m]
    return sacrum + lower.apply(half) + upper.apply(half), sacrum


def without_pods(pose: Pose) -> Pose:
    """Return the same pose with both pods firmly in their places."""
    pods = ("UPPER_", "LOWER_")
    return {
        joint: Jet.zeros(jet.value.size) if joint.name.startswith(pods) else jet
        for joint, jet in pose.items()
    }


def expected_acc_mps2(position_m: NDArray[np.float64], turns: Rotation) -> NDArray[np.float64]:
    acc = np.diff(position_m, 2, axis=0) / DT_S**2
    return turns[1:-1].inv().apply(acc + np.array([0.0, 0.0, G]))


def test_neutral_stand_feels_gravity_upwards_only() -> None:
    for felt in feel(still(), ANATOMY):
        assert_allclose(felt.acc_mps2[0], [0.0, 0.0, G])
        assert_allclose(felt.gyr_radps[0], 0.0)


def test_forward_bend_puts_gravity_on_minus_x() -> None:
    upper, lower = feel(still(TILT=30.0, FLEXION=60.0), ANATOMY)
    assert_allclose(upper.acc_mps2[0], [-G, 0.0, 0.0], atol=1e-12)
    assert_allclose(lower.acc_mps2[0], [-G / 2, 0.0, G * math.sqrt(3) / 2])


def test_sinking_to_the_right_puts_gravity_on_plus_y() -> None:
    upper, lower = feel(still(LIST=10.0, SIDE=20.0), ANATOMY)
    assert_allclose(lower.acc_mps2[0], [0.0, G * math.sin(math.radians(10)), G * math.cos(math.radians(10))])
    assert_allclose(upper.acc_mps2[0], [0.0, G * math.sin(math.radians(30)), G * math.cos(math.radians(30))])


def test_twist_and_heading_do_not_change_gravity() -> None:
    upper, _ = feel(still(TWIST=40.0, HEADING=70.0), ANATOMY)
    assert_allclose(upper.acc_mps2[0], [0.0, 0.0, G])


@pytest.mark.parametrize(
    ("joint", "upper_axis", "lower_axis"),
    [
        (Joint.TILT, [0, 1, 0], [0, 1, 0]),
        (Joint.FLEXION, [0, 1, 0], [0, 0, 0]),
        (Joint.LIST, [1, 0, 0], [1, 0, 0]),
        (Joint.SIDE, [1, 0, 0], [0, 0, 0]),
        (Joint.HEADING, [0, 0, 1], [0, 0, 1]),
        (Joint.TWIST, [0, 0, 1], [0, 0, 0]),
    ],
)
def test_steady_turning_is_felt_about_its_axis(
    joint: Joint, upper_axis: list[float], lower_axis: list[float]
) -> None:
    upper, lower = feel(spinning(joint, 90.0), ANATOMY)
    assert_allclose(upper.gyr_radps[0], np.array(upper_axis) * math.pi / 2, atol=1e-12)
    assert_allclose(lower.gyr_radps[0], np.array(lower_axis) * math.pi / 2, atol=1e-12)


def test_steady_heading_turn_pulls_the_sacrum_inwards() -> None:
    _, lower = feel(spinning(Joint.HEADING, 180.0), ANATOMY)
    assert_allclose(lower.acc_mps2[0], [math.pi**2 * ANATOMY.sacrum_back_m, 0.0, G])


def test_walking_round_a_bend_is_felt_towards_its_centre() -> None:
    pose = spinning(Joint.HEADING, 45.0)
    pose[Joint.SPEED].value[:] = 1.2
    straight = feel(spinning(Joint.HEADING, 45.0), ANATOMY)[1]
    assert_allclose((feel(pose, ANATOMY)[1].acc_mps2 - straight.acc_mps2)[0], [0.0, 1.2 * math.pi / 4, 0.0])


def test_trunk_tilt_is_pelvis_tilt_plus_lumbar_flexion() -> None:
    upper, lower = orientations(still(TILT=25.0, FLEXION=35.0, HEADING=80.0))
    up_in_upper, up_in_lower = (turns.inv().apply([0.0, 0.0, 1.0])[0] for turns in (upper, lower))
    assert_allclose(math.degrees(math.atan2(-up_in_upper[0], up_in_upper[2])), 60.0)
    assert_allclose(math.degrees(math.atan2(-up_in_lower[0], up_in_lower[2])), 25.0)


def test_sacrum_height_is_that_of_the_chain() -> None:
    pose = still(TILT=40.0, LIST=10.0, UP=-0.2)
    assert_allclose(sacrum_height_m(pose, ANATOMY), positions_m(pose)[1][:, 2])


def test_a_pod_that_pitched_on_the_bone_feels_gravity_so() -> None:
    upper, lower = feel(still(FLEXION=40.0, UPPER_PITCH=-10.0, LOWER_PITCH=90.0), ANATOMY)
    assert_allclose(upper.acc_mps2[0], [-G / 2, 0.0, G * math.sqrt(3) / 2])
    assert_allclose(lower.acc_mps2[0], [-G, 0.0, 0.0], atol=1e-12)


def test_a_pods_yaw_turns_what_it_feels_about_up() -> None:
    _, lower = feel(still(TILT=30.0, LOWER_YAW=90.0), ANATOMY)
    assert_allclose(lower.acc_mps2[0], [0.0, G / 2, G * math.sqrt(3) / 2], atol=1e-12)


def test_the_other_pod_knows_nothing_of_it() -> None:
    pose = still(TILT=20.0, FLEXION=30.0)
    moved = still(TILT=20.0, FLEXION=30.0, LOWER_PITCH=9.0, LOWER_ROLL=5.0, LOWER_PUSH=0.01)
    assert_allclose(feel(moved, ANATOMY)[0].acc_mps2, feel(pose, ANATOMY)[0].acc_mps2)


def test_a_push_is_felt_forward() -> None:
    pose = still(UPPER_PUSH=0.005)
    pose[Joint.UPPER_PUSH].accel[:] = 30.0
    upper, _ = feel(pose, ANATOMY)
    assert_allclose(upper.acc_mps2[0], [30.0, 0.0, G])


def test_climbing_faster_is_felt_as_weight() -> None:
    pose = still(CLIMB=0.3)
    pose[Joint.CLIMB].rate[:] = 1.5
    for felt in feel(pose, ANATOMY):
        assert_allclose(felt.acc_mps2[0], [0.0, 0.0, G + 1.5])


def test_seat_drop_comes_back_from_integrating_acceleration_twice() -> None:
    motion = Motion([Stroke(Joint.UP, 0.5, 1.3, -0.41)], [], None)
    felt = feel(motion.pose(times(0.0, 2.3)), ANATOMY)[1]
    speed = np.cumsum(felt.acc_mps2[:, 2] - G) * DT_S
    assert abs(speed[-1]) < 1e-6
    assert np.sum(speed) * DT_S == pytest.approx(-0.41, abs=1e-5)


@pytest.fixture(scope="module")
def busy() -> tuple[Pose, Felt, Felt]:
    """Bends, a fidgeting stand and a turn: every coordinate but the walk's speed is moving."""
    life = scenario("lifts", 3)
    first = life.script.bends[8].start_s
    pose = life.motion.pose(times(first, first + 15.0))
    return pose, *feel(pose, ANATOMY)


def test_accelerations_are_second_differences_of_positions(busy: tuple[Pose, Felt, Felt]) -> None:
    pose, *felt = busy
    for place, turns, sensor in zip(positions_m(pose), orientations(pose), felt, strict=True):
        assert_allclose(sensor.acc_mps2[1:-1], expected_acc_mps2(place, turns), atol=1e-3)


def test_integrated_gyroscope_reproduces_orientation(busy: tuple[Pose, Felt, Felt]) -> None:
    pose, *felt = busy
    for turns, sensor in zip(orientations(pose), felt, strict=True):
        middle = 0.5 * (sensor.gyr_radps[1:] + sensor.gyr_radps[:-1])
        for_each = Rotation.from_rotvec(middle * DT_S)
        end = turns[0]
        for step in for_each:
            end = end * step
        assert math.degrees((end.inv() * turns[-1]).magnitude()) < 0.01


@pytest.fixture(scope="module")
def on_skin() -> tuple[Pose, Felt, Felt]:
    """The first bend of someone whose pods swing, and a slip and a knock on top."""
    life = participant(3)
    bend = life.script.bends[0]
    late = [
        Stroke(Joint.UPPER_PITCH, bend.start_s + 1.0, 0.3, 9.0),
        Stroke(Joint.UPPER_YAW, bend.start_s + 1.0, 0.3, 4.0),
        Stroke(Joint.LOWER_PUSH, bend.start_s + 2.0, 0.2, 0.008),
        Stroke(Joint.LOWER_ROLL, bend.start_s + 2.0, 0.2, 7.0),
    ]
    motion = Motion([*life.script.strokes, *late], life.script.walks, None, life.skin)
    pose = motion.pose(times(bend.start_s, bend.end_s))
    return pose, *feel(pose, ANATOMY)


def test_on_skin_too_accelerations_are_second_differences(on_skin: tuple[Pose, Felt, Felt]) -> None:
    pose, upper, lower = on_skin
    turns = orientations(pose)
    push = np.column_stack([pose[Joint.LOWER_PUSH].value, *np.zeros((2, turns[0].as_quat().shape[0]))])
    places = list(positions_m(without_pods(pose)))
    places[1] = places[1] + orientations(without_pods(pose))[1].apply(push)
    for place, turn, sensor in zip(places, turns, (upper, lower), strict=True):
        # Where the short strokes start and end, jerk jumps, and second differences are off by a step of it.
        assert_allclose(sensor.acc_mps2[1:-1], expected_acc_mps2(place, turn), atol=2e-2)


def test_on_skin_too_the_gyroscope_reproduces_orientation(on_skin: tuple[Pose, Felt, Felt]) -> None:
    pose, *felt = on_skin
    for turns, sensor in zip(orientations(pose), felt, strict=True):
        middle = 0.5 * (sensor.gyr_radps[1:] + sensor.gyr_radps[:-1])
        end = turns[0]
        for step in Rotation.from_rotvec(middle * DT_S):
            end = end * step
        assert math.degrees((end.inv() * turns[-1]).magnitude()) < 0.01


def test_walking_acceleration_is_the_change_of_its_velocity() -> None:
    life = scenario("walk", 4)
    walk = life.script.walks[2]
    pose = life.motion.pose(times(walk.start_s - 0.5, walk.end_s + 0.5))
    heading = Rotation.from_euler("z", pose[Joint.HEADING].value[:, None], degrees=True)
    speed = pose[Joint.SPEED].value
    travel_mps = heading.apply(np.column_stack([speed, np.zeros_like(speed), np.zeros_like(speed)]))
    travelling_mps2 = (travel_mps[2:] - travel_mps[:-2]) / (2 * DT_S)
    upper, lower = orientations(pose)
    for place, turns, felt in zip(positions_m(pose), (upper, lower), feel(pose, ANATOMY), strict=True):
        expected = expected_acc_mps2(place, turns) + turns[1:-1].inv().apply(travelling_mps2)
        assert_allclose(felt.acc_mps2[1:-1], expected, atol=2e-3)

"""Every way of sitting down and getting up ends where it should and leans as its style does."""

import numpy as np
import pytest

from firmware_sim.body import Motion
from firmware_sim.person.anatomy import Anatomy
from firmware_sim.person.chairs import CHAIRS, fail_to_rise, leave_seat, seat_drop_m, seated_bend, take_seat
from firmware_sim.person.choreographer import Choreographer
from firmware_sim.person.gait import GaitStyle
from firmware_sim.person.habits import Habits
from firmware_sim.person.path import Joint, Pose
from firmware_sim.person.script import ChairStyle
from firmware_sim.person.seated import usual

STYLES: tuple[ChairStyle, ...] = (*CHAIRS, "car", "bed")


def someone(seed: int = 6) -> Choreographer:
    person = Choreographer(Anatomy(), GaitStyle(), np.random.default_rng(seed), Habits(stance_deg=2.0))
    person.wait(1.0)
    return person


def pose_of(person: Choreographer, first_s: float, last_s: float) -> Pose:
    motion = Motion(person.script().strokes, [], None)
    return motion.pose(np.arange(round(100 * first_s), round(100 * last_s)) / 100)


@pytest.mark.parametrize("style", STYLES)
def test_down_and_up_again(style: ChairStyle) -> None:
    person = someone()
    drop_m, pose = seat_drop_m(person, style), usual(person.anatomy)
    take_seat(person, style, pose, drop_m)
    seated_s = person.now_s
    person.wait(2.0)
    leave_seat(person, style)
    person.wait(1.0)
    sat = pose_of(person, seated_s + 0.2, seated_s + 1.8)
    assert sat[Joint.UP].value == pytest.approx(-drop_m)
    assert sat[Joint.TILT].value == pytest.approx(pose.pelvis_deg)
    assert sat[Joint.FLEXION].value == pytest.approx(pose.lumbar_deg)
    stood = pose_of(person, person.now_s - 0.5, person.now_s)
    for joint in (Joint.UP, Joint.FORE, Joint.TILT, Joint.FLEXION, Joint.SIDE, Joint.TWIST, Joint.LIST):
        assert stood[joint].value == pytest.approx(person.home(joint), abs=1e-9)
    script = person.script()
    assert [(move.kind, move.style) for move in script.seat_moves] == [
        ("stand_to_sit", style),
        ("sit_to_stand", style),
    ]
    for change in script.changes[1:]:
        hips_m = pose_of(person, change.at_s, change.at_s + 0.02)[Joint.UP].value[0]
        assert hips_m == pytest.approx(0.01 - drop_m, abs=0.01)


def leans_deg(style: ChairStyle) -> list[float]:
    found = []
    for seed in range(12):
        person = someone(seed)
        take_seat(person, style, usual(person.anatomy), seat_drop_m(person, style))
        pose = pose_of(person, 1.0, person.now_s)
        found.append(float((pose[Joint.TILT].value + pose[Joint.FLEXION].value).max()))
    return found


def test_leans_go_from_hardly_any_to_those_of_a_lift() -> None:
    assert max(leans_deg("stool")) < 26.0
    assert max(leans_deg("arms")) < 30.0
    assert min(leans_deg("low")) > 32.0
    assert max(leans_deg("sofa")) > 50.0


def test_a_failed_rise_leaves_the_seat_and_comes_back() -> None:
    person = someone()
    drop_m = seat_drop_m(person, "ordinary")
    take_seat(person, "ordinary", usual(person.anatomy), drop_m)
    first_s = person.now_s
    fail_to_rise(person)
    person.wait(0.5)
    hips_m = pose_of(person, first_s, person.now_s)[Joint.UP].value
    assert 0.05 * drop_m < hips_m.max() + drop_m < 0.35 * drop_m
    assert hips_m[-1] == pytest.approx(-drop_m)
    assert len(person.script().seat_moves) == 1
    assert person.script().changes[-1].state == "sitting"


def test_a_seated_bend_comes_back_to_how_one_sat() -> None:
    person = someone()
    take_seat(person, "ordinary", usual(person.anatomy), seat_drop_m(person, "ordinary"))
    first_s = person.now_s
    seated_bend(person, 60.0, 0.5, lambda one: one.wait(1.0))
    person.wait(0.5)
    pose = pose_of(person, first_s, person.now_s)
    trunk_deg = pose[Joint.TILT].value + pose[Joint.FLEXION].value
    assert trunk_deg.max() == pytest.approx(60.0, abs=0.1)
    assert trunk_deg[-1] == pytest.approx(usual(person.anatomy).pelvis_deg + usual(person.anatomy).lumbar_deg)
    assert np.ptp(pose[Joint.UP].value) < 1e-9

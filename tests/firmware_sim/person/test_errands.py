"""Each errand is recorded, ends upright at home, and stays what it is: no lift."""

from collections.abc import Callable

import numpy as np
import pytest

from firmware_sim.body import Motion
from firmware_sim.person.anatomy import Anatomy
from firmware_sim.person.choreographer import Choreographer
from firmware_sim.person.errands import (
    ERRANDS,
    bend_back,
    cross_kerb,
    lean_on_table,
    reach_up,
    rest,
    ride,
    sit_a_while,
    stairs_down,
    stairs_up,
    use_footstool,
)
from firmware_sim.person.gait import GaitStyle
from firmware_sim.person.habits import Habits
from firmware_sim.person.path import Joint, Pose

EVERY = (*ERRANDS, rest, ride, sit_a_while, stairs_up, stairs_down)
SEEDS = range(4)
DT_S = 0.01


def lived(errand: Callable[[Choreographer], None], seed: int) -> tuple[Choreographer, Pose]:
    person = Choreographer(Anatomy(), GaitStyle(), np.random.default_rng(seed), Habits(stance_deg=1.0))
    person.wait(0.5)
    errand(person)
    person.wait(1.5)
    script = person.script()
    return person, Motion(script.strokes, script.walks, None).pose(np.arange(0.0, person.now_s, DT_S))


def trunk_deg(pose: Pose) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    return np.asarray(pose[Joint.TILT].value + pose[Joint.FLEXION].value)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("errand", EVERY, ids=lambda errand: str(errand.__name__))
def test_it_ends_standing_as_this_person_stands(errand: Callable[[Choreographer], None], seed: int) -> None:
    person, pose = lived(errand, seed)
    for joint in (Joint.UP, Joint.FORE, Joint.TILT, Joint.FLEXION, Joint.SIDE, Joint.TWIST, Joint.CLIMB):
        assert pose[joint].value[-1] == pytest.approx(person.home(joint), abs=1e-6), joint
    assert person.script().changes[-1].state == "standing"
    assert not person.script().bends
    if errand is not sit_a_while:
        assert person.script().deeds


@pytest.mark.parametrize("seed", SEEDS)
def test_leaning_on_a_table_stays_under_a_lift(seed: int) -> None:
    assert 13.0 < trunk_deg(lived(lean_on_table, seed)[1]).max() < 26.0


@pytest.mark.parametrize("seed", SEEDS)
def test_back_bends_and_reaching_go_backwards(seed: int) -> None:
    assert trunk_deg(lived(bend_back, seed)[1]).min() < -10.0
    assert trunk_deg(lived(reach_up, seed)[1]).min() < -1.0


@pytest.mark.parametrize("seed", SEEDS)
def test_stairs_rise_by_their_steps(seed: int) -> None:
    for errand, sign in ((stairs_up, 1.0), (stairs_down, -1.0)):
        person, pose = lived(errand, seed)
        (walk,) = person.script().walks
        assert sign * walk.style.climb_m > 0.14
        risen_m = float(pose[Joint.CLIMB].value.sum()) * DT_S
        assert risen_m == pytest.approx(walk.steps * walk.style.climb_m, rel=0.05)


@pytest.mark.parametrize("seed", SEEDS)
def test_footstool_and_kerb_come_back_to_the_floor(seed: int) -> None:
    ground_m = np.cumsum(lived(use_footstool, seed)[1][Joint.CLIMB].value) * DT_S
    assert 0.17 < ground_m.max() < 0.29
    assert ground_m[-1] == pytest.approx(0.0, abs=1e-3)
    kerb_m = np.cumsum(lived(cross_kerb, seed)[1][Joint.CLIMB].value) * DT_S
    assert -0.19 < kerb_m.min() < -0.09


@pytest.mark.parametrize("seed", SEEDS)
def test_lying_begins_and_ends_at_forty_five_degrees(seed: int) -> None:
    person, pose = lived(rest, seed)
    states = [change.state for change in person.script().changes]
    assert states == ["standing", "sitting", "lying", "sitting", "standing"]
    for change in person.script().changes[2:4]:
        assert pose[Joint.TILT].value[round(change.at_s / DT_S)] == pytest.approx(-45.0, abs=1.0)

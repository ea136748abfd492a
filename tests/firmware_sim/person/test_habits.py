"""People's stands differ from each other and from stand to stand as they were seen to."""

import numpy as np

from firmware_sim.person.anatomy import Anatomy
from firmware_sim.person.choreographer import Choreographer
from firmware_sim.person.gait import GaitStyle
from firmware_sim.person.habits import Habits
from firmware_sim.person.path import Joint

LORDOSIS_DEG = 36.0
PEOPLE = 600


def test_in_three_of_ten_people_six_stands_differ_by_a_fifth_of_the_lordosis() -> None:
    rng = np.random.default_rng(8)
    ranges = []
    for _ in range(PEOPLE):
        habits = Habits.drawn(rng)
        arches = [habits.stance(rng)[0] for _ in range(6)]
        ranges.append(max(arches) - min(arches))
    assert 0.22 < float(np.mean(np.array(ranges) > 0.2 * LORDOSIS_DEG)) < 0.36


def test_the_pelvis_takes_back_most_of_a_change_of_lordosis() -> None:
    person = Choreographer(
        Anatomy(), GaitStyle(), np.random.default_rng(1), Habits(stance_deg=3.0, stance_pelvis_share=0.6)
    )
    for _ in range(20):
        person.stand_anew(0.0)
        arch_deg = person.home(Joint.FLEXION)
        assert person.home(Joint.TILT) == -0.6 * arch_deg
        assert abs(arch_deg) <= 6.0


def test_someone_steady_draws_nothing() -> None:
    rng = np.random.default_rng(1)
    before = rng.bit_generator.state
    person = Choreographer(Anatomy(), GaitStyle(), rng)
    person.stand_anew(0.0)
    assert rng.bit_generator.state == before
    assert not person.script().stances


def test_leads_follow_the_rhythm() -> None:
    rng = np.random.default_rng(2)
    assert all(Habits(rhythm="lumbar_first").lead(rng) > 0.1 for _ in range(50))
    assert all(Habits(rhythm="hip_first").lead(rng) < -0.05 for _ in range(50))
    assert all(abs(Habits(rhythm="in_phase").lead(rng)) <= 0.05 for _ in range(50))

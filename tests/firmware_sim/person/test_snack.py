"""Movement snacks have all that makes one; what only resembles them lacks something. Bodies tell."""

from collections.abc import Callable

import numpy as np
import pytest

from firmware_sim.body import Motion
from firmware_sim.person.anatomy import Anatomy
from firmware_sim.person.choreographer import Choreographer
from firmware_sim.person.gait import GaitStyle
from firmware_sim.person.habits import Habits
from firmware_sim.person.path import Joint
from firmware_sim.person.script import Script
from firmware_sim.person.snack import KINDS, NO_SNACKS, NoSnack, no_snack, snack
from firmware_sim.person.sway import Sway

SEEDS = range(6)


def acted(seed: int, act: Callable[[Choreographer], None]) -> tuple[Script, Motion]:
    rng = np.random.default_rng(seed)
    person = Choreographer(Anatomy.drawn_from_all(rng), GaitStyle.drawn(rng), rng, Habits.drawn(rng))
    person.stand_anew(0.0)
    person.wait(3.0)
    act(person)
    person.wait(2.0)
    script = person.script()
    return script, Motion(script.strokes, script.movers, Sway.drawn(rng))


@pytest.mark.parametrize("seed", SEEDS)
def test_a_snack_has_three_parts_of_about_20_s(seed: int) -> None:
    script, motion = acted(seed, snack)
    (done,) = script.snacks
    assert sorted(part.kind for part in done.parts) == sorted(KINDS)
    for part in done.parts:
        assert 13.0 < part.end_s - part.start_s < 32.0
        pose = motion.bones(np.arange(part.start_s, part.end_s, 0.02))
        trunk_deg = pose[Joint.TILT].value + pose[Joint.FLEXION].value
        if part.kind == "march":
            assert part.repetitions > 15
            assert np.abs(pose[Joint.SPEED].value).max() < 1e-9
            assert trunk_deg.max() < 25.0
        elif part.kind == "hinge":
            peaks = np.count_nonzero((trunk_deg[1:] > 30.0) & (trunk_deg[:-1] <= 30.0))
            assert peaks == part.repetitions >= 3
        else:
            backs = np.count_nonzero((trunk_deg[1:] < -8.0) & (trunk_deg[:-1] >= -8.0))
            assert backs >= part.repetitions >= 3
            assert trunk_deg.min() > -32.0


def test_parts_come_in_every_order() -> None:
    orders = {tuple(part.kind for part in acted(seed, snack)[0].snacks[0].parts) for seed in range(40)}
    assert len(orders) == 6


@pytest.mark.parametrize("how", NO_SNACKS)
def test_what_only_resembles_a_snack_is_not_noted_as_one(how: NoSnack) -> None:
    script, _ = acted(3, lambda person: no_snack(person, how))
    assert not script.snacks
    assert script.duration_s > 15.0

"""People to put the signal core to the test: anyone, anyhow, doing anything, with the truth of it.

A participant clips the strip on, goes through the guided calibration (or does not), and then spends six to
eight minutes on lifts of every kind, on chairs, stairs, a bed, a car and other things that are no lifts, in
random order. Everything is drawn from the seed: the body, its rhythm and stands, skin and strap, how each pod
sits, what slips and what is knocked.

What the strip measures is :func:`recorded`; what is true of it,
:func:`~firmware_sim.truth.record.truth_of`, for the bones, for what the pods ride on, or from the neutral
stand that a perfect calibration would find (see ``truth/angles.py``).

Bounds and chances without a source are [ours].
"""

from collections.abc import Callable
from functools import partial

import numpy as np
from numpy.typing import NDArray

from firmware_sim.body import Motion
from firmware_sim.imu import ADVERSE
from firmware_sim.person.anatomy import Anatomy, Mounting, Wearing
from firmware_sim.person.choreographer import Choreographer
from firmware_sim.person.chores import chores
from firmware_sim.person.errands import ERRANDS, rest, ride, sit_a_while, stairs_down, stairs_up
from firmware_sim.person.gait import GaitStyle
from firmware_sim.person.habits import Habits
from firmware_sim.person.mishaps import knock, slip
from firmware_sim.person.path import Joint
from firmware_sim.person.routine import calibrate
from firmware_sim.person.script import Pod
from firmware_sim.person.skin import Skin
from firmware_sim.person.source import PersonSource
from firmware_sim.person.sway import Sway
from firmware_sim.person.upright import put_on, settle_anew, stand, stand_still, turn
from firmware_sim.scenarios import Scenario
from gateway.wire.frame import SAMPLE_RATE_HZ

_SLIP_CHANCE = 0.15
_MOST_KNOCKS = 2
_PODS: tuple[Pod, Pod] = ("upper", "lower")
_Deed = Callable[[Choreographer], None]
_STUDY_DICE = 0x57D7
"""Keeps the dice of participants apart from those of the scenarios of the same seeds."""


def participant(seed: int, *, mounting: Wearing | Mounting = "any", guided: bool = True) -> Scenario:
    """Return the participant that the dice of `seed` make.

    Parameters
    ----------
    seed
        The same seed is the same person doing the same, whatever the other arguments; only an unguided one
        begins at once, and so does everything a little differently.
    mounting
        How the pods were clipped on: drawn, or as given.
    guided
        Whether the day begins with the guided calibration.
    """
    dice = np.random.SeedSequence(entropy=seed, spawn_key=(_STUDY_DICE,)).spawn(6)
    back, strip, ways, life, sway, hide = (np.random.default_rng(part) for part in dice)
    anatomy = Anatomy.drawn_from_all(back)
    person = Choreographer(anatomy, GaitStyle.drawn(ways), life, Habits.drawn(ways))
    put_on(person, 5.0)
    settle_anew(person)
    person.wait(1.0)
    if guided:
        calibrate(person)
    else:
        stand_still(person, 6.0)
    _spend_time(person)
    script, skin = person.script(), Skin.drawn(hide)
    return Scenario(
        name="study",
        seed=seed,
        anatomy=anatomy,
        mounting=mounting if isinstance(mounting, Mounting) else Mounting.worn(mounting, strip),
        script=script,
        motion=Motion(script.strokes, script.movers, Sway.drawn(sway, float(sway.uniform(0.6, 1.8))), skin),
        skin=skin,
    )


def recorded(life: Scenario) -> NDArray[np.int16]:
    """Return all that the strip measures, (n, 12) raw as in ``SampleSource.read``, by a poor pair of pods."""
    return PersonSource(life, ADVERSE).read(0, round(life.duration_s * SAMPLE_RATE_HZ))


def _spend_time(person: Choreographer) -> None:
    rng = person.rng
    trips: tuple[_Deed, ...] = (ride, rest)
    stays = [trip for trip in trips if rng.random() < 0.6]
    stays += [sit_a_while] * (int(rng.integers(3, 5)) - len(stays))
    errands = [ERRANDS[i] for i in rng.permutation(len(ERRANDS))[: int(rng.integers(5, 8))]]
    deeds = [*stays, *errands, stairs_up, stairs_down, *[_walk] * 5, *[_stand_quietly] * 4]
    things = [*chores(person, int(rng.integers(10, 15))), *(partial(deed, person) for deed in deeds)]
    slip_at = int(rng.integers(len(things))) if rng.random() < _SLIP_CHANCE else None
    knocks_at = rng.integers(len(things), size=int(rng.integers(0, _MOST_KNOCKS + 1))).tolist()
    for place, i in enumerate(rng.permutation(len(things))):
        if place == slip_at:
            slip(person, _PODS[int(rng.integers(2))])
        for _ in range(knocks_at.count(place)):
            knock(person, _PODS[int(rng.integers(2))])
        things[i]()
        _pause(person)
    stand_still(person, 4.0)


def _pause(person: Choreographer) -> None:
    """Do what lies between two things: hardly anything, a stand, a turn."""
    dice = person.uniform(0.0, 1.0)
    if dice < 0.25:
        person.wait(person.uniform(0.2, 1.2))
    elif dice < 0.8:
        settle_anew(person)
        stand(person, person.uniform(1.5, 7.0))
    else:
        turn(person, person.uniform(-150.0, 150.0))
        stand_still(person, person.uniform(0.5, 2.0))


def _walk(person: Choreographer) -> None:
    steps, cadence_spm = int(person.rng.integers(6, 40)), person.uniform(80.0, 122.0)
    heading_deg = person.at(Joint.HEADING) + person.uniform(-100.0, 100.0)
    person.move(Joint.HEADING, heading_deg, person.uniform(1.5, 3.0), delay_s=person.uniform(0.5, 2.5))
    person.walk(steps, cadence_spm)


def _stand_quietly(person: Choreographer) -> None:
    settle_anew(person)
    stand_still(person, person.uniform(3.0, 7.0))

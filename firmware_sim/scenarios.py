"""Named scenarios: who wears the strip, and what that person does.

A scenario is drawn from a seed: the person's back, how the strip sits, and every movement. The same name
and seed give the same samples for ever, on any machine with the same NumPy.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from firmware_sim.body import Motion
from firmware_sim.errors import SimError
from firmware_sim.person.anatomy import Anatomy, Mounting
from firmware_sim.person.bends import back_led, hip_led, shared
from firmware_sim.person.choreographer import Choreographer
from firmware_sim.person.gait import GaitStyle
from firmware_sim.person.lifting import lift
from firmware_sim.person.pastimes import spend
from firmware_sim.person.routine import calibrate
from firmware_sim.person.script import LiftPlan, Script
from firmware_sim.person.seated import (
    get_up,
    lie,
    lie_down,
    reclined,
    rise_from_bed,
    sit,
    sit_down,
    slumped,
    usual,
)
from firmware_sim.person.skin import Skin
from firmware_sim.person.snack import snack
from firmware_sim.person.stepping import march
from firmware_sim.person.sway import Sway
from firmware_sim.person.upright import put_on, read_standing, stand, stand_still, turn, walk


class ScenarioError(SimError):
    """No scenario of that name."""


@dataclass(frozen=True, slots=True, eq=False)
class Scenario:
    """One stretch of one person's life with the strip on, from power-on to the end."""

    name: str
    seed: int
    anatomy: Anatomy
    mounting: Mounting
    script: Script
    motion: Motion
    skin: Skin | None = None
    """How the pods follow the bones; None: firmly."""

    @property
    def duration_s(self) -> float:
        """Length of the scenario."""
        return self.script.duration_s


def _morning(person: Choreographer) -> None:
    put_on(person, 10.0)
    calibrate(person)
    stand_still(person, 30.0)
    walk(person, 60, turn_deg=90.0)
    stand(person, 20.0)
    _chores(
        person,
        [
            hip_led(person, 58.0),
            back_led(person, 68.0),
            shared(person, 52.0),
            hip_led(person, 45.0, squat=True),
            back_led(person, 82.0),
        ],
    )
    read_standing(person, 300.0)
    walk(person, 180, turn_deg=-120.0)
    _chores(
        person,
        [
            shared(person, 64.0),
            hip_led(person, 66.0),
            shared(person, 42.0, squat=True),
            back_led(person, 104.0),
            hip_led(person, 50.0, squat=True),
        ],
    )
    # Two in quick succession: put one thing down, take the next.
    lift(person, shared(person, 55.0))
    person.wait(0.6)
    lift(person, back_led(person, 72.0))
    stand(person, 15.0)
    read_standing(person, 250.0)
    walk(person, 50, turn_deg=60.0)

    sit_down(person)
    _long_sit(person, 48 * 60.0)
    get_up(person)
    stand(person, 4.0)
    for turn_deg in (90.0, -60.0, 120.0):
        walk(person, 80, turn_deg=turn_deg)
        stand(person, 5.0)
    _chores(person, [hip_led(person, 62.0), back_led(person, 60.0, squat=True)])

    lie_down(person)
    lie(person, 120.0)
    rise_from_bed(person)
    stand(person, 20.0)
    walk(person, 24)
    stand(person, 10.0)


def _lifts(person: Choreographer) -> None:
    put_on(person, 5.0)
    calibrate(person)
    stand_still(person, 5.0)
    styles = (hip_led, shared, back_led)
    for i in range(12):
        plan = styles[i % 3](person, person.uniform(44.0, 70.0) + 5.0 * (i % 3), squat=i % 4 == 1)
        lift(person, plan)
        stand(person, 3.0)


def _desk(person: Choreographer) -> None:
    put_on(person, 5.0)
    calibrate(person)
    walk(person, 20)
    sit_down(person)
    _long_sit(person, 35 * 60.0)
    get_up(person)
    walk(person, 140, turn_deg=180.0)
    stand(person, 10.0)


def _walk(person: Choreographer) -> None:
    put_on(person, 5.0)
    calibrate(person)
    stand_still(person, 5.0)
    for steps, turn_deg in ((40, 0.0), (120, 90.0), (12, 0.0), (200, -180.0)):
        walk(person, steps, turn_deg=turn_deg)
        stand(person, 8.0)


def _snack(person: Choreographer) -> None:
    put_on(person, 5.0)
    calibrate(person)
    walk(person, 20)
    sit_down(person)
    _long_sit(person, 180.0)
    get_up(person)
    stand(person, 3.0)
    snack(person)
    stand(person, 25.0)
    march(person, 25.0)
    stand(person, 25.0)


def _day(person: Choreographer) -> None:
    put_on(person, 5.0)
    calibrate(person)
    spend(person, 8.0 * 3600.0)


def _practice(person: Choreographer) -> None:
    """Hinge ten times in a row, as one practises: most from the hips, some not, none in doubt."""
    put_on(person, 5.0)
    calibrate(person)
    stand_still(person, 60.0)
    person.context = "practice"
    for bend in (hip_led, hip_led, back_led, hip_led, shared, hip_led, back_led, hip_led, shared, hip_led):
        lift(person, bend(person, person.uniform(50.0, 64.0)))
        stand_still(person, person.uniform(1.8, 3.0))
    person.context = "chores"
    stand_still(person, 90.0)


def _quiet(person: Choreographer) -> None:
    put_on(person, 5.0)
    calibrate(person)
    stand_still(person, 20.0)


def _chores(person: Choreographer, plans: list[LiftPlan]) -> None:
    for plan in plans:
        lift(person, plan)
        stand(person, person.uniform(5.0, 9.0))
        turn(person, person.uniform(60.0, 120.0))
        walk(person, int(person.uniform(8, 18)))
        stand(person, person.uniform(3.0, 6.0))


def _long_sit(person: Choreographer, duration_s: float) -> None:
    ways = (usual(person.anatomy), slumped(person.anatomy), usual(person.anatomy), reclined(person.anatomy))
    end_s, i = person.now_s + duration_s, 0
    while person.now_s < end_s:
        length_s = person.uniform(180.0, 420.0)
        if end_s - person.now_s - length_s < 120.0:
            length_s = end_s - person.now_s
        sit(person, length_s, ways[i % len(ways)])
        i += 1


@dataclass(frozen=True, slots=True)
class _Recipe:
    about: str
    act: Callable[[Choreographer], None]
    neat: bool
    """Whether the pods sit upright, so that their axes are the body's."""


_RECIPES = {
    "morning": _Recipe(
        "75 min: calibration, chores with 14 lifts, a sit of 48 min, a break, a rest", _morning, False
    ),
    "lifts": _Recipe("4 min: calibration, then 12 lifts of three strategies", _lifts, True),
    "desk": _Recipe("40 min: calibration, 35 min at a desk, a break", _desk, True),
    "walk": _Recipe("7 min: calibration, then walks from 12 to 200 steps", _walk, True),
    "snack": _Recipe("8 min: calibration, a sit, a movement snack, marching alone", _snack, True),
    "practice": _Recipe("5 min: calibration, a minute's stand, then ten hinges in a row", _practice, True),
    "day": _Recipe("480 min: calibration, then a whole day, at home and at a desk", _day, False),
    "quiet": _Recipe("3 min: calibration, then a quiet stand", _quiet, True),
}

SCENARIOS: Mapping[str, str] = MappingProxyType({name: recipe.about for name, recipe in _RECIPES.items()})
"""All scenarios: what each holds, by name."""


def scenario(name: str, seed: int = 0) -> Scenario:
    """Return the scenario `name` as the dice of `seed` make it.

    Raises
    ------
    ScenarioError
        If there is none of that name; the message lists those there are.
    """
    recipe = _RECIPES.get(name)
    if recipe is None:
        raise ScenarioError(f"no scenario {name!r}; there are: {', '.join(SCENARIOS)}")
    back, strip, life, sway = (np.random.default_rng(part) for part in np.random.SeedSequence(seed).spawn(4))
    anatomy = Anatomy.drawn(back)
    mounting = Mounting() if recipe.neat else Mounting.drawn(strip)
    person = Choreographer(anatomy, GaitStyle(), life)
    recipe.act(person)
    script = person.script()
    motion = Motion(script.strokes, script.movers, Sway.drawn(sway))
    return Scenario(name, seed, anatomy, mounting, script, motion)

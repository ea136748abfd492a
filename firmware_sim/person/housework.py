"""On the feet about the house and outside: cooking, standing work, lifting, stairs, walks.

A kitchen is hard for a sensor on the back: minutes bent a little over a counter, two steps to the side, a
stir that swings the trunk, a bend to the cupboard, a reach to the shelf, and never ten steps in a row.
"""

import math
from collections.abc import Callable
from dataclasses import replace

from firmware_sim.person.choreographer import Choreographer
from firmware_sim.person.chores import chores, plain
from firmware_sim.person.errands import (
    ERRANDS,
    cross_kerb,
    few_steps,
    perch,
    reach_up,
    stairs_down,
    stairs_up,
)
from firmware_sim.person.lifting import lift
from firmware_sim.person.path import Joint
from firmware_sim.person.rhythm import Beat
from firmware_sim.person.upright import settle_anew, stand, turn

_WORKING = {
    Joint.LIST: 3.0,
    Joint.LEFT: 0.04,
    Joint.TILT: 2.5,
    Joint.FLEXION: 3.5,
    Joint.SIDE: 5.0,
    Joint.TWIST: 10.0,
    Joint.HEADING: 8.0,
}
_ON_FOOT = tuple(errand for errand in ERRANDS if errand is not perch)


def cook(person: Choreographer, duration_s: float) -> None:
    """Cook: at the counter, to the cupboard, to the stove, and back."""
    end_s = person.now_s + duration_s
    while end_s - person.now_s > 45.0:
        dice = person.uniform(0.0, 1.0)
        if dice < 0.45:
            _at_counter(person, person.uniform(8.0, 35.0))
        elif dice < 0.70:
            side_step(person)
        elif dice < 0.80:
            lift(person, plain(person))
        elif dice < 0.88:
            reach_up(person)
        else:
            turn(person, person.uniform(-150.0, 150.0))
        stand(person, person.uniform(0.5, 6.0))


def work_standing(person: Choreographer, duration_s: float) -> None:
    """Iron, wash up, or stand at a raised desk."""
    end_s = person.now_s + duration_s
    while end_s - person.now_s > 70.0:
        _at_counter(person, min(person.uniform(40.0, 240.0), end_s - person.now_s - 20.0))
        settle_anew(person)
        dice = person.uniform(0.0, 1.0)
        if dice < 0.3:
            few_steps(person)
        elif dice < 0.45:
            lift(person, plain(person))
        stand(person, person.uniform(1.0, 10.0))


def _at_counter(person: Choreographer, duration_s: float) -> None:
    """Lean a little over something, and do something with the hands, perhaps to a rhythm."""
    lean_deg, share = person.uniform(0.0, 17.0), person.uniform(0.3, 0.8)
    person.move(Joint.TILT, person.home(Joint.TILT) + (1.0 - share) * lean_deg, 1.0)
    person.move(Joint.FLEXION, person.home(Joint.FLEXION) + share * lean_deg, 1.0)
    person.wait(1.0)
    if person.uniform(0.0, 1.0) < 0.4:
        rate_hz, phase = person.uniform(0.5, 2.2), person.uniform(0.0, 2.0 * math.pi)
        size_deg = person.uniform(0.4, 1.4) / rate_hz
        person.swing(
            duration_s,
            (
                Beat(Joint.TWIST, rate_hz, phase, 2.0 * size_deg),
                Beat(Joint.SIDE, rate_hz, phase + 0.8, size_deg),
                Beat(Joint.FLEXION, rate_hz, phase + 1.9, 0.6 * size_deg),
                Beat(Joint.UP, rate_hz, phase, 0.0008),
            ),
        )
    person.fidget(duration_s, person.uniform(3.0, 9.0), _WORKING)
    for joint in (Joint.TILT, Joint.FLEXION):
        person.move(joint, person.home(joint), 1.0)
    person.wait(1.0)


def side_step(person: Choreographer) -> None:
    """Take two to five small steps along a counter."""
    style = replace(person.style, step_length_m=0.5 * person.style.step_length_m)
    heading_deg = person.at(Joint.HEADING) + person.uniform(-100.0, 100.0)
    person.move(Joint.HEADING, heading_deg, 1.5)
    person.walk(int(person.rng.integers(2, 6)), person.uniform(65.0, 100.0), style)


def carry_things(person: Choreographer) -> None:
    """Lift this and that, with steps between."""
    for deed in chores(person, int(person.rng.integers(12, 16))):
        deed()
        stand(person, person.uniform(0.5, 5.0))
        if person.uniform(0.0, 1.0) < 0.6:
            go(person, int(person.rng.integers(4, 22)))


def run_errands(person: Choreographer) -> None:
    """Do a few small things on the feet."""
    for i in person.rng.permutation(len(_ON_FOOT))[: int(person.rng.integers(2, 5))]:
        _ON_FOOT[i](person)
        stand(person, person.uniform(1.0, 8.0))


def take_stairs(person: Choreographer) -> None:
    """Go up some flights, and down again."""
    flights = int(person.rng.integers(1, 4))
    for flight in (*[stairs_up] * flights, None, *[stairs_down] * flights):
        if flight is None:
            stand(person, person.uniform(4.0, 40.0))
        else:
            flight(person)
            person.wait(person.uniform(0.3, 2.5))


def go(person: Choreographer, steps: int) -> None:
    """Walk some steps, turning on the way; a few steps are slower than many."""
    cadence_spm = person.uniform(74.0, 104.0) if steps < 12 else person.uniform(86.0, 124.0)
    heading_deg = person.at(Joint.HEADING) + person.uniform(-110.0, 110.0)
    person.move(Joint.HEADING, heading_deg, person.uniform(1.5, 3.5), delay_s=person.uniform(0.3, 2.0))
    person.walk(steps, cadence_spm)


def take_a_walk(person: Choreographer, duration_s: float) -> None:
    """Walk outdoors: long stretches, corners, crossings, a stop before a window."""
    end_s = person.now_s + duration_s
    stops: tuple[Callable[[Choreographer], None], ...] = (
        cross_kerb,
        lambda one: stand(one, one.uniform(3.0, 25.0)),
        lambda one: turn(one, one.uniform(-120.0, 120.0)),
        stairs_up,
        stairs_down,
    )
    while end_s - person.now_s > 20.0:
        left = int(1.6 * (end_s - person.now_s))
        go(person, min(left, int(person.rng.integers(30, 700))))
        person.wait(person.uniform(2.0, 5.0))
        stops[int(person.rng.choice(len(stops), p=(0.2, 0.45, 0.25, 0.05, 0.05)))](person)

"""The strip off the body: in the hand, on a shelf, in a bag that is carried, and clipped on again.

While it is off, the coordinates are the strip's own: tilt, list and heading say how it lies, flexion how far
it is folded, and nothing sways or breathes. Clipped on again it sits slightly elsewhere, each pod turned by a
few degrees, which is a slip like any other. The springs of the skin still answer to the hand's movements;
that is too little to matter.
"""

import math

from firmware_sim.person.choreographer import Choreographer
from firmware_sim.person.mishaps import reseat
from firmware_sim.person.path import Joint
from firmware_sim.person.rhythm import Beat
from firmware_sim.person.upright import put_on, stand_still

_PLACES = (Joint.TILT, Joint.LIST, Joint.FLEXION, Joint.SIDE, Joint.TWIST, Joint.UP, Joint.FORE, Joint.LEFT)


def take_off(person: Choreographer) -> None:
    """Unclip the strip, turn it about in the hand, and put it down somewhere."""
    put_on(person, 4.0)  # the same reaching behind
    person.become("not_worn")
    for joint in (Joint.SWAY, Joint.BREATH):
        person.move(joint, 0.0, 0.6)
    for _ in range(int(person.rng.integers(1, 4))):
        _handle(person)
    _put_down(person)


def lie_about(person: Choreographer, duration_s: float) -> None:
    """Let the strip lie, nudged once in a long while."""
    end_s = person.now_s + duration_s
    while (pause_s := float(person.rng.exponential(900.0))) + 4.0 < end_s - person.now_s:
        person.wait(pause_s)
        person.move(Joint.HEADING, person.at(Joint.HEADING) + person.uniform(-20.0, 20.0), 0.6)
        person.move(Joint.FORE, person.at(Joint.FORE) + person.uniform(-0.05, 0.05), 0.6)
    person.now_s = end_s


def be_carried(person: Choreographer, duration_s: float) -> None:
    """Carry the strip about in a bag, which bounces and swings with the steps of whoever carries it."""
    step_hz, phase = person.uniform(1.6, 2.0), person.uniform(0.0, 2.0 * math.pi)
    bounce_m = person.uniform(0.6, 1.6) / (2.0 * math.pi * step_hz) ** 2
    person.swing(
        duration_s,
        (
            Beat(Joint.UP, step_hz, phase, bounce_m),
            Beat(Joint.TILT, 0.5 * step_hz, phase + 0.4, person.uniform(3.0, 12.0)),
            Beat(Joint.LIST, 0.5 * step_hz, phase + 1.7, person.uniform(2.0, 8.0)),
            Beat(Joint.HEADING, 0.5 * step_hz, phase, person.uniform(2.0, 10.0)),
            Beat(Joint.LEFT, 0.5 * step_hz, phase + 1.0, person.uniform(0.01, 0.04)),
        ),
    )
    person.wait(duration_s)


def clip_on_again(person: Choreographer) -> None:
    """Take the strip up and clip it on, slightly elsewhere."""
    for _ in range(int(person.rng.integers(1, 3))):
        _handle(person)
    moving_s = person.uniform(1.5, 2.5)
    for joint in _PLACES:
        person.move(joint, person.home(joint), moving_s)
    person.wait(moving_s)
    reseat(person)
    for joint in (Joint.SWAY, Joint.BREATH):
        person.move(joint, 1.0, 0.6)
    person.become("standing")
    put_on(person, 5.0)
    stand_still(person, person.uniform(1.0, 4.0))


def _handle(person: Choreographer) -> None:
    """Turn the strip to some other way up."""
    moving_s = person.uniform(0.8, 2.0)
    for joint, low, high in (
        (Joint.TILT, -85.0, 85.0),
        (Joint.LIST, -120.0, 120.0),
        (Joint.FLEXION, -20.0, 110.0),
        (Joint.SIDE, -15.0, 15.0),
        (Joint.TWIST, -30.0, 30.0),
        (Joint.UP, -0.3, 0.4),
        (Joint.FORE, -0.1, 0.4),
        (Joint.LEFT, -0.3, 0.3),
    ):
        person.move(joint, person.uniform(low, high), moving_s)
    person.move(Joint.HEADING, person.at(Joint.HEADING) + person.uniform(-90.0, 90.0), moving_s)
    person.wait(moving_s + person.uniform(0.0, 1.5))


def _put_down(person: Choreographer) -> None:
    """Lay it on its back, on its face, on an edge, or fold it away: hung on a hook it even stands upright."""
    tilt_deg, list_deg = (
        (person.uniform(-93.0, -80.0), 0.0),
        (person.uniform(80.0, 93.0), 0.0),
        (person.uniform(-10.0, 10.0), 90.0),
        (person.uniform(-70.0, 70.0), person.uniform(-150.0, 150.0)),
        (person.uniform(-6.0, 6.0), person.uniform(-6.0, 6.0)),
    )[int(person.rng.choice(5, p=(0.35, 0.25, 0.15, 0.15, 0.10)))]
    moving_s = person.uniform(1.0, 2.0)
    person.move(Joint.TILT, tilt_deg, moving_s)
    person.move(Joint.LIST, list_deg, moving_s)
    person.move(Joint.FLEXION, person.uniform(-4.0, 30.0), moving_s)
    person.move(Joint.SIDE, person.uniform(-5.0, 5.0), moving_s)
    person.move(Joint.TWIST, person.uniform(-5.0, 5.0), moving_s)
    person.wait(moving_s + 0.2)
    # It touches down, and settles.
    person.move(Joint.UP, person.at(Joint.UP) - 0.02, 0.15)
    person.wait(1.0)

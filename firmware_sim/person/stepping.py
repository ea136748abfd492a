"""Rhythmic things done on the spot or nearly: marching, dancing, vacuuming.

To the lower back they look like walking and are not, or not quite: in marching the feet step but the body
goes nowhere; in dancing it bounces and swings with the music; in vacuuming it rocks with the arm, a step
forward, a step back. Amplitudes are [ours], within what the pelvis does in level walking.
"""

import math
from dataclasses import replace

from firmware_sim.person.choreographer import Choreographer
from firmware_sim.person.path import Joint
from firmware_sim.person.rhythm import Beat

_TRUNK = (Joint.TILT, Joint.FLEXION, Joint.SIDE, Joint.TWIST)


def march(person: Choreographer, duration_s: float) -> int:
    """March in place for about so long; return the steps.

    The pelvis rises on the standing leg and rolls back a little with each thigh that comes up; it neither
    advances nor surges.
    """
    cadence_spm = person.uniform(78.0, 118.0)
    steps = max(4, round((duration_s - 1.0) * cadence_spm / 60.0))
    usual = person.style
    style = replace(
        usual,
        step_length_m=0.0,
        surge_m=0.3 * usual.surge_m,
        bob_m=usual.bob_m * person.uniform(0.8, 1.3),
        shift_m=usual.shift_m * person.uniform(1.0, 1.6),
        list_deg=usual.list_deg * person.uniform(0.6, 1.1),
        turn_deg=0.4 * usual.turn_deg,
        tilt_deg=person.uniform(1.5, 3.5),
        lean_deg=-person.uniform(0.0, 3.0),
        twist_deg=0.6 * usual.twist_deg,
        jolt=usual.jolt * person.uniform(0.5, 1.0),
    )
    person.walk(steps, cadence_spm, style)
    return steps


def dance(person: Choreographer, duration_s: float) -> None:
    """Dance to some music, turning now and then."""
    beat_hz = person.uniform(1.5, 2.2)
    half, quarter = 0.5 * beat_hz, 0.25 * beat_hz
    phase = person.uniform(0.0, 2.0 * math.pi)
    beats = (
        Beat(Joint.UP, beat_hz, phase, person.uniform(0.006, 0.018)),
        Beat(Joint.LIST, half, phase, person.uniform(3.0, 8.0)),
        Beat(Joint.LEFT, half, phase + 0.6, person.uniform(0.02, 0.06)),
        Beat(Joint.TWIST, half, phase + 1.2, person.uniform(3.0, 9.0)),
        Beat(Joint.SIDE, half, phase + math.pi, person.uniform(2.0, 6.0)),
        Beat(Joint.HEADING, quarter, phase, person.uniform(5.0, 15.0)),
        Beat(Joint.TILT, beat_hz, phase + 2.0, person.uniform(0.8, 3.0)),
        Beat(Joint.FLEXION, beat_hz, phase + 0.5, person.uniform(1.0, 4.0)),
    )
    end_s = person.now_s + duration_s
    person.swing(duration_s, beats)
    while end_s - person.now_s > 14.0:
        person.wait(person.uniform(4.0, 9.0))
        dice = person.uniform(0.0, 1.0)
        if dice < 0.5:
            turn_deg = person.uniform(-180.0, 180.0)
            person.move(Joint.HEADING, person.at(Joint.HEADING) + turn_deg, max(1.5, abs(turn_deg) / 80.0))
        elif dice < 0.8:
            person.move(Joint.UP, -person.uniform(0.02, 0.10), 0.8)
            person.move(Joint.UP, 0.0, 0.8, delay_s=1.2)
    person.now_s = end_s


def vacuum(person: Choreographer, duration_s: float) -> None:
    """Vacuum a floor: stoop a little, push and pull, go on by a step or two."""
    end_s = person.now_s + duration_s
    while end_s - person.now_s > 9.0:
        stretch_s = min(person.uniform(8.0, 22.0), end_s - person.now_s - 0.5)
        lean_deg, share = person.uniform(8.0, 22.0), person.uniform(0.35, 0.7)
        person.move(Joint.TILT, person.home(Joint.TILT) + (1.0 - share) * lean_deg, 1.0)
        person.move(Joint.FLEXION, person.home(Joint.FLEXION) + share * lean_deg, 1.0)
        person.move(Joint.TWIST, person.uniform(-8.0, 8.0), 1.0)
        push_hz, phase = person.uniform(0.35, 0.65), person.uniform(0.0, 2.0 * math.pi)
        person.swing(
            stretch_s,
            (
                Beat(Joint.TILT, push_hz, phase, person.uniform(1.5, 4.0)),
                Beat(Joint.FLEXION, push_hz, phase + 0.3, person.uniform(1.0, 3.5)),
                Beat(Joint.FORE, push_hz, phase + 0.5, person.uniform(0.05, 0.14)),
                Beat(Joint.TWIST, push_hz, phase + 0.8, person.uniform(2.0, 6.0)),
                Beat(Joint.UP, 2.0 * push_hz, phase, person.uniform(0.002, 0.010)),
                Beat(Joint.LIST, push_hz, phase + 1.5, person.uniform(1.0, 3.0)),
            ),
            ramp_s=1.0,
        )
        person.wait(stretch_s)
        if person.uniform(0.0, 1.0) < 0.5:
            person.walk(int(person.rng.integers(2, 5)), person.uniform(65.0, 95.0))
        if person.uniform(0.0, 1.0) < 0.4:
            turn_deg = person.uniform(-90.0, 90.0)
            person.move(Joint.HEADING, person.at(Joint.HEADING) + turn_deg, max(1.0, abs(turn_deg) / 60.0))
    for joint in _TRUNK:
        person.move(joint, person.home(joint), 1.2)
    person.now_s = max(end_s, person.now_s + 1.2)

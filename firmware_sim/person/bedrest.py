"""Lying for longer: on the back, on either side, on the front, turning over now and then.

At a tilt of -90 deg, list is the turn about the body's own long axis: 0 lies on the back, 90 on a side, 180
on the front. Someone who lies on the side is not quite straight.
"""

from firmware_sim.person.chairs import leave_seat, seat_drop_m, take_seat
from firmware_sim.person.choreographer import Choreographer
from firmware_sim.person.path import Joint
from firmware_sim.person.seated import usual

_LYING_DEG = -45.0
_LYING_SWAY, _SEATED_SWAY = 0.05, 0.25
_STIRRING = {Joint.LIST: 4.0, Joint.HEADING: 3.0, Joint.FLEXION: 3.0, Joint.TWIST: 4.0}


def nap(person: Choreographer, duration_s: float) -> None:
    """Lie down, turn over a few times, and get up."""
    end_s, anatomy = person.now_s + duration_s, person.anatomy
    tempo, pose = person.uniform(0.9, 1.4) * person.habits.tempo, usual(person.anatomy)
    take_seat(person, "bed", pose, seat_drop_m(person, "bed"))
    person.wait(person.uniform(0.5, 12.0))
    flat_deg = person.uniform(-92.0, -74.0)
    recline = person.move(Joint.TILT, flat_deg, 2.4 * tempo)
    person.move(Joint.FLEXION, person.uniform(0.0, 12.0), 2.2 * tempo, delay_s=0.2 * tempo)
    person.move(Joint.SWAY, _LYING_SWAY, 1.0)
    person.become("lying", recline.reached_s((_LYING_DEG - pose.pelvis_deg) / recline.amount))
    person.wait(2.6 * tempo)
    while end_s - person.now_s > 40.0:
        person.fidget(min(person.uniform(60.0, 480.0), end_s - person.now_s), 45.0, _STIRRING)
        if end_s - person.now_s > 30.0 and person.uniform(0.0, 1.0) < 0.7:
            _turn_over(person)
    person.move(Joint.LIST, 0.0, 1.8 * tempo)
    person.wait(1.8 * tempo + 0.5)
    sit_up = person.move(Joint.TILT, pose.pelvis_deg, 2.4 * tempo)
    person.move(Joint.LIST, person.uniform(-25.0, 25.0), 1.0 * tempo)
    person.move(Joint.LIST, 0.0, 1.2 * tempo, delay_s=1.1 * tempo)
    person.move(Joint.FLEXION, anatomy.sit_lumbar_deg, 2.0 * tempo)
    person.move(Joint.SWAY, _SEATED_SWAY, 1.0, delay_s=1.0 * tempo)
    person.become("sitting", sit_up.reached_s((_LYING_DEG - flat_deg) / sit_up.amount))
    person.wait(2.5 * tempo + person.uniform(0.5, 20.0))
    leave_seat(person, "bed")


def _turn_over(person: Choreographer) -> None:
    moving_s = person.uniform(1.8, 3.5)
    to_deg = (0.0, 85.0, -85.0, 172.0)[int(person.rng.choice(4, p=(0.35, 0.28, 0.28, 0.09)))]
    bent_deg = person.uniform(0.0, 10.0) if abs(to_deg) != 85.0 else person.uniform(8.0, 25.0)
    person.move(Joint.LIST, to_deg + person.uniform(-10.0, 10.0), moving_s)
    person.move(Joint.FLEXION, min(bent_deg, 0.8 * person.anatomy.lumbar_range_deg), moving_s)
    person.wait(moving_s)

"""Bending and rising, with or without something in the hands.

A lift goes from where the person stands down to its depth, stays, and comes up again, to the neutral stand or
only part of the way if the next one follows. On the way it may halt, at the bottom the grip may be changed.
"""

from collections.abc import Iterator, Sequence

from firmware_sim.person.choreographer import Choreographer
from firmware_sim.person.path import Joint
from firmware_sim.person.script import Halt, LiftPlan

_UNSTEADINESS = {Joint.LIST: 3.0, Joint.LEFT: 0.02, Joint.HEADING: 5.0}
_SPINE = (Joint.FLEXION, Joint.TILT)
_DOWN = (Joint.FLEXION, Joint.TILT, Joint.UP, Joint.FORE, Joint.SIDE, Joint.TWIST)
_UP = (*_SPINE, Joint.UP, Joint.FORE, Joint.LEFT, Joint.LIST, Joint.SIDE, Joint.TWIST)


def lift(person: Choreographer, plan: LiftPlan) -> None:
    """Bend down, handle something, and rise.

    The hips go back as the pelvis tilts, to keep balance, less so when the knees bend.
    """
    person.note_bend(plan)
    hips_back_m = 0.0014 * plan.pelvis_deg * (0.4 if plan.knee_drop_m > 0.1 else 1.0)
    bottom = {
        Joint.FLEXION: plan.lumbar_deg,
        Joint.TILT: plan.pelvis_deg,
        Joint.UP: -plan.knee_drop_m,
        Joint.FORE: -hips_back_m,
        Joint.SIDE: plan.side_deg,
        Joint.TWIST: plan.twist_deg,
    }
    top = {joint: person.at(joint) for joint in _DOWN}
    started_s = person.now_s
    for fraction, moving_s, pause_s in _legs(plan.descent_s, plan.halts):
        towards = {joint: _between(top[joint], bottom[joint], fraction) for joint in _DOWN}
        _go(person, towards, moving_s, plan.lead, _DOWN)
        if person.now_s == started_s:
            _waver(person, plan.descent_s)
        person.wait(moving_s + pause_s)
    person.wait(plan.hold_s)
    for regrip in plan.regrips:
        for share in (regrip.share, 0.0):
            towards = {joint: bottom[joint] * (1.0 - share) for joint in (*_SPINE, Joint.UP)}
            _go(person, towards, regrip.half_s, 0.0, (*_SPINE, Joint.UP))
            person.wait(regrip.half_s)
        person.wait(regrip.pause_s)
    _rise(person, plan)


def _rise(person: Choreographer, plan: LiftPlan) -> None:
    rise_s = plan.ascent_s + sum(halt.pause_s for halt in plan.rise_halts)
    if plan.turn_deg:
        person.move(Joint.HEADING, person.at(Joint.HEADING) + plan.turn_deg, rise_s)
    if not plan.rise_to:
        person.stand_anew(person.now_s + rise_s)
    bottom = {joint: person.at(joint) for joint in _UP}
    # Rising mirrors bending: what came first goes last.
    lead = -(plan.lead if plan.rise_lead is None else plan.rise_lead)
    for fraction, moving_s, pause_s in _legs(plan.ascent_s, plan.rise_halts):
        risen = fraction * (1.0 - plan.rise_to)
        towards = {joint: _between(bottom[joint], person.home(joint), risen) for joint in _UP}
        _go(person, towards, moving_s, lead, _UP)
        person.wait(moving_s + pause_s)


def _legs(moving_s: float, halts: Sequence[Halt]) -> Iterator[tuple[float, float, float]]:
    """Yield the parts of a way between halts: up to which fraction of it, how long, the pause after it."""
    done = 0.0
    for halt in (*halts, Halt(1.0, 0.0)):
        yield halt.fraction, moving_s * (halt.fraction - done), halt.pause_s
        done = halt.fraction


def _between(one: float, other: float, fraction: float) -> float:
    return other if fraction == 1.0 else one + fraction * (other - one)


def _go(
    person: Choreographer,
    towards: dict[Joint, float],
    moving_s: float,
    lead: float,
    joints: Sequence[Joint],
) -> None:
    """Send joints on their way; of the spine's two, the lumbar spine leads by `lead` of the time."""
    ahead_s, behind_s = (max(0.0, side * lead) * moving_s for side in (1.0, -1.0))
    for joint in joints:
        delay_s = {Joint.TILT: ahead_s, Joint.FLEXION: behind_s}.get(joint, 0.0)
        spine_s = (1.0 - abs(lead)) * moving_s
        person.move(joint, towards[joint], spine_s if joint in _SPINE else moving_s, delay_s)


def _waver(person: Choreographer, moving_s: float) -> None:
    for joint, size in _UNSTEADINESS.items():
        to, part = person.at(joint) + person.uniform(-size, size), person.uniform(0.6, 1.0)
        person.move(joint, to, part * moving_s)

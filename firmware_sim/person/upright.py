"""What a person does on both feet: stand, read, walk about, bend and lift."""

from firmware_sim.person.choreographer import Choreographer
from firmware_sim.person.path import Joint
from firmware_sim.person.script import LiftPlan

_STANDING_FIDGETS = {
    Joint.LIST: 2.5,
    Joint.LEFT: 0.03,
    Joint.TILT: 1.5,
    Joint.FLEXION: 2.0,
    Joint.SIDE: 3.0,
    Joint.TWIST: 5.0,
    Joint.HEADING: 6.0,
}
_UNSTEADINESS = {Joint.LIST: 3.0, Joint.LEFT: 0.02, Joint.HEADING: 5.0}
_CLIPPING_ON = {Joint.FLEXION: 4.0, Joint.TWIST: 12.0, Joint.SIDE: 6.0, Joint.TILT: 3.0}


def stand_still(person: Choreographer, duration_s: float) -> None:
    """Stand quietly, as when asked to."""
    person.wait(duration_s)


def stand(person: Choreographer, duration_s: float) -> None:
    """Stand as people do: shifting weight, looking about."""
    person.fidget(duration_s, 5.0, _STANDING_FIDGETS)


def put_on(person: Choreographer, duration_s: float) -> None:
    """Clip the strip to the waistband, reaching behind."""
    person.fidget(duration_s, 1.5, _CLIPPING_ON)


def read_standing(person: Choreographer, duration_s: float) -> None:
    """Stand at a counter with a newspaper, leaning a little over it."""
    person.move(Joint.FLEXION, 4.0, 1.2)
    person.move(Joint.TILT, 2.0, 1.2)
    person.wait(1.5)
    person.fidget(duration_s - 3.0, 7.0, _STANDING_FIDGETS)
    person.move(Joint.FLEXION, 0.0, 1.2)
    person.move(Joint.TILT, 0.0, 1.2)
    person.wait(1.5)


def walk(person: Choreographer, steps: int, *, turn_deg: float = 0.0) -> None:
    """Walk, turning on the way."""
    cadence_spm = person.uniform(98.0, 112.0)
    if turn_deg:
        duration_s = steps * 60.0 / cadence_spm
        person.move(
            Joint.HEADING,
            person.at(Joint.HEADING) + turn_deg,
            max(1.2, abs(turn_deg) / 50.0),
            delay_s=person.uniform(0.3, 0.5) * duration_s,
        )
    person.walk(steps, cadence_spm)


def turn(person: Choreographer, angle_deg: float) -> None:
    """Turn on the spot."""
    duration_s = max(1.2, abs(angle_deg) / 60.0)
    person.move(Joint.HEADING, person.at(Joint.HEADING) + angle_deg, duration_s)
    person.move(Joint.TWIST, 0.08 * angle_deg, 0.45 * duration_s)
    person.move(Joint.TWIST, 0.0, 0.55 * duration_s, delay_s=0.45 * duration_s)
    person.wait(duration_s)


def lift(person: Choreographer, plan: LiftPlan) -> None:
    """Bend down, handle something, and rise.

    The hips go back as the pelvis tilts, to keep balance, less so when the knees bend.
    """
    person.note_bend(plan)
    lag_s = max(0.0, plan.lead) * plan.descent_s
    head_start_s = max(0.0, -plan.lead) * plan.descent_s
    moving_s = (1.0 - abs(plan.lead)) * plan.descent_s
    hips_back_m = 0.0014 * plan.pelvis_deg * (0.4 if plan.knee_drop_m > 0.1 else 1.0)
    person.move(Joint.FLEXION, plan.lumbar_deg, moving_s, delay_s=head_start_s)
    person.move(Joint.TILT, plan.pelvis_deg, moving_s, delay_s=lag_s)
    person.move(Joint.UP, -plan.knee_drop_m, plan.descent_s)
    person.move(Joint.FORE, -hips_back_m, plan.descent_s)
    person.move(Joint.SIDE, plan.side_deg, plan.descent_s)
    person.move(Joint.TWIST, plan.twist_deg, plan.descent_s)
    for joint, size in _UNSTEADINESS.items():
        person.move(
            joint, person.at(joint) + person.uniform(-size, size), person.uniform(0.6, 1.0) * plan.descent_s
        )
    person.wait(plan.descent_s + plan.hold_s)

    # Rising mirrors bending: what came first goes last.
    lag_s, head_start_s = (abs(plan.lead) * plan.ascent_s * on for on in (plan.lead > 0, plan.lead < 0))
    moving_s = (1.0 - abs(plan.lead)) * plan.ascent_s
    person.move(Joint.FLEXION, 0.0, moving_s, delay_s=lag_s)
    person.move(Joint.TILT, 0.0, moving_s, delay_s=head_start_s)
    for joint in (Joint.UP, Joint.FORE, Joint.LEFT, Joint.LIST, Joint.SIDE, Joint.TWIST):
        person.move(joint, 0.0, plan.ascent_s)
    person.wait(plan.ascent_s)

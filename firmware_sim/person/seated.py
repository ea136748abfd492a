"""What a person does off their feet: sit down, sit in several ways, get up, lie.

The posture changes where the seat takes or loses the weight: when the hips are within 1 cm of it. To lie
down the person sits on the bed first; lying begins and ends as the pelvis passes 45 deg.
"""

from dataclasses import dataclass

from firmware_sim.person.anatomy import Anatomy
from firmware_sim.person.choreographer import Choreographer
from firmware_sim.person.path import Joint
from firmware_sim.person.script import SeatMove, Shift

_SEAT_CONTACT_M = 0.01
_HIPS_BACK_M = 0.20
_SEATED_SWAY = 0.25
_LYING_SWAY = 0.05
_SEATED_FIDGETS = {
    Joint.LIST: 1.5,
    Joint.TILT: 1.5,
    Joint.FLEXION: 1.5,
    Joint.SIDE: 3.0,
    Joint.TWIST: 6.0,
    Joint.HEADING: 3.0,
}


@dataclass(frozen=True, slots=True)
class SeatedPose:
    """One way of sitting: pelvis tilt and lumbar flexion."""

    pelvis_deg: float
    lumbar_deg: float


def usual(anatomy: Anatomy) -> SeatedPose:
    """Return how this person usually sits."""
    return SeatedPose(anatomy.sit_pelvis_deg, anatomy.sit_lumbar_deg)


def slumped(anatomy: Anatomy) -> SeatedPose:
    """Return how this person sits slumped."""
    return SeatedPose(anatomy.slump_pelvis_deg, anatomy.slump_lumbar_deg)


def reclined(anatomy: Anatomy) -> SeatedPose:
    """Return how this person leans on a backrest."""
    return SeatedPose(anatomy.sit_pelvis_deg - 13.0, anatomy.sit_lumbar_deg - 4.0)


def sit_down(person: Choreographer, pose: SeatedPose | None = None) -> None:
    """Lean forward, sink onto the seat, and settle in `pose` (the usual one by default)."""
    pose = usual(person.anatomy) if pose is None else pose
    lean_deg, tempo = person.uniform(32.0, 44.0), person.uniform(0.85, 1.25)
    start_s = person.now_s
    person.move(Joint.TILT, 0.68 * lean_deg, 1.1 * tempo)
    person.move(Joint.FLEXION, 0.32 * lean_deg, 1.0 * tempo)
    person.move(Joint.FORE, -_HIPS_BACK_M, 1.3 * tempo, delay_s=0.3 * tempo)
    sink = person.move(Joint.UP, -person.anatomy.seat_drop_m, 1.3 * tempo, delay_s=0.35 * tempo)
    person.move(Joint.SWAY, _SEATED_SWAY, 1.0, delay_s=1.2 * tempo)
    person.move(Joint.TILT, pose.pelvis_deg, 1.5 * tempo, delay_s=1.15 * tempo)
    person.move(Joint.FLEXION, pose.lumbar_deg, 1.4 * tempo, delay_s=1.15 * tempo)
    person.become("sitting", sink.reached_s(1.0 - _SEAT_CONTACT_M / person.anatomy.seat_drop_m))
    person.wait(2.65 * tempo)
    person.note_seat_move(SeatMove("stand_to_sit", start_s, person.now_s))


def get_up(person: Choreographer) -> None:
    """Lean forward until the seat leaves, and stand up into the neutral stand."""
    lean_deg, tempo = person.uniform(32.0, 44.0), person.uniform(0.85, 1.25)
    start_s = person.now_s
    person.move(Joint.TILT, 0.6 * lean_deg, 1.0 * tempo)
    person.move(Joint.FLEXION, 0.4 * lean_deg, 1.0 * tempo)
    rise = person.move(Joint.UP, 0.0, 1.3 * tempo, delay_s=0.75 * tempo)
    person.move(Joint.FORE, 0.0, 1.3 * tempo, delay_s=0.6 * tempo)
    person.move(Joint.SWAY, 1.0, 1.0, delay_s=1.2 * tempo)
    person.stand_anew(person.now_s + 2.35 * tempo)
    person.move(Joint.TILT, person.home(Joint.TILT), 1.3 * tempo, delay_s=1.05 * tempo)
    person.move(Joint.FLEXION, person.home(Joint.FLEXION), 1.2 * tempo, delay_s=1.05 * tempo)
    person.become("standing", rise.reached_s(_SEAT_CONTACT_M / person.anatomy.seat_drop_m))
    person.wait(2.35 * tempo)
    person.note_seat_move(SeatMove("sit_to_stand", start_s, person.now_s))


def settle(person: Choreographer, pose: SeatedPose) -> None:
    """Change to `pose` on the seat: a shift, unless that is how one sits already."""
    pelvis_deg = pose.pelvis_deg - person.at(Joint.TILT)
    lumbar_deg = pose.lumbar_deg - person.at(Joint.FLEXION)
    if pelvis_deg or lumbar_deg:
        moving_s = person.uniform(1.4, 2.4)
        person.note_shift(Shift(person.now_s, person.now_s + moving_s, pelvis_deg, lumbar_deg))
        person.move(Joint.TILT, pose.pelvis_deg, moving_s)
        person.move(Joint.FLEXION, pose.lumbar_deg, moving_s)
        person.wait(moving_s)


def sit(person: Choreographer, duration_s: float, pose: SeatedPose) -> None:
    """Sit in `pose`, fidgeting; the time includes settling in it."""
    end_s = person.now_s + duration_s
    settle(person, pose)
    person.fidget(end_s - person.now_s, 12.0, _SEATED_FIDGETS)


def sit_still(person: Choreographer, duration_s: float) -> None:
    """Sit as one is, quietly."""
    person.wait(duration_s)


def lie_down(person: Choreographer) -> None:
    """Sit on the bed and lie back."""
    sit_down(person)
    person.wait(2.0)
    tempo = person.uniform(0.9, 1.3)
    recline = person.move(Joint.TILT, -84.0, 2.4 * tempo)
    before_deg = usual(person.anatomy).pelvis_deg
    person.move(Joint.FLEXION, 4.0, 2.2 * tempo, delay_s=0.2 * tempo)
    person.move(Joint.SWAY, _LYING_SWAY, 1.0)
    person.become("lying", recline.reached_s((45.0 + before_deg) / (84.0 + before_deg)))
    person.wait(2.6 * tempo)


def lie(person: Choreographer, duration_s: float) -> None:
    """Lie on the back, hardly moving."""
    person.fidget(duration_s, 40.0, {Joint.LIST: 4.0, Joint.HEADING: 3.0, Joint.FLEXION: 2.0})


def rise_from_bed(person: Choreographer) -> None:
    """Sit up on the edge of the bed, pause, and stand."""
    tempo, pose = person.uniform(0.9, 1.3), usual(person.anatomy)
    sit_up = person.move(Joint.TILT, pose.pelvis_deg, 2.4 * tempo)
    person.move(Joint.FLEXION, pose.lumbar_deg, 2.0 * tempo)
    person.move(Joint.SWAY, _SEATED_SWAY, 1.0, delay_s=1.0 * tempo)
    person.become("sitting", sit_up.reached_s((84.0 - 45.0) / (84.0 + pose.pelvis_deg)))
    person.wait(2.6 * tempo + 3.0)
    get_up(person)

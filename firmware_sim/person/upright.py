"""What a person does on both feet: stand, read, walk about."""

from firmware_sim.person.choreographer import Choreographer
from firmware_sim.person.path import Joint

_STANDING_FIDGETS = {
    Joint.LIST: 2.5,
    Joint.LEFT: 0.03,
    Joint.TILT: 1.5,
    Joint.FLEXION: 2.0,
    Joint.SIDE: 3.0,
    Joint.TWIST: 5.0,
    Joint.HEADING: 6.0,
}
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
    person.move(Joint.FLEXION, person.home(Joint.FLEXION) + 4.0, 1.2)
    person.move(Joint.TILT, person.home(Joint.TILT) + 2.0, 1.2)
    person.wait(1.5)
    person.fidget(duration_s - 3.0, 7.0, _STANDING_FIDGETS)
    for joint in (Joint.FLEXION, Joint.TILT):
        person.move(joint, person.home(joint), 1.2)
    person.wait(1.5)


def settle_anew(person: Choreographer) -> None:
    """Shift into another neutral stand, if this person's stands vary."""
    person.stand_anew(person.now_s)
    for joint in (Joint.TILT, Joint.FLEXION, Joint.LIST):
        if person.at(joint) != person.home(joint):
            person.move(joint, person.home(joint), 0.9)


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

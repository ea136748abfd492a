"""What happens to a strip in a day: a pod slips on its strap, something knocks against it."""

from firmware_sim.person.choreographer import Choreographer
from firmware_sim.person.path import Joint
from firmware_sim.person.script import Knock, Pod, Slip

_POD: dict[Pod, tuple[Joint, Joint, Joint, Joint]] = {
    "upper": (Joint.UPPER_ROLL, Joint.UPPER_PITCH, Joint.UPPER_YAW, Joint.UPPER_PUSH),
    "lower": (Joint.LOWER_ROLL, Joint.LOWER_PITCH, Joint.LOWER_YAW, Joint.LOWER_PUSH),
}
_TURN_S, _PUSH_S, _RECOIL_S = 0.032, 0.02, 0.05


def slip(person: Choreographer, pod: Pod) -> None:
    """Let a pod slip by 6 to 12 deg of pitch, either way, and a little about its other axes, for good.

    Time does not pass: it happens while the person does what comes next.
    """
    side = 1.0 if person.uniform(-1.0, 1.0) > 0.0 else -1.0
    _turn(
        person,
        pod,
        (person.uniform(-4.0, 4.0), side * person.uniform(6.0, 12.0), person.uniform(-6.0, 6.0)),
        person.uniform(0.2, 0.8),
    )


def reseat(person: Choreographer) -> None:
    """Clip the strip on again: each pod ends up turned by a few degrees from where it was.

    Like a slip, time does not pass.
    """
    for pod in _POD:
        around_deg = (person.uniform(-4.0, 4.0), person.uniform(-6.0, 6.0), person.uniform(-5.0, 5.0))
        _turn(person, pod, around_deg, 1.0)


def _turn(person: Choreographer, pod: Pod, around_deg: tuple[float, float, float], slipping_s: float) -> None:
    """Turn a pod for good, about forward, left and up of its place."""
    roll, pitch, yaw, _ = _POD[pod]
    by_deg = dict(zip((roll, pitch, yaw), around_deg, strict=True))
    strokes = [person.move(joint, person.at(joint) + deg, slipping_s) for joint, deg in by_deg.items()]
    person.note_slip(
        Slip(pod, person.now_s, strokes[0].end_s, by_deg[roll], by_deg[pitch], by_deg[yaw]),
    )


def knock(person: Choreographer, pod: Pod) -> None:
    """Let something hit a pod: too hard and too fast for the sensors, over within a tenth of a second.

    Time does not pass: it happens while the person does what comes next.
    """
    roll, pitch, _, push = _POD[pod]
    delay_s = person.uniform(0.1, 3.0)
    for joint, size, blow_s in (
        (pitch, person.uniform(22.0, 32.0), _TURN_S),
        (roll, person.uniform(-8.0, 8.0), _TURN_S),
        (push, person.uniform(0.007, 0.010), _PUSH_S),
    ):
        home = person.at(joint)
        person.move(joint, home + size, blow_s, delay_s)
        person.move(joint, home, _RECOIL_S, delay_s + blow_s)
    person.note_knock(Knock(pod, person.now_s + delay_s))

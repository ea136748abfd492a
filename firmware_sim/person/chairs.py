"""Sitting down and getting up, as many people do it on many seats.

The lean before a rise is what looks most like a lift, and it differs most between people: hardly any with
arms to push on or when old and slow with the hands, 50 deg from a low sofa; in a second or in six; in one go,
or rocking, or halfway and back again. What they share is only that the hips come to rest on a seat.
"""

from collections.abc import Callable
from dataclasses import dataclass

from firmware_sim.person.choreographer import Choreographer
from firmware_sim.person.path import Joint
from firmware_sim.person.script import ChairStyle, SeatMove
from firmware_sim.person.seated import SeatedPose

_SEAT_CONTACT_M = 0.01
_SEATED_SWAY = 0.25
_UPRIGHT = (Joint.SIDE, Joint.TWIST, Joint.LEFT)


@dataclass(frozen=True, slots=True)
class _Way:
    """Bounds from which one transition of a style is drawn."""

    lean_deg: tuple[float, float]
    lumbar_share: tuple[float, float]
    tempo: tuple[float, float]
    """Multiple of the time an ordinary transition takes, about 2.5 s."""
    drop: tuple[float, float] = (0.95, 1.05)
    """Height of the way to the seat as a multiple of that to this person's chair."""
    askew_deg: float = 6.0
    """Twist and side bend."""
    rocks: int = 0
    """How often the lean is begun and given up."""


_WAYS: dict[ChairStyle, _Way] = {
    "ordinary": _Way((30.0, 46.0), (0.25, 0.45), (0.85, 1.25)),
    "quick": _Way((22.0, 42.0), (0.15, 0.45), (0.42, 0.6)),
    "slow": _Way((30.0, 55.0), (0.25, 0.55), (1.6, 2.4)),
    "arms": _Way((10.0, 24.0), (0.2, 0.6), (1.0, 1.6), askew_deg=10.0),
    "hesitant": _Way((30.0, 48.0), (0.3, 0.5), (1.0, 1.7), rocks=1),
    "low": _Way((40.0, 58.0), (0.3, 0.5), (1.0, 1.5), drop=(1.15, 1.3)),
    "sofa": _Way((38.0, 60.0), (0.4, 0.6), (1.1, 1.7), drop=(1.1, 1.35), rocks=1),
    "stool": _Way((6.0, 22.0), (0.2, 0.6), (0.6, 1.0), drop=(0.45, 0.65)),
    "car": _Way((25.0, 42.0), (0.5, 0.8), (0.9, 1.4), drop=(0.95, 1.15), askew_deg=26.0),
    "bed": _Way((28.0, 46.0), (0.25, 0.5), (0.9, 1.5), drop=(0.85, 1.1)),
}
CHAIRS: tuple[ChairStyle, ...] = ("ordinary", "quick", "slow", "arms", "hesitant", "low", "sofa", "stool")
"""Styles of ordinary life indoors."""


def seat_drop_m(person: Choreographer, style: ChairStyle) -> float:
    """Draw how far the hips sink onto a seat of this style."""
    return person.anatomy.seat_drop_m * person.uniform(*_WAYS[style].drop)


def take_seat(person: Choreographer, style: ChairStyle, pose: SeatedPose, drop_m: float) -> None:
    """Sit down from standing onto a seat `drop_m` below, and settle in `pose`."""
    way, start_s = _WAYS[style], person.now_s
    tempo = person.uniform(*way.tempo) * person.habits.tempo
    lean_deg, share = person.uniform(*way.lean_deg), person.uniform(*way.lumbar_share)
    _lean(person, way, lean_deg, share, 1.05 * tempo)
    person.move(Joint.FORE, -person.uniform(0.12, 0.24), 1.3 * tempo, delay_s=0.3 * tempo)
    sink = person.move(Joint.UP, -drop_m, 1.3 * tempo, delay_s=0.35 * tempo)
    person.move(Joint.SWAY, _SEATED_SWAY, 1.0, delay_s=1.2 * tempo)
    back_s = person.uniform(0.95, 1.3) * tempo
    person.move(Joint.TILT, pose.pelvis_deg, 1.4 * tempo, delay_s=back_s)
    person.move(Joint.FLEXION, pose.lumbar_deg, 1.3 * tempo, delay_s=back_s)
    person.move(Joint.LIST, 0.0, 1.0 * tempo, delay_s=back_s)
    for joint in _UPRIGHT:
        person.move(joint, 0.0, 1.0 * tempo, delay_s=back_s)
    person.become("sitting", sink.reached_s(1.0 - _SEAT_CONTACT_M / drop_m))
    person.wait(back_s + 1.4 * tempo)
    person.note_seat_move(SeatMove("stand_to_sit", start_s, person.now_s, style))


def leave_seat(person: Choreographer, style: ChairStyle) -> None:
    """Stand up from the seat into a neutral stand."""
    way, start_s = _WAYS[style], person.now_s
    drop_m = -person.at(Joint.UP)
    tempo = person.uniform(*way.tempo) * person.habits.tempo
    lean_deg, share = person.uniform(*way.lean_deg), person.uniform(*way.lumbar_share)
    for _ in range(way.rocks):
        _rock(person, lean_deg * person.uniform(0.5, 0.9), share, tempo)
    _lean(person, way, lean_deg, share, 1.0 * tempo)
    lift_s = person.uniform(0.65, 0.85) * tempo
    rise = person.move(Joint.UP, 0.0, 1.3 * tempo, delay_s=lift_s)
    person.move(Joint.FORE, 0.0, 1.3 * tempo, delay_s=0.6 * tempo)
    person.move(Joint.SWAY, 1.0, 1.0, delay_s=1.2 * tempo)
    up_s = lift_s + person.uniform(0.2, 0.4) * tempo
    person.stand_anew(person.now_s + up_s + 1.3 * tempo)
    for joint in (Joint.TILT, Joint.FLEXION, Joint.LIST, *_UPRIGHT):
        person.move(joint, person.home(joint), 1.25 * tempo, delay_s=up_s)
    person.become("standing", rise.reached_s(_SEAT_CONTACT_M / drop_m))
    person.wait(max(up_s, lift_s) + 1.3 * tempo)
    person.note_seat_move(SeatMove("sit_to_stand", start_s, person.now_s, style))


def fail_to_rise(person: Choreographer) -> None:
    """Lean, lift off the seat by a hand's breadth, and fall back."""
    pelvis_deg, lumbar_deg = person.at(Joint.TILT), person.at(Joint.FLEXION)
    down_m, tempo = person.at(Joint.UP), person.uniform(0.8, 1.3)
    part = person.uniform(0.08, 0.3)
    _lean(person, _WAYS["ordinary"], person.uniform(30.0, 46.0), 0.4, 1.0 * tempo)
    person.move(Joint.UP, down_m * (1.0 - part), 0.7 * tempo, delay_s=0.75 * tempo)
    person.wait(1.5 * tempo)
    person.move(Joint.UP, down_m, 0.6 * tempo)
    person.move(Joint.TILT, pelvis_deg, 1.1 * tempo)
    person.move(Joint.FLEXION, lumbar_deg, 1.1 * tempo)
    for joint in (*_UPRIGHT, Joint.LIST):
        person.move(joint, 0.0, 1.1 * tempo)
    person.wait(1.1 * tempo)


def seated_bend(
    person: Choreographer, lean_deg: float, lumbar_share: float, hold: Callable[[Choreographer], None]
) -> None:
    """Bend forward on the seat, do something there, and come back to how one sat."""
    pelvis_deg, lumbar_deg = person.at(Joint.TILT), person.at(Joint.FLEXION)
    moving_s = person.uniform(0.9, 1.8) * person.habits.tempo
    _lean(person, _WAYS["ordinary"], lean_deg, lumbar_share, moving_s)
    person.wait(moving_s)
    hold(person)
    person.move(Joint.TILT, pelvis_deg, moving_s)
    person.move(Joint.FLEXION, lumbar_deg, moving_s)
    for joint in (*_UPRIGHT, Joint.LIST):
        person.move(joint, 0.0, moving_s)
    person.wait(moving_s)


def _lean(person: Choreographer, way: _Way, lean_deg: float, lumbar_share: float, moving_s: float) -> None:
    """Send the trunk to `lean_deg`; the lumbar spine does its share, but not more than it can."""
    lumbar_deg = min(lumbar_share * lean_deg, 0.95 * person.anatomy.lumbar_range_deg)
    person.move(Joint.TILT, lean_deg - lumbar_deg, 1.05 * moving_s)
    person.move(Joint.FLEXION, lumbar_deg, moving_s)
    person.move(Joint.SIDE, 0.5 * person.uniform(-way.askew_deg, way.askew_deg), moving_s)
    person.move(Joint.TWIST, person.uniform(-way.askew_deg, way.askew_deg), moving_s)


def _rock(person: Choreographer, lean_deg: float, lumbar_share: float, tempo: float) -> None:
    pelvis_deg, lumbar_deg = person.at(Joint.TILT), person.at(Joint.FLEXION)
    person.move(Joint.TILT, (1.0 - lumbar_share) * lean_deg, 0.9 * tempo)
    person.move(Joint.FLEXION, lumbar_share * lean_deg, 0.9 * tempo)
    person.wait(0.95 * tempo)
    person.move(Joint.TILT, 0.5 * (pelvis_deg + person.at(Joint.TILT)), 0.8 * tempo)
    person.move(Joint.FLEXION, 0.5 * (lumbar_deg + person.at(Joint.FLEXION)), 0.8 * tempo)
    person.wait(0.8 * tempo + person.uniform(0.0, 0.5))

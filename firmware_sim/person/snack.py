"""The movement snack of CLINICAL.md C, and what resembles it but is none.

A snack is about 20 s of marching in place, 20 s of hip hinges, at least three of them, and 20 s of gentle
bends back, in any order, with a breath between. Here every part of a whole one lasts 14 s or more and its
bends back reach 12 deg, clear of the 12 s and 8 deg that make one; what stays short of one lacks a part
altogether, or is over before 9 s. What lies on the lines is nobody's truth.
"""

from collections.abc import Callable, Sequence
from typing import Literal, get_args

from firmware_sim.person.bends import hip_led
from firmware_sim.person.choreographer import Choreographer
from firmware_sim.person.lifting import lift
from firmware_sim.person.path import Joint
from firmware_sim.person.script import Snack, SnackPart, SnackPartKind
from firmware_sim.person.stepping import march
from firmware_sim.person.upright import settle_anew

_PART_S = (15.0, 25.0)
_SHORT_S = 7.0
KINDS: tuple[SnackPartKind, ...] = get_args(SnackPartKind)
NoSnack = Literal["march", "hinge", "back_bend", "two", "short"]
NO_SNACKS: tuple[NoSnack, ...] = get_args(NoSnack)
"""Ways of doing less than a snack: one part, two, or three of which one is over at once."""


def snack(person: Choreographer) -> None:
    """Do a whole snack, its parts in any order."""
    person.note_snack(Snack(tuple(_parts(person, _shuffled(person), {}))))


def no_snack(person: Choreographer, how: NoSnack) -> None:
    """Do something like a snack that is none."""
    kinds = _shuffled(person)
    match how:
        case "two":
            _parts(person, kinds[:2], {})
        case "short":
            _parts(person, kinds, {kinds[int(person.rng.integers(3))]: _SHORT_S})
        case _:
            _parts(person, [how], {how: person.uniform(15.0, 60.0)})


def _shuffled(person: Choreographer) -> list[SnackPartKind]:
    return [KINDS[i] for i in person.rng.permutation(len(KINDS))]


def _parts(
    person: Choreographer, kinds: Sequence[SnackPartKind], last_s: dict[SnackPartKind, float]
) -> list[SnackPart]:
    """Do parts one after the other, each for as long as `last_s` says, or about 20 s."""
    ways: dict[SnackPartKind, Callable[[Choreographer, float], int]] = {
        "march": march,
        "hinge": _hinge,
        "back_bend": _bend_back,
    }
    parts = []
    for i, kind in enumerate(kinds):
        if i:
            settle_anew(person)
            person.wait(person.uniform(1.2, 6.0))
        start_s = person.now_s
        count = ways[kind](person, last_s.get(kind, person.uniform(*_PART_S)))
        parts.append(SnackPart(kind, start_s, person.now_s, count))
    return parts


def _hinge(person: Choreographer, duration_s: float) -> int:
    end_s, count = person.now_s + duration_s, 0
    while person.now_s < end_s - 1.5:
        lift(person, hip_led(person, person.uniform(42.0, 66.0)))
        person.wait(person.uniform(0.2, 1.2))
        count += 1
    return count


def _bend_back(person: Choreographer, duration_s: float) -> int:
    """Bend back with the hands on the hips, mostly from the lumbar spine, slowly, several times."""
    end_s, count = person.now_s + duration_s, 0
    while person.now_s < end_s - 1.5:
        back_deg, share = person.uniform(12.5, 24.0), person.uniform(0.5, 0.85)
        moving_s, hold_s = person.uniform(0.9, 1.8), person.uniform(0.4, 2.2)
        # From wherever this person stands, the trunk ends up `back_deg` behind the upright.
        person.move(Joint.FLEXION, -share * back_deg, moving_s)
        person.move(Joint.TILT, -(1.0 - share) * back_deg, moving_s)
        person.move(Joint.FORE, 0.02, moving_s)
        person.wait(moving_s + hold_s)
        for joint in (Joint.FLEXION, Joint.TILT, Joint.FORE):
            person.move(joint, person.home(joint), moving_s)
        person.wait(moving_s + person.uniform(0.1, 0.9))
        count += 1
    return count

"""What people do besides lifting: everything that could be mistaken for a lift, and is none."""

from collections.abc import Callable
from dataclasses import replace

from firmware_sim.person.chairs import CHAIRS, fail_to_rise, leave_seat, seat_drop_m, seated_bend, take_seat
from firmware_sim.person.choreographer import Choreographer
from firmware_sim.person.path import Joint
from firmware_sim.person.script import ChairStyle
from firmware_sim.person.seated import SeatedPose, reclined, settle, slumped, usual
from firmware_sim.person.upright import stand_still

_TRUNK = (Joint.TILT, Joint.FLEXION, Joint.SIDE, Joint.TWIST)
_LYING_DEG = -45.0
_LYING_SWAY, _SEATED_SWAY = 0.05, 0.25


def sit_a_while(person: Choreographer) -> None:
    """Sit down on some seat in some way, do something there, and get up in another way."""
    style, rise = _chair(person), _chair(person)
    pose = _pose(person, style)
    take_seat(person, style, pose, seat_drop_m(person, style))
    dice = person.uniform(0.0, 1.0)
    person.wait(person.uniform(3.0, 8.0))
    if dice < 0.3:
        settle(person, slumped(person.anatomy))
    elif dice < 0.55:
        tie_shoes(person)
    elif dice < 0.7:
        with person.deed("seated_reach"):
            lean_deg, share = person.uniform(24.0, 50.0), person.uniform(0.3, 0.6)
            seated_bend(person, lean_deg, share, lambda one: one.wait(one.uniform(0.2, 1.5)))
    elif dice < 0.85:
        with person.deed("failed_rise"):
            fail_to_rise(person)
    person.wait(person.uniform(4.0, 14.0))
    leave_seat(person, rise)


def perch(person: Choreographer) -> None:
    """Touch a seat for a moment and get up again."""
    with person.deed("perch"):
        style: ChairStyle = "quick" if person.uniform(0.0, 1.0) < 0.5 else "stool"
        take_seat(person, style, _pose(person, style), seat_drop_m(person, style))
        person.wait(person.uniform(0.2, 1.5))
        leave_seat(person, "quick")


def ride(person: Choreographer) -> None:
    """Get into a car: sideways onto the seat, head and shoulders in, legs after; and out again."""
    with person.deed("car"):
        side = 1.0 if person.uniform(-1.0, 1.0) > 0.0 else -1.0
        take_seat(person, "car", usual(person.anatomy), seat_drop_m(person, "car"))
        person.wait(person.uniform(0.2, 0.8))
        swing_legs(person, side)
        settle(person, reclined(person.anatomy))
        person.wait(person.uniform(4.0, 12.0))
        settle(person, usual(person.anatomy))
        swing_legs(person, -side)
        person.wait(person.uniform(0.2, 1.0))
        leave_seat(person, "car")


def rest(person: Choreographer) -> None:
    """Lie down on a bed, on the back or by way of the side, and get up."""
    anatomy, tempo = person.anatomy, person.uniform(0.8, 1.4) * person.habits.tempo
    pose = usual(anatomy)
    with person.deed("bed"):
        take_seat(person, "bed", pose, seat_drop_m(person, "bed"))
        person.wait(person.uniform(0.5, 2.0))
        flat_deg, sideways = person.uniform(-88.0, -72.0), person.uniform(0.0, 1.0) < 0.5
        roll_deg = person.uniform(35.0, 75.0) if sideways else 0.0
        recline = person.move(Joint.TILT, flat_deg, 2.2 * tempo)
        person.move(Joint.FLEXION, person.uniform(0.0, 12.0), 2.0 * tempo, delay_s=0.2 * tempo)
        person.move(Joint.LIST, roll_deg, 1.6 * tempo)
        person.move(Joint.SWAY, _LYING_SWAY, 1.0)
        person.become("lying", recline.reached_s((_LYING_DEG - pose.pelvis_deg) / recline.amount))
        person.wait(2.4 * tempo)
        person.move(Joint.LIST, 0.0, 1.6, delay_s=0.5)
        person.wait(person.uniform(8.0, 16.0))
        sit_up = person.move(Joint.TILT, pose.pelvis_deg, 2.2 * tempo)
        person.move(Joint.LIST, -0.5 * roll_deg, 0.9 * tempo)
        person.move(Joint.LIST, 0.0, 1.1 * tempo, delay_s=1.0 * tempo)
        person.move(Joint.FLEXION, pose.lumbar_deg, 2.0 * tempo)
        person.move(Joint.SWAY, _SEATED_SWAY, 1.0, delay_s=1.0 * tempo)
        person.become("sitting", sit_up.reached_s((_LYING_DEG - flat_deg) / sit_up.amount))
        person.wait(2.3 * tempo + person.uniform(0.5, 3.0))
        leave_seat(person, "bed")


def stairs_up(person: Choreographer) -> None:
    """Climb a flight."""
    style = replace(
        person.style,
        step_length_m=0.28,
        climb_m=person.uniform(0.15, 0.18),
        lean_deg=person.uniform(6.0, 13.0),
        tilt_deg=2.5,
        list_deg=6.0,
        jolt=0.6,
    )
    with person.deed("stairs_up"):
        person.walk(int(person.rng.integers(8, 16)), person.uniform(72.0, 100.0), style)


def stairs_down(person: Choreographer) -> None:
    """Come down a flight."""
    style = replace(
        person.style,
        step_length_m=0.27,
        climb_m=-person.uniform(0.15, 0.18),
        lean_deg=person.uniform(1.0, 5.0),
        list_deg=5.0,
        jolt=1.2,
    )
    with person.deed("stairs_down"):
        person.walk(int(person.rng.integers(8, 16)), person.uniform(76.0, 104.0), style)


def cross_kerb(person: Choreographer) -> None:
    """Step down from a kerb, take some steps, and step up the next."""
    with person.deed("kerb"):
        _step(person, -person.uniform(0.10, 0.18))
        person.walk(int(person.rng.integers(4, 8)), person.uniform(90.0, 110.0))
        _step(person, person.uniform(0.10, 0.18))


def few_steps(person: Choreographer) -> None:
    """Take two to four steps."""
    with person.deed("few_steps"):
        person.walk(int(person.rng.integers(2, 5)), person.uniform(70.0, 100.0))


def use_footstool(person: Choreographer) -> None:
    """Step onto a stool, reach up, and step down."""
    with person.deed("footstool"):
        height_m = person.uniform(0.18, 0.28)
        _step(person, height_m)
        _arch(person, person.uniform(3.0, 8.0), 0.03, person.uniform(1.0, 2.5))
        _step(person, -height_m)


def lean_on_table(person: Choreographer) -> None:
    """Bend over a table, by less than a lift, and stay a while."""
    with person.deed("table_lean"):
        lean_deg, share = person.uniform(14.0, 25.0), person.uniform(0.25, 0.7)
        moving_s = person.uniform(0.8, 1.6)
        towards = (
            (1.0 - share) * lean_deg,
            share * lean_deg,
            person.uniform(-8.0, 8.0),
            person.uniform(-12.0, 12.0),
        )
        for joint, to in zip(_TRUNK, towards, strict=True):
            person.move(joint, to, moving_s)
        person.wait(moving_s)
        person.fidget(person.uniform(4.0, 12.0), 2.0, {Joint.SIDE: 4.0, Joint.TWIST: 8.0, Joint.HEADING: 3.0})
        _straighten(person, moving_s)


def reach_up(person: Choreographer) -> None:
    """Reach for a high shelf, on the toes."""
    with person.deed("reach_up"):
        _arch(person, person.uniform(2.0, 9.0), person.uniform(0.02, 0.07), person.uniform(0.6, 2.0))


def bend_back(person: Choreographer) -> None:
    """Bend backwards with the hands on the hips, once or a few times."""
    with person.deed("back_bend"):
        for _ in range(int(person.rng.integers(1, 4))):
            _arch(person, person.uniform(12.0, 24.0), 0.0, person.uniform(0.3, 1.5))
            person.wait(person.uniform(0.3, 1.0))


def look_round(person: Choreographer) -> None:
    """Turn the upper body to one side and back."""
    with person.deed("look_round"):
        twist_deg = person.uniform(-28.0, 28.0)
        person.move(Joint.TWIST, twist_deg, 0.9)
        person.move(Joint.HEADING, person.at(Joint.HEADING) + twist_deg, 1.1)
        person.wait(person.uniform(1.2, 2.5))
        person.move(Joint.TWIST, 0.0, 0.9)
        person.move(Joint.HEADING, person.at(Joint.HEADING) - twist_deg, 1.1)
        person.wait(1.2)


ERRANDS: tuple[Callable[[Choreographer], None], ...] = (
    perch,
    cross_kerb,
    few_steps,
    use_footstool,
    lean_on_table,
    reach_up,
    bend_back,
    look_round,
)
"""Those that need no more than a moment and a floor."""


def _chair(person: Choreographer) -> ChairStyle:
    return CHAIRS[int(person.rng.integers(len(CHAIRS)))]


def _pose(person: Choreographer, style: ChairStyle) -> SeatedPose:
    """Return how one comes to sit on a seat: back on a sofa, upright on a stool, else as usual."""
    if style == "sofa":
        return reclined(person.anatomy)
    pose, upright = usual(person.anatomy), 0.5 if style == "stool" else 1.0
    return SeatedPose(
        upright * pose.pelvis_deg + person.uniform(-3.0, 3.0),
        upright * pose.lumbar_deg + person.uniform(-4.0, 4.0),
    )


def tie_shoes(person: Choreographer) -> None:
    """Bend down to the feet from a seat, once or twice."""
    with person.deed("seated_shoes"):
        for _ in range(int(person.rng.integers(1, 3))):
            seated_bend(
                person,
                person.uniform(45.0, 80.0),
                person.uniform(0.45, 0.7),
                lambda one: one.fidget(one.uniform(1.5, 4.0), 1.0, {Joint.SIDE: 5.0, Joint.TWIST: 6.0}),
            )
            person.wait(person.uniform(0.3, 1.5))


def swing_legs(person: Choreographer, side: float) -> None:
    """Turn on a car's seat, the legs in or out; `side` 1 is to the left, -1 to the right."""
    moving_s = person.uniform(1.2, 2.2)
    person.move(Joint.HEADING, person.at(Joint.HEADING) + side * person.uniform(70.0, 95.0), moving_s)
    person.move(Joint.LIST, side * person.uniform(6.0, 16.0), 0.5 * moving_s)
    person.move(Joint.LIST, 0.0, 0.5 * moving_s, delay_s=0.5 * moving_s)
    person.move(Joint.TILT, person.at(Joint.TILT) - 8.0, 0.5 * moving_s)
    person.move(Joint.TILT, person.at(Joint.TILT) + 8.0, 0.5 * moving_s, delay_s=0.5 * moving_s)
    person.wait(moving_s)


def _step(person: Choreographer, height_m: float) -> None:
    """Step up or down once: the ground gains `height_m` while the trunk leans into it."""
    half_s = person.uniform(0.35, 0.6)
    side = 1.0 if person.uniform(-1.0, 1.0) > 0.0 else -1.0
    person.move(Joint.CLIMB, height_m / half_s, half_s)
    person.move(Joint.CLIMB, 0.0, half_s, delay_s=half_s)
    for joint, size in (
        (Joint.TILT, 7.0 if height_m > 0 else 2.0),
        (Joint.FLEXION, 3.0),
        (Joint.LIST, 5.0 * side),
    ):
        person.move(joint, person.home(joint) + size, 0.9 * half_s)
        person.move(joint, person.home(joint), 1.1 * half_s, delay_s=0.9 * half_s)
    person.wait(2.0 * half_s)
    stand_still(person, person.uniform(0.4, 1.2))


def _arch(person: Choreographer, back_deg: float, up_m: float, hold_s: float) -> None:
    """Lean back by `back_deg`, most of it from the lumbar spine, and come back."""
    moving_s = person.uniform(0.7, 1.4)
    person.move(Joint.FLEXION, person.home(Joint.FLEXION) - 0.7 * back_deg, moving_s)
    person.move(Joint.TILT, person.home(Joint.TILT) - 0.3 * back_deg, moving_s)
    person.move(Joint.UP, up_m, moving_s)
    person.move(Joint.SIDE, person.uniform(-6.0, 6.0), moving_s)
    person.wait(moving_s + hold_s)
    _straighten(person, moving_s)


def _straighten(person: Choreographer, moving_s: float) -> None:
    """Go into a neutral stand."""
    person.stand_anew(person.now_s + moving_s)
    for joint in (*_TRUNK, Joint.LIST, Joint.UP):
        person.move(joint, person.home(joint), moving_s)
    person.wait(moving_s)

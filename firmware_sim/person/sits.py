"""Long sits: at a desk, on a sofa, at a meal, on the toilet, behind a wheel.

A seated back is not one posture. At a desk it is upright, slumped, reclined, perched on the edge, or leaning
on the forearms with the pelvis rolled as far forward as in standing; it reaches, swivels, picks things off
the floor, and now and then gets up for half a minute. Nothing of that is a break, and all of it is sitting
while the seat has the weight. How often people do what is [ours].
"""

import math

from firmware_sim.person.chairs import fail_to_rise, leave_seat, seat_drop_m, seated_bend, take_seat
from firmware_sim.person.choreographer import Choreographer
from firmware_sim.person.errands import swing_legs, tie_shoes
from firmware_sim.person.path import Joint
from firmware_sim.person.rhythm import Beat
from firmware_sim.person.script import ChairStyle
from firmware_sim.person.seated import SeatedPose, reclined, settle, slumped, usual
from firmware_sim.person.upright import stand

_STIRRING = {
    Joint.LIST: 1.5,
    Joint.TILT: 2.0,
    Joint.FLEXION: 2.0,
    Joint.SIDE: 4.0,
    Joint.TWIST: 8.0,
    Joint.HEADING: 6.0,
}

_RISES: tuple[ChairStyle, ...] = ("ordinary", "quick", "slow", "arms", "hesitant")


def desk(person: Choreographer, duration_s: float) -> None:
    """Work at a desk."""
    end_s = person.now_s + duration_s
    chair: ChairStyle = "ordinary" if person.uniform(0.0, 1.0) < 0.7 else "arms"
    take_seat(person, chair, _varied(person, usual(person.anatomy)), seat_drop_m(person, chair))
    restless_s = person.uniform(8.0, 45.0)
    while end_s - person.now_s > 50.0:
        settle(person, _desk_pose(person))
        person.fidget(min(person.uniform(40.0, 420.0), end_s - person.now_s), restless_s, _STIRRING)
        dice = person.uniform(0.0, 1.0)
        if dice < 0.25:
            _reach(person)
        elif dice < 0.33:
            _swivel(person)
        elif dice < 0.37:
            tie_shoes(person)
        elif dice < 0.40:
            with person.deed("failed_rise"):
                fail_to_rise(person)
        elif dice < 0.47 and end_s - person.now_s > 120.0:
            _up_for_a_moment(person, chair)
    _leave(person, end_s, _RISES)


def sofa(person: Choreographer, duration_s: float) -> None:
    """Watch something from a sofa, ever lower."""
    end_s, anatomy = person.now_s + duration_s, person.anatomy
    take_seat(person, "sofa", _varied(person, reclined(anatomy)), seat_drop_m(person, "sofa"))
    while end_s - person.now_s > 50.0:
        pelvis_deg, range_share = person.uniform(-40.0, anatomy.sit_pelvis_deg), person.uniform(0.35, 0.85)
        settle(person, SeatedPose(pelvis_deg, range_share * anatomy.lumbar_range_deg))
        person.fidget(min(person.uniform(90.0, 600.0), end_s - person.now_s), 30.0, _STIRRING)
        if person.uniform(0.0, 1.0) < 0.25:
            _reach(person)
    _leave(person, end_s, ("sofa", "low"))


def meal(person: Choreographer, duration_s: float) -> None:
    """Eat at a table, leaning over the plate again and again."""
    end_s = person.now_s + duration_s
    take_seat(person, "ordinary", _varied(person, usual(person.anatomy)), seat_drop_m(person, "ordinary"))
    while end_s - person.now_s > 25.0:
        person.wait(person.uniform(3.0, 15.0))
        pelvis_deg, lumbar_deg = person.at(Joint.TILT), person.at(Joint.FLEXION)
        for joint, by in (
            (Joint.TILT, person.uniform(3.0, 12.0)),
            (Joint.FLEXION, person.uniform(-2.0, 5.0)),
        ):
            person.move(joint, person.at(joint) + by, 1.0)
        person.wait(person.uniform(2.0, 6.0))
        person.move(Joint.TILT, pelvis_deg, 1.0)
        person.move(Joint.FLEXION, lumbar_deg, 1.0)
        person.wait(1.0)
        if person.uniform(0.0, 1.0) < 0.06:
            settle(person, _varied(person, usual(person.anatomy)))
    _leave(person, end_s, ("ordinary", "slow", "quick"))


def toilet(person: Choreographer, duration_s: float) -> None:
    """Sit on the toilet, elbows on the knees; wash the hands after."""
    person.fidget(person.uniform(2.5, 6.0), 1.0, {Joint.FLEXION: 5.0, Joint.SIDE: 5.0, Joint.TWIST: 8.0})
    end_s, range_deg = person.now_s + duration_s, person.anatomy.lumbar_range_deg
    pose = SeatedPose(person.uniform(-10.0, 8.0), person.uniform(0.30, 0.65) * range_deg)
    take_seat(person, "ordinary", pose, seat_drop_m(person, "ordinary"))
    person.fidget(max(5.0, end_s - person.now_s - 3.0), 25.0, _STIRRING)
    if person.uniform(0.0, 1.0) < 0.7:
        with person.deed("seated_reach"):
            seated_bend(person, person.uniform(25.0, 45.0), 0.5, lambda one: one.wait(one.uniform(0.5, 2.0)))
    leave_seat(person, "ordinary")
    person.fidget(person.uniform(3.0, 6.0), 1.0, {Joint.FLEXION: 5.0, Joint.SIDE: 5.0, Joint.TWIST: 8.0})
    wash_hands(person)


def wash_hands(person: Choreographer) -> None:
    """Stand bent over a basin for a moment."""
    lean_deg, share = person.uniform(8.0, 18.0), person.uniform(0.3, 0.7)
    person.move(Joint.TILT, person.home(Joint.TILT) + (1.0 - share) * lean_deg, 1.0)
    person.move(Joint.FLEXION, person.home(Joint.FLEXION) + share * lean_deg, 1.0)
    person.wait(1.0)
    person.fidget(person.uniform(10.0, 22.0), 1.5, {Joint.SIDE: 3.0, Joint.TWIST: 4.0, Joint.LIST: 1.5})
    for joint in (Joint.TILT, Joint.FLEXION):
        person.move(joint, person.home(joint), 1.0)
    person.wait(1.0)


def drive(person: Choreographer, duration_s: float) -> None:
    """Drive a car: in sideways, legs after; then engine, road, braking and corners."""
    end_s = person.now_s + duration_s
    side = 1.0 if person.uniform(-1.0, 1.0) > 0.0 else -1.0
    take_seat(person, "car", usual(person.anatomy), seat_drop_m(person, "car"))
    person.wait(person.uniform(0.3, 2.0))
    swing_legs(person, side)
    settle(person, _varied(person, reclined(person.anatomy)))
    person.wait(person.uniform(5.0, 20.0))
    while end_s - person.now_s > 60.0:
        _leg_of_a_ride(person, min(person.uniform(30.0, 300.0), end_s - person.now_s - 20.0))
        person.fidget(person.uniform(4.0, 45.0), 10.0, _STIRRING)
    settle(person, usual(person.anatomy))
    swing_legs(person, -side)
    person.wait(person.uniform(0.3, 1.5))
    leave_seat(person, "car")


def _leg_of_a_ride(person: Choreographer, moving_s: float) -> None:
    """Drive from one halt to the next."""
    person.swing(moving_s, _road(person))
    end_s, slow_mps = person.now_s + moving_s, 5.0
    while end_s - person.now_s > 24.0:
        fast_mps = person.uniform(8.0, 16.0)
        person.move(Joint.SPEED, fast_mps, person.uniform(6.0, 10.0))
        person.wait(min(person.uniform(10.0, 60.0), end_s - person.now_s - 14.0))
        person.move(Joint.SPEED, slow_mps, person.uniform(4.0, 6.0))
        person.wait(6.0)
        if end_s - person.now_s > 12.0:
            turning_s = person.uniform(5.0, 7.0)
            heading_deg = person.at(Joint.HEADING) + person.uniform(-90.0, 90.0)
            person.move(Joint.HEADING, heading_deg, turning_s)
            person.wait(turning_s)
    person.move(Joint.SPEED, 0.0, 4.0)
    person.now_s = max(end_s, person.now_s + 4.0)


def _road(person: Choreographer) -> tuple[Beat, ...]:
    """Return the shaking of a seat on a road: the body's bounce near 1.5 Hz and the wheels' hop above.

    Vertical accelerations of 0.3 to 0.6 m/s2 are usual in cars (ISO 2631-1:1997, annex C calls 0.315 to 0.63
    "a little uncomfortable").
    """
    bands = (((1.0, 2.3), person.uniform(0.10, 0.35)), ((4.0, 12.0), person.uniform(0.15, 0.40)))
    beats = []
    for (low_hz, high_hz), rms_mps2 in bands:
        for _ in range(5):
            rate_hz = person.uniform(low_hz, high_hz)
            size_m = rms_mps2 * math.sqrt(2.0 / 5.0) / (2.0 * math.pi * rate_hz) ** 2
            beats.append(Beat(Joint.UP, rate_hz, person.uniform(0.0, 6.28), size_m))
    for joint in (Joint.TILT, Joint.LIST, Joint.LIST):
        size_deg = person.uniform(0.1, 0.4)
        beats.append(Beat(joint, person.uniform(0.6, 1.6), person.uniform(0.0, 6.28), size_deg))
    return tuple(beats)


def _desk_pose(person: Choreographer) -> SeatedPose:
    anatomy = person.anatomy
    dice = person.uniform(0.0, 1.0)
    if dice < 0.45:
        pose = usual(anatomy)
    elif dice < 0.62:
        # On the forearms: the pelvis comes forward, the trunk with it.
        return SeatedPose(
            anatomy.sit_pelvis_deg + person.uniform(10.0, 22.0),
            person.uniform(0.75, 1.15) * anatomy.sit_lumbar_deg,
        )
    elif dice < 0.77:
        pose = slumped(anatomy)
    elif dice < 0.92:
        pose = reclined(anatomy)
    else:
        # Perched on the edge, as upright as sitting goes.
        pose = SeatedPose(0.45 * anatomy.sit_pelvis_deg, 0.5 * anatomy.sit_lumbar_deg)
    return _varied(person, pose)


def _varied(person: Choreographer, pose: SeatedPose) -> SeatedPose:
    return SeatedPose(
        pose.pelvis_deg + person.uniform(-3.0, 3.0), pose.lumbar_deg + person.uniform(-4.0, 4.0)
    )


def _reach(person: Choreographer) -> None:
    with person.deed("seated_reach"):
        lean_deg, share = person.uniform(20.0, 55.0), person.uniform(0.3, 0.6)
        seated_bend(person, lean_deg, share, lambda one: one.wait(one.uniform(0.2, 3.0)))


def _swivel(person: Choreographer) -> None:
    for _ in range(int(person.rng.integers(1, 4))):
        turn_deg = person.uniform(-100.0, 100.0)
        person.move(Joint.HEADING, person.at(Joint.HEADING) + turn_deg, max(1.0, abs(turn_deg) / 70.0))
        person.wait(person.uniform(1.5, 5.0))


def _up_for_a_moment(person: Choreographer, chair: ChairStyle) -> None:
    """Get up, take something from a shelf, sit down again: no break."""
    with person.pastime("short_stand"):
        leave_seat(person, chair)
        if person.uniform(0.0, 1.0) < 0.5:
            person.walk(int(person.rng.integers(2, 5)), person.uniform(70.0, 100.0))
        stand(person, person.uniform(4.0, 30.0))
        take_seat(person, chair, _varied(person, usual(person.anatomy)), seat_drop_m(person, chair))


def _leave(person: Choreographer, end_s: float, styles: tuple[ChairStyle, ...]) -> None:
    if end_s > person.now_s:
        person.wait(end_s - person.now_s)
    leave_seat(person, styles[int(person.rng.integers(len(styles)))])

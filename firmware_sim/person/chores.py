"""Lifts as people do them: every way down and up that the product must find and tell apart.

Shares and depths are spread over all three strategies and over their borders; nothing is made clear-cut,
except that no bend peaks close to the 30 deg or lasts close to the 0.8 s that make one, and no twist or side
bend comes close to the 25 deg beyond which a lift is not scored: what lies on those lines is nobody's truth.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial

import numpy as np

from firmware_sim.person.choreographer import Choreographer
from firmware_sim.person.lifting import lift
from firmware_sim.person.script import Halt, LiftPlan, Regrip

_LEAST_DEG, _MOST_DEG = 36.0, 112.0
_SERIES_TROUGH = (0.22, 0.40)
"""Part of the depth left between lifts without standing up: well under the half that would join them."""


def plain(person: Choreographer) -> LiftPlan:
    """Return any bend, straight or with bent knees."""
    which = int(person.rng.choice(3, p=(0.34, 0.30, 0.36)))
    range_deg = person.anatomy.lumbar_range_deg
    if which == 0:
        depth_deg = person.uniform(38.0, 85.0)
        lumbar_deg = min(person.uniform(0.05, 0.34) * depth_deg, 0.47 * range_deg)
    elif which == 1:
        depth_deg = person.uniform(38.0, 95.0)
        lumbar_deg = min(person.uniform(0.38, 0.58) * depth_deg, 0.78 * range_deg)
    else:
        lumbar_deg = person.uniform(0.78, 1.0) * range_deg
        depth_deg = lumbar_deg / person.uniform(0.45, 0.85)
    bent = person.uniform(0.0, 1.0) < 0.4
    hip_deg = min(depth_deg - lumbar_deg, person.anatomy.hip_range_deg * (1.15 if bent else 1.0))
    depth_deg = float(np.clip(lumbar_deg + hip_deg, _LEAST_DEG, _MOST_DEG))
    lumbar_deg = min(lumbar_deg, depth_deg)
    tempo = person.habits.tempo * person.uniform(0.85, 1.3) * (0.75 + 0.005 * depth_deg)
    return LiftPlan(
        lumbar_deg / depth_deg,
        depth_deg,
        descent_s=1.3 * tempo,
        hold_s=person.uniform(0.0, 0.9),
        ascent_s=1.35 * tempo * person.uniform(0.85, 1.2),
        knee_drop_m=_knees_m(person, 0.20, 0.45) if bent else person.uniform(0.0, 0.055),
        side_deg=person.uniform(-8.0, 8.0),
        twist_deg=person.uniform(-12.0, 12.0),
        lead=person.habits.lead(person.rng),
        rise_lead=person.habits.lead(person.rng),
    )


def _quick(person: Choreographer) -> LiftPlan:
    """Take about a second from 10 deg to 10 deg: clear of the 0.8 s below which nothing is a bend (B3)."""
    return replace(
        plain(person),
        descent_s=person.uniform(0.74, 0.95),
        hold_s=person.uniform(0.0, 0.1),
        ascent_s=person.uniform(0.74, 0.95),
    )


def _slow(person: Choreographer) -> LiftPlan:
    return replace(
        plain(person), descent_s=person.uniform(2.3, 3.3), ascent_s=person.uniform(2.3, 3.3), hold_s=0.5
    )


def _held(person: Choreographer) -> LiftPlan:
    return replace(plain(person), hold_s=person.uniform(2.5, 6.5))


def _halting(person: Choreographer) -> LiftPlan:
    """Stop on the way down, or move in jerks: down and up (Watt 2017's judder)."""
    stops = int(person.rng.integers(1, 4))

    def halts() -> tuple[Halt, ...]:
        places = (np.arange(stops) + person.rng.uniform(0.6, 1.1, stops)) / (stops + 0.6)
        return tuple(Halt(float(place), person.uniform(-0.1, 0.9 / stops)) for place in places)

    plan = plain(person)
    return replace(
        plan,
        descent_s=1.2 * plan.descent_s,
        ascent_s=1.2 * plan.ascent_s,
        halts=halts(),
        rise_halts=halts() if person.uniform(0.0, 1.0) < 0.5 else (),
    )


def _regripping(person: Choreographer) -> LiftPlan:
    regrips = tuple(
        Regrip(person.uniform(0.06, 0.22), person.uniform(0.3, 0.7), person.uniform(0.0, 0.5))
        for _ in range(int(person.rng.integers(1, 3)))
    )
    return replace(plain(person), regrips=regrips)


def _turning(person: Choreographer) -> LiftPlan:
    side = 1.0 if person.uniform(-1.0, 1.0) > 0.0 else -1.0
    return replace(
        plain(person), turn_deg=side * person.uniform(40.0, 130.0), twist_deg=side * person.uniform(4.0, 18.0)
    )


def _askew(person: Choreographer) -> LiftPlan:
    """Reach far to a side, or twist: not to be scored."""
    side = 1.0 if person.uniform(-1.0, 1.0) > 0.0 else -1.0
    if person.uniform(0.0, 1.0) < 0.5:
        return replace(plain(person), side_deg=side * person.uniform(32.0, 38.0), twist_deg=0.0)
    return replace(plain(person), twist_deg=side * person.uniform(32.0, 42.0), side_deg=0.0)


def _loaded(person: Choreographer) -> LiftPlan:
    """Carry a load in one hand: a lean to one side that stays short of not being scored."""
    side = 1.0 if person.uniform(-1.0, 1.0) > 0.0 else -1.0
    return replace(
        plain(person), side_deg=side * person.uniform(10.0, 16.0), twist_deg=-side * person.uniform(8.0, 16.0)
    )


def _crouch(person: Choreographer) -> LiftPlan:
    """Go down on the knees with a round back: the pelvis stays upright."""
    lumbar_deg = person.uniform(0.7, 0.98) * person.anatomy.lumbar_range_deg
    pelvis_deg = max(person.uniform(2.0, 16.0), _LEAST_DEG - lumbar_deg)
    depth_deg = lumbar_deg + pelvis_deg
    return replace(
        plain(person),
        share=lumbar_deg / depth_deg,
        depth_deg=depth_deg,
        knee_drop_m=_knees_m(person, 0.30, 0.48),
    )


def _upright_squat(person: Choreographer) -> LiftPlan:
    """Go down on the knees with the trunk nearly upright."""
    tempo = person.habits.tempo
    return LiftPlan(
        person.uniform(0.0, 0.6),
        person.uniform(9.0, 25.0),
        descent_s=person.uniform(0.9, 1.8) * tempo,
        hold_s=person.uniform(0.1, 1.8),
        ascent_s=person.uniform(0.9, 1.8) * tempo,
        knee_drop_m=_knees_m(person, 0.28, 0.5),
        side_deg=person.uniform(-5.0, 5.0),
        twist_deg=person.uniform(-8.0, 8.0),
        lead=0.0,
        kind="upright_squat",
    )


def _knees_m(person: Choreographer, low_m: float, high_m: float) -> float:
    """Draw how far the knees let the hips sink; lengths are those of a leg of 0.84 m."""
    return person.uniform(low_m, high_m) * person.anatomy.leg_m / 0.84


_SPECIAL: tuple[Callable[[Choreographer], LiftPlan], ...] = (
    _quick,
    _slow,
    _held,
    _halting,
    _regripping,
    _turning,
    _askew,
    _loaded,
    _crouch,
    _upright_squat,
)


def chores(person: Choreographer, lifts: int) -> Iterator[Callable[[], None]]:
    """Yield `lifts` lifts as chores to be done in any order: a series, most of the special ways, some plain.

    A plan is made when the chore is done.
    """
    series = int(person.rng.integers(2, 4))
    yield partial(_series, person, series)
    ways = [_SPECIAL[i] for i in person.rng.permutation(len(_SPECIAL))[: lifts - series]]
    ways += [plain] * (lifts - series - len(ways))
    for way in ways:
        yield partial(_once, person, way)


def _once(person: Choreographer, way: Callable[[Choreographer], LiftPlan]) -> None:
    lift(person, way(person))


def _series(person: Choreographer, lifts: int) -> None:
    """Do several in a row: come up only part of the way between them."""
    plans = [plain(person) for _ in range(lifts)]
    least_deg = min(plan.depth_deg for plan in plans)
    for plan in plans[:-1]:
        trough_deg = person.uniform(*_SERIES_TROUGH) * least_deg
        lift(person, replace(plan, rise_to=trough_deg / plan.depth_deg))
        person.wait(person.uniform(0.0, 0.5))
    lift(person, plans[-1])

"""How people spend their days: pastimes in any order, a few steps or many between them.

Long sits and short ones, meals, drives, naps, the toilet, housework, walks, stairs, a dance, movement snacks
and what only resembles them, and often a stretch with the strip off, for a shower or in a bag. Every day has
two sits that are long enough for nudge and alert.

Whether getting up was a break must not hang on a second: from 45 to 78 s upright, or with 6 to 16 steps, the
person goes on until it is one beyond doubt (a break is 60 s upright with ten steps, CLINICAL.md B5).

Proportions and chances are [ours]; they are those of a day at home and at a desk, with about half of it
seated.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np

from firmware_sim.person.bedrest import nap
from firmware_sim.person.choreographer import Choreographer
from firmware_sim.person.housework import (
    carry_things,
    cook,
    go,
    run_errands,
    take_a_walk,
    take_stairs,
    work_standing,
)
from firmware_sim.person.mishaps import knock, slip
from firmware_sim.person.script import Occupation, Pod
from firmware_sim.person.sits import desk, drive, meal, sofa, toilet
from firmware_sim.person.snack import NO_SNACKS, no_snack, snack
from firmware_sim.person.stepping import dance, vacuum
from firmware_sim.person.strip_off import be_carried, clip_on_again, lie_about, take_off
from firmware_sim.person.upright import settle_anew, stand, stand_still

_SLIP_CHANCE = 0.15
_PODS: tuple[Pod, Pod] = ("upper", "lower")
_DOUBTFUL_S = (45.0, 78.0)
_DOUBTFUL_STEPS = (6, 16)
"""So long upright, or so many steps, leave it open whether it was a break."""

_Deed = Callable[[Choreographer], None]


@dataclass(frozen=True, slots=True)
class _Pastime:
    """One way to spend time: how often it is chosen, for how long, in minutes, and what is done."""

    kind: Occupation
    weight: float
    minutes: tuple[float, float]
    act: Callable[[Choreographer, float], None]
    seated: bool = False


def _untimed(deed: _Deed) -> Callable[[Choreographer, float], None]:
    return lambda person, _: deed(person)


def _any_no_snack(person: Choreographer) -> None:
    no_snack(person, NO_SNACKS[int(person.rng.integers(len(NO_SNACKS)))])


_PASTIMES = (
    _Pastime("desk", 10.0, (4.0, 60.0), desk, seated=True),
    _Pastime("sofa", 5.0, (5.0, 50.0), sofa, seated=True),
    _Pastime("meal", 5.0, (8.0, 22.0), meal, seated=True),
    _Pastime("driving", 4.0, (6.0, 30.0), drive, seated=True),
    _Pastime("toilet", 10.0, (0.8, 6.0), toilet, seated=True),
    _Pastime("nap", 3.0, (6.0, 35.0), nap, seated=True),
    _Pastime("walk", 15.0, (0.5, 18.0), take_a_walk),
    _Pastime("stairs", 6.0, (0.0, 0.0), _untimed(take_stairs)),
    _Pastime("cooking", 10.0, (5.0, 18.0), cook),
    _Pastime("standing_work", 10.0, (4.0, 20.0), work_standing),
    _Pastime("lifting", 5.0, (0.0, 0.0), _untimed(carry_things)),
    _Pastime("errands", 6.0, (0.0, 0.0), _untimed(run_errands)),
    _Pastime("vacuuming", 4.0, (2.0, 8.0), vacuum),
    _Pastime("dancing", 3.0, (1.0, 5.0), dance),
    _Pastime("snack", 9.0, (0.0, 0.0), _untimed(snack)),
    _Pastime("no_snack", 7.0, (0.0, 0.0), _untimed(_any_no_snack)),
)
_LONG_DESK = _Pastime("desk", 0.0, (47.0, 75.0), desk, seated=True)


def spend(person: Choreographer, duration_s: float) -> None:
    """Spend so much time, a whole day or part of it."""
    rng, start_s = person.rng, person.now_s
    end_s = start_s + duration_s

    def some_time(part: float) -> float:
        return start_s + part * duration_s

    musts = [(some_time(person.uniform(*part)), _LONG_DESK) for part in ((0.05, 0.3), (0.5, 0.75))]
    if rng.random() < 0.75:
        musts.append((some_time(person.uniform(0.1, 0.9)), _OFF))
    mishaps = [
        (some_time(person.uniform(0.0, 1.0)), partial(knock, person, _PODS[int(rng.integers(2))]))
        for _ in range(int(rng.integers(0, 3)))
    ]
    if rng.random() < _SLIP_CHANCE:
        pod = _PODS[int(rng.integers(2))]
        mishaps.append((some_time(person.uniform(0.0, 1.0)), partial(slip, person, pod)))
    last: _Pastime | None = None
    while end_s - person.now_s > 90.0:
        due = [must for must in musts if must[0] <= person.now_s]
        for mishap in [one for one in mishaps if one[0] <= person.now_s]:
            mishaps.remove(mishap)
            mishap[1]()
        if due:
            musts.remove(due[0])
            last = due[0][1]
        else:
            last = _drawn(rng, last)
        shortest_s, longest_s = (60.0 * minutes for minutes in last.minutes)
        left_s = end_s - person.now_s - 40.0
        # Most stays are short, some are long.
        lasting_s = shortest_s + (longest_s - shortest_s) * float(rng.beta(1.2, 2.0))
        if last is _LONG_DESK:
            lasting_s = person.uniform(shortest_s, longest_s)
        _do(person, last, min(lasting_s, max(30.0, left_s)))
        _between(person)
    _settle_break(person)
    stand_still(person, max(4.0, end_s - person.now_s))


def _drawn(rng: np.random.Generator, last: _Pastime | None) -> _Pastime:
    choice = [one for one in _PASTIMES if last is None or one.kind != last.kind]
    weights = np.array([one.weight for one in choice])
    return choice[int(rng.choice(len(choice), p=weights / weights.sum()))]


def _do(person: Choreographer, pastime: _Pastime, lasting_s: float) -> None:
    if pastime.seated:
        _settle_break(person)
    with person.pastime(pastime.kind):
        pastime.act(person, lasting_s)
    if pastime.kind == "dancing":
        # No one doubts that this was a break.
        go(person, 24)


def _between(person: Choreographer) -> None:
    """Do what lies between two pastimes: a few steps, a stand, a way somewhere else, or a snack at once."""
    dice = person.uniform(0.0, 1.0)
    if dice < 0.15:
        person.wait(person.uniform(1.0, 3.0))
        return
    if dice < 0.25:
        person.wait(person.uniform(1.0, 5.0))
        with person.pastime("snack"):
            snack(person)
        return
    if dice < 0.75:
        go(person, int(person.rng.integers(4, 40)))
    settle_anew(person)
    stand(person, person.uniform(1.5, 20.0))


def _settle_break(person: Choreographer) -> None:
    """Leave no doubt whether this was a break."""
    upright_s, steps = person.upright()
    if upright_s < _DOUBTFUL_S[0] or (upright_s >= _DOUBTFUL_S[1] and steps >= _DOUBTFUL_STEPS[1]):
        return
    if _DOUBTFUL_STEPS[0] <= steps < _DOUBTFUL_STEPS[1]:
        person.wait(2.5)
        go(person, 16)
        upright_s, steps = person.upright()
    if steps >= _DOUBTFUL_STEPS[1] and upright_s < _DOUBTFUL_S[1]:
        stand(person, _DOUBTFUL_S[1] - upright_s)


def _off(person: Choreographer, duration_s: float) -> None:
    """Take the strip off, for a shower or to carry it elsewhere, and clip it on again."""
    end_s = person.now_s + duration_s
    take_off(person)
    if person.uniform(0.0, 1.0) < 0.4:
        lie_about(person, person.uniform(5.0, 60.0))
        be_carried(person, person.uniform(20.0, 150.0))
        person.wait(person.uniform(1.0, 5.0))
    lie_about(person, max(60.0, end_s - person.now_s - 15.0))
    clip_on_again(person)


_OFF = _Pastime("strip_off", 0.0, (6.0, 45.0), _off)

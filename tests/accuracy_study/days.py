"""Whole days of simulated people: postures, walks, steps, and the sitting reminders.

Each day has eight hours after the guided calibration, drawn from a seed: long and short sits at a desk, on a
sofa, at meals, on the toilet and in a car, naps, cooking, standing work, lifting, stairs, walks, vacuuming,
dancing, movement snacks and what only resembles them, and in most days the strip comes off for a while, lies
on a shelf or is carried in a bag, and is clipped on again slightly elsewhere. The truth is the body's and its
script's, and shares no formula with the core. How a day is judged: :mod:`tests.accuracy_study.whole_day`, its
snacks: :mod:`tests.accuracy_study.day_snacks`; one pod tells of no snacks.

Balanced accuracy is the mean of the recalls of lying, sitting, standing, walking and not worn, over minutes,
each named by the posture that took most of it. Sitting against all else is told apart too.

These days are as unkind as the simulator makes them: people lean on their desks, perch, slump and get up for
half a minute, cars shake, kitchens are full of single steps. Real ones may be harder.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from types import MappingProxyType

import numpy as np

from firmware_sim.days import day
from firmware_sim.study import recorded
from tests.accuracy_study.crowd import of_each
from tests.accuracy_study.days_shown import pictures, tables, worst
from tests.accuracy_study.finding import COUNT, Figure, Limit, Section, measured, share
from tests.accuracy_study.statistics import FloatArray, balanced_accuracy, f1, median
from tests.accuracy_study.whole_day import ALERT_S, MODES, STATES, Pods, Told, told

_SITTING = STATES.index("sitting")

LIMITS: Mapping[Pods, Mapping[str, Limit]] = MappingProxyType(
    {
        "dual": {
            "minutes": Limit("at least", 95.0),
            "alerts": Limit("at least", 95.0),
            "false": Limit("at most", 1.0),
            "sitting": Limit("at most", 5.0),
            "steps": Limit("at most", 3.0),
            "walks": Limit("at least", 0.95),
            "snacks": Limit("at least", 0.9),
        },
        "single": {"minutes": Limit("at least", 90.0)},
    }
)
"""Product acceptance; CLINICAL.md B5 for the minutes."""


def study(people: int, seed: int, on_person: Callable[[], None]) -> Section:
    """Return the section on one day of each of so many people.

    Parameters
    ----------
    people
        How many.
    seed
        Of the first person, the others count on from it; and of the bootstrap.
    on_person
        Called when a day is done.
    """
    return section(of_each(_one_day, people, seed, on_person), people, seed)


def section(days: Sequence[Told], people: int, seed: int) -> Section:
    """Return the section on days that have been told, in both modes each."""
    days = sorted(days, key=lambda one: one.seed)
    by_mode = {mode: [one for one in days if one.mode == mode] for mode in MODES}
    return Section(
        "days",
        f"Whole days of {people} simulated people, seeds {seed} to {seed + people - 1}",
        __doc__ or "",
        figures=tuple(figure for mode in MODES for figure in _figures(by_mode[mode], mode, seed)),
        tables=tuple(table for mode in MODES for table in tables(by_mode[mode], mode)),
        worst=tuple(case for mode in MODES for case in worst(by_mode[mode], mode)),
        pictures=tuple(picture for mode in MODES for picture in pictures(by_mode[mode], mode)),
    )


def _one_day(seed: int) -> list[Told]:
    life = day(seed)
    raw = recorded(life)
    return [told(life, raw, mode) for mode in MODES]


def _figures(days: list[Told], mode: Pods, seed: int) -> Iterator[Figure]:
    limits = LIMITS[mode]
    accepted = [(one.seed, float(one.accepted)) for one in days]
    yield share(f"{mode}: guided routines accepted", accepted, seed)
    yield from _posture_figures(days, mode, seed)
    yield from _alert_figures(days, mode, seed)
    yield _off_pct(
        f"{mode}: sitting time, all days together: error", _sitting(days), seed, limits.get("sitting")
    )
    near = [(who, float(abs(found - true) <= 0.05 * true)) for who, (found, true) in _sitting(days)]
    yield share(f"{mode}: days whose sitting time is within 5 %", near, seed)
    steps = [(one.seed, (float(one.steps), float(one.true_steps))) for one in days]
    yield _off_pct(f"{mode}: steps, all days together: error", steps, seed, limits.get("steps"))
    each = [(who, 100.0 * abs(found - true) / true) for who, (found, true) in steps if true]
    yield measured(f"{mode}: steps of a day: median error", each, median, "%", seed)
    walks = [(one.seed, tuple(map(float, one.walks))) for one in days]
    yield measured(f"{mode}: walks over 10 s: F1", walks, f1, "", seed, limits.get("walks"))
    if mode == "dual":
        yield from _snack_figures(days, seed)


def _posture_figures(days: list[Told], mode: Pods, seed: int) -> Iterator[Figure]:
    minutes = [(one.seed, minute) for one in days for minute in one.minutes()]
    right = [(who, (float(true), float(true == found))) for who, (true, found) in minutes]
    name = f"{mode}: minutes: balanced accuracy"
    yield measured(name, right, _balanced_pct, "%", seed, LIMITS[mode]["minutes"])
    for code, state in enumerate(STATES):
        recall = [(who, float(found == code)) for who, (true, found) in minutes if true == code]
        yield share(f"{mode}: minutes of {state.replace('_', ' ')} told so", recall, seed)
    seated = [
        (who, (float(true == _SITTING), float((true == _SITTING) == (found == _SITTING))))
        for who, (true, found) in minutes
    ]
    yield measured(f"{mode}: minutes, sitting or not: balanced accuracy", seated, _balanced_pct, "%", seed)


def _alert_figures(days: list[Told], mode: Pods, seed: int) -> Iterator[Figure]:
    limits = LIMITS[mode]
    for level in ("nudge", "alert"):
        hits = [
            (one.seed, float(due.error_s is not None and abs(due.error_s) <= ALERT_S))
            for one in days
            for due in one.due
            if due.level == level
        ]
        yield share(f"{mode}: {level}s within {ALERT_S:g} s of their time", hits, seed, limits.get("alerts"))
    false = [(one.seed, float(sum(level == "nudge" for level, _ in one.false_alerts))) for one in days]
    name = f"{mode}: false nudges a day"
    yield measured(name, false, lambda counts: float(counts.mean()), "", seed, limits.get("false"))
    most = max((count for _, count in false), default=float("nan"))
    yield Figure(f"{mode}: most false nudges in a day", most, COUNT, len(days), limit=limits.get("false"))
    delays = [(one.seed, one.delay_s) for one in days]
    yield measured(f"{mode}: delay of a second, in all of the above", delays, median, "s", seed)


def _snack_figures(days: list[Told], seed: int) -> Iterator[Figure]:
    counts = [(one.seed, tuple(map(float, one.snacks.counts))) for one in days]
    yield measured("movement snacks: F1", counts, f1, "", seed, LIMITS["dual"]["snacks"])
    parts = [(one.seed, float(is_placed)) for one in days for is_placed in one.snacks.parts]
    yield share("movement snacks: parts of those found in their place", parts, seed)
    ends = [(one.seed, float(is_said)) for one in days for is_said in one.snacks.ends]
    yield share("movement snacks: sitting that says it was ended by one", ends, seed)


def _sitting(days: list[Told]) -> list[tuple[int, tuple[float, float]]]:
    seconds = [(one.seed, one.seconds_of("sitting")) for one in days]
    return [(who, (found, true)) for who, (true, found) in seconds if true]


def _off_pct(
    name: str, pairs: list[tuple[int, tuple[float, float]]], seed: int, limit: Limit | None
) -> Figure:
    """Return how far the sums of found and true are apart, in per cent of the true one."""

    def apart(rows: FloatArray) -> float:
        found, true = rows.sum(axis=0)
        return float(100.0 * abs(found - true) / true) if true else float("nan")

    return measured(name, pairs, apart, "%", seed, limit)


def _balanced_pct(cases: FloatArray) -> float:
    return 100.0 * balanced_accuracy(np.asarray(cases))

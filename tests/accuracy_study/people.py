"""Simulated people with realistic sensors, each with the strip clipped on in a way of their own.

The people, their movements, skin and sensors come from the simulator, whose truth is the body itself and
shares no formula with the core. Each person is drawn from a seed. How lifts are matched and judged:
:mod:`tests.accuracy_study.person`. A label is right if it is the one that the rules of CLINICAL.md B2 give
for the true angles; the borderline band is that of the truth. Who has gone through the routine has limits of
a hip-led bend of their own, which B2 makes from the dowel hinges: here from their true angles. One figure
says how often the label is the one of the usual limits.

The strip rides on skin and strap. Angles and labels are held against the bones, which is what patient and
therapist mean. A few figures against two other truths show how much of the error no strip could avoid: that
of what the pods ride on, and that of the strip, which is the same but zero as the person stood in the
routine.

`confidence` is held against how often the label was right, over the scored lifts that were matched. Its
expected calibration error has ten bins of equal width, and chance alone lifts it when there are few lifts.

These people are as hard as the simulator makes them; real ones may be harder.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from types import MappingProxyType

import numpy as np

from firmware_sim.study import participant, recorded
from firmware_sim.truth.angles import Carrier
from firmware_sim.truth.record import truth_of
from tests.accuracy_study.crowd import of_each
from tests.accuracy_study.finding import Figure, Limit, Section, measured, share
from tests.accuracy_study.people_shown import pairs_of, pictures, stated, tables, worst
from tests.accuracy_study.person import Pair, Result, Start, say, scored
from tests.accuracy_study.statistics import (
    FloatArray,
    balanced_accuracy,
    calibration_error,
    f1,
    median,
    percentile_95,
)

_STARTS: tuple[Start, ...] = ("guided", "uncalibrated")
_CARRIERS: tuple[Carrier, ...] = ("bone", "pod", "strip")


GUIDED_LIMITS: Mapping[str, Limit] = MappingProxyType(
    {
        "lumbar": Limit("at most", 3.0),
        "f1": Limit("at least", 0.97),
        "clear strategy": Limit("at least", 95.0),
        "strategy": Limit("at least", 85.0),
        "chairs": Limit("at most", 1.0),
        "confidence": Limit("at most", 0.05),
    }
)
"""Acceptance [ours], for the guided calibration."""


def study(people: int, seed: int, on_person: Callable[[], None]) -> Section:
    """Return the section on so many people.

    Parameters
    ----------
    people
        How many.
    seed
        Of the first person, the others count on from it; and of the bootstrap.
    on_person
        Called when a person is done.
    """
    results = of_each(one_person, people, seed, on_person)
    return section(results, people, seed)


def section(results: list[Result], people: int, seed: int) -> Section:
    """Return the section on what was measured of so many people, whose seeds begin at `seed`."""
    results = sorted(results, key=lambda result: result.seed)
    guided, by_pod, by_strip, uncalibrated = (
        [result for result in results if (result.start, result.carrier) == kind]
        for kind in (("guided", "bone"), ("guided", "pod"), ("guided", "strip"), ("uncalibrated", "bone"))
    )
    return Section(
        "people",
        f"{people} simulated people, seeds {seed} to {seed + people - 1}",
        __doc__ or "",
        figures=(
            *_figures(guided, seed, "guided", GUIDED_LIMITS),
            *_routine_figures(guided, seed),
            *_other_truth_figures(by_pod, seed, "the pods"),
            *_other_truth_figures(by_strip, seed, "the strip"),
            *_figures(uncalibrated, seed, "uncalibrated", {}),
            *_loss(guided, uncalibrated, seed),
        ),
        tables=tuple(tables(guided, uncalibrated)),
        worst=(*worst(guided), *worst(uncalibrated)),
        pictures=tuple(pictures(guided, uncalibrated)),
    )


def one_person(seed: int) -> list[Result]:
    """Return all that is measured of one person."""
    scenario = participant(seed)
    truths = [(carrier, truth_of(scenario, carrier)) for carrier in _CARRIERS]
    raw = recorded(scenario)
    return [
        scored(scenario, truth, carrier, said, start)
        for start in _STARTS
        for said in [say(scenario, raw, start)]
        for carrier, truth in (truths if start == "guided" else truths[:1])
    ]


def _figures(results: list[Result], seed: int, start: Start, limits: Mapping[str, Limit]) -> Iterator[Figure]:
    pairs = pairs_of(results)
    squares = [(one.seed, (one.square_deg2, float(one.rows))) for one in results]
    in_lifts = [(one.seed, (one.lift_square_deg2, float(one.lift_rows))) for one in results]
    rmse = limits.get("lumbar")
    yield measured(f"{start}: lumbar flexion, whole day: RMSE", squares, _root, "deg", seed, rmse)
    yield measured(f"{start}: lumbar flexion, within lifts: RMSE", in_lifts, _root, "deg", seed, rmse)
    for name, slipped in (("whose pods stayed in place", False), ("one of whose pods slipped", True)):
        some = [(one.seed, (one.square_deg2, float(one.rows))) for one in results if one.slipped is slipped]
        yield measured(f"{start}: the same, people {name}", some, _root, "deg", seed)
    each = [(one.seed, one.rmse_deg) for one in results if one.rows]
    yield measured(f"{start}: lumbar flexion, one person's RMSE: 95th pct", each, percentile_95, "deg", seed)
    counts = [
        (one.seed, (float(len(one.pairs)), float(len(one.false)), float(len(one.missed)))) for one in results
    ]
    found = [(one.seed, float(i < len(one.pairs))) for one in results for i in range(_true(one))]
    true = [(one.seed, float(i < len(one.pairs))) for one in results for i in range(_told(one))]
    yield share(f"{start}: lifts found (recall)", found, seed)
    yield share(f"{start}: lifts told that are true (precision)", true, seed)
    yield measured(f"{start}: lift F1", counts, f1, "", seed, limits.get("f1"))
    clear = [(who, float(pair.is_right)) for who, pair in pairs if not pair.verdict.borderline]
    every = [(who, float(pair.is_right)) for who, pair in pairs]
    scorable = [
        (who, float(pair.is_right))
        for who, pair in pairs
        if not pair.verdict.borderline and pair.verdict.strategy != "not_scored"
    ]
    yield share(
        f"{start}: strategy right outside the borderline band",
        clear,
        seed,
        limits.get("clear strategy"),
    )
    yield share(f"{start}: the same, without lifts too twisted to score", scorable, seed)
    yield share(f"{start}: strategy right, all", every, seed, limits.get("strategy"))
    if start == "guided":
        usual = [(who, float(pair.is_usual)) for who, pair in pairs if not pair.true.usual.borderline]
        yield share(f"{start}: strategy that of the usual limits, outside their band", usual, seed)
    chairs = [(one.seed, float(chair.is_lift)) for one in results for chair in one.chairs]
    yield share(f"{start}: chair transitions told as lifts", chairs, seed, limits.get("chairs"))
    legs = [
        (who, (float(pair.true.legs == "bent"), float(pair.told.legs == pair.true.legs)))
        for who, pair in pairs
    ]
    yield measured(f"{start}: legs, balanced accuracy, unknown is wrong", legs, balanced_accuracy, "", seed)
    yield measured(
        f"{start}: expected calibration error of confidence",
        stated(pairs),
        calibration_error,
        "",
        seed,
        limits.get("confidence"),
    )
    for name, errors in (
        ("start", [(who, abs(pair.start_error_s)) for who, pair in pairs]),
        ("end", [(who, abs(pair.end_error_s)) for who, pair in pairs]),
    ):
        yield measured(f"{start}: {name} of a lift: median error", errors, median, "s", seed)
    unknown = sum(one.unknown_rows for one in results)
    rows = unknown + sum(one.rows for one in results)
    yield Figure(f"{start}: samples of the day without an angle", 100.0 * unknown / max(1, rows), "%", rows)


def _routine_figures(guided: list[Result], seed: int) -> Iterator[Figure]:
    yield share("guided: routine accepted", [(one.seed, float(one.accepted)) for one in guided], seed)
    refused = [(one.seed, float(bool(one.reasons))) for one in guided]
    yield share("guided: people turned away at least once", refused, seed)
    ranges = [(one.seed, abs(one.range_error_deg)) for one in guided if one.accepted]
    yield measured("guided: lumbar range: median error", ranges, median, "deg", seed)
    yield measured("guided: lumbar range: 95th percentile", ranges, percentile_95, "deg", seed)


def _other_truth_figures(results: list[Result], seed: int, truth: str) -> Iterator[Figure]:
    """Yield what remains when skin and strap, and chance stands, are not held against the core."""
    squares = [(one.seed, (one.square_deg2, float(one.rows))) for one in results]
    yield measured(f"guided, against {truth}: lumbar flexion: RMSE", squares, _root, "deg", seed)
    pairs = pairs_of(results)
    clear = [(who, float(pair.is_right)) for who, pair in pairs if not pair.verdict.borderline]
    yield share(f"guided, against {truth}: strategy right outside the band", clear, seed)
    every = [(who, float(pair.is_right)) for who, pair in pairs]
    yield share(f"guided, against {truth}: strategy right, all", every, seed)
    ranges = [(one.seed, abs(one.range_error_deg)) for one in results if one.accepted]
    yield measured(f"guided, against {truth}: lumbar range: median error", ranges, median, "deg", seed)


def _true(result: Result) -> int:
    return len(result.pairs) + len(result.missed)


def _told(result: Result) -> int:
    return len(result.pairs) + len(result.false)


def _root(rows: FloatArray) -> float:
    """Return the root of the mean square from sums of squares and counts, (n, 2)."""
    squares, count = rows.sum(axis=0)
    return float(np.sqrt(squares / count)) if count else float("nan")


def _loss(guided: list[Result], uncalibrated: list[Result], seed: int) -> Iterator[Figure]:
    """Yield what is lost without a routine, person by person."""
    both = [
        (
            one.seed,
            (one.square_deg2, float(one.rows), other.square_deg2, float(other.rows)),
        )
        for one, other in zip(guided, uncalibrated, strict=True)
    ]
    yield measured(
        "loss without the routine: lumbar flexion RMSE",
        both,
        lambda rows: _root(rows[:, 2:]) - _root(rows[:, :2]),
        "deg",
        seed,
    )
    rights = [
        (one.seed, (_right(one.pairs), float(len(one.pairs)), _right(other.pairs), float(len(other.pairs))))
        for one, other in zip(guided, uncalibrated, strict=True)
    ]
    yield measured("loss without the routine: strategy right, points", rights, _points_lost, "%", seed)


def _right(pairs: Sequence[Pair]) -> float:
    return float(sum(pair.is_right for pair in pairs))


def _points_lost(rows: FloatArray) -> float:
    right, count, other_right, other_count = rows.sum(axis=0)
    return (
        float(100.0 * (right / count - other_right / other_count)) if count and other_count else float("nan")
    )

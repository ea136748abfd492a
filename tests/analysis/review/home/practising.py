"""Sets and routines as the gateway would tell of them, for the pages' tests."""

from datetime import UTC, datetime, timedelta
from typing import Any

from analysis.events.calibration import Calibration
from analysis.events.catalogue import parse_event
from analysis.events.movement import Lift, Practice, Strategy
from analysis.review.home.exercise import ExerciseNow, RoutineNow, SetNow

KINDS: tuple[Strategy, ...] = ("hip_hinge", "hip_hinge", "lumbar_flexion", "hip_hinge", "shared")


def calibration(home: Any, **changes: Any) -> Calibration:
    """The newest calibration of the diary."""
    found = [e for e in home.diary.events if e["schema"] == "lumbar.calibration/1"]
    event = parse_event(found[-1])
    assert isinstance(event, Calibration)
    return event.model_copy(update=changes)


def hinges(home: Any, kinds: tuple[Strategy, ...] = KINDS, **changes: Any) -> tuple[Lift, ...]:
    """Hinges of a set, not in the store."""
    diary, kept = home.diary, list(home.diary.events)
    for index, kind in enumerate(kinds):
        diary.lift(diary.at("10:00:00") + timedelta(seconds=6 * index), kind, context="practice", **changes)
    lifts = [parse_event(event) for event in diary.events[len(kept) :]]
    diary.events[:] = kept
    return tuple(lift for lift in lifts if isinstance(lift, Lift))


def stands(home: Any, *sets: SetNow, **changes: Any) -> ExerciseNow:
    """A worn and calibrated strip."""
    known: dict[str, Any] = {"is_worn": True, "calibration": calibration(home), "sets": sets}
    return ExerciseNow(**known | changes)


def a_set(home: Any, lifts: tuple[Lift, ...], *, is_open: bool = True, target: int | None = 10) -> SetNow:
    return SetNow(4200, home.diary.at("09:59:40"), target, is_open, lifts)


def routine(step: Any, **changes: Any) -> RoutineNow:
    seen = {"stands": 3, "walked_s": 12, "bends": 3, "hinges": 2, "sat_s": 0, "slumped_s": 0}
    known: dict[str, Any] = {"is_still": False, "has_both_pods": True, "left_s": 220}
    return RoutineNow(step=step, **seen | known | changes)


def told(home: Any, wall: str, kinds: tuple[Strategy, ...]) -> None:
    """Put a set that is over into the store."""
    start = home.diary.at(wall)
    common = {k: v for k, v in hinges(home)[0].to_dict().items() if k in Practice.model_fields}
    first = 100 * round((start - home.diary.at("07:00:00")).total_seconds())
    repetition = {
        "duration_s": 3.2,
        "borderline": False,
        "lumbar_share": 0.2,
        "lumbar_range_pct": 20.0,
        "trunk_peak_deg": 60.0,
        "smoothness_sparc": -2.0,
    }
    event = {
        **common,
        "start": _text(start),
        "end": _text(start + timedelta(minutes=2)),
        "schema": "lumbar.practice/1",
        "event_id": f"practice-{wall}",
        "first_sample": first,
        "last_sample": first + 12_000,
        "duration_s": 120.0,
        "target": 10,
        "ended_by": "patient",
        "repetitions": [{"after_s": 8.0 * n, "strategy": kind, **repetition} for n, kind in enumerate(kinds)],
    }
    parse_event(event)
    home.store.put([event])


def _text(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%S}.000Z"

"""A day in sums: what is kept for ever, when the minutes have gone.

Everything here is a sum of whole numbers (hundredths of a second, tenths of a per cent, counts), so that what
was added can be taken away again exactly: when a minute is replaced by a later revision, or when the patient
says "I was standing". An event counts in the local day in which it begins.
"""

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime, tzinfo
from typing import Any, Final

from analysis.events.day import TILT_EDGES_DEG, VELOCITY_EDGES_DPS
from analysis.trends.resolution import kind_of

Event = Mapping[str, Any]
Totals = Counter[str]
"""Sums by name; a name that is not there is zero."""

COUNTED_KINDS: Final = ("minute", "lift", "sitting", "alert")
LONG_SITTING_S: Final = 1800.0
"""A bout of sitting counts as long from here on, s (CLINICAL.md B5: when the first reminder comes)."""

_POSTURES: Final = ("lying", "sitting", "standing", "walking", "not_worn")
_POSTURE_FIELDS: Final = tuple((posture, f"{posture}_s") for posture in _POSTURES)
_SOMETIMES_KNOWN: Final = ("slumped_s", "lumbar_over_half_s", "standing_extension_s", "back_bends")
_TILT: Final = tuple(f"tilt_{index:02}" for index in range(len(TILT_EDGES_DEG) - 1))
_VELOCITY: Final = tuple(f"velocity_{index:02}" for index in range(len(VELOCITY_EDGES_DPS) - 1))
_NOT_PLAIN_NUMBERS: Final = frozenset({"day", "tilt_hist_s", "velocity_hist_s"})
_NOTHING: Final = dict.fromkeys(
    (
        *("minutes", "steps", *_POSTURES),
        *("lifts", "hip_hinge", "shared", "lumbar_flexion", "not_scored", "practice_lifts"),
        *("range_tenths", "range_known", "sitting_bouts", "long_sitting_bouts", "nudges", "alerts"),
        *_SOMETIMES_KNOWN,
        *(f"{name}_known" for name in _SOMETIMES_KNOWN),
        *_TILT,
        *_VELOCITY,
    ),
    0,
)
"""All sums of a day of which nothing is known."""
_LARGEST: Final = 1e9
"""A greater number is no duration and no count of one event [ours]."""


@dataclass(frozen=True, slots=True)
class Day:
    """One patient's day.

    `minutes` says how much of it was recorded. What no minute could know is None. `lifts` are bends in
    daily life and the four strategies add up to them; those of practice are apart. The histograms are in
    the bins of ``lumbar.minute/1``.
    """

    day: date
    minutes: int
    lying_s: float
    sitting_s: float
    standing_s: float
    walking_s: float
    not_worn_s: float
    steps: int
    lifts: int
    hip_hinge: int
    shared: int
    lumbar_flexion: int
    not_scored: int
    practice_lifts: int
    mean_lumbar_range_pct: float | None
    slumped_s: float | None
    lumbar_over_half_s: float | None
    standing_extension_s: float | None
    back_bends: int | None
    sitting_bouts: int
    long_sitting_bouts: int
    nudges: int
    alerts: int
    tilt_hist_s: tuple[float, ...]
    velocity_hist_s: tuple[float, ...]


def local_day(instant: str | None, zone: tzinfo) -> date | None:
    """Return the day on the wall clock in `zone`; None for no instant, or a text that is none."""
    try:
        return datetime.fromisoformat(instant or "").astimezone(zone).date()
    except (ValueError, OverflowError):
        return None


def contribution(event: Event, corrections: Sequence[Event] = ()) -> Totals:
    """Return what one event adds to its day.

    Parameters
    ----------
    event
        Of one of :data:`COUNTED_KINDS`; another adds nothing. Fields that are no numbers add nothing.
    corrections
        The patient's corrections that share time with it.
    """
    match kind_of(event):
        case "minute":
            return _minute(event, corrections)
        case "lift":
            return _lift(event)
        case "sitting":
            is_long = (_number(event.get("duration_s")) or 0) >= LONG_SITTING_S
            return Totals({"sitting_bouts": 1, "long_sitting_bouts": int(is_long)})
        case "alert":
            if (event.get("kind"), event.get("action")) == ("prolonged_sitting", "raised"):
                return Totals({"nudges" if event.get("level") == "nudge" else "alerts": 1})
    return Totals()


def _minute(event: Event, corrections: Sequence[Event]) -> Totals:
    totals = Totals({"minutes": 1, "steps": round(_number(event.get("steps")) or 0)})
    for posture, field in _POSTURE_FIELDS:
        totals[posture] = _hundredths(event.get(field))
    for name in _SOMETIMES_KNOWN:
        value = _number(event.get(name))
        if value is not None:
            totals[f"{name}_known"] = 1
            totals[name] = round(value if name == "back_bends" else 100 * value)
    for names, field in ((_TILT, "tilt_hist_s"), (_VELOCITY, "velocity_hist_s")):
        bins = event.get(field)
        if isinstance(bins, list) and len(bins) == len(names):
            for name, value in zip(names, bins, strict=True):
                if value:
                    totals[name] = _hundredths(value)
    _correct(totals, _corrected_parts(event, corrections))
    return totals


def _correct(totals: Totals, parts: Mapping[str, float]) -> None:
    """Give each state the part of the minute that the patient corrected to it; the sum stays the same."""
    corrected = sum(parts.values())
    if not corrected:
        return
    whole = sum(totals[posture] for posture in _POSTURES)
    for posture in _POSTURES:
        totals[posture] = round(totals[posture] * (1 - corrected))
    left, share = whole - sum(totals[posture] for posture in _POSTURES), corrected
    for state, part in parts.items():
        given = round(left * part / share)
        totals[state] += given
        left, share = left - given, share - part
    not_sitting = corrected - parts.get("sitting", 0.0)
    totals["slumped_s"] = round(totals["slumped_s"] * (1 - not_sitting))  # only who sits can slump


def _corrected_parts(event: Event, corrections: Sequence[Event]) -> dict[str, float]:
    """Return how much of `event` (0 to 1) each corrected state has; of overlapping ones the last entered."""
    parts: dict[str, float] = {}
    if not corrections:
        return parts
    try:
        start, end = _seconds(event["start"]), _seconds(event["end"])
    except ValueError:
        return parts
    free = [(start, end)]
    for correction in sorted(corrections, key=lambda one: (one["entered"], one["event_id"]), reverse=True):
        left_s = sum(last - first for first, last in free)
        since, until = _seconds(correction["start"]), _seconds(correction["end"])
        free = [
            (first, last)
            for piece in free
            for first, last in ((piece[0], min(piece[1], since)), (max(piece[0], until), piece[1]))
            if first < last
        ]
        taken_s = left_s - sum(last - first for first, last in free)
        if taken_s > 0:
            parts[correction["state"]] = parts.get(correction["state"], 0.0) + taken_s / (end - start)
    return parts


def _lift(event: Event) -> Totals:
    if event.get("context") == "practice":
        return Totals({"practice_lifts": 1})
    strategy = event.get("strategy")
    totals = Totals({"lifts": 1, str(strategy): 1})
    range_pct = _number(event.get("lumbar_range_pct"))
    if range_pct is not None and strategy != "not_scored":
        totals.update({"range_known": 1, "range_tenths": round(10 * range_pct)})
    return totals


def day_of(day: date, totals: Mapping[str, int]) -> Day:
    """Return the sums of a day in the units that people use."""
    sums = {**_NOTHING, **totals}
    return Day(
        day=day,
        minutes=sums["minutes"],
        lying_s=sums["lying"] / 100,
        sitting_s=sums["sitting"] / 100,
        standing_s=sums["standing"] / 100,
        walking_s=sums["walking"] / 100,
        not_worn_s=sums["not_worn"] / 100,
        steps=sums["steps"],
        lifts=sums["lifts"],
        hip_hinge=sums["hip_hinge"],
        shared=sums["shared"],
        lumbar_flexion=sums["lumbar_flexion"],
        not_scored=sums["not_scored"],
        practice_lifts=sums["practice_lifts"],
        mean_lumbar_range_pct=round(sums["range_tenths"] / sums["range_known"] / 10, 1)
        if sums["range_known"]
        else None,
        slumped_s=sums["slumped_s"] / 100 if sums["slumped_s_known"] else None,
        lumbar_over_half_s=sums["lumbar_over_half_s"] / 100 if sums["lumbar_over_half_s_known"] else None,
        standing_extension_s=sums["standing_extension_s"] / 100
        if sums["standing_extension_s_known"]
        else None,
        back_bends=sums["back_bends"] if sums["back_bends_known"] else None,
        sitting_bouts=sums["sitting_bouts"],
        long_sitting_bouts=sums["long_sitting_bouts"],
        nudges=sums["nudges"],
        alerts=sums["alerts"],
        tilt_hist_s=tuple([sums[name] / 100 for name in _TILT]),
        velocity_hist_s=tuple([sums[name] / 100 for name in _VELOCITY]),
    )


def numbers_of(day: Day) -> dict[str, float | None]:
    """Return the plain numbers of a day by name, without its date and histograms."""
    return {
        field.name: getattr(day, field.name) for field in fields(day) if field.name not in _NOT_PLAIN_NUMBERS
    }


def totals_of(events: Iterable[Event], corrections: Sequence[Event]) -> Totals:
    """Return the sums of many events; see :func:`contribution`."""
    totals = Totals()
    for event in events:
        totals.update(contribution(event, overlapping(event, corrections)))
    return totals


def overlapping(event: Event, corrections: Sequence[Event]) -> list[Event]:
    """Return those of `corrections` that share time with `event`."""
    if not corrections or event["start"] is None or event["end"] is None:
        return []
    return [one for one in corrections if one["start"] < event["end"] and one["end"] > event["start"]]


def _seconds(instant: str) -> float:
    return datetime.fromisoformat(instant).timestamp()


def _hundredths(value: object) -> int:
    return round(100 * (_number(value) or 0))


def _number(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    return value if math.isfinite(value) and abs(value) < _LARGEST else None

"""A month of patients' events, as homes would send them: for dashboards, measurements, and loads.

The days are drawn, not simulated by the body and the core: what is wanted here is how much of what arrives
when, with the right shape, quickly.
"""

import random
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from analysis.events.event import ALGORITHM, derived_id

START = datetime(2026, 3, 2, tzinfo=UTC)
_WORN_FROM_H, _WORN_H = 7, 14
_SPAN_MIN = 10


def events_of(
    patient: str, days: int, *, every_min: int = 1, start: datetime = START
) -> Iterator[dict[str, Any]]:
    """Yield a patient's events in the order of their ends: minutes, bends, sitting, reminders, a status.

    Where every tenth minute is there at least, there are spans of posture, walks, and rises from a seat too.
    With `every_min` only every so many minutes is there, and as many fewer bends.
    """
    dice = random.Random(patient)
    hip_led = dice.uniform(0.3, 0.7)
    for day in range(days):
        morning = start + timedelta(days=day, hours=_WORN_FROM_H)
        for minute in range(0, 60 * _WORN_H, every_min):
            since = morning + timedelta(minutes=minute)
            boot, sample = day + 1, minute * 6000
            yield _minute(patient, since, boot, sample, dice)
            if dice.random() < 8 / 60:
                yield _lift(patient, since, boot, sample, dice, hip_led)
            if minute % _SPAN_MIN == 0 and every_min <= _SPAN_MIN and minute:
                yield from _spans(patient, since, boot, sample, minute // _SPAN_MIN)
            if minute % 45 < every_min and minute:
                yield _sitting(patient, since, boot, sample, dice)
                if dice.random() < 0.5:
                    yield _alert(patient, since)
    yield _status(patient, start + timedelta(days=days), dice)


def _event(schema: str, patient: str, since: datetime, length_s: float) -> dict[str, Any]:
    return {
        "schema": f"lumbar.{schema}/1",
        "event_id": str(uuid.uuid5(uuid.NAMESPACE_URL, f"{schema} {patient} {since}")),
        "patient": patient,
        "device": f"LM-{patient}",
        "start": _text(since),
        "end": _text(since + timedelta(seconds=length_s)),
        "mode": "dual",
        "algorithm": ALGORITHM,
        "quality": 0.9,
    }


def _derived(
    schema: str, patient: str, since: datetime, length_s: float, boot: int, sample: int
) -> dict[str, Any]:
    event_id = derived_id(patient, f"LM-{patient}", schema, boot=boot, first_sample=sample)
    last = sample + round(100 * length_s) - 1
    samples = {"boot": boot, "first_sample": sample, "last_sample": last, "revision": 0}
    return _event(schema, patient, since, length_s) | {"event_id": event_id} | samples


def _minute(patient: str, since: datetime, boot: int, sample: int, dice: random.Random) -> dict[str, Any]:
    sitting = dice.choice((0.0, 12.5, 60.0, 60.0))
    walking = dice.choice((0.0, 0.0, 20.0)) if sitting < 60 else 0.0
    tilt = [0.0] * 30
    tilt[6], tilt[7], tilt[8] = 30.25, 20.5, 9.25
    return _derived("minute", patient, since, 60.0, boot, sample) | {
        "lying_s": 0.0,
        "sitting_s": sitting,
        "standing_s": round(60.0 - sitting - walking, 2),
        "walking_s": walking,
        "not_worn_s": 0.0,
        "steps": round(1.8 * walking),
        "lifts": 0,
        "tilt_hist_s": tilt,
        "velocity_hist_s": [51.5, 6.5, 2.0] + [0.0] * 7,
        "lumbar_over_half_s": round(dice.random() * 10, 2),
        "standing_extension_s": 0.0,
        "back_bends": 0,
        "slumped_s": round(sitting / 4, 2),
    }


def _lift(
    patient: str, since: datetime, boot: int, sample: int, dice: random.Random, hip_led: float
) -> dict[str, Any]:
    strategy = dice.choices(
        ("hip_hinge", "shared", "lumbar_flexion", "not_scored"), (hip_led, 0.2, 0.8 - hip_led, 0.05)
    )[0]
    curve = [round(60 * (1 - abs(step - 40) / 40), 1) for step in range(81)]
    no_bins = {"lumbar": None, "in_phase": None, "pelvic": None}
    return _derived(
        "lift", patient, since + timedelta(seconds=dice.uniform(0, 50)), 4.0, boot, sample + 7
    ) | {
        "strategy": strategy,
        "borderline": False,
        "confidence": 0.85,
        "not_scored_reason": None,
        "legs": "straight",
        "peak": _text(since + timedelta(seconds=2)),
        "trunk_peak_deg": 60.0,
        "pelvis_peak_deg": 40.0,
        "lumbar_peak_deg": 21.0,
        "trunk_at_peak_deg": 60.0,
        "pelvis_at_peak_deg": 40.0,
        "lumbar_at_peak_deg": 20.0,
        "lumbar_share": 0.333,
        "lumbar_range_pct": round(dice.uniform(20, 90), 1),
        "coupling": {"descent": no_bins, "ascent": no_bins},
        "descent_s": 2.0,
        "ascent_s": 2.0,
        "duration_s": 4.0,
        "peak_velocity_dps": 70.0,
        "side_bend_peak_deg": 2.0,
        "twist_velocity_peak_dps": 10.0,
        "pelvis_drop_m": 0.02,
        "smoothness_sparc": -1.6,
        "context": "practice" if dice.random() < 0.1 else "chores",
        "curve": {"dt_s": 0.05, "pelvis_deg": [round(0.6 * value, 1) for value in curve], "trunk_deg": curve},
    }


def _sitting(patient: str, since: datetime, boot: int, sample: int, dice: random.Random) -> dict[str, Any]:
    length_s = round(dice.uniform(300, 2700), 2)
    return _derived("sitting", patient, since - timedelta(seconds=length_s), length_s, boot, sample + 9) | {
        "duration_s": length_s,
        "postural_shifts": dice.randrange(9),
        "slumped_s": round(length_s / 5, 2),
        "ended_by": "walk",
    }


def _spans(patient: str, until: datetime, boot: int, sample: int, number: int) -> Iterator[dict[str, Any]]:
    """Yield what happened in the last minutes: sitting to standing to walking, in turn."""
    length_s = 60.0 * _SPAN_MIN
    since, first = until - timedelta(seconds=length_s), sample - round(100 * length_s)
    state = ("sitting", "standing", "walking")[number % 3]
    yield _derived("posture", patient, since, length_s, boot, first) | {"state": state, "confidence": 0.93}
    if state == "standing":
        yield _derived("transition", patient, since, 1.6, boot, first) | {
            "kind": "sit_to_stand",
            "duration_s": 1.6,
            "trunk_peak_deg": 34.0,
            "smoothness_sparc": -1.7,
        }
    if state == "walking":
        walked = {"steps": 1080, "cadence_spm": 108.0, "duration_s": length_s}
        yield _derived("walk", patient, since, length_s, boot, first) | walked


def _alert(patient: str, since: datetime) -> dict[str, Any]:
    return _event("alert", patient, since, 0.0) | {
        "mode": None,
        "quality": None,
        "kind": "prolonged_sitting",
        "level": "nudge",
        "action": "raised",
    }


def _status(patient: str, now: datetime, dice: random.Random) -> dict[str, Any]:
    return _event("status", patient, now, 0.0) | {
        "quality": None,
        "presence": "online",
        "battery_pct": dice.randrange(10, 100),
        "worn": True,
        "link_state": "streaming",
        "backlog": 0,
        "versions": {"gateway": "0.1.0", "algorithm": ALGORITHM},
    }


def _text(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"

"""The truth as events of the product's own schemas, to be laid beside what the product said.

These are JSON-ready objects of DESIGN.md section 8, written from the contract alone: the simulator shares
no code with what it tests. What the body cannot know is null. Samples are counted on the scenario's grid
and the boot is 0, for the truth knows no strip. The day begins after the guided calibration,
whose bends are no lifts of it.
"""

import uuid
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from firmware_sim.person.script import Snack
from firmware_sim.truth.day import AlertDue, SittingBout, Span, Transition, TrueWalk
from firmware_sim.truth.lifts import CURVE_STEP_S, CouplingShares, TrueLift
from firmware_sim.truth.minutes import TrueMinute
from firmware_sim.truth.record import TrueCalibration, Truth
from gateway.wire.frame import SAMPLE_RATE_HZ

Json = dict[str, Any]

_NAMESPACE = uuid.UUID("6c756d62-7472-5574-8869-6f6e0a000001")
"""Ids of true events lie apart from those of detected ones."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_ALGORITHM = "simulated-person/1"
_UP = [0.0, 0.0, 1.0]


def truth_events(
    truth: Truth, *, patient: str, device: str, utc_ns_of: Callable[[float], int]
) -> Iterator[Json]:
    """Yield every true event: those of each kind in order of time, one kind after the other.

    Parameters
    ----------
    truth
        What happened.
    patient, device
        Pseudonym and serial that the events carry.
    utc_ns_of
        UTC, in nanoseconds since 1970, of an instant in seconds from the scenario's time zero.
    """
    writer = _Writer(patient, device, utc_ns_of)
    if truth.calibration is not None:
        yield writer.calibration(truth.calibration)
    yield from (writer.lift(lift) for lift in truth.lifts if lift.context != "calibration")
    yield from map(writer.posture, truth.spans)
    yield from map(writer.sitting, truth.sitting)
    yield from map(writer.transition, truth.transitions)
    yield from map(writer.walk, truth.walks)
    yield from map(writer.snack, truth.snacks)
    yield from map(writer.minute, truth.minutes)
    yield from map(writer.alert, truth.alerts)


class _Writer:
    def __init__(self, patient: str, device: str, utc_ns_of: Callable[[float], int]) -> None:
        self._patient = patient
        self._device = device
        self._utc_ns_of = utc_ns_of

    def _utc(self, at_s: float) -> str:
        moment = _EPOCH + timedelta(milliseconds=self._utc_ns_of(at_s) // 1_000_000)
        return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")

    def _fact(self, kind: str, start_s: float, end_s: float) -> Json:
        name = f"{self._patient}/{self._device}/{kind}/0/{round(start_s * SAMPLE_RATE_HZ)}/0"
        return {
            "schema": f"lumbar.{kind}/1",
            "event_id": str(uuid.uuid5(_NAMESPACE, name)),
            "patient": self._patient,
            "device": self._device,
            "start": self._utc(start_s),
            "end": self._utc(end_s),
            "mode": "dual",
            "algorithm": _ALGORITHM,
            "quality": 1.0,
        }

    def _derived(self, kind: str, start_s: float, end_s: float) -> Json:
        first = round(start_s * SAMPLE_RATE_HZ)
        return {
            **self._fact(kind, start_s, end_s),
            "boot": 0,
            "first_sample": first,
            "last_sample": max(first, round(end_s * SAMPLE_RATE_HZ) - 1),
            "revision": 0,
        }

    def lift(self, lift: TrueLift) -> Json:
        return {
            **self._derived("lift", lift.start_s, lift.end_s),
            "strategy": lift.verdict.strategy,
            "borderline": lift.verdict.borderline,
            "confidence": 1.0,
            "not_scored_reason": lift.verdict.reason,
            "legs": lift.legs,
            "peak": self._utc(lift.peak_s),
            "trunk_peak_deg": round(lift.trunk_peak_deg, 1),
            "pelvis_peak_deg": round(lift.pelvis_peak_deg, 1),
            "lumbar_peak_deg": round(lift.lumbar_peak_deg, 1),
            "trunk_at_peak_deg": round(lift.trunk_peak_deg, 1),
            "pelvis_at_peak_deg": round(lift.pelvis_at_peak_deg, 1),
            "lumbar_at_peak_deg": round(lift.lumbar_at_peak_deg, 1),
            "lumbar_share": round(lift.share, 3),
            "lumbar_range_pct": round(lift.range_pct, 3),
            "coupling": {
                "descent": _coupling(lift.coupling_descent),
                "ascent": _coupling(lift.coupling_ascent),
            },
            "descent_s": round(lift.descent_s, 2),
            "ascent_s": round(lift.ascent_s, 2),
            "duration_s": round(lift.end_s - lift.start_s, 2),
            "peak_velocity_dps": round(lift.peak_velocity_dps, 1),
            "side_bend_peak_deg": round(lift.side_bend_peak_deg, 1),
            "twist_velocity_peak_dps": round(lift.twist_velocity_peak_dps, 1),
            "pelvis_drop_m": round(lift.drop_m, 3),
            "smoothness_sparc": None,
            "context": lift.context,
            "curve": {
                "dt_s": CURVE_STEP_S,
                "pelvis_deg": [round(angle, 1) for angle in lift.curve_pelvis_deg],
                "trunk_deg": [round(angle, 1) for angle in lift.curve_trunk_deg],
            },
        }

    def posture(self, span: Span) -> Json:
        return {
            **self._derived("posture", span.start_s, span.end_s),
            "state": span.state,
            "confidence": 1.0,
        }

    def sitting(self, bout: SittingBout) -> Json:
        return {
            **self._derived("sitting", bout.start_s, bout.end_s),
            "duration_s": round(bout.end_s - bout.start_s, 2),
            "postural_shifts": bout.postural_shifts,
            "slumped_s": round(bout.slumped_s, 2),
            "ended_by": bout.ended_by,
        }

    def transition(self, transition: Transition) -> Json:
        return {
            **self._derived("transition", transition.start_s, transition.end_s),
            "kind": transition.kind,
            "duration_s": round(transition.end_s - transition.start_s, 2),
            "trunk_peak_deg": round(transition.trunk_peak_deg, 1),
            "smoothness_sparc": None,
        }

    def walk(self, walk: TrueWalk) -> Json:
        return {
            **self._derived("walk", walk.start_s, walk.end_s),
            "steps": walk.steps,
            "cadence_spm": round(walk.cadence_spm, 1),
            "duration_s": round(walk.end_s - walk.start_s, 2),
        }

    def snack(self, snack: Snack) -> Json:
        return {
            **self._derived("snack", snack.start_s, snack.end_s),
            "duration_s": round(snack.end_s - snack.start_s, 2),
            "parts": [
                {
                    "kind": part.kind,
                    "after_s": round(part.start_s - snack.start_s, 2),
                    "duration_s": round(part.end_s - part.start_s, 2),
                    "repetitions": part.repetitions,
                }
                for part in snack.parts
            ],
        }

    def minute(self, minute: TrueMinute) -> Json:
        return {
            **self._derived("minute", minute.start_s, minute.end_s),
            "lying_s": round(minute.lying_s, 2),
            "sitting_s": round(minute.sitting_s, 2),
            "standing_s": round(minute.standing_s, 2),
            "walking_s": round(minute.walking_s, 2),
            "not_worn_s": round(minute.not_worn_s, 2),
            "steps": minute.steps,
            "lifts": minute.lifts,
            "tilt_hist_s": [round(time_s, 2) for time_s in minute.tilt_hist_s],
            "velocity_hist_s": [round(time_s, 2) for time_s in minute.velocity_hist_s],
            "lumbar_over_half_s": round(minute.lumbar_over_half_s, 2),
            "standing_extension_s": round(minute.standing_extension_s, 2),
            "back_bends": minute.back_bends,
            "slumped_s": round(minute.slumped_s, 2),
        }

    def alert(self, alert: AlertDue) -> Json:
        return {
            **self._fact("alert", alert.at_s, alert.at_s),
            "kind": "prolonged_sitting",
            "level": alert.level,
            "action": alert.action,
        }

    def calibration(self, calibration: TrueCalibration) -> Json:
        return {
            **self._fact("calibration", calibration.start_s, calibration.end_s),
            "mounting_upper_quat": list(calibration.mounting.upper_quat),
            "mounting_lower_quat": list(calibration.mounting.lower_quat),
            "neutral": {"upper": _UP, "lower": _UP},
            "lumbar_range_deg": round(calibration.lumbar_range_deg, 1),
            "sit_deg": round(calibration.sit_deg, 1),
            "slump_deg": round(calibration.slump_deg, 1),
            "template": {
                "pelvis_deg": [round(angle, 1) for angle in calibration.template_pelvis_deg],
                "trunk_deg": [round(angle, 1) for angle in calibration.template_trunk_deg],
            },
            "gates": {
                "hip_share": round(calibration.hip_share, 3),
                "hip_range_pct": round(calibration.hip_range_pct, 3),
            },
            "valid_from": self._utc(calibration.end_s),
            "accepted": True,
            "reasons": [],
        }


def _coupling(shares: CouplingShares | None) -> Json:
    if shares is None:
        return {"lumbar": None, "in_phase": None, "pelvic": None}
    return {
        "lumbar": round(shares.lumbar, 3),
        "in_phase": round(shares.in_phase, 3),
        "pelvic": round(shares.pelvic, 3),
    }

"""True minutes: the sums of minute summaries, on the scenario's own minutes from the day's beginning on."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from firmware_sim.person.jet import FloatArray
from firmware_sim.scenarios import Scenario
from firmware_sim.truth.angles import angles_between
from firmware_sim.truth.day import Span, steps_s
from firmware_sim.truth.lifts import TrueLift
from gateway.wire.frame import SAMPLE_RATE_HZ

_TILT_EDGES_DEG = np.arange(-30.0, 121.0, 5.0)
_VELOCITY_EDGES_DPS = np.arange(0.0, 201.0, 20.0)
_EXTENSION_DEG = -5.0
"""Lumbar flexion below which a stand is arched (DESIGN.md section 8)."""
_BACK_BEND_DEG = -8.0
"""Trunk tilt that makes a back bend (CLINICAL.md C)."""


@dataclass(frozen=True, slots=True)
class TrueMinute:
    """One minute, or what the day has of its first and last."""

    start_s: float
    end_s: float
    lying_s: float
    sitting_s: float
    standing_s: float
    walking_s: float
    not_worn_s: float
    steps: int
    lifts: int
    """Lifts whose peak is in this minute; those of the calibration are none of the day."""
    tilt_hist_s: tuple[float, ...]
    velocity_hist_s: tuple[float, ...]
    lumbar_over_half_s: float
    standing_extension_s: float
    back_bends: int
    slumped_s: float


def minutes(scenario: Scenario, day: Sequence[Span], lifts: Sequence[TrueLift]) -> Iterator[TrueMinute]:
    """Yield every minute of the day."""
    strikes_s = steps_s(scenario)
    starts_s = np.array([span.start_s for span in day])
    borders_s = [*np.arange(0.0, scenario.duration_s, 60.0).tolist(), scenario.duration_s]
    for border_s, end_s in pairwise(borders_s):
        start_s = max(border_s, scenario.script.day_start_s)
        if start_s >= end_s:
            continue
        angles = angles_between(scenario, start_s, end_s)
        spent_s = {
            state: sum(
                max(0.0, min(span.end_s, end_s) - max(span.start_s, start_s))
                for span in day
                if span.state == state
            )
            for state in ("lying", "sitting", "standing", "walking", "not_worn")
        }
        states = np.array([span.state for span in day])[np.searchsorted(starts_s, angles.t_s, "right") - 1]
        standing, sitting = states == "standing", states == "sitting"
        bent_back = standing & (angles.trunk_deg <= _BACK_BEND_DEG)
        half_deg, slump_deg = 0.5 * scenario.anatomy.lumbar_range_deg, scenario.anatomy.slump_gate_deg
        yield TrueMinute(
            start_s=start_s,
            end_s=end_s,
            lying_s=spent_s["lying"],
            sitting_s=spent_s["sitting"],
            standing_s=spent_s["standing"],
            walking_s=spent_s["walking"],
            not_worn_s=spent_s["not_worn"],
            steps=int(np.count_nonzero((strikes_s >= start_s) & (strikes_s < end_s))),
            lifts=sum(lift.context != "calibration" and start_s <= lift.peak_s < end_s for lift in lifts),
            tilt_hist_s=_histogram_s(angles.trunk_deg, _TILT_EDGES_DEG),
            velocity_hist_s=_histogram_s(np.abs(angles.trunk_dps), _VELOCITY_EDGES_DPS),
            lumbar_over_half_s=_time_s(angles.lumbar_deg > half_deg),
            standing_extension_s=_time_s(standing & (angles.lumbar_deg < _EXTENSION_DEG)),
            back_bends=int(np.count_nonzero(bent_back[1:] & ~bent_back[:-1])),
            slumped_s=_time_s(sitting & (angles.lumbar_deg >= slump_deg)),
        )


def _time_s(chosen: NDArray[np.bool_]) -> float:
    return int(np.count_nonzero(chosen)) / SAMPLE_RATE_HZ


def _histogram_s(values: FloatArray, edges: FloatArray) -> tuple[float, ...]:
    inside = np.clip(values, edges[0], np.nextafter(edges[-1], edges[0]))
    return tuple((np.histogram(inside, edges)[0] / SAMPLE_RATE_HZ).tolist())

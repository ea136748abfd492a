"""What truly happened in each lift, measured on the body's own angles.

A lift starts and ends where trunk tilt crosses 10 deg, or at the trough between two bends that do not come
back that far. An upright squat, whose trunk hardly tilts, starts and ends as the hips sink and rise, and its
peak is where they are lowest. Everything else is taken between these two instants; descent ends and ascent
begins at the peak.

Angles are those of the bones, the pods or the strip (see ``angles.py``), and so are share, range and label:
close to a border these may differ. Whoever has gone through the guided calibration has shown with the dowel
what their own hinge is, and later lifts are judged by that (CLINICAL.md B2); `usual` is the label by the
rules for someone who has not.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from firmware_sim.person.jet import FloatArray
from firmware_sim.person.script import Bend, Context, LiftKind
from firmware_sim.scenarios import Scenario
from firmware_sim.truth.angles import Angles, Carrier, angles_at, angles_between, lumbar_range_deg
from firmware_sim.truth.strategy import RULES, USUAL_LIMITS, HipLimits, Legs, Verdict, own_limits, verdict

CURVE_STEP_S = 0.05
_CURVE_POINTS = 400
_SEARCH_S = 3.0
"""How far before and after a planned bend its crossings may lie."""
_MOVING_DPS = 5.0
"""Slower than this, a coupling angle says nothing (CLINICAL.md B1)."""
_COUPLING_EDGES_DEG = (22.5, 67.5)
"""Lumbar below, pelvic above, in phase between (CLINICAL.md B1)."""


@dataclass(frozen=True, slots=True)
class CouplingShares:
    """Parts of one phase of a lift by coupling angle."""

    lumbar: float
    in_phase: float
    pelvic: float


@dataclass(frozen=True, slots=True)
class TrueLift:
    """One lift. Angles in deg relative to the neutral stand, times in s from the scenario's time zero."""

    context: Context
    kind: LiftKind
    start_s: float
    peak_s: float
    end_s: float
    trunk_peak_deg: float
    pelvis_peak_deg: float
    lumbar_peak_deg: float
    pelvis_at_peak_deg: float
    lumbar_at_peak_deg: float
    range_pct: float
    verdict: Verdict
    usual: Verdict
    legs: Legs
    coupling_descent: CouplingShares | None
    coupling_ascent: CouplingShares | None
    peak_velocity_dps: float
    side_bend_peak_deg: float
    """Without sign."""
    twist_velocity_peak_dps: float
    """Without sign."""
    drop_m: float
    """How far the lower pod sank below its place in the neutral stand."""
    curve_pelvis_deg: tuple[float, ...]
    curve_trunk_deg: tuple[float, ...]

    @property
    def share(self) -> float:
        """Lumbar flexion over trunk tilt at the trunk's peak."""
        return self.lumbar_at_peak_deg / (self.pelvis_at_peak_deg + self.lumbar_at_peak_deg)

    @property
    def descent_s(self) -> float:
        """From start to the trunk's peak."""
        return self.peak_s - self.start_s

    @property
    def ascent_s(self) -> float:
        """From the trunk's peak to the end."""
        return self.end_s - self.peak_s


def true_lifts(scenario: Scenario, carrier: Carrier = "bone") -> Iterator[TrueLift]:
    """Yield every lift of a scenario, those of the calibration too, in order of time."""
    bends = scenario.script.bends
    hinging = [phase for phase in scenario.script.phases if phase.kind == "dowel_hinge"]
    hinges: list[tuple[float, float]] = []
    deepest_s = [bend.deepest_s for bend in bends]
    for i, bend in enumerate(bends):
        first_s = max(bend.start_s - _SEARCH_S, deepest_s[i - 1] if i else 0.0)
        last_s = min(bend.end_s + _SEARCH_S, deepest_s[i + 1] if i + 1 < len(bends) else scenario.duration_s)
        limits = own_limits(hinges) if bend.context != "calibration" else USUAL_LIMITS
        lift = _lift(scenario, bend, angles_between(scenario, first_s, last_s, carrier), carrier, limits)
        if any(phase.start_s <= bend.start_s < phase.end_s for phase in hinging):
            hinges.append((lift.share, lift.range_pct))
        yield lift


def _lift(scenario: Scenario, bend: Bend, around: Angles, carrier: Carrier, limits: HipLimits) -> TrueLift:
    kind = bend.plan.kind
    depth, edge = (
        (around.trunk_deg, RULES.crossing_deg) if kind == "bend" else (-around.hip_up_m, RULES.squat_edge_m)
    )
    within = (around.t_s >= bend.start_s) & (around.t_s <= bend.end_s)
    peak = int(np.argmax(np.where(within, depth, -np.inf)))
    start_s = _edge_s(around.t_s[: peak + 1], depth[: peak + 1], edge)
    end_s = -_edge_s(-around.t_s[peak:][::-1], depth[peak:][::-1], edge)
    lift = angles_between(scenario, start_s, end_s, carrier)
    peak_s = float(around.t_s[peak])
    trunk_deg = float(around.trunk_deg[peak] if kind == "bend" else lift.trunk_deg.max())
    lumbar_deg = float(around.lumbar_deg[peak])
    share = lumbar_deg / float(around.trunk_deg[peak])
    range_pct = 100.0 * float(lift.lumbar_deg.max()) / lumbar_range_deg(scenario, carrier)
    askew_deg = max(float(np.abs(lift.side_deg).max()), float(np.abs(lift.twist_deg).max()))
    down = lift.t_s <= peak_s
    curve_s = np.arange(start_s, end_s, CURVE_STEP_S)[:_CURVE_POINTS]
    curve = angles_at(scenario, curve_s, carrier)
    return TrueLift(
        context=bend.context,
        kind=kind,
        start_s=start_s,
        peak_s=peak_s,
        end_s=end_s,
        trunk_peak_deg=trunk_deg,
        pelvis_peak_deg=float(lift.pelvis_deg.max()),
        lumbar_peak_deg=float(lift.lumbar_deg.max()),
        pelvis_at_peak_deg=float(around.pelvis_deg[peak]),
        lumbar_at_peak_deg=lumbar_deg,
        range_pct=range_pct,
        verdict=verdict(share, range_pct, trunk_deg, askew_deg, limits),
        usual=verdict(share, range_pct, trunk_deg, askew_deg),
        legs="bent" if -float(lift.hip_up_m.min()) >= RULES.bent_legs_drop_m else "straight",
        coupling_descent=_coupling(lift, down),
        coupling_ascent=_coupling(lift, ~down),
        peak_velocity_dps=float(np.abs(lift.trunk_dps).max()),
        side_bend_peak_deg=float(np.abs(lift.side_deg).max()),
        twist_velocity_peak_dps=float(np.abs(lift.twist_dps).max()),
        drop_m=scenario.anatomy.sacrum_up_m - float(lift.sacrum_m.min()),
        curve_pelvis_deg=tuple(curve.pelvis_deg.tolist()),
        curve_trunk_deg=tuple(curve.trunk_deg.tolist()),
    )


def _edge_s(t_s: FloatArray, depth: FloatArray, crossing: float) -> float:
    """Return when `depth` last rose through `crossing`, or its trough if it was never below."""
    below = np.flatnonzero(depth < crossing)
    if not below.size:
        return float(t_s[np.argmin(depth)])
    i = below[-1]
    return float(np.interp(crossing, depth[i : i + 2], t_s[i : i + 2]))


def _coupling(lift: Angles, phase: NDArray[np.bool_]) -> CouplingShares | None:
    pelvis_dps, lumbar_dps = lift.pelvis_dps[phase], lift.lumbar_dps[phase]
    moving = np.hypot(pelvis_dps, lumbar_dps) >= _MOVING_DPS
    if not moving.any():
        return None
    angle_deg = np.degrees(np.arctan2(np.abs(pelvis_dps[moving]), np.abs(lumbar_dps[moving])))
    lumbar, pelvic = (
        float(np.mean(part))
        for part in (angle_deg < _COUPLING_EDGES_DEG[0], angle_deg > _COUPLING_EDGES_DEG[1])
    )
    return CouplingShares(lumbar, 1.0 - lumbar - pelvic, pelvic)

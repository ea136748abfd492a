"""From a bend and the motion within it to the lift event: every figure of the contract, in one place.

`legs` comes from the pelvis's vertical drop and is unknown between straight and bent, where the pelvis was at
rest at neither end, and without a gyroscope. With straight knees the sacrum keeps its height or rises a
little, because it is the hip joint that it turns about; the front of a belt goes down.
"""

import math
from dataclasses import dataclass, field

import numpy as np

from analysis.events.movement import CURVE_MAX_POINTS, CURVE_STEP_S, Coupling, CouplingBins, Curve, Legs, Lift
from analysis.motion.angles import Motion, Row
from analysis.motion.block import RATE_HZ, FloatArray
from analysis.motion.candidates import Found
from analysis.motion.coupling import CouplingParams, coupling_bins
from analysis.motion.frames import Frames
from analysis.motion.smoothness import SparcParams, sparc
from analysis.motion.spine import SpineParams, SpineTurns, spine_turns
from analysis.motion.statement import Wearer
from analysis.motion.strategy import StrategyParams, judge

ONE_POD = "one pod cannot tell hip from back"
SIDEWAYS = "the trunk leaned more to the side than can be scored"
TWISTED = "the trunk twisted more than can be scored"
SHALLOW = "the trunk leaned less than can be scored"


@dataclass(frozen=True, slots=True)
class DescribeParams:
    """How lifts are described."""

    strategy: StrategyParams = field(default_factory=StrategyParams)
    coupling: CouplingParams = field(default_factory=CouplingParams)
    spine: SpineParams = field(default_factory=SpineParams)
    sparc: SparcParams = field(default_factory=SparcParams)
    straight_drop_m: float = 0.06
    """Legs are straight up to this drop of the pelvis, m [ours]."""
    bent_drop_m: float = 0.10
    """Legs are bent from this drop on, m [ours]: knees at about 50 deg."""
    front_m: float = 0.12
    """One pod alone may sit at the front of the belt, which goes down so much in a bend with straight knees:
    both limits are higher by it, m [ours], 0.1 m before the hip joint and 60 deg of tilt."""
    saturated_quality: float = 0.5
    """Quality is cut to this part if a sensor stood at its limit, 1 [ours]."""


def lift_event(found: Found, motion: Motion, wearer: Wearer, params: DescribeParams) -> Lift:
    """Return the event of a lift; `motion` covers it, and what is beside it as ``params.spine`` has it."""
    bend, drop_m = found.bend, found.drop_m
    turns = spine_turns(motion, bend.start, bend.end, Frames.of(wearer.calibration), params.spine)
    part = motion.part(bend.start, bend.end + 1)
    peak = bend.peak - bend.start
    tilt = part[Row.BEND_DEG]
    dual = not bool(np.isnan(part.lumbar_deg[peak]))
    scored = _score(part, turns, peak, wearer, params)
    range_deg = wearer.calibration.lumbar_range_deg
    quality = wearer.quality
    if part[Row.SATURATED].any():
        quality *= params.saturated_quality
    twist = part[Row.TWIST_DPS]
    return wearer.states(
        Lift,
        bend.start,
        bend.end,
        start=wearer.utc_text(bend.start),
        end=wearer.utc_text(bend.end),
        quality=quality,
        strategy=scored.strategy,
        borderline=scored.borderline,
        confidence=scored.confidence,
        not_scored_reason=scored.reason,
        legs=_legs(drop_m, params, dual=dual),
        peak=wearer.utc_text(bend.peak),
        trunk_peak_deg=_largest(part[Row.TRUNK_DEG]),
        pelvis_peak_deg=_largest(part[Row.PELVIS_DEG]),
        lumbar_peak_deg=_largest(part.lumbar_deg),
        trunk_at_peak_deg=_known(part[Row.TRUNK_DEG][peak]),
        pelvis_at_peak_deg=_known(part[Row.PELVIS_DEG][peak]),
        lumbar_at_peak_deg=_known(part.lumbar_deg[peak]),
        lumbar_share=float(part.lumbar_deg[peak] / tilt[peak]) if dual else None,
        lumbar_range_pct=100.0 * float(part.lumbar_deg.max()) / range_deg if dual and range_deg else None,
        coupling=_coupling(part, peak, dual=dual, params=params.coupling),
        descent_s=(bend.peak - bend.start) / RATE_HZ,
        ascent_s=(bend.end - bend.peak) / RATE_HZ,
        duration_s=(bend.end - bend.start) / RATE_HZ,
        peak_velocity_dps=float(np.abs(part[Row.BEND_DPS]).max()),
        side_bend_peak_deg=_side_deg(part, turns),
        twist_velocity_peak_dps=_known(np.abs(twist).max()),
        pelvis_drop_m=drop_m,
        smoothness_sparc=None
        if wearer.mode == "accelerometer"
        else sparc(np.abs(part[Row.BEND_DPS]), params.sparc),
        context="chores",
        curve=_curve(part),
    )


@dataclass(frozen=True, slots=True)
class _Score:
    strategy: str
    borderline: bool
    confidence: float
    reason: str | None


def _score(
    part: Motion, turns: SpineTurns | None, peak: int, wearer: Wearer, params: DescribeParams
) -> _Score:
    lumbar = part.lumbar_deg
    reason = _unscored(part, turns, peak, params.strategy)
    if reason is not None:
        return _Score("not_scored", borderline=False, confidence=0.0, reason=reason)
    trunk_deg = float(part[Row.TRUNK_DEG][peak])
    range_deg = wearer.calibration.lumbar_range_deg
    range_pct = 100.0 * float(lumbar.max()) / range_deg if range_deg else None
    share = float(lumbar[peak]) / trunk_deg
    verdict = judge(share, range_pct, trunk_deg, range_deg, wearer.calibration.gates, params.strategy)
    return _Score(verdict.strategy, verdict.borderline, verdict.confidence, None)


def _unscored(part: Motion, turns: SpineTurns | None, peak: int, params: StrategyParams) -> str | None:
    """Return why a lift is not scored; None if it is."""
    if np.isnan(part.lumbar_deg[peak]):
        return ONE_POD
    if part[Row.TRUNK_DEG].max() < params.least_trunk_deg:
        return SHALLOW
    if _side_deg(part, turns) > params.side_bend_deg:
        return SIDEWAYS
    if turns is not None and np.abs(turns.twist_deg).max() > params.twist_deg:
        return TWISTED
    return None


def _side_deg(part: Motion, turns: SpineTurns | None) -> float:
    """Return the farthest side bend; of one pod, or without gyroscopes, its lean."""
    return float(np.abs(part[Row.SIDE_DEG] if turns is None else turns.side_deg).max())


def _legs(drop_m: float | None, params: DescribeParams, *, dual: bool) -> Legs:
    if drop_m is None:
        return "unknown"
    by_place_m = 0.0 if dual else params.front_m
    if drop_m >= params.bent_drop_m + by_place_m:
        return "bent"
    return "straight" if drop_m <= params.straight_drop_m + by_place_m else "unknown"


def _coupling(part: Motion, peak: int, *, dual: bool, params: CouplingParams) -> Coupling:
    unknown = CouplingBins(lumbar=None, in_phase=None, pelvic=None)
    if not dual:
        return Coupling(descent=unknown, ascent=unknown)
    trunk, pelvis = part[Row.BEND_DPS], part[Row.PELVIS_DPS]
    return Coupling(
        descent=coupling_bins(trunk[:peak], pelvis[:peak], params),
        ascent=coupling_bins(trunk[peak:], pelvis[peak:], params),
    )


def _curve(part: Motion) -> Curve:
    step = round(CURVE_STEP_S * RATE_HZ)

    def points(row: Row) -> list[float]:
        values: list[float] = part[row][::step][:CURVE_MAX_POINTS].tolist()
        return [] if math.isnan(values[0]) else values

    return Curve(dt_s=CURVE_STEP_S, pelvis_deg=points(Row.PELVIS_DEG), trunk_deg=points(Row.TRUNK_DEG))


def _largest(values: FloatArray) -> float | None:
    return _known(values.max())


def _known(value: float) -> float | None:
    return None if np.isnan(value) else float(value)

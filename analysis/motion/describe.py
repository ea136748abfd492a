"""From a bend and the motion within it to the lift event: every figure of the contract, in one place.

`legs` comes from the pelvis's vertical drop and is unknown between straight and bent, where the pelvis was at
rest at neither end, and without a gyroscope. With straight knees the sacrum keeps its height or rises a
little, because it is the hip joint that it turns about; the front of a belt goes down.
"""

import math
from dataclasses import dataclass, field

import numpy as np

from analysis.events.movement import CURVE_MAX_POINTS, CURVE_STEP_S, Curve, Legs, Lift
from analysis.motion.angles import Motion, Row
from analysis.motion.block import RATE_HZ, FloatArray
from analysis.motion.coupling import NO_COUPLING, CouplingParams, coupling
from analysis.motion.frames import Frames
from analysis.motion.lifts import Bend
from analysis.motion.rotation import DEG_PER_RAD
from analysis.motion.smoothness import SparcParams, sparc
from analysis.motion.spine import SpineParams, SpineTurns, spine_turns
from analysis.motion.statement import Wearer
from analysis.motion.strategy import NO_VERDICT, StrategyParams, judge

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


def described(
    bend: Bend,
    motion: Motion,
    utc: tuple[str | None, str | None, str | None],
    wearer: Wearer,
    params: DescribeParams,
) -> Lift:
    """Return a bend as the lift that it will be if it is one; how far the pelvis went down is left open.

    `motion` covers it, and what is beside it as ``params.spine`` has it; `utc` is when it started, was
    deepest and ended.
    """
    start, deepest, end = utc
    turns = spine_turns(motion, bend.start, bend.end, wearer.frames, params.spine)
    part = motion.part(bend.start, bend.end + 1)
    peak = bend.peak - bend.start
    trunk, pelvis, lumbar = part[Row.TRUNK_DEG], part[Row.PELVIS_DEG], part.lumbar_deg
    bend_dps, pelvis_dps, twist_dps = _rates_dps(part, wearer.frames)
    speed_dps = np.abs(bend_dps)
    lumbar_deg, lumbar_peak_deg = _known(lumbar[peak]), _largest(lumbar)
    side_deg = float(np.abs(part[Row.SIDE_DEG] if turns is None else turns.side_deg).max())
    range_deg = wearer.calibration.lumbar_range_deg
    range_pct = None if lumbar_peak_deg is None or not range_deg else 100.0 * lumbar_peak_deg / range_deg
    share = None if lumbar_deg is None else lumbar_deg / float(part[Row.BEND_DEG][peak])
    reason = _unscored(share, float(trunk.max()), side_deg, turns, params.strategy)
    verdict = NO_VERDICT
    if share is not None and reason is None:
        verdict = judge(
            share, range_pct, float(trunk[peak]), range_deg, wearer.calibration.gates, params.strategy
        )
    quality = wearer.quality
    if part[Row.SATURATED].any():
        quality *= params.saturated_quality
    is_smoothness_known = wearer.mode != "accelerometer"
    return wearer.states(
        Lift,
        bend.start,
        bend.end,
        start=start,
        end=end,
        quality=quality,
        strategy=verdict.strategy,
        borderline=verdict.borderline,
        confidence=verdict.confidence,
        not_scored_reason=reason,
        legs="unknown",
        peak=deepest,
        trunk_peak_deg=_largest(trunk),
        pelvis_peak_deg=_largest(pelvis),
        lumbar_peak_deg=lumbar_peak_deg,
        trunk_at_peak_deg=_known(trunk[peak]),
        pelvis_at_peak_deg=_known(pelvis[peak]),
        lumbar_at_peak_deg=lumbar_deg,
        lumbar_share=share,
        lumbar_range_pct=range_pct,
        coupling=NO_COUPLING if share is None else coupling(bend_dps, pelvis_dps, peak, params.coupling),
        descent_s=(bend.peak - bend.start) / RATE_HZ,
        ascent_s=(bend.end - bend.peak) / RATE_HZ,
        duration_s=(bend.end - bend.start) / RATE_HZ,
        peak_velocity_dps=float(speed_dps.max()),
        side_bend_peak_deg=side_deg,
        twist_velocity_peak_dps=_largest(np.abs(twist_dps)),
        pelvis_drop_m=None,
        smoothness_sparc=sparc(speed_dps, params.sparc) if is_smoothness_known else None,
        context="chores",
        curve=Curve(dt_s=CURVE_STEP_S, pelvis_deg=_points(pelvis), trunk_deg=_points(trunk)),
    )


def with_drop(lift: Lift, drop_m: float | None, params: DescribeParams) -> Lift:
    """Return a lift with how far the pelvis went down, as soon as that is known, and what the legs did."""
    if drop_m is None:
        return lift
    by_place_m = params.front_m if lift.lumbar_at_peak_deg is None else 0.0
    legs: Legs = "unknown"
    if drop_m >= params.bent_drop_m + by_place_m:
        legs = "bent"
    elif drop_m <= params.straight_drop_m + by_place_m:
        legs = "straight"
    return lift.with_drop(drop_m, legs)


def _unscored(
    share: float | None, trunk_deg: float, side_deg: float, turns: SpineTurns | None, params: StrategyParams
) -> str | None:
    """Return why a lift is not scored; None if it is."""
    if share is None:
        return ONE_POD
    if trunk_deg < params.least_trunk_deg:
        return SHALLOW
    if side_deg > params.side_bend_deg:
        return SIDEWAYS
    if turns is not None and np.abs(turns.twist_deg).max() > params.twist_deg:
        return TWISTED
    return None


def _rates_dps(part: Motion, frames: Frames) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return how fast trunk and pelvis tilt forward, and how fast the one twists against the other, deg/s."""
    turning = part.turning_radps
    if len(turning) < 2 or frames.lower is None or frames.upper is None:
        return part[Row.BEND_DPS], part[Row.PELVIS_DPS], part[Row.TWIST_DPS]
    # About the axes to the left and upward.
    pelvis, pelvis_twist = (DEG_PER_RAD * np.array(frames.lower[1:])) @ turning[0]
    bend, bend_twist = (DEG_PER_RAD * np.array(frames.upper[1:])) @ turning[1]
    return bend, pelvis, bend_twist - pelvis_twist


def _points(tilt_deg: FloatArray) -> list[float]:
    """Return the points of a curve; none where no pod measured it."""
    values: list[float] = tilt_deg[:: round(CURVE_STEP_S * RATE_HZ)][:CURVE_MAX_POINTS].tolist()
    return [] if math.isnan(values[0]) else values


def _largest(values: FloatArray) -> float | None:
    return _known(values.max())


def _known(value: float) -> float | None:
    known = float(value)
    return None if math.isnan(known) else known

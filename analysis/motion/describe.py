"""From a bend and the motion within it to the lift event: every figure of the contract, in one place.

`legs` comes from the pelvis's vertical drop and is unknown between straight and bent, where the pelvis was at
rest at neither end, and without a gyroscope. With straight knees the sacrum keeps its height or rises a
little, because it is the hip joint that it turns about; the front of a belt goes down.
"""

import math
from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np

from analysis.events.movement import CURVE_MAX_POINTS, CURVE_STEP_S, Curve, Legs, Lift
from analysis.motion.angles import Motion, Row
from analysis.motion.block import RATE_HZ, FloatArray
from analysis.motion.coupling import NO_COUPLING, CouplingParams, coupling
from analysis.motion.frames import Frames
from analysis.motion.lifts import Bend
from analysis.motion.rotation import DEG_PER_RAD, Matrix
from analysis.motion.smoothness import SparcParams, sparc
from analysis.motion.spine import SpineParams, spine_turns
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
    drop_m: float | None = None,
) -> Lift:
    """Return a bend as the lift that it is, or will be if it is one.

    `motion` covers it, and what is beside it as ``params.spine`` has it; `utc` is when it started, was
    deepest and ended; `drop_m` is how far the pelvis went down, as soon as that is known.
    """
    start, deepest, end = utc
    part, peak = motion.part(bend.start, bend.end + 1), bend.peak - bend.start
    trunk, pelvis = part[Row.TRUNK_DEG], part[Row.PELVIS_DEG]
    bend_dps, pelvis_dps, twist_dps = _rates_dps(part, wearer.frames)
    turns = spine_turns(motion, bend.start, bend.end, wearer.frames, params.spine)
    spine = (part[Row.SIDE_DEG],) if turns is None else (turns.side_deg, turns.twist_deg)
    # What is unknown is NaN up to where it is stated, and so is what is made of it.
    tilts, either_way = (
        np.array((trunk, pelvis, trunk - pelvis)),
        np.abs(np.array((bend_dps, twist_dps, *spine))),
    )
    trunk_peak_deg, pelvis_peak_deg, lumbar_peak_deg = tilts.max(axis=1).tolist()
    trunk_deg, pelvis_deg, lumbar_deg = tilts[:, peak].tolist()
    velocity_dps, twisting_dps, side_deg, *twist_deg = either_way.max(axis=1).tolist()
    share, range_deg = lumbar_deg / trunk_deg, wearer.calibration.lumbar_range_deg
    range_pct = 100.0 * lumbar_peak_deg / range_deg if range_deg else math.nan
    reason = _unscored(share, trunk_peak_deg, side_deg, max(twist_deg, default=0.0), params.strategy)
    verdict = NO_VERDICT
    if reason is None:
        gates = wearer.calibration.gates
        verdict = judge(share, _known(range_pct), trunk_deg, range_deg, gates, params.strategy)
    quality = wearer.quality
    if np.count_nonzero(part[Row.SATURATED]):
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
        legs=_legs(drop_m, params, has_both=not math.isnan(share)),
        peak=deepest,
        trunk_peak_deg=_known(trunk_peak_deg),
        pelvis_peak_deg=_known(pelvis_peak_deg),
        lumbar_peak_deg=_known(lumbar_peak_deg),
        trunk_at_peak_deg=_known(trunk_deg),
        pelvis_at_peak_deg=_known(pelvis_deg),
        lumbar_at_peak_deg=_known(lumbar_deg),
        lumbar_share=_known(share),
        lumbar_range_pct=_known(range_pct),
        coupling=NO_COUPLING if reason == ONE_POD else coupling(bend_dps, pelvis_dps, peak, params.coupling),
        descent_s=(bend.peak - bend.start) / RATE_HZ,
        ascent_s=(bend.end - bend.peak) / RATE_HZ,
        duration_s=(bend.end - bend.start) / RATE_HZ,
        peak_velocity_dps=velocity_dps,
        side_bend_peak_deg=side_deg,
        twist_velocity_peak_dps=_known(twisting_dps),
        pelvis_drop_m=drop_m,
        smoothness_sparc=sparc(either_way[0], params.sparc) if is_smoothness_known else None,
        context="chores",
        curve=Curve(dt_s=CURVE_STEP_S, pelvis_deg=_points(pelvis), trunk_deg=_points(trunk)),
    )


def _legs(drop_m: float | None, params: DescribeParams, *, has_both: bool) -> Legs:
    """Return what the legs did, by how far the pelvis went down."""
    if drop_m is None:
        return "unknown"
    by_place_m = 0.0 if has_both else params.front_m
    if drop_m >= params.bent_drop_m + by_place_m:
        return "bent"
    return "straight" if drop_m <= params.straight_drop_m + by_place_m else "unknown"


def _unscored(
    share: float, trunk_deg: float, side_deg: float, twist_deg: float, params: StrategyParams
) -> str | None:
    """Return why a lift is not scored; None if it is."""
    if math.isnan(share):
        return ONE_POD
    if trunk_deg < params.least_trunk_deg:
        return SHALLOW
    if side_deg > params.side_bend_deg:
        return SIDEWAYS
    return TWISTED if twist_deg > params.twist_deg else None


def _rates_dps(part: Motion, frames: Frames) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return how fast trunk and pelvis tilt forward, and how fast the one twists against the other, deg/s."""
    turning = part.turning_radps
    if len(turning) < 2 or frames.lower is None or frames.upper is None:
        return part[Row.BEND_DPS], part[Row.PELVIS_DPS], part[Row.TWIST_DPS]
    pelvis, pelvis_twist = (turning[0] @ _about_dps(frames.lower)).T
    bend, bend_twist = (turning[1] @ _about_dps(frames.upper)).T
    return bend, pelvis, bend_twist - pelvis_twist


@lru_cache(maxsize=16)
def _about_dps(frame: Matrix) -> FloatArray:
    """Return what makes rates about the axes to the left and upward of an angular velocity, (3, 2)."""
    return DEG_PER_RAD * np.array(frame[1:]).T


def _points(tilt_deg: FloatArray) -> list[float]:
    """Return the points of a curve; none where no pod measured it."""
    values: list[float] = tilt_deg[:: round(CURVE_STEP_S * RATE_HZ)][:CURVE_MAX_POINTS].tolist()
    return [] if math.isnan(values[0]) else values


def _known(value: float) -> float | None:
    return None if math.isnan(value) else value

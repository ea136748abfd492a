"""Everyday bends whose strategy is beyond doubt, made to measure for one person's lumbar range.

The rules are CLINICAL.md B2: hip-led when the lumbar share is at most 0.38 and at most 50 % of the range is
used; back-led at 80 % of the range, or at a share of 0.55 with 60 %; else shared. Each plan here stays clear
of the borderline band (0.05 of share, 5 % of range), and hip-led ones also of the tightest gate that a
patient's own dowel hinges can set (0.25 and 30 %).
"""

from firmware_sim.person.choreographer import Choreographer
from firmware_sim.person.script import LiftPlan

_SQUAT_DROP_M = (0.24, 0.36)
_STOOP_DROP_M = (0.01, 0.04)


def hip_led(person: Choreographer, depth_deg: float, *, squat: bool = False) -> LiftPlan:
    """Return a hinge to about `depth_deg` of trunk tilt."""
    share = min(person.uniform(0.13, 0.20), 0.24 * person.anatomy.lumbar_range_deg / depth_deg)
    return _plan(person, share, depth_deg, squat=squat, lead=person.uniform(-0.05, 0.10))


def shared(person: Choreographer, depth_deg: float, *, squat: bool = False) -> LiftPlan:
    """Return a bend from hips and back alike, to about `depth_deg` or as deep as 68 % of the range allows."""
    share = person.uniform(0.455, 0.485)
    depth_deg = min(depth_deg, 0.68 * person.anatomy.lumbar_range_deg / share)
    return _plan(person, share, depth_deg, squat=squat, lead=person.uniform(0.10, 0.25))


def back_led(person: Choreographer, depth_deg: float, *, squat: bool = False) -> LiftPlan:
    """Return a bend from the back: a share of two thirds, or nearly all of the range when deep."""
    range_deg = person.anatomy.lumbar_range_deg
    share = min(person.uniform(0.65, 0.70), person.uniform(0.94, 0.98) * range_deg / depth_deg)
    least_deg = max(share * depth_deg, person.uniform(0.74, 0.80) * range_deg)
    return _plan(person, least_deg / depth_deg, depth_deg, squat=squat, lead=person.uniform(0.15, 0.30))


def _plan(person: Choreographer, share: float, depth_deg: float, *, squat: bool, lead: float) -> LiftPlan:
    drop_m = person.uniform(*(_SQUAT_DROP_M if squat else _STOOP_DROP_M))
    # Deeper takes longer; about 2 to 6 s in all, as van Arx 2021 saw.
    tempo = person.uniform(0.8, 1.5) * (0.75 + 0.005 * depth_deg)
    return LiftPlan(
        share,
        depth_deg,
        descent_s=1.35 * tempo,
        hold_s=person.uniform(0.15, 0.9),
        ascent_s=1.4 * tempo * person.uniform(0.9, 1.15),
        knee_drop_m=drop_m,
        side_deg=person.uniform(-6.0, 6.0),
        twist_deg=person.uniform(-8.0, 8.0),
        lead=lead,
    )

"""The rules of CLINICAL.md B2, applied to true angles."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

Strategy = Literal["hip_hinge", "shared", "lumbar_flexion", "not_scored"]
Legs = Literal["straight", "bent"]


@dataclass(frozen=True, slots=True)
class TruthRules:
    """Limits from which the truth is told. All angles in deg."""

    crossing_deg: float = 10.0
    """Trunk tilt at which a lift starts and ends (DESIGN.md section 5)."""
    least_peak_deg: float = 30.0
    """Trunk tilt that a lift reaches (B2)."""
    hip_share: float = 0.38
    hip_range_pct: float = 50.0
    back_range_pct: float = 80.0
    back_share: float = 0.55
    back_share_range_pct: float = 60.0
    """Hip-led up to the first two, back-led from the third or from the last two together (B2)."""
    least_hinges: int = 3
    """Fewer dowel hinges set no limits of one's own [ours]."""
    share_clip: tuple[float, float] = (0.25, 0.45)
    range_clip_pct: tuple[float, float] = (30.0, 60.0)
    """Bounds of these limits (B2, calibration, 4)."""
    band_share: float = 0.05
    band_range_pct: float = 5.0
    """Borderline this close to another label (B2)."""
    askew_deg: float = 25.0
    """Not scored beyond this twist or side bend (B2)."""
    squat_edge_m: float = 0.05
    """An upright squat, whose trunk may not cross that, lasts while the hips are so much lower [ours]."""
    bent_legs_drop_m: float = 0.10
    """Legs are bent when the hips sink this far; with a leg of 0.84 m that is a knee at 56 deg [ours]."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """How a lift is to be called."""

    strategy: Strategy
    borderline: bool
    reason: str | None
    """Why it is not scored."""


RULES = TruthRules()


@dataclass(frozen=True, slots=True)
class HipLimits:
    """Share and per cent of the range up to which a lift is hip-led."""

    share: float = RULES.hip_share
    range_pct: float = RULES.hip_range_pct


USUAL_LIMITS = HipLimits()
"""Of someone who has not shown their own."""


def own_limits(hinges: Sequence[tuple[float, float]]) -> HipLimits:
    """Return the limits that a person's dowel hinges set, each given by share and range used.

    Mean and two standard deviations within the clips (CLINICAL.md B2: the guided calibration sets them).
    """
    if len(hinges) < RULES.least_hinges:
        return USUAL_LIMITS
    shares, pcts = zip(*hinges, strict=True)
    return HipLimits(_limit(shares, RULES.share_clip), _limit(pcts, RULES.range_clip_pct))


def _limit(values: Sequence[float], clip: tuple[float, float]) -> float:
    mean = sum(values) / len(values)
    spread = math.sqrt(sum((value - mean) ** 2 for value in values) / (len(values) - 1))
    return min(max(mean + 2.0 * spread, clip[0]), clip[1])


def verdict(
    share: float, range_pct: float, peak_deg: float, askew_deg: float, limits: HipLimits = USUAL_LIMITS
) -> Verdict:
    """Return the label of a lift.

    Parameters
    ----------
    share
        Lumbar flexion over trunk tilt at the trunk's peak.
    range_pct
        Largest lumbar flexion of the lift, per cent of the person's true range.
    peak_deg
        Largest trunk tilt.
    askew_deg
        Largest twist or side bend, without sign.
    limits
        Of a hip-led lift.
    """
    if peak_deg < RULES.least_peak_deg:
        return Verdict("not_scored", borderline=False, reason="too shallow")
    if askew_deg > RULES.askew_deg:
        return Verdict("not_scored", borderline=False, reason="twisted or bent sideways")
    label = _label(share, range_pct, limits)
    around = {
        _label(share + ds * RULES.band_share, range_pct + dr * RULES.band_range_pct, limits)
        for ds in (-1, 0, 1)
        for dr in (-1, 0, 1)
    }
    return Verdict(label, borderline=around != {label}, reason=None)


def _label(share: float, range_pct: float, limits: HipLimits) -> Strategy:
    if range_pct >= RULES.back_range_pct or (
        share >= RULES.back_share and range_pct >= RULES.back_share_range_pct
    ):
        return "lumbar_flexion"
    if share <= limits.share and range_pct <= limits.range_pct:
        return "hip_hinge"
    return "shared"

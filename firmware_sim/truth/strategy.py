"""The rules of CLINICAL.md B2, applied to true angles."""

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


def verdict(share: float, range_pct: float, peak_deg: float, askew_deg: float) -> Verdict:
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
    """
    if peak_deg < RULES.least_peak_deg:
        return Verdict("not_scored", borderline=False, reason="too shallow")
    if askew_deg > RULES.askew_deg:
        return Verdict("not_scored", borderline=False, reason="twisted or bent sideways")
    label = _label(share, range_pct)
    around = {
        _label(share + ds * RULES.band_share, range_pct + dr * RULES.band_range_pct)
        for ds in (-1, 0, 1)
        for dr in (-1, 0, 1)
    }
    return Verdict(label, borderline=around != {label}, reason=None)


def _label(share: float, range_pct: float) -> Strategy:
    if range_pct >= RULES.back_range_pct or (
        share >= RULES.back_share and range_pct >= RULES.back_share_range_pct
    ):
        return "lumbar_flexion"
    if share <= RULES.hip_share and range_pct <= RULES.hip_range_pct:
        return "hip_hinge"
    return "shared"

"""Which joint a bend came from: hips, lumbar spine, or both (CLINICAL.md B2).

Two measures at the trunk's deepest: the lumbar share (lumbar flexion / trunk tilt) and the range used
(largest lumbar flexion of the bend / the patient's own full bend). Without a personal range the share decides
alone, and the borderline band is wider. Labels describe; none is better than another.

Confidence is the probability that the label is right. Each tilt is given a normal error of 2 deg (CLINICAL.md
B2 takes 3; at the peaks of simulated people's bends it is less), which moves share and range together, as
both come from the same lumbar flexion; how much of that leaves the label as it is counts. A small part of all
labels is wrong for reasons that the angles do not show (a pod has slid, the personal limits come from a few
hinges): among those the right one is a guess. That part was chosen on simulated people with known bones
(seeds 101 to 180); on 408 lifts of others (401 to 440) the expected calibration error is 0.045, of which some
is chance.
"""

import math
from bisect import bisect_left, bisect_right
from dataclasses import dataclass

from analysis.events.calibration import Gates
from analysis.events.movement import Strategy

_LABELS = 3
_PLACES = [-3.0 + 0.25 * step for step in range(25)]
_DENSITIES = [math.exp(-0.5 * place**2) for place in _PLACES]
_WEIGHTS = [density / math.fsum(_DENSITIES) for density in _DENSITIES]
"""A standard normal on a grid: places, and their weights."""


@dataclass(frozen=True, slots=True)
class StrategyParams:
    """Rules of the labels; the gates of hip-led bends come with the calibration."""

    back_share: float = 0.55
    """1 (CLINICAL.md B2 [ours])."""
    back_share_range_pct: float = 60.0
    """Range that must go with it, % (CLINICAL.md B2 [ours])."""
    back_range_pct: float = 80.0
    """Range that is enough alone, % (CLINICAL.md B2 [ours])."""
    borderline_share: float = 0.05
    """1 (CLINICAL.md B2 [ours])."""
    borderline_range_pct: float = 5.0
    """% (CLINICAL.md B2 [ours])."""
    borderline_share_alone: float = 0.08
    """Without a personal range, 1 (DESIGN.md section 5)."""
    tilt_error_deg: float = 2.0
    """Standard error of one tilt at a bend's peak, deg [ours], from simulated people (CLINICAL.md B2: 3)."""
    unseen: float = 0.03
    """Part of all labels in which the angles mislead, 1 [ours], from simulated people."""
    least_trunk_deg: float = 30.0
    """Not scored below this trunk tilt, deg (CLINICAL.md B2)."""
    side_bend_deg: float = 25.0
    """Not scored beyond, deg (CLINICAL.md B2)."""
    twist_deg: float = 25.0
    """Not scored beyond, deg (CLINICAL.md B2)."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """A label with its doubt."""

    strategy: Strategy
    borderline: bool
    confidence: float


NO_VERDICT = Verdict("not_scored", borderline=False, confidence=0.0)


def judge(
    share: float,
    range_pct: float | None,
    trunk_deg: float,
    range_deg: float | None,
    gates: Gates,
    params: StrategyParams,
) -> Verdict:
    """Return the label of a bend.

    Parameters
    ----------
    share
        Lumbar share at the trunk's peak.
    range_pct, range_deg
        Largest lumbar flexion as percentage of the personal range, and that range; None where it is unknown.
    trunk_deg
        Trunk tilt at its peak, deg.
    gates
        The patient's own limits of a hip-led bend.
    """
    # Share and range grow with the place on the normal: labels are hip-led first, then shared, then back-led.
    # Error of a ratio of two tilts that err alike: lumbar flexion errs by sqrt(2) of one tilt.
    tilt = params.tilt_error_deg
    share_error = tilt * math.sqrt((1.0 - share) ** 2 + 1.0) / max(trunk_deg, 1.0)
    if range_pct is None or range_deg is None:
        here = _by_share(share, gates, params)
        band = params.borderline_share_alone
        near = [_by_share(share + off, gates, params) for off in (-band, band)]
        hip = (gates.hip_share - share) / share_error
        back = max(hip, (params.back_share - share) / share_error)  # the gate comes first
    else:
        here = _by_both(share, range_pct, gates, params)
        s, r = params.borderline_share, params.borderline_range_pct
        near = [
            _by_both(share + share_off, range_pct + range_off, gates, params)
            for share_off, range_off in ((-s, 0.0), (s, 0.0), (0.0, -r), (0.0, r))
        ]
        range_error = 100.0 * tilt * math.sqrt(2.0) / range_deg
        hip = min((gates.hip_share - share) / share_error, (gates.hip_range_pct - range_pct) / range_error)
        back = min(
            (params.back_range_pct - range_pct) / range_error,
            max(
                (params.back_share - share) / share_error,
                (params.back_share_range_pct - range_pct) / range_error,
            ),
        )
    confidence = (1.0 - params.unseen) * min(1.0, _weight(here, hip, back)) + params.unseen / _LABELS
    return Verdict(here, any(label != here for label in near), confidence)


def _weight(label: Strategy, hip: float, back: float) -> float:
    """Return the weight of a label that is hip-led up to the place `hip`, and back-led from `back` on."""
    beyond = bisect_left(_PLACES, back)
    upto = min(bisect_right(_PLACES, hip), beyond)
    parts = {"hip_hinge": slice(upto), "shared": slice(upto, beyond), "lumbar_flexion": slice(beyond, None)}
    return math.fsum(_WEIGHTS[parts[label]])


def _by_share(share: float, gates: Gates, params: StrategyParams) -> Strategy:
    if share <= gates.hip_share:
        return "hip_hinge"
    return "lumbar_flexion" if share >= params.back_share else "shared"


def _by_both(share: float, range_pct: float, gates: Gates, params: StrategyParams) -> Strategy:
    if range_pct >= params.back_range_pct:
        return "lumbar_flexion"
    if share >= params.back_share and range_pct >= params.back_share_range_pct:
        return "lumbar_flexion"
    return "hip_hinge" if share <= gates.hip_share and range_pct <= gates.hip_range_pct else "shared"

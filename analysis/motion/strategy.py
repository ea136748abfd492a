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
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import numpy as np

from analysis.events.calibration import Gates
from analysis.events.movement import Strategy
from analysis.motion.block import FloatArray

_LABELS: tuple[Strategy, ...] = ("hip_hinge", "shared", "lumbar_flexion")
_HIP, _SHARED, _BACK = range(3)


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
    # Error of a ratio of two tilts that err alike: lumbar flexion errs by sqrt(2) of one tilt.
    tilt = params.tilt_error_deg
    share_error = tilt * math.sqrt((1.0 - share) ** 2 + 1.0) / max(trunk_deg, 1.0)
    if range_pct is None or range_deg is None:
        label = _by_share(gates, params)
        band = params.borderline_share_alone
        here = int(label(np.array([share]))[0])
        near = label(np.array([share - band, share + band]))
        weight, place = _normal()
        confidence = float(weight[label(share + share_error * place) == here].sum())
    else:
        both = _by_both(gates, params)
        here = int(both(np.array([share]), np.array([range_pct]))[0])
        s, r = params.borderline_share, params.borderline_range_pct
        near = both(
            np.array([share - s, share + s, share, share]),
            np.array([range_pct, range_pct, range_pct - r, range_pct + r]),
        )
        range_error = 100.0 * tilt * math.sqrt(2.0) / range_deg
        weight, place = _normal()
        again = both(share + share_error * place, range_pct + range_error * place)
        confidence = float(weight[again == here].sum())
    confidence = (1.0 - params.unseen) * min(1.0, confidence) + params.unseen / len(_LABELS)
    return Verdict(_LABELS[here], bool((near != here).any()), confidence)


def _by_share(gates: Gates, params: StrategyParams) -> Callable[[FloatArray], FloatArray]:
    def label(share: FloatArray) -> FloatArray:
        return np.where(share <= gates.hip_share, _HIP, np.where(share >= params.back_share, _BACK, _SHARED))

    return label


def _by_both(gates: Gates, params: StrategyParams) -> Callable[[FloatArray, FloatArray], FloatArray]:
    def label(share: FloatArray, range_pct: FloatArray) -> FloatArray:
        back = (range_pct >= params.back_range_pct) | (
            (share >= params.back_share) & (range_pct >= params.back_share_range_pct)
        )
        hip = (share <= gates.hip_share) & (range_pct <= gates.hip_range_pct)
        return np.where(back, _BACK, np.where(hip, _HIP, _SHARED))

    return label


@cache
def _normal() -> tuple[FloatArray, FloatArray]:
    """Return weights and places of a standard normal on a grid."""
    place = np.linspace(-3.0, 3.0, 25)
    weight = np.exp(-0.5 * place**2)
    return weight / weight.sum(), place

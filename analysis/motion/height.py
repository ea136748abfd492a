"""How far the pelvis went down and up in one movement, by double integration of its vertical acceleration.

The pelvis is taken to be at rest (vertically) at both ends, so a line is taken from the velocity; this
removes any constant error of the accelerometer exactly (zero-velocity update, Foxlin 2005). An inclination
error of 1 deg enters only to second order. What remains grows with the square of time, so longer movements
get no answer.
"""

from dataclasses import dataclass

import numpy as np

from analysis.motion.angles import Motion, Row
from analysis.motion.block import RATE_HZ, FloatArray
from analysis.motion.lifts import Bend


@dataclass(frozen=True, slots=True)
class HeightParams:
    """Where the integration can be believed."""

    longest_s: float = 6.0
    """Longer movements get no answer, s [ours]: 0.02 m/s2 of changing error give 0.06 m."""
    reach_s: float = 0.8
    """Rest is looked for so far before and after a movement, s [ours]."""
    rest_dps: float = 5.0
    """At rest the trunk turns slower than this, deg/s (CLINICAL.md B1: slower is noise)."""


@dataclass(frozen=True, slots=True)
class Heights:
    """Vertical travel of the pelvis in m: lowest point under the start (positive), and end above start."""

    drop_m: float
    net_m: float


def widened(
    motion: Motion, start: int, end: int, reach_s: float, rest_dps: float
) -> tuple[Motion, FloatArray]:
    """Return the samples `start` to `end` (inclusive) with what the trunk still moves before and after.

    Beside them stands how fast the trunk tilts there, deg/s, either way.
    """
    reach = round(reach_s * RATE_HZ)
    wide = motion.part(start - reach, end + 1 + reach)
    speed_dps = np.abs(wide[Row.BEND_DPS])
    begin, stop = max(start - wide.first_sample, 0), end + 1 - wide.first_sample
    before = np.flatnonzero(speed_dps[:begin] < rest_dps)
    after = np.flatnonzero(speed_dps[stop:] < rest_dps)
    first = int(before[-1]) if before.size else 0
    last = stop + int(after[0]) if after.size else len(wide) - 1
    return wide.part(wide.first_sample + first, wide.first_sample + last + 1), speed_dps[first : last + 1]


def heights(vertical_mps2: FloatArray, params: HeightParams) -> Heights | None:
    """Return the vertical travel of a movement that starts and ends at rest; None if it took too long."""
    count = vertical_mps2.shape[0]
    if not 2 <= count <= params.longest_s * RATE_HZ:
        return None
    velocity = np.cumsum(vertical_mps2) / RATE_HZ
    velocity -= velocity[-1] * (np.arange(1, count + 1) / count)
    height = np.cumsum(velocity) / RATE_HZ
    return Heights(max(0.0, -float(height.min())), float(height[-1]))


def travel(motion: Motion, bend: Bend, params: HeightParams) -> Heights | None:
    """Return the pelvis's vertical travel through a bend that has no rest on either side."""
    part, _ = widened(motion, bend.start, bend.end, params.reach_s, params.rest_dps)
    return heights(part[Row.VERTICAL_MPS2], params)

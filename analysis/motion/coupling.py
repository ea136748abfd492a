"""How pelvis and lumbar spine share the turning through a bend, as coupling angles.

Vector coding: ``atan2(pelvis rate, lumbar rate)``, 0 deg when the spine alone turns, 90 deg when the pelvis
alone does. Bins at 22.5 and 67.5 deg after Chang, Van Emmerik and Hamill (2008). Below 5 deg/s of trunk speed
the angle is noise and left out (CLINICAL.md B1). When the two turn against each other the bin is that of the
one that turns with the trunk.
"""

from dataclasses import dataclass

import numpy as np

from analysis.events.movement import CouplingBins
from analysis.motion.block import FloatArray


@dataclass(frozen=True, slots=True)
class CouplingParams:
    """Edges of the bins."""

    slow_dps: float = 5.0
    """Slower trunk movement is not counted, deg/s (CLINICAL.md B1)."""
    lumbar_below_deg: float = 22.5
    """deg (after Chang 2008, CLINICAL.md B1, where it is quoted from memory)."""
    pelvic_above_deg: float = 67.5
    """deg (after Chang 2008, CLINICAL.md B1, where it is quoted from memory)."""


def coupling_bins(trunk_dps: FloatArray, pelvis_dps: FloatArray, params: CouplingParams) -> CouplingBins:
    """Return the shares of one phase, descent or ascent; null where nothing moved fast enough."""
    moving = np.abs(trunk_dps) >= params.slow_dps
    count = int(moving.sum())
    if count == 0:
        return CouplingBins(lumbar=None, in_phase=None, pelvic=None)
    direction = np.sign(trunk_dps[moving])
    pelvis = pelvis_dps[moving] * direction
    lumbar = np.abs(trunk_dps[moving]) - pelvis
    angle_deg = np.degrees(np.arctan2(pelvis, lumbar))
    lumbar_share = int((angle_deg < params.lumbar_below_deg).sum()) / count
    pelvic_share = int((angle_deg > params.pelvic_above_deg).sum()) / count
    return CouplingBins(
        lumbar=lumbar_share, in_phase=max(0.0, 1.0 - lumbar_share - pelvic_share), pelvic=pelvic_share
    )

"""How pelvis and lumbar spine share the turning through a bend, as coupling angles.

Vector coding: ``atan2(pelvis rate, lumbar rate)``, 0 deg when the spine alone turns, 90 deg when the pelvis
alone does. Bins at 22.5 and 67.5 deg after Chang, Van Emmerik and Hamill (2008). Below 5 deg/s of trunk speed
the angle is noise and left out (CLINICAL.md B1). When the two turn against each other the bin is that of the
one that turns with the trunk.
"""

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from analysis.events.movement import Coupling, CouplingBins
from analysis.motion.block import BoolArray, FloatArray


@dataclass(frozen=True, slots=True)
class CouplingParams:
    """Edges of the bins."""

    slow_dps: float = 5.0
    """Slower trunk movement is not counted, deg/s (CLINICAL.md B1)."""
    lumbar_below_deg: float = 22.5
    """deg (after Chang 2008, CLINICAL.md B1, where it is quoted from memory)."""
    pelvic_above_deg: float = 67.5
    """deg (after Chang 2008, CLINICAL.md B1, where it is quoted from memory)."""


_UNKNOWN = CouplingBins(lumbar=None, in_phase=None, pelvic=None)
NO_COUPLING = Coupling(descent=_UNKNOWN, ascent=_UNKNOWN)


def coupling(trunk_dps: FloatArray, pelvis_dps: FloatArray, peak: int, params: CouplingParams) -> Coupling:
    """Return the shares on the way down, before sample `peak`, and up; null where it was too slow."""
    moving = np.abs(trunk_dps) >= params.slow_dps
    share = pelvis_dps[moving] / trunk_dps[moving]
    down = np.count_nonzero(moving[:peak])
    lumbar, pelvic = share < _share(params.lumbar_below_deg), share > _share(params.pelvic_above_deg)
    return Coupling(descent=_bins(lumbar[:down], pelvic[:down]), ascent=_bins(lumbar[down:], pelvic[down:]))


@lru_cache(maxsize=16)
def _share(angle_deg: float) -> float:
    """Return the pelvis's part of the trunk's turning at a coupling angle: one grows with the other."""
    pelvis, lumbar = math.sin(math.radians(angle_deg)), math.cos(math.radians(angle_deg))
    return pelvis / (pelvis + lumbar)


def _bins(lumbar: BoolArray, pelvic: BoolArray) -> CouplingBins:
    moving = len(lumbar)
    if not moving:
        return _UNKNOWN
    lumbar_share, pelvic_share = np.count_nonzero(lumbar) / moving, np.count_nonzero(pelvic) / moving
    return CouplingBins(
        lumbar=lumbar_share, in_phase=max(0.0, 1.0 - lumbar_share - pelvic_share), pelvic=pelvic_share
    )

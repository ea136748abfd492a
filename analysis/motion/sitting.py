"""One bout of sitting as it goes on: shifts, slumped time.

A postural shift is a change of pelvis tilt or lumbar flexion by 8 deg that then settles (CLINICAL.md B5).
Slumped is a report figure, never an alarm: more than 65 % of the lumbar range in use (CLINICAL.md B5), which
leaning back in an armchair is not; without a personal range, pelvis behind the midpoint of usual sit and
slump.
"""

import math
from dataclasses import dataclass

from analysis.events.calibration import Calibration
from analysis.motion.seconds import Features


@dataclass(frozen=True, slots=True)
class SittingParams:
    """What is counted within a bout."""

    shift_deg: float = 8.0
    """Change of tilt or flexion, deg (CLINICAL.md B5 [ours])."""
    still_dps: float = 5.0
    """Settled below this mean angular speed, deg/s [ours]."""
    settle_s: int = 3
    """Settled after so long, s [ours]."""
    slump_range_pct: float = 65.0
    """Lumbar range in use, % (CLINICAL.md B5)."""
    shortest_s: float = 10.0
    """Shorter bouts are not told, s [ours]."""


def slumped(features: Features, calibration: Calibration, params: SittingParams) -> list[bool]:
    """Return whether each seated second was slumped; False where the calibration cannot say."""
    sit, slump, range_deg = calibration.sit_deg, calibration.slump_deg, calibration.lumbar_range_deg
    # A NaN, where a pod is missing, compares false.
    middle_deg = math.nan if sit is None or slump is None else 0.5 * (sit + slump)
    if not range_deg:
        return [pelvis_deg <= middle_deg for pelvis_deg in features.pelvis_deg]
    most = params.slump_range_pct * range_deg
    return [
        pelvis_deg <= middle_deg if math.isnan(lumbar_deg) else 100.0 * lumbar_deg >= most
        for pelvis_deg, lumbar_deg in zip(features.pelvis_deg, features.lumbar_deg, strict=True)
    ]


def tells_slump(calibration: Calibration) -> bool:
    """Return whether a calibration says what slumped is for this patient."""
    has_range = tells_flexion(calibration) and bool(calibration.lumbar_range_deg)
    return has_range or None not in {calibration.sit_deg, calibration.slump_deg}


def tells_flexion(calibration: Calibration) -> bool:
    """Return whether there are both pods, between which the lumbar spine bends."""
    return None not in (calibration.mounting_upper_quat, calibration.mounting_lower_quat)


@dataclass(slots=True)
class Bout:
    """A bout so far. `start` is its first sample."""

    start: int
    start_utc_ns: int | None
    shifts: int = 0
    slumped_s: int = 0
    still_s: int = 0
    settled_deg: tuple[float, float] | None = None

    def add(self, features: Features, *, slumped_s: int, params: SittingParams) -> list[int]:
        """Take more seconds, of which so many were slumped; return the shifts so far at each."""
        self.slumped_s += slumped_s
        still_s, settled_deg, shifts = self.still_s, self.settled_deg, self.shifts
        told = []
        columns = features.speed_dps, features.pelvis_deg, features.lumbar_deg
        for speed_dps, pelvis_deg, lumbar_deg in zip(*columns, strict=True):
            still_s = still_s + 1 if speed_dps < params.still_dps else 0
            if still_s >= params.settle_s:
                if settled_deg is None:
                    settled_deg = pelvis_deg, lumbar_deg
                # A NaN, where a pod is missing, compares false.
                elif (
                    abs(pelvis_deg - settled_deg[0]) >= params.shift_deg
                    or abs(lumbar_deg - settled_deg[1]) >= params.shift_deg
                ):
                    shifts, settled_deg = shifts + 1, (pelvis_deg, lumbar_deg)
            told.append(shifts)
        self.still_s, self.settled_deg, self.shifts = still_s, settled_deg, shifts
        return told

"""One bout of sitting as it goes on: shifts, slumped time.

A postural shift is a change of pelvis tilt or lumbar flexion by 8 deg that then settles (CLINICAL.md B5).
Slumped is a report figure, never an alarm: more than 65 % of the lumbar range in use (CLINICAL.md B5), which
leaning back in an armchair is not; without a personal range, pelvis behind the midpoint of usual sit and
slump.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from analysis.events.calibration import Calibration
from analysis.motion.seconds import Feature


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


def slumped(feature: Feature, calibration: Calibration, params: SittingParams) -> bool:
    """Return whether a seated second was slumped; False where the calibration cannot say."""
    if calibration.lumbar_range_deg and not math.isnan(feature.lumbar_deg):
        return 100.0 * feature.lumbar_deg >= params.slump_range_pct * calibration.lumbar_range_deg
    sit, slump = calibration.sit_deg, calibration.slump_deg
    if sit is not None and slump is not None and not math.isnan(feature.pelvis_deg):
        return feature.pelvis_deg <= 0.5 * (sit + slump)
    return False


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
    start_utc: str | None
    start_utc_ns: int | None
    shifts: int = 0
    slumped_s: int = 0
    still_s: int = 0
    settled_deg: tuple[float, float] | None = None

    def add(self, features: Sequence[Feature], *, slumped_s: int, params: SittingParams) -> list[int]:
        """Take more seconds, of which so many were slumped; return the shifts so far at each."""
        self.slumped_s += slumped_s
        shifts = []
        for feature in features:
            self.still_s = self.still_s + 1 if feature.speed_dps < params.still_dps else 0
            if self.still_s >= params.settle_s:
                self._settle(feature.pelvis_deg, feature.lumbar_deg, params)
            shifts.append(self.shifts)
        return shifts

    def _settle(self, pelvis_deg: float, lumbar_deg: float, params: SittingParams) -> None:
        if self.settled_deg is None:
            self.settled_deg = (pelvis_deg, lumbar_deg)
            return
        pelvis_was_deg, lumbar_was_deg = self.settled_deg
        # A NaN, where a pod is missing, compares false.
        if (
            abs(pelvis_deg - pelvis_was_deg) >= params.shift_deg
            or abs(lumbar_deg - lumbar_was_deg) >= params.shift_deg
        ):
            self.shifts, self.settled_deg = self.shifts + 1, (pelvis_deg, lumbar_deg)

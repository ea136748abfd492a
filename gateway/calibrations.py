"""Which calibration a new segment begins with."""

from dataclasses import dataclass
from datetime import timedelta

from analysis.events.calibration import Calibration
from analysis.events.fields import utc_ns
from analysis.motion.calibration import aligned
from analysis.motion.origin import Origin
from gateway.config import CalibrationConfig


@dataclass(frozen=True, slots=True)
class Patient:
    """Whose samples they are, and how they are treated."""

    id: str
    device: str
    calibration: CalibrationConfig


class Calibrations:
    """The newest accepted calibration of a patient's strip, and the rule for using it again.

    Parameters
    ----------
    patient
        Whose calibrations, how the core learns the way the pods sit, and for how long that serves.
    """

    def __init__(self, patient: Patient) -> None:
        self._patient, self._config = patient, patient.calibration
        self.newest: Calibration | None = None

    def heed(self, calibration: Calibration) -> None:
        """Take note of a calibration, in any order."""
        if not calibration.accepted or calibration.valid_from is None:
            return
        if self.newest is None or calibration.valid_from >= str(self.newest.valid_from):
            self.newest = calibration

    def forget(self) -> bool:
        """Let the next segment begin with the guided routine; returns False where the axes are given."""
        if self._config.mode == "aligned":
            return False
        self.newest = None
        return True

    def at_start(self, boot: int, start_utc_ns: int, *, is_dual: bool) -> Calibration | None:
        """Return what a segment that begins then is given; None: the guided routine."""
        if self._config.mode == "aligned":
            origin = Origin(self._patient.id, self._patient.device, boot)
            return aligned(origin, dual=is_dual, utc_ns=start_utc_ns)
        known = self.newest
        if known is None or known.valid_from is None:
            return None
        age = timedelta(microseconds=(start_utc_ns - utc_ns(known.valid_from)) / 1000)
        return known if abs(age) <= timedelta(hours=self._config.reuse_h) else None

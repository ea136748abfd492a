"""A calibration, ready to compute with: what turns each pod's axes into the patient's neutral body frame."""

from dataclasses import dataclass
from typing import Self

from analysis.events.calibration import Calibration
from analysis.motion.rotation import Matrix, matrix_of, product, shortest_arc_to_z, unit


@dataclass(frozen=True, slots=True)
class Frames:
    """Rotations pod axes -> body frame (x forward, y left, z up in the neutral stand); None: no such pod."""

    lower: Matrix | None
    upper: Matrix | None

    @classmethod
    def of(cls, calibration: Calibration) -> Self:
        """Return the frames of a calibration, from nothing but the values that its JSON holds."""
        neutral = calibration.neutral
        return cls(
            _frame(calibration.mounting_lower_quat, neutral.lower),
            _frame(calibration.mounting_upper_quat, neutral.upper),
        )


def _frame(mounting: list[float] | None, neutral: list[float] | None) -> Matrix | None:
    if mounting is None:
        return None
    turned = matrix_of(mounting)
    return turned if neutral is None else product(shortest_arc_to_z(unit(neutral)), turned)

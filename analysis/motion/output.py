"""What the core hands back for each push."""

from dataclasses import dataclass
from typing import NamedTuple, Self

import numpy as np

from analysis.events.calibration import Calibration
from analysis.events.day import PostureState
from analysis.events.event import Derived
from analysis.motion.block import FloatArray


class Second(NamedTuple):
    """One finished second of posture.

    Attributes
    ----------
    sample
        First sample of the second (a multiple of the rate).
    utc_ns
        Its UTC, ns since 1970; None where nobody knows.
    state, confidence
        The posture and how sure it is (0 to 1); None where no posture can be said.
    steps
        Steps taken within the second.
    sitting_since_sample, sitting_since_utc_ns
        Start of the sitting bout that this second belongs to; None outside.
    shifts
        Shifts in the seat so far in that bout.
    """

    sample: int
    utc_ns: int | None
    state: PostureState | None
    confidence: float
    steps: int
    sitting_since_sample: int | None
    sitting_since_utc_ns: int | None
    shifts: int = 0


@dataclass(frozen=True, slots=True)
class Angles:
    """Angles and orientations of the samples pushed, one row each; NaN where unknown.

    Attributes
    ----------
    first_sample
        Index of the first row.
    pelvis_tilt_deg, trunk_tilt_deg, lumbar_flexion_deg
        (n,), deg.
    upper_quat, lower_quat
        Pod's own axes -> earth, (n, 4); None: there is no such pod.
    delay_s
        How much older than its row an angle really is; 0 with gyroscopes.
    """

    first_sample: int
    pelvis_tilt_deg: FloatArray
    trunk_tilt_deg: FloatArray
    lumbar_flexion_deg: FloatArray
    upper_quat: FloatArray | None
    lower_quat: FloatArray | None
    delay_s: float = 0.0

    @classmethod
    def none(cls, first_sample: int) -> Self:
        """Return the angles of no samples."""
        empty = np.empty(0)
        return cls(first_sample, empty, empty, empty, None, None)

    def __len__(self) -> int:
        return int(self.pelvis_tilt_deg.shape[0])


def angles_of(
    first_sample: int,
    pelvis_deg: FloatArray | None,
    trunk_deg: FloatArray | None,
    quats: tuple[FloatArray | None, FloatArray | None],
    *,
    delay_s: float,
) -> Angles:
    """Return the angles of samples whose tilts are known as far as given; `quats` are upper and lower."""
    upper, lower = quats
    if pelvis_deg is not None and trunk_deg is not None:
        return Angles(first_sample, pelvis_deg, trunk_deg, trunk_deg - pelvis_deg, upper, lower, delay_s)
    known = next(quat for quat in quats if quat is not None)
    unknown = np.full(known.shape[0], np.nan)
    return Angles(
        first_sample,
        unknown if pelvis_deg is None else pelvis_deg,
        unknown if trunk_deg is None else trunk_deg,
        unknown,
        upper,
        lower,
        delay_s,
    )


@dataclass(frozen=True, slots=True)
class Output:
    """Results of one push; events and seconds are final when they appear."""

    events: tuple[Derived, ...]
    calibrations: tuple[Calibration, ...]
    seconds: tuple[Second, ...]
    angles: Angles


def together(outputs: list[Output]) -> Output:
    """Return the outputs of successive pushes as if they had been one."""
    if len(outputs) == 1:
        return outputs[0]
    pieces = [output.angles for output in outputs if len(output.angles)] or [outputs[0].angles]
    return Output(
        tuple(event for output in outputs for event in output.events),
        tuple(calibration for output in outputs for calibration in output.calibrations),
        tuple(second for output in outputs for second in output.seconds),
        pieces[0] if len(pieces) == 1 else _stacked(pieces),
    )


def _stacked(pieces: list[Angles]) -> Angles:
    def quats(parts: list[FloatArray | None]) -> FloatArray | None:
        if all(part is None for part in parts):
            return None
        # A pod can fall silent, or come back, within one push.
        unknown = (np.full((len(piece), 4), np.nan) for piece in pieces)
        filled = zip(parts, unknown, strict=True)
        return np.concatenate([nothing if part is None else part for part, nothing in filled])

    return Angles(
        pieces[0].first_sample,
        np.concatenate([piece.pelvis_tilt_deg for piece in pieces]),
        np.concatenate([piece.trunk_tilt_deg for piece in pieces]),
        np.concatenate([piece.lumbar_flexion_deg for piece in pieces]),
        quats([piece.upper_quat for piece in pieces]),
        quats([piece.lower_quat for piece in pieces]),
        pieces[0].delay_s,
    )

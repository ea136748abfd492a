"""What the core hands back for each push."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple, Self

import numpy as np

from analysis.events.calibration import Calibration
from analysis.events.day import PostureState
from analysis.events.event import Derived
from analysis.events.movement import Lift
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


TiltsDeg = tuple[FloatArray | None, FloatArray | None]
"""Tilts of pelvis and trunk, (n,) each, deg; None where there is no such pod."""


@dataclass(frozen=True)
class Angles:
    """Angles and orientations of the samples pushed, one row each; NaN where unknown.

    Of most samples nobody asks for the angles, so they are computed when someone does.

    Attributes
    ----------
    first_sample, count
        Index of the first row, and how many there are.
    upper_quat, lower_quat
        Pod's own axes -> earth, (n, 4); None: there is no such pod.
    tilts_deg
        Computes the tilts.
    delay_s
        How much older than its row an angle really is; 0 with gyroscopes.
    """

    first_sample: int
    count: int
    upper_quat: FloatArray | None
    lower_quat: FloatArray | None
    tilts_deg: Callable[[], TiltsDeg] = lambda: (None, None)
    delay_s: float = 0.0

    @classmethod
    def none(cls, first_sample: int) -> Self:
        """Return the angles of no samples."""
        return cls(first_sample, 0, None, None)

    def __len__(self) -> int:
        return self.count

    @cached_property
    def _tilts(self) -> tuple[FloatArray, FloatArray]:
        pelvis, trunk = (
            np.full(self.count, np.nan) if tilt_deg is None else tilt_deg for tilt_deg in self.tilts_deg()
        )
        return pelvis, trunk

    @property
    def pelvis_tilt_deg(self) -> FloatArray:
        """Tilt of the lower pod, (n,), deg."""
        return self._tilts[0]

    @property
    def trunk_tilt_deg(self) -> FloatArray:
        """Tilt of the upper pod, (n,), deg."""
        return self._tilts[1]

    @property
    def lumbar_flexion_deg(self) -> FloatArray:
        """Their difference, (n,), deg."""
        return self.trunk_tilt_deg - self.pelvis_tilt_deg


@dataclass(frozen=True, slots=True)
class Output:
    """Results of one push; events and seconds are final when they appear.

    `bends` are those that have just ended, as the lifts that they will be unless they turn out to be none
    (:mod:`analysis.motion.ended`): for the eye, never for the record.
    """

    events: tuple[Derived, ...]
    calibrations: tuple[Calibration, ...]
    seconds: tuple[Second, ...]
    angles: Angles
    bends: tuple[Lift, ...] = ()


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
        tuple(bend for output in outputs for bend in output.bends),
    )


def _stacked(pieces: list[Angles]) -> Angles:
    def quats(parts: list[FloatArray | None]) -> FloatArray | None:
        if all(part is None for part in parts):
            return None
        # A pod can fall silent, or come back, within one push.
        unknown = (np.full((len(piece), 4), np.nan) for piece in pieces)
        filled = zip(parts, unknown, strict=True)
        return np.concatenate([nothing if part is None else part for part, nothing in filled])

    def tilts_deg() -> TiltsDeg:
        return (
            np.concatenate([piece.pelvis_tilt_deg for piece in pieces]),
            np.concatenate([piece.trunk_tilt_deg for piece in pieces]),
        )

    return Angles(
        pieces[0].first_sample,
        sum(map(len, pieces)),
        quats([piece.upper_quat for piece in pieces]),
        quats([piece.lower_quat for piece in pieces]),
        tilts_deg,
        pieces[0].delay_s,
    )

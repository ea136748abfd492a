"""From orientations to the angles of a back: tilts, side bend, turning rates, vertical acceleration.

``tilt = atan2(-u_x, u_z)`` with u the up direction in the body frame: positive forward and valid beyond 90
deg. Pelvis tilt is the lower pod's, trunk tilt the upper pod's, and lumbar flexion their difference, which
needs no heading: it is off by at most 1.5 deg at 25 deg of twist with 15 deg of side bend (CLINICAL.md B7).
Side bend is the lean to the right of the trunk. Twist is given as a rate only: without a magnetometer the
pods' headings drift apart.

Rates come from the gyroscope where there is one, freed of VQF's bias; else from differences of the tilt.

Where one pod is missing its rows are NaN, and "bend" (what lifts are cut by) is the tilt of the pod that is
there.
"""

from dataclasses import dataclass
from enum import IntEnum

import numpy as np

from analysis.motion.block import RATE_HZ, FloatArray
from analysis.motion.rotation import DEG_PER_RAD, Matrix, Vector
from analysis.motion.tilts import Tilts

GRAVITY_MPS2 = 9.80665


class Row(IntEnum):
    """Rows of :class:`Motion`; the first six are those whose means over a second are taken."""

    PELVIS_DEG = 0
    BEND_DEG = 1
    TRUNK_DEG = 2
    SPEED_DPS = 3
    """Angular speed of the bending pod about any axis, deg/s."""
    UPRIGHT = 4
    """Cosine of the angle between the lowest pod's long axis and the vertical."""
    UPRIGHT_TRUNK = 5
    """The same of the bending pod."""
    SIDE_DEG = 6
    """Lean of the bending pod to the right, deg."""
    BEND_DPS = 7
    PELVIS_DPS = 8
    TWIST_DPS = 9
    """Turning of the upper pod to the left against the lower, about the long axis, deg/s."""
    VERTICAL_MPS2 = 10
    """Upward acceleration of the lowest pod, m/s2."""
    SATURATED = 11


@dataclass(frozen=True, slots=True)
class Motion:
    """A run of consecutive samples of the back in motion.

    Attributes
    ----------
    first_sample
        Index of the first sample.
    rows
        One :class:`Row` each, (12, n).
    quats
        Orientations pod -> earth, (n, 4), the lower pod's first; empty where no gyroscope makes their
        headings comparable from sample to sample.
    """

    first_sample: int
    rows: FloatArray
    quats: tuple[FloatArray, ...] = ()

    def __len__(self) -> int:
        return int(self.rows.shape[1])

    @property
    def end_sample(self) -> int:
        """Index of the sample after the last one."""
        return self.first_sample + len(self)

    def __getitem__(self, row: Row) -> FloatArray:
        return np.asarray(self.rows[row])

    @property
    def lumbar_deg(self) -> FloatArray:
        """Lumbar flexion, deg; NaN without both pods."""
        return np.asarray(self.rows[Row.TRUNK_DEG] - self.rows[Row.PELVIS_DEG])

    def part(self, first_sample: int, end_sample: int) -> "Motion":
        """Return the samples from `first_sample` to before `end_sample`, as far as they are here."""
        start = min(max(first_sample - self.first_sample, 0), len(self))
        stop = min(max(end_sample - self.first_sample, start), len(self))
        quats = tuple(pod[start:stop] for pod in self.quats)
        return Motion(self.first_sample + start, self.rows[:, start:stop], quats)


def joined(parts: list[Motion]) -> Motion:
    """Return consecutive runs as one."""
    if len(parts) == 1:
        return parts[0]
    quats = tuple(np.concatenate(pod) for pod in zip(*(part.quats for part in parts), strict=True))
    return Motion(parts[0].first_sample, np.concatenate([part.rows for part in parts], axis=1), quats)


@dataclass(frozen=True, slots=True)
class AnglesState:
    """Each pod's last tilt, for the differences of devices without gyroscope."""

    last_deg: tuple[float, ...] = ()


class AngleStage:
    """Puts the two pods together."""

    def __init__(self, lower: Matrix | None, upper: Matrix | None) -> None:
        self._frames = [frame for frame in (lower, upper) if frame is not None]
        self._has_lower, self._has_upper = lower is not None, upper is not None
        self._last = AnglesState()

    def push(self, tilts: Tilts) -> Motion:
        """Return the motion of the next samples."""
        rows = np.empty((len(Row), len(tilts)))
        # The lower pod is the first of two and lowest; the upper pod is the last and bends.
        turning = [attitude.turning_radps() for attitude in tilts.attitudes]
        rates = self._rates(tilts, turning)
        rows[Row.PELVIS_DEG] = tilts.tilt_deg[0] if self._has_lower else np.nan
        rows[Row.TRUNK_DEG] = tilts.tilt_deg[-1] if self._has_upper else np.nan
        rows[Row.BEND_DEG] = tilts.tilt_deg[-1]
        rows[Row.PELVIS_DPS] = rates[0] if self._has_lower else np.nan
        rows[Row.BEND_DPS] = rates[-1]
        side = rows[Row.SIDE_DEG]
        np.minimum(np.maximum(tilts.up[1, -1], -1.0), 1.0, out=side)
        np.arcsin(side, out=side)
        side *= DEG_PER_RAD
        rows[Row.SPEED_DPS] = np.abs(rates[-1]) if turning[-1] is None else _length_dps(turning[-1])
        rows[Row.TWIST_DPS] = self._twist_dps(turning)
        rows[Row.VERTICAL_MPS2] = _vertical_mps2(tilts.lowest_up, tilts.attitudes[0].acc_mps2)
        rows[Row.UPRIGHT] = tilts.up[2, 0]
        rows[Row.UPRIGHT_TRUNK] = tilts.up[2, -1]
        rows[Row.SATURATED] = tilts.saturated
        self._last = AnglesState(tuple(tilts.tilt_deg[:, -1].tolist()))
        has_headings = all(attitude.turning is not None for attitude in tilts.attitudes)
        quats = tuple(attitude.quats for attitude in tilts.attitudes) if has_headings else ()
        return Motion(tilts.first_sample, rows, quats)

    def _rates(self, tilts: Tilts, turning: list[FloatArray | None]) -> list[FloatArray]:
        """Return how fast each pod tilts forward, deg/s."""
        rates = []
        for i, (frame, measured) in enumerate(zip(self._frames, turning, strict=True)):
            if measured is not None:
                rates.append(_about_dps(measured, frame[1]))
            else:
                tilt = tilts.tilt_deg[i]
                before = self._last.last_deg[i : i + 1] or (tilt[0],)
                rates.append(np.diff(tilt, prepend=before) * RATE_HZ)
        return rates

    def _twist_dps(self, turning: list[FloatArray | None]) -> FloatArray | float:
        lower, upper = turning[0], turning[-1]
        if len(turning) < 2 or lower is None or upper is None:
            return np.nan
        return _about_dps(upper, self._frames[-1][2]) - _about_dps(lower, self._frames[0][2])

    def state(self) -> AnglesState:
        """Return what :meth:`restore` needs to go on exactly from here."""
        return self._last

    def restore(self, state: AnglesState) -> None:
        """Go on from `state`."""
        self._last = state


def _about_dps(turning_radps: FloatArray, axis: Vector) -> FloatArray:
    """Return the angular velocity about an axis, deg/s."""
    x, y, z = turning_radps
    about: FloatArray = axis[0] * x
    about += axis[1] * y
    about += axis[2] * z
    about *= DEG_PER_RAD
    return about


def _length_dps(turning_radps: FloatArray) -> FloatArray:
    x, y, z = turning_radps
    length: FloatArray = x * x
    length += y * y
    length += z * z
    np.sqrt(length, out=length)
    length *= DEG_PER_RAD
    return length


def _vertical_mps2(up: FloatArray, acc_mps2: FloatArray) -> FloatArray:
    x, y, z = np.ascontiguousarray(acc_mps2.T)
    vertical: FloatArray = up[0] * x
    vertical += up[1] * y
    vertical += up[2] * z
    vertical -= GRAVITY_MPS2
    return vertical

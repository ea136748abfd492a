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

from analysis.motion.block import RATE_HZ, BoolArray, FloatArray
from analysis.motion.orientation import Attitude
from analysis.motion.rotation import Matrix

_DEG = 180.0 / np.pi
GRAVITY_MPS2 = 9.80665


@dataclass(frozen=True, slots=True)
class PodTilt:
    """One pod in the body frame.

    Attributes
    ----------
    up
        The up direction, (3, n).
    tilt_deg
        Forward tilt, (n,).
    attitude
        What it was computed from.
    """

    up: FloatArray
    tilt_deg: FloatArray
    attitude: Attitude

    def part(self, start: int, stop: int) -> "PodTilt":
        """Return the rows from `start` to before `stop`."""
        attitude = self.attitude
        gyr = attitude.gyr_radps
        return PodTilt(
            self.up[:, start:stop],
            self.tilt_deg[start:stop],
            Attitude(
                attitude.quats[start:stop],
                attitude.up[:, start:stop],
                attitude.acc_mps2[start:stop],
                None if gyr is None else gyr[start:stop],
            ),
        )


def pod_tilt(attitude: Attitude, frame: Matrix) -> PodTilt:
    """Return a pod's tilt in the frame that the calibration gives."""
    # Products and sums element by element, so that the cut of the samples cannot show.
    parts = np.array(frame)[:, :, None] * attitude.up
    up = parts[:, 0] + parts[:, 1] + parts[:, 2]
    return PodTilt(up, np.arctan2(-up[0], up[2]) * _DEG, attitude)


@dataclass(frozen=True, slots=True)
class Tilts:
    """Consecutive samples of both pods in the body frame, not yet put together."""

    first_sample: int
    lower: PodTilt | None
    upper: PodTilt | None
    saturated: BoolArray

    def __len__(self) -> int:
        return int(self.saturated.shape[0])

    @property
    def end_sample(self) -> int:
        """Index of the sample after the last one."""
        return self.first_sample + len(self)

    def part(self, start: int, stop: int) -> "Tilts":
        """Return the rows from `start` to before `stop`."""
        if start == 0 and stop == len(self):
            return self
        return Tilts(
            self.first_sample + start,
            None if self.lower is None else self.lower.part(start, stop),
            None if self.upper is None else self.upper.part(start, stop),
            self.saturated[start:stop],
        )


def joined_tilts(parts: list[Tilts]) -> Tilts:
    """Return consecutive samples as one."""
    if len(parts) == 1:
        return parts[0]
    return Tilts(
        parts[0].first_sample,
        _joined_pods([part.lower for part in parts]),
        _joined_pods([part.upper for part in parts]),
        np.concatenate([part.saturated for part in parts]),
    )


def _joined_pods(parts: list[PodTilt | None]) -> PodTilt | None:
    pods = [part for part in parts if part is not None]
    if not pods:
        return None
    attitudes = [pod.attitude for pod in pods]
    gyrs = [attitude.gyr_radps for attitude in attitudes if attitude.gyr_radps is not None]
    return PodTilt(
        np.concatenate([pod.up for pod in pods], axis=1),
        np.concatenate([pod.tilt_deg for pod in pods]),
        Attitude(
            attitudes[0].quats[:0],
            np.concatenate([attitude.up for attitude in attitudes], axis=1),
            np.concatenate([attitude.acc_mps2 for attitude in attitudes]),
            np.concatenate(gyrs) if gyrs else None,
        ),
    )


class Row(IntEnum):
    """Rows of :class:`Motion`."""

    BEND_DEG = 0
    PELVIS_DEG = 1
    TRUNK_DEG = 2
    SIDE_DEG = 3
    """Lean of the bending pod to the right, deg."""
    BEND_DPS = 4
    PELVIS_DPS = 5
    SPEED_DPS = 6
    """Angular speed of the bending pod about any axis, deg/s."""
    TWIST_DPS = 7
    """Turning of the upper pod to the left against the lower, about the long axis, deg/s."""
    VERTICAL_MPS2 = 8
    """Upward acceleration of the lowest pod, m/s2."""
    UPRIGHT = 9
    """Cosine of the angle between the lowest pod's long axis and the vertical."""
    UPRIGHT_TRUNK = 10
    """The same of the bending pod."""
    SATURATED = 11


@dataclass(frozen=True, slots=True)
class Motion:
    """A run of consecutive samples of the back in motion; one :class:`Row` of `rows` each, (12, n)."""

    first_sample: int
    rows: FloatArray

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
        return Motion(self.first_sample + start, self.rows[:, start:stop])


def joined(parts: list[Motion]) -> Motion:
    """Return consecutive runs as one."""
    if len(parts) == 1:
        return parts[0]
    return Motion(parts[0].first_sample, np.concatenate([part.rows for part in parts], axis=1))


@dataclass(frozen=True, slots=True)
class AnglesState:
    """Last tilts, for the differences of devices without gyroscope: lower, upper."""

    last_deg: tuple[float | None, float | None] = (None, None)


class AngleStage:
    """Puts the two pods together."""

    def __init__(self, lower: Matrix | None, upper: Matrix | None) -> None:
        self._lower, self._upper = lower, upper
        self._last: AnglesState = AnglesState()

    def push(self, tilts: Tilts) -> Motion:
        """Return the motion of the next samples."""
        lower, upper = tilts.lower, tilts.upper
        bending, lowest = upper or lower, lower or upper
        assert bending is not None
        assert lowest is not None
        rows = np.full((len(Row), len(tilts)), np.nan)
        lower_dps = self._rate(0, lower, self._lower)
        upper_dps = self._rate(1, upper, self._upper)
        if lower is not None:
            rows[Row.PELVIS_DEG] = lower.tilt_deg
            rows[Row.PELVIS_DPS] = lower_dps
        if upper is not None:
            rows[Row.TRUNK_DEG] = upper.tilt_deg
        rows[Row.BEND_DEG] = bending.tilt_deg
        rows[Row.BEND_DPS] = upper_dps if upper is not None else lower_dps
        rows[Row.SIDE_DEG] = np.arcsin(np.clip(bending.up[1], -1.0, 1.0)) * _DEG
        rows[Row.SPEED_DPS] = _speed_dps(bending, rows[Row.BEND_DPS])
        if lower is not None and upper is not None:
            twist = _about(upper.attitude, self._upper, 2), _about(lower.attitude, self._lower, 2)
            if twist[0] is not None and twist[1] is not None:
                rows[Row.TWIST_DPS] = twist[0] - twist[1]
        rows[Row.VERTICAL_MPS2] = _vertical_mps2(lowest.attitude)
        rows[Row.UPRIGHT] = lowest.up[2]
        rows[Row.UPRIGHT_TRUNK] = bending.up[2]
        rows[Row.SATURATED] = tilts.saturated
        last = tuple(None if pod is None else float(pod.tilt_deg[-1]) for pod in (lower, upper))
        self._last = AnglesState((last[0], last[1]))
        return Motion(tilts.first_sample, rows)

    def _rate(self, which: int, pod: PodTilt | None, frame: Matrix | None) -> FloatArray | None:
        if pod is None:
            return None
        measured = _about(pod.attitude, frame, 1)
        if measured is not None:
            return measured
        last = self._last.last_deg[which]
        before = pod.tilt_deg[:1] if last is None else np.array([last])
        return np.diff(np.concatenate((before, pod.tilt_deg))) * RATE_HZ

    def state(self) -> AnglesState:
        """Return what :meth:`restore` needs to go on exactly from here."""
        return self._last

    def restore(self, state: AnglesState) -> None:
        """Go on from `state`."""
        self._last = state


def _about(attitude: Attitude, frame: Matrix | None, which: int) -> FloatArray | None:
    """Return the angular velocity about a body axis (0 forward, 1 left, 2 up), deg/s."""
    if attitude.gyr_radps is None or frame is None:
        return None
    axis = frame[which]
    x, y, z = np.ascontiguousarray(attitude.gyr_radps.T)
    return np.asarray((axis[0] * x + axis[1] * y + axis[2] * z) * _DEG)


def _speed_dps(pod: PodTilt, rate_dps: FloatArray) -> FloatArray:
    if pod.attitude.gyr_radps is None:
        return np.abs(rate_dps)
    x, y, z = np.ascontiguousarray(pod.attitude.gyr_radps.T)
    return np.asarray(np.sqrt(x * x + y * y + z * z) * _DEG)


def _vertical_mps2(attitude: Attitude) -> FloatArray:
    up_x, up_y, up_z = attitude.up
    x, y, z = np.ascontiguousarray(attitude.acc_mps2.T)
    return np.asarray(up_x * x + up_y * y + up_z * z - GRAVITY_MPS2)

"""From orientations to the angles of a back: tilts, side bend, turning rates, vertical acceleration.

``tilt = atan2(-u_x, u_z)`` with u the up direction in the body frame: positive forward and valid beyond 90
deg. Pelvis tilt is the lower pod's, trunk tilt the upper pod's, and lumbar flexion their difference, which
needs no heading: it is off by at most 1.5 deg at 25 deg of twist with 15 deg of side bend (CLINICAL.md B7).
Side bend is the lean to the right of the trunk. Twist is given as a rate only: without a magnetometer the
pods' headings drift apart.

Rates come from the gyroscope where there is one, freed of VQF's bias; else from differences of the tilt.

Where one pod is missing its rows are NaN, and "bend" (what lifts are cut by) is the tilt of the pod that is
there.

A motion holds the rows that every sample needs; the others are computed when someone asks for them.
"""

from dataclasses import dataclass
from enum import IntEnum
from functools import cached_property

import numpy as np

from analysis.motion.block import RATE_HZ, FloatArray
from analysis.motion.rates import Rates, fill_speed_dps, joined_rates
from analysis.motion.rotation import Matrix
from analysis.motion.tilts import Tilts, pieces

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
    VERTICAL_MPS2 = 6
    """Upward acceleration of the lowest pod, m/s2; without gyroscope by the size of the specific force, since
    the vertical is known too late while moving, and what is horizontal adds little to the size."""
    SIDE_DEG = 7
    """Lean of the bending pod to the right, deg. This and what follows is computed on demand."""
    BEND_DPS = 8
    PELVIS_DPS = 9
    TWIST_DPS = 10
    """Turning of the upper pod to the left against the lower, about the long axis, deg/s."""
    SATURATED = 11


_EVER = Row.SIDE_DEG
"""So many rows are always there."""
MEANS = Row.UPRIGHT_TRUNK + 1
"""Of so many of them means are taken."""
_SECOND = round(RATE_HZ)


@dataclass(frozen=True)
class Motion:
    """A run of consecutive samples of the back in motion.

    Attributes
    ----------
    first_sample
        Index of the first sample.
    rows
        The first rows (:class:`Row`), (7, n), or all of them.
    rates, offset
        What the others are computed from, and where in it this run begins.
    """

    first_sample: int
    rows: FloatArray
    rates: Rates | None = None
    offset: int = 0

    def __len__(self) -> int:
        return int(self.rows.shape[1])

    @property
    def end_sample(self) -> int:
        """Index of the sample after the last one."""
        return self.first_sample + len(self)

    @property
    def _place(self) -> slice:
        return slice(self.offset, self.offset + len(self))

    def __getitem__(self, row: Row) -> FloatArray:
        if row < self.rows.shape[0]:
            return np.asarray(self.rows[row])
        rates = self.rates
        assert rates is not None
        of_row = {
            Row.SIDE_DEG: rates.side_deg,
            Row.BEND_DPS: rates.bend_dps,
            Row.PELVIS_DPS: rates.pelvis_dps,
            Row.TWIST_DPS: rates.twist_dps,
            Row.SATURATED: rates.saturated,
        }
        return of_row[row](self._place)

    @cached_property
    def second_means(self) -> FloatArray:
        """Means of the first rows over each second, (6, k), of a run of whole seconds."""
        return np.asarray(self.rows[:MEANS].reshape(MEANS, -1, _SECOND).sum(axis=2) / _SECOND)

    @cached_property
    def farthest_side_deg(self) -> float:
        """The farthest lean of the bending pod to either side."""
        return float(np.abs(self[Row.SIDE_DEG]).max())

    @property
    def lumbar_deg(self) -> FloatArray:
        """Lumbar flexion, deg; NaN without both pods."""
        return np.asarray(self.rows[Row.TRUNK_DEG] - self.rows[Row.PELVIS_DEG])

    @property
    def quats(self) -> tuple[FloatArray, ...]:
        """Orientations pod -> earth, (n, 4) of each pod, lower first; empty where there is no gyroscope."""
        return () if self.rates is None else self.rates.quats(self._place)

    def part(self, first_sample: int, end_sample: int) -> "Motion":
        """Return the samples from `first_sample` to before `end_sample`, as far as they are here."""
        start = min(max(first_sample - self.first_sample, 0), len(self))
        stop = min(max(end_sample - self.first_sample, start), len(self))
        rows = self.rows[:, start:stop]
        return Motion(self.first_sample + start, rows, self.rates, self.offset + start)


def joined(parts: list[Motion]) -> Motion:
    """Return consecutive runs as one."""
    if len(parts) == 1:
        return parts[0]
    rows = np.concatenate([part.rows for part in parts], axis=1)
    rates = [(part.rates, part._place) for part in parts if part.rates is not None]  # noqa: SLF001
    return Motion(parts[0].first_sample, rows, joined_rates(rates) if rates else None)


@dataclass(frozen=True, slots=True)
class AnglesState:
    """Each pod's last tilt, for the differences of devices without gyroscope."""

    last_deg: tuple[float, ...] = ()


class AngleStage:
    """Puts the two pods together."""

    def __init__(self, lower: Matrix | None, upper: Matrix | None) -> None:
        self._frames = lower, upper
        self._last = AnglesState()

    def push(self, tilts: Tilts) -> Motion:
        """Return the motion of the next samples."""
        rows = np.empty((_EVER, len(tilts)))
        # The lower pod is the first of two and lowest; the upper pod is the last and bends.
        lower, upper = self._frames
        differences = self._differences_dps(tilts)
        rows[Row.PELVIS_DEG] = np.nan if lower is None else tilts.tilt_deg[0]
        rows[Row.BEND_DEG] = tilts.tilt_deg[-1]
        rows[Row.TRUNK_DEG] = np.nan if upper is None else tilts.tilt_deg[-1]
        turning, differing = tilts.attitudes[-1].turning, differences[-1]
        if turning is not None:
            fill_speed_dps(rows[Row.SPEED_DPS], *turning)
        elif differing is not None:
            np.abs(differing, out=rows[Row.SPEED_DPS])
        rows[Row.UPRIGHT] = tilts.upright[0]
        rows[Row.UPRIGHT_TRUNK] = tilts.upright[-1]
        if differences[0] is None:
            _fill_vertical_mps2(rows[Row.VERTICAL_MPS2], tilts.half_up[:, 0], tilts.attitudes[0].acc_mps2)
        else:
            _fill_size_mps2(rows[Row.VERTICAL_MPS2], tilts.attitudes[0].acc_mps2)
        self._last = AnglesState(tuple(tilts.tilt_deg[:, -1].tolist()))
        return Motion(tilts.first_sample, rows, Rates(tilts, self._frames, differences))

    def _differences_dps(self, tilts: Tilts) -> tuple[FloatArray | None, ...]:
        """Return how fast the tilt of each pod without gyroscope changes, deg/s."""
        differences = []
        for i, attitude in enumerate(tilts.attitudes):
            tilt = tilts.tilt_deg[i]
            before = self._last.last_deg[i : i + 1] or (tilt[0],)
            differences.append(np.diff(tilt, prepend=before) * RATE_HZ if attitude.turning is None else None)
        return tuple(differences)

    def state(self) -> AnglesState:
        """Return what :meth:`restore` needs to go on exactly from here."""
        return self._last

    def restore(self, state: AnglesState) -> None:
        """Go on from `state`."""
        self._last = state


def _fill_vertical_mps2(out: FloatArray, half_up: FloatArray, acc_mps2: FloatArray) -> None:
    for piece in pieces(out.shape[0]):
        x, y, z = acc_mps2[piece].T
        up_x, up_y, up_z = half_up[:, piece]
        vertical = np.multiply(up_x, x, out=out[piece])
        vertical += up_y * y
        vertical += up_z * z
        vertical *= 2.0
        vertical -= GRAVITY_MPS2


def _fill_size_mps2(out: FloatArray, acc_mps2: FloatArray) -> None:
    np.multiply(acc_mps2[:, 0], acc_mps2[:, 0], out=out)
    out += acc_mps2[:, 1] * acc_mps2[:, 1]
    out += acc_mps2[:, 2] * acc_mps2[:, 2]
    np.sqrt(out, out=out)
    out -= GRAVITY_MPS2

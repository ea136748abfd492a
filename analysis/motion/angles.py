"""From orientations to the angles of a back: tilts, side bend, turning rates, vertical acceleration.

``tilt = atan2(-u_x, u_z)`` with u the up direction in the body frame: positive forward and valid beyond 90
deg. Pelvis tilt is the lower pod's, trunk tilt the upper pod's, and lumbar flexion their difference, which
needs no heading: it is off by at most 1.5 deg at 25 deg of twist with 15 deg of side bend (CLINICAL.md B7).
Side bend is the lean to the right of the trunk. Twist is given as a rate only: without a magnetometer the
pods' headings drift apart.

Rates come from the gyroscope where there is one, freed of VQF's bias; else from differences of the tilt.

Where one pod is missing its rows are NaN, and "bend" (what lifts are cut by) is the tilt of the pod that is
there.

A motion holds the rows that every sample needs, in single precision: a tilt of 60 deg to 0.00001 deg. The
others are computed when someone asks for them, in double.
"""

from dataclasses import dataclass
from enum import IntEnum
from functools import cached_property

import numpy as np

from analysis.motion.block import RATE_HZ, AnyFloatArray, FloatArray, IntArray, SingleArray
from analysis.motion.filters import averaged
from analysis.motion.memory import aligned
from analysis.motion.orientation import Attitude
from analysis.motion.rates import Rates, joined_differences
from analysis.motion.rotation import DEG_PER_RAD, HalfUp, Matrix
from analysis.motion.tilts import PIECE, Attitudes, Tilting

GRAVITY_MPS2 = 9.80665
MEANS = 6
"""So many means are taken over each second (:attr:`Motion.second_means`)."""
_SECOND = round(RATE_HZ)
_TWENTIETH = _SECOND // 20


class Row(IntEnum):
    """Rows of :class:`Motion`."""

    PELVIS_DEG = 0
    BEND_DEG = 1
    SPEED_DPS = 2
    """Angular speed of the bending pod about any axis, deg/s."""
    VERTICAL_MPS2 = 3
    """Upward acceleration of the lowest pod, m/s2; without gyroscope by the size of the specific force, since
    the vertical is known too late while moving, and what is horizontal adds little to the size."""
    TRUNK_DEG = 4
    """This and what follows is computed on demand."""
    SIDE_DEG = 5
    """Lean of the bending pod to the right, deg."""
    BEND_DPS = 6
    PELVIS_DPS = 7
    TWIST_DPS = 8
    """Turning of the upper pod to the left against the lower, about the long axis, deg/s."""
    SATURATED = 9


_ON_DEMAND = {
    Row.SIDE_DEG: Rates.side_deg,
    Row.BEND_DPS: Rates.bend_dps,
    Row.PELVIS_DPS: Rates.pelvis_dps,
    Row.TWIST_DPS: Rates.twist_dps,
    Row.SATURATED: Rates.saturated,
}
_EVER = Row.TRUNK_DEG
"""So many rows are always there."""


@dataclass(frozen=True)
class Motion:
    """A run of consecutive samples of the back in motion.

    Attributes
    ----------
    first_sample
        Index of the first sample.
    rows
        The first rows (:class:`Row`), (4, n), or all of them, as they are kept.
    rates, offset
        What the others are computed from, and where in it this run begins.
    means
        Means over each whole second of the run of which this is a part.
    runs
        What this was joined from, instead of rates and means: each is asked for its part.
    """

    first_sample: int
    rows: AnyFloatArray
    rates: Rates | None = None
    offset: int = 0
    means: FloatArray | None = None
    runs: tuple["Motion", ...] = ()

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
        if row <= Row.TRUNK_DEG or row < self.rows.shape[0]:
            return self.kept(row).astype(np.float64)
        if self.runs:
            return np.concatenate([run[row] for run in self.runs])
        assert self.rates is not None
        return _ON_DEMAND[row](self.rates, self._place)

    def kept(self, row: Row) -> AnyFloatArray:
        """Return a row that is always there, or the trunk's, in the precision in which it is kept.

        It is no copy: for whoever goes through whole runs, and never to be changed.
        """
        if row < self.rows.shape[0]:
            return np.asarray(self.rows[row])
        assert row == Row.TRUNK_DEG
        rates = self.runs[0].rates if self.runs else self.rates
        assert rates is not None
        return np.asarray(self.rows[Row.BEND_DEG]) if rates.has_trunk else np.full(len(self), np.nan)

    def of_seconds(self, row: Row, seconds: IntArray) -> FloatArray:
        """Return the samples of some seconds, (k, 100), of a run of whole ones."""
        if row < self.rows.shape[0]:
            return np.asarray(self.rows[row].reshape(-1, _SECOND)[seconds], dtype=np.float64)
        rates = self.rates
        assert rates is not None
        places = (self.offset + seconds[:, None] * _SECOND + np.arange(_SECOND)).reshape(-1)
        of_row = {Row.SIDE_DEG: rates.side_deg, Row.BEND_DPS: rates.bend_dps}
        return of_row[row](places).reshape(-1, _SECOND)

    @cached_property
    def upward_20hz(self) -> FloatArray:
        """Upward acceleration, averaged over each twentieth of a second from the first sample on, m/s2."""
        return averaged(self.rows[Row.VERTICAL_MPS2], _TWENTIETH)

    @cached_property
    def upward_10hz(self) -> FloatArray:
        """The same, over each tenth of a second."""
        return averaged(self.upward_20hz, 2)

    @property
    def second_means(self) -> FloatArray:
        """Means over each whole second, (6, k).

        In this order: tilt of pelvis, bending pod and trunk, deg, angular speed, deg/s, and the cosine of the
        angle between the long axis and the vertical, of the lowest pod and of the bending one.
        """
        if self.means is None:
            assert not len(self)
            return np.empty((MEANS, 0))
        first = _whole_second(self.first_sample - self.offset)
        end = max(first, self.end_sample // _SECOND)
        return self.means[:, _whole_second(self.first_sample) - first : end - first]

    @cached_property
    def farthest_side_deg(self) -> float:
        """The farthest lean of the bending pod to either side."""
        if self.runs:
            return max(run.farthest_side_deg for run in self.runs if len(run))
        if self.rates is None:
            return float(np.abs(self[Row.SIDE_DEG]).max())
        return self.rates.farthest_side_deg(self._place)

    @property
    def lumbar_deg(self) -> AnyFloatArray:
        """Lumbar flexion, deg, as precise as what is kept; NaN without both pods."""
        return np.asarray(self.kept(Row.TRUNK_DEG) - self.kept(Row.PELVIS_DEG))

    @property
    def quats(self) -> tuple[FloatArray, ...]:
        """Orientations pod -> earth, (n, 4) of each pod, lower first; empty where there is no gyroscope."""
        if self.runs:
            return tuple(map(np.concatenate, zip(*(run.quats for run in self.runs), strict=True)))
        return () if self.rates is None else self.rates.quats(self._place)

    @property
    def turning_radps(self) -> tuple[FloatArray, ...]:
        """Angular velocities in pod axes, (n, 3) of each pod, lower first; empty as are :attr:`quats`."""
        if self.runs:
            return tuple(map(np.concatenate, zip(*(run.turning_radps for run in self.runs), strict=True)))
        return () if self.rates is None else self.rates.turning_radps(self._place)

    def part(self, first_sample: int, end_sample: int) -> "Motion":
        """Return the samples from `first_sample` to before `end_sample`, as far as they are here."""
        own, count = self.first_sample, len(self)
        start = min(max(first_sample - own, 0), count)
        stop = min(max(end_sample - own, start), count)
        runs = tuple([run.part(own + start, own + stop) for run in self.runs]) if self.runs else ()
        return Motion(
            own + start, self.rows[:, start:stop], self.rates, self.offset + start, self.means, runs
        )

    def newest(self, count: int) -> "Motion":
        """Return the last `count` samples, from a whole second on, in memory of their own.

        A part keeps the whole run in memory of which it is one. Not for what was joined.
        """
        assert not self.runs
        part, rates = self.part(self.end_sample - count, self.end_sample), self.rates
        return Motion(
            part.first_sample,
            part.rows.copy(),
            None if rates is None else rates.copied(part.offset, part.offset + len(part)),
            means=None if part.means is None else part.second_means.copy(),
        )


def joined(parts: list[Motion]) -> Motion:
    """Return consecutive runs as one."""
    if len(parts) == 1:
        return parts[0]
    rows = np.concatenate([part.rows for part in parts], axis=1)
    return Motion(parts[0].first_sample, rows, runs=tuple(parts))


@dataclass(frozen=True, slots=True)
class AnglesState:
    """Each pod's last tilt, for the differences of devices without gyroscope."""

    last_deg: tuple[float, ...] = ()


class AngleStage:
    """Puts the two pods together."""

    def __init__(self, lower: Matrix | None, upper: Matrix | None) -> None:
        self._frames = lower, upper
        self._tilting = Tilting([frame for frame in self._frames if frame is not None], np.float32)
        self._last = AnglesState()
        # What a piece needs for a moment, in the same few rows over and over.
        self._uprights, self._turned = aligned(np.float32, 2, PIECE), aligned(np.float32, PIECE, 3)
        self._acc, self._other = aligned(np.float32, 3, PIECE), aligned(np.float32, PIECE)

    def push(self, attitudes: Attitudes) -> Motion:
        """Return the motion of the next samples."""
        first_second = _whole_second(attitudes.first_sample)
        rows = aligned(np.float32, _EVER, len(attitudes))
        means = np.empty((MEANS, max(0, attitudes.end_sample // _SECOND - first_second)))
        differences = []
        for piece in attitudes.pieces():
            part, filled = attitudes.part(piece.start, piece.stop), rows[:, piece]
            uprights = self._fill_tilts(part, filled)
            differences.append(self._differences_dps(part, filled))
            self._fill_speed(part, differences[-1][-1], filled[Row.SPEED_DPS])
            if part.is_whole:
                at = part.first_sample // _SECOND - first_second
                self._fill_means(filled, uprights, means[:, at : at + len(part) // _SECOND])
        rates = Rates(attitudes, self._frames, tuple(map(joined_differences, zip(*differences, strict=True))))
        return Motion(attitudes.first_sample, rows, rates, means=means)

    def _fill_tilts(self, part: Attitudes, rows: SingleArray) -> SingleArray:
        """Fill in tilts and vertical acceleration; return how upright both pods are, (2, n)."""
        uprights, count = self._uprights[:, : len(part)], len(part.pods)
        # The lower pod is the first of two and lowest; the upper pod is the last and bends.
        for i, row in enumerate((Row.PELVIS_DEG, Row.BEND_DEG)[-count:]):
            half_up = self._tilting.fill(i, part.pods[i], rows[row], uprights[row])
            if not i:
                self._fill_vertical(half_up, part.pods[i], rows[Row.VERTICAL_MPS2])
        if count == 1:
            uprights[0] = uprights[1]
            rows[Row.PELVIS_DEG] = np.nan if self._frames[0] is None else rows[Row.BEND_DEG]
        return uprights

    def _fill_vertical(self, half_up: HalfUp[np.float32], pod: Attitude, out: SingleArray) -> None:
        other, acc_mps2 = self._other[: out.size], self._acc[:, : out.size]
        acc_mps2[:] = pod.acc_mps2.T
        x, y, z = acc_mps2
        one, two, three = half_up if pod.turning is not None else (x, y, z)
        np.multiply(one, x, out=out)
        np.multiply(two, y, out=other)
        out += other
        np.multiply(three, z, out=other)
        out += other
        if pod.turning is None:
            np.sqrt(out, out=out)
        else:
            out *= 2.0
        out -= GRAVITY_MPS2

    def _differences_dps(self, part: Attitudes, rows: SingleArray) -> list[FloatArray | None]:
        """Return how fast the tilt of each pod without gyroscope changes, deg/s."""
        if all(pod.turning is not None for pod in part.pods):
            return [None] * len(part.pods)
        tilts_deg = rows[2 - len(part.pods) : 2]
        before = self._last.last_deg or tilts_deg[:, 0].tolist()
        self._last = AnglesState(tuple(tilts_deg[:, -1].tolist()))
        return [
            np.diff(tilt_deg, prepend=last_deg) * RATE_HZ if pod.turning is None else None
            for pod, tilt_deg, last_deg in zip(part.pods, tilts_deg, before, strict=True)
        ]

    def _fill_speed(self, part: Attitudes, difference_dps: FloatArray | None, out: SingleArray) -> None:
        turning = part.pods[-1].turning
        if turning is None:
            assert difference_dps is not None
            np.abs(difference_dps, out=out)
            return
        turned = np.subtract(*turning, out=self._turned[: len(part)])
        turned *= turned
        x, y, z = turned.T
        np.add(x, y, out=out)
        out += z
        np.sqrt(out, out=out)
        out *= DEG_PER_RAD

    def _fill_means(self, rows: SingleArray, uprights: SingleArray, out: FloatArray) -> None:
        """Fill in the means over each second, (6, k)."""
        out[0], out[1], out[3] = map(_second_means, rows[: Row.VERTICAL_MPS2])
        out[2] = np.nan if self._frames[1] is None else out[1]
        out[4], out[5] = map(_second_means, uprights)

    def state(self) -> AnglesState:
        """Return what :meth:`restore` needs to go on exactly from here."""
        return self._last

    def restore(self, state: AnglesState) -> None:
        """Go on from `state`."""
        self._last = state


def _whole_second(sample: int) -> int:
    """Return the first second that begins with a sample or after it."""
    return -(-sample // _SECOND)


def _second_means(row: SingleArray) -> SingleArray:
    # A quarter of the time of `sum`.
    return np.asarray(np.einsum("ij->i", row.reshape(-1, _SECOND)) / _SECOND)

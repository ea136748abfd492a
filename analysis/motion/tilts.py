"""Orientations of the calibrated pods at consecutive samples, and their tilts.

``tilt = atan2(-u_x, u_z)`` with u the up direction in the body frame. Long runs are taken in pieces, pod by
pod and in the same few rows over and over: what costs is not the arithmetic but memory that has left the
processor's cache. For the stages they are computed in single precision, which takes two thirds of the time
and is off by less than 0.0001 deg, unless someone lies right on the side and the tilt means nothing; what is
given out (:func:`tilts_deg`) is in double.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Generic

import numpy as np
from numpy.typing import NDArray

from analysis.motion.block import RATE_HZ, BoolArray, Float, FloatArray
from analysis.motion.memory import aligned
from analysis.motion.orientation import Attitude
from analysis.motion.rotation import DEG_PER_RAD, SPACE, HalfUp, Matrix, Vector

_SECOND = round(RATE_HZ)
PIECE = 240 * _SECOND
"""Samples that are computed together: their rows stay in the cache, and more of them cost few calls."""


@dataclass(frozen=True, slots=True)
class Attitudes:
    """Orientations of the calibrated pods at consecutive samples, the lower pod first.

    Attributes
    ----------
    first_sample
        Index of the first sample.
    pods
        One of each pod.
    saturated
        Whether a sensor stood at its limit, (n,).
    """

    first_sample: int
    pods: tuple[Attitude, ...]
    saturated: BoolArray

    def __len__(self) -> int:
        return len(self.saturated)

    @property
    def end_sample(self) -> int:
        """Index of the sample after the last one."""
        return self.first_sample + len(self)

    def part(self, start: int, stop: int) -> "Attitudes":
        """Return the rows from `start` to before `stop`."""
        if start == 0 and stop == len(self):
            return self
        pods = tuple(pod.part(start, stop) for pod in self.pods)
        return Attitudes(self.first_sample + start, pods, self.saturated[start:stop])

    def copied(self) -> "Attitudes":
        """Return the same in memory of its own."""
        return Attitudes(self.first_sample, tuple(pod.copied() for pod in self.pods), self.saturated.copy())

    @property
    def is_whole(self) -> bool:
        """Whether it is whole seconds."""
        return not self.first_sample % _SECOND and not len(self) % _SECOND

    def pieces(self) -> Iterator[slice]:
        """Yield the parts in which they are computed: whole seconds, but for what is before and after."""
        count = len(self)
        first = min(-self.first_sample % _SECOND, count)
        end = max(first, count - self.end_sample % _SECOND)
        edges = pairwise((0, *range(first, end, PIECE), end, count))
        return (slice(start, stop) for start, stop in edges if start < stop)


def joined_attitudes(parts: list[Attitudes]) -> Attitudes:
    """Return consecutive samples as one."""
    if len(parts) == 1:
        return parts[0]
    return Attitudes(
        parts[0].first_sample,
        tuple(_joined(pods) for pods in zip(*(part.pods for part in parts), strict=True)),
        np.concatenate([part.saturated for part in parts]),
    )


def _joined(parts: Sequence[Attitude]) -> Attitude:
    """Return the orientations and measurements as one."""
    turning = [part.turning for part in parts if part.turning is not None]
    ups = [part.up for part in parts if part.up is not None]
    return Attitude(
        quats=np.concatenate([part.quats for part in parts]),
        acc_mps2=np.concatenate([part.acc_mps2 for part in parts]),
        up=np.concatenate(ups, axis=1) if ups else None,
        turning=(np.concatenate([gyr for gyr, _ in turning]), np.concatenate([bias for _, bias in turning]))
        if turning
        else None,
    )


class Tilting(Generic[Float]):
    """Computes tilts of pods with these frames, the lower pod first, in rows of its own."""

    def __init__(self, frames: Sequence[Matrix], precision: type[Float]) -> None:
        # Doubled, because half of the up direction is what they are multiplied by.
        self._forward = [_times(-2.0, frame[0]) for frame in frames]
        self._upward = [_times(2.0, frame[2]) for frame in frames]
        self._space: NDArray[Float] = aligned(precision, SPACE, PIECE)

    def fill(
        self, pod: int, attitude: Attitude, tilt_deg: NDArray[Float], upright: NDArray[Float]
    ) -> HalfUp[Float]:
        """Fill in forward tilt and the cosine of the long axis's angle to the vertical, of up to a piece.

        Returns half of the up direction in the pod's own axes, which holds until the next call.
        """
        space = self._space[:, : tilt_deg.size]
        half_up = attitude.half_up(slice(None), space)
        _fill_along(tilt_deg, half_up, self._forward[pod], space[-1])
        _fill_along(upright, half_up, self._upward[pod], space[-1])
        np.arctan2(tilt_deg, upright, out=tilt_deg)
        tilt_deg *= DEG_PER_RAD
        return half_up


def tilts_deg(attitudes: Attitudes, frames: Sequence[Matrix]) -> FloatArray:
    """Return forward tilts, (pods, n), deg."""
    tilting, tilts = Tilting(frames, np.float64), aligned(np.float64, len(frames), len(attitudes))
    uprights = np.empty(PIECE)
    for piece in attitudes.pieces():
        part = attitudes.part(piece.start, piece.stop)
        for i, pod in enumerate(part.pods):
            tilting.fill(i, pod, tilts[i, piece], uprights[: len(part)])
    return tilts


def _fill_along(out: NDArray[Float], vectors: HalfUp[Float], axis: Vector, other: NDArray[Float]) -> None:
    """Fill in scalar products, element by element, so that the cut of the samples cannot show."""
    np.multiply(vectors[0], axis[0], out=out)
    for row, part in zip(vectors[1:], axis[1:], strict=True):
        np.multiply(row, part, out=other)
        out += other


def _times(factor: float, v: Vector) -> Vector:
    return factor * v[0], factor * v[1], factor * v[2]

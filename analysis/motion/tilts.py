"""Tilts of the calibrated pods, sample by sample.

All pods go through the same array operations, the lower pod first, because with few samples it is the number
of operations that costs. With long blocks it is memory, so they are taken in pieces that stay in the
processor's cache. What only describing a movement needs (:mod:`analysis.motion.rates`) waits for someone to
ask.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from analysis.motion.block import BoolArray, FloatArray
from analysis.motion.orientation import Attitude
from analysis.motion.rotation import DEG_PER_RAD, Matrix, half_up_of_rows

_PIECE = 6000
"""Samples that are computed together."""


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
        return int(self.saturated.shape[0])

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


@dataclass(frozen=True, slots=True)
class Tilts:
    """Consecutive samples of the calibrated pods.

    Attributes
    ----------
    first_sample
        Index of the first sample.
    tilt_deg
        Forward tilt, (pods, n).
    upright
        Cosine of the angle between the pod's long axis and the vertical, (pods, n).
    half_up
        Half of the up direction in each pod's own axes, (3, pods, n).
    attitudes
        What they were computed from, one of each pod.
    saturated
        Whether a sensor stood at its limit, (n,).
    """

    first_sample: int
    tilt_deg: FloatArray
    upright: FloatArray
    half_up: FloatArray
    attitudes: tuple[Attitude, ...]
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
            self.tilt_deg[:, start:stop],
            self.upright[:, start:stop],
            self.half_up[:, :, start:stop],
            tuple(attitude.part(start, stop) for attitude in self.attitudes),
            self.saturated[start:stop],
        )


def stacked(frames: Sequence[Matrix]) -> FloatArray:
    """Return what :func:`tilts_of` needs of the pods' frames, (3, 2, pods, 1).

    That is backward and upward, doubled because half of the up direction is what they are multiplied by.
    """
    backward_and_up = np.array(frames)[:, (0, 2)] * np.array((-2.0, 2.0))[:, None]
    return np.ascontiguousarray(backward_and_up.transpose(2, 1, 0)[..., None])


def tilts_of(attitudes: Attitudes, frames: FloatArray) -> Tilts:
    """Return the tilts of consecutive samples; `frames` are the calibration's (:func:`stacked`)."""
    pods, count = len(attitudes.pods), len(attitudes)
    half_up, turned = np.empty((3, pods, count)), np.empty((2, pods, count))
    for piece in pieces(count):
        own, out = half_up[..., piece], turned[..., piece]
        _fill_half_up(attitudes.pods, piece, own)
        # Products and sums element by element, so that the cut of the samples cannot show.
        np.multiply(frames[0], own[0], out=out)
        part = frames[1] * own[1]
        out += part
        np.multiply(frames[2], own[2], out=part)
        out += part
        np.arctan2(out[0], out[1], out=out[0])
        out[0] *= DEG_PER_RAD
    return Tilts(attitudes.first_sample, turned[0], turned[1], half_up, attitudes.pods, attitudes.saturated)


def pieces(count: int) -> Iterator[slice]:
    """Yield the parts in which so many samples are computed."""
    return (slice(start, start + _PIECE) for start in range(0, count, _PIECE))


def _fill_half_up(attitudes: tuple[Attitude, ...], piece: slice, out: FloatArray) -> None:
    """Fill in half of the up direction in each pod's own axes, (3, pods, n)."""
    if attitudes[0].up is None and attitudes[-1].up is None:
        quats = np.empty((4, *out.shape[1:]))
        for i, attitude in enumerate(attitudes):
            quats[:, i] = attitude.quats[piece].T
        half_up_of_rows(quats, out)
        return
    for i, attitude in enumerate(attitudes):
        if attitude.up is None:
            half_up_of_rows(np.ascontiguousarray(attitude.quats[piece].T), out[:, i])
        else:
            np.multiply(attitude.up[:, piece], 0.5, out=out[:, i])


def joined_attitudes(parts: list[Attitudes]) -> Attitudes:
    """Return consecutive samples as one."""
    if len(parts) == 1:
        return parts[0]
    return Attitudes(
        parts[0].first_sample,
        tuple(_joined(list(pods)) for pods in zip(*(part.pods for part in parts), strict=True)),
        np.concatenate([part.saturated for part in parts]),
    )


def joined_tilts(parts: list[Tilts]) -> Tilts:
    """Return consecutive samples as one."""
    if len(parts) == 1:
        return parts[0]
    return Tilts(
        parts[0].first_sample,
        np.concatenate([part.tilt_deg for part in parts], axis=1),
        np.concatenate([part.upright for part in parts], axis=1),
        np.concatenate([part.half_up for part in parts], axis=2),
        tuple(_joined(list(pods)) for pods in zip(*(part.attitudes for part in parts), strict=True)),
        np.concatenate([part.saturated for part in parts]),
    )


def _joined(parts: list[Attitude]) -> Attitude:
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

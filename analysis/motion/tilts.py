"""Tilts of the calibrated pods, sample by sample: what is told of a chunk at once.

All pods go through the same array operations, the lower pod first, because with live chunks of a few samples
it is the number of operations that costs. Everything else about a sample waits for its second to be whole.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from analysis.motion.block import BoolArray, FloatArray
from analysis.motion.orientation import Attitude
from analysis.motion.rotation import DEG_PER_RAD, Matrix, up_in_pod, up_of_rows


@dataclass(frozen=True, slots=True)
class Tilts:
    """Consecutive samples of the calibrated pods.

    Attributes
    ----------
    first_sample
        Index of the first sample.
    up
        The up direction in the body frame, (3, pods, n).
    tilt_deg
        Forward tilt, (pods, n).
    lowest_up
        The up direction in the lowest pod's own axes, (3, n).
    attitudes
        What they were computed from, one of each pod.
    saturated
        Whether a sensor stood at its limit, (n,).
    """

    first_sample: int
    up: FloatArray
    tilt_deg: FloatArray
    lowest_up: FloatArray
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
            self.up[:, :, start:stop],
            self.tilt_deg[:, start:stop],
            self.lowest_up[:, start:stop],
            tuple(attitude.part(start, stop) for attitude in self.attitudes),
            self.saturated[start:stop],
        )


def stacked(frames: Sequence[Matrix]) -> FloatArray:
    """Return the pods' frames as :func:`tilts_of` takes them, (3, 3, pods, 1)."""
    return np.ascontiguousarray(np.array(frames).transpose(1, 2, 0)[..., None])


def tilts_of(
    first_sample: int, attitudes: tuple[Attitude, ...], frames: FloatArray, saturated: BoolArray
) -> Tilts:
    """Return the tilts of consecutive samples; `frames` are the calibration's (:func:`stacked`)."""
    own = _own_up(attitudes)
    # Products and sums element by element, so that the cut of the samples cannot show.
    up = frames[:, 0] * own[0]
    up += frames[:, 1] * own[1]
    up += frames[:, 2] * own[2]
    tilt_deg = np.arctan2(-up[0], up[2])
    tilt_deg *= DEG_PER_RAD
    return Tilts(first_sample, up, tilt_deg, own[:, 0], attitudes, saturated)


def _own_up(attitudes: tuple[Attitude, ...]) -> FloatArray:
    """Return the up direction in each pod's own axes, (3, pods, n)."""
    count = attitudes[0].quats.shape[0]
    if attitudes[0].up is None and attitudes[-1].up is None:
        quats = np.empty((4, len(attitudes), count))
        for i, attitude in enumerate(attitudes):
            quats[:, i] = attitude.quats.T
        return up_of_rows(quats)
    own = np.empty((3, len(attitudes), count))
    for i, attitude in enumerate(attitudes):
        own[:, i] = up_in_pod(attitude.quats) if attitude.up is None else attitude.up
    return own


def joined_tilts(parts: list[Tilts]) -> Tilts:
    """Return consecutive samples as one."""
    if len(parts) == 1:
        return parts[0]
    return Tilts(
        parts[0].first_sample,
        np.concatenate([part.up for part in parts], axis=2),
        np.concatenate([part.tilt_deg for part in parts], axis=1),
        np.concatenate([part.lowest_up for part in parts], axis=1),
        tuple(_joined(list(pods)) for pods in zip(*(part.attitudes for part in parts), strict=True)),
        np.concatenate([part.saturated for part in parts]),
    )


def _joined(parts: list[Attitude]) -> Attitude:
    """Return the measurements as one."""
    turning = [part.turning for part in parts if part.turning is not None]
    return Attitude(
        quats=np.concatenate([part.quats for part in parts]),
        acc_mps2=np.concatenate([part.acc_mps2 for part in parts]),
        up=None,
        turning=(np.concatenate([gyr for gyr, _ in turning]), np.concatenate([bias for _, bias in turning]))
        if turning
        else None,
    )

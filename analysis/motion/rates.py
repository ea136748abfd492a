"""What describing a movement needs beyond its tilts: side bend, turning rates, twist, saturation.

Few samples are ever described, so these are computed when someone asks, of the samples that are asked for:
each from its own sample alone, so that neither the cut of the samples nor the question can show.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from analysis.motion.block import FloatArray, IntArray
from analysis.motion.rotation import DEG_PER_RAD, SPACE, Matrix, Vector
from analysis.motion.tilts import Attitudes


@dataclass(frozen=True, slots=True)
class Rates:
    """Rows of a run of samples that are computed on demand.

    Attributes
    ----------
    attitudes
        The run.
    frames
        Frames of the lower and the upper pod; None where there is no such pod.
    differences_dps
        Of each pod of the run, how fast its tilt changes, (n,); None where a gyroscope tells.
    """

    attitudes: Attitudes
    frames: tuple[Matrix | None, Matrix | None]
    differences_dps: tuple[FloatArray | None, ...]

    def copied(self, start: int, stop: int) -> "Rates":
        """Return the samples from `start` to before `stop` in memory of their own."""
        differences = (None if one is None else one[start:stop].copy() for one in self.differences_dps)
        return Rates(self.attitudes.part(start, stop).copied(), self.frames, tuple(differences))

    @property
    def has_trunk(self) -> bool:
        """Whether there is an upper pod."""
        return self.frames[1] is not None

    @property
    def _pods(self) -> list[Matrix]:
        return [frame for frame in self.frames if frame is not None]

    def side_deg(self, part: slice | IntArray) -> FloatArray:
        """Return the lean of the bending pod to the right, deg."""
        pod = self.attitudes.pods[-1]
        x, y, z = pod.half_up(part, np.empty((SPACE, *self.attitudes.saturated[part].shape)))
        left = self._pods[-1][1]
        side: FloatArray = (2.0 * left[0]) * x
        side += (2.0 * left[1]) * y
        side += (2.0 * left[2]) * z
        np.minimum(np.maximum(side, -1.0), 1.0, out=side)
        np.arcsin(side, out=side)
        side *= DEG_PER_RAD
        return side

    def farthest_side_deg(self, part: slice) -> float:
        """Return the farthest lean of the bending pod to either side, deg, by fewer steps than all leans."""
        pod = self.attitudes.pods[-1]
        if pod.up is not None:
            return float(np.abs(self.side_deg(part)).max())
        quats = pod.quats[part]
        up = np.einsum("ij,ij->i", quats @ _upward(self._pods[-1][1]), quats)
        return DEG_PER_RAD * math.asin(min(1.0, float(np.abs(up).max())))

    def bend_dps(self, part: slice | IntArray) -> FloatArray:
        """Return how fast the bending pod tilts forward, deg/s."""
        return self._forward_dps(-1, part)

    def pelvis_dps(self, part: slice) -> FloatArray:
        """Return how fast the lower pod tilts forward, deg/s; NaN where there is none."""
        return self._unknown(part) if self.frames[0] is None else self._forward_dps(0, part)

    def twist_dps(self, part: slice) -> FloatArray:
        """Return the turning of the upper pod to the left against the lower, about the long axis, deg/s."""
        pods = self.attitudes.pods
        lower, upper = (pods[i].turning_radps(part) for i in (0, -1))
        if len(pods) < 2 or lower is None or upper is None:
            return self._unknown(part)
        frames = self._pods
        return _about_dps(upper, frames[-1][2]) - _about_dps(lower, frames[0][2])

    def saturated(self, part: slice) -> FloatArray:
        """Return 1 where a sensor stood at its limit, else 0."""
        return self.attitudes.saturated[part].astype(np.float64)

    def quats(self, part: slice) -> tuple[FloatArray, ...]:
        """Return the orientations pod -> earth, (n, 4) of each pod; none where a gyroscope is missing."""
        pods = self.attitudes.pods
        if any(pod.turning is None for pod in pods):
            return ()
        return tuple(pod.quats[part] for pod in pods)

    def turning_radps(self, part: slice) -> tuple[FloatArray, ...]:
        """Return the angular velocities in pod axes, (n, 3) of each pod; none where the quaternions are."""
        turning = [pod.turning for pod in self.attitudes.pods]
        known = tuple(own[0][part] - own[1][part] for own in turning if own is not None)
        return known if len(known) == len(turning) else ()

    def _forward_dps(self, pod: int, part: slice | IntArray) -> FloatArray:
        turning = self.attitudes.pods[pod].turning_radps(part)
        if turning is not None:
            return _about_dps(turning, self._pods[pod][1])
        differences = self.differences_dps[pod]
        assert differences is not None
        return differences[part]

    def _unknown(self, part: slice) -> FloatArray:
        return np.full(self.attitudes.saturated[part].shape[0], np.nan)


def joined_differences(parts: Sequence[FloatArray | None]) -> FloatArray | None:
    """Return consecutive differences as one; None where a gyroscope tells."""
    known = [part for part in parts if part is not None]
    return np.concatenate(known) if known else None


@lru_cache(maxsize=16)
def _upward(axis: Vector) -> FloatArray:
    """Return the form that a quaternion takes to how far upward an axis of its pod points, (4, 4)."""
    x, y, z = axis
    return np.array(((z, y, -x, 0.0), (y, -z, 0.0, x), (-x, 0.0, -z, y), (0.0, x, y, z)))


def _about_dps(turning_radps: FloatArray, axis: Vector) -> FloatArray:
    """Return the angular velocity about an axis, deg/s."""
    x, y, z = turning_radps
    about: FloatArray = axis[0] * x
    about += axis[1] * y
    about += axis[2] * z
    about *= DEG_PER_RAD
    return about

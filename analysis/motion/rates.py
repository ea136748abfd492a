"""What describing a movement needs beyond its tilts: side bend, turning rates, twist, saturation.

Few samples are ever described, so these are computed when someone asks, of the samples that are asked for:
each from its own sample alone, so that neither the cut of the samples nor the question can show.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from analysis.motion.block import FloatArray
from analysis.motion.rotation import DEG_PER_RAD, Matrix, Vector
from analysis.motion.tilts import Tilts, joined_tilts, pieces


@dataclass(frozen=True, slots=True)
class Rates:
    """Rows of a run of samples that are computed on demand.

    Attributes
    ----------
    tilts
        The run.
    frames
        Frames of the lower and the upper pod; None where there is no such pod.
    differences_dps
        Of each pod of the run, how fast its tilt changes, (n,); None where a gyroscope tells.
    """

    tilts: Tilts
    frames: tuple[Matrix | None, Matrix | None]
    differences_dps: tuple[FloatArray | None, ...]

    @property
    def _pods(self) -> list[Matrix]:
        return [frame for frame in self.frames if frame is not None]

    def side_deg(self, part: slice) -> FloatArray:
        """Return the lean of the bending pod to the right, deg."""
        x, y, z = self.tilts.half_up[:, -1, part]
        left = self._pods[-1][1]
        side: FloatArray = (2.0 * left[0]) * x
        side += (2.0 * left[1]) * y
        side += (2.0 * left[2]) * z
        np.minimum(np.maximum(side, -1.0), 1.0, out=side)
        np.arcsin(side, out=side)
        side *= DEG_PER_RAD
        return side

    def bend_dps(self, part: slice) -> FloatArray:
        """Return how fast the bending pod tilts forward, deg/s."""
        return self._forward_dps(-1, part)

    def pelvis_dps(self, part: slice) -> FloatArray:
        """Return how fast the lower pod tilts forward, deg/s; NaN where there is none."""
        return self._unknown(part) if self.frames[0] is None else self._forward_dps(0, part)

    def twist_dps(self, part: slice) -> FloatArray:
        """Return the turning of the upper pod to the left against the lower, about the long axis, deg/s."""
        attitudes = self.tilts.attitudes
        lower, upper = (attitudes[i].turning_radps(part) for i in (0, -1))
        if len(attitudes) < 2 or lower is None or upper is None:
            return self._unknown(part)
        frames = self._pods
        return _about_dps(upper, frames[-1][2]) - _about_dps(lower, frames[0][2])

    def saturated(self, part: slice) -> FloatArray:
        """Return 1 where a sensor stood at its limit, else 0."""
        return self.tilts.saturated[part].astype(np.float64)

    def quats(self, part: slice) -> tuple[FloatArray, ...]:
        """Return the orientations pod -> earth, (n, 4) of each pod; none where a gyroscope is missing."""
        attitudes = self.tilts.attitudes
        if any(attitude.turning is None for attitude in attitudes):
            return ()
        return tuple(attitude.quats[part] for attitude in attitudes)

    def _forward_dps(self, pod: int, part: slice) -> FloatArray:
        turning = self.tilts.attitudes[pod].turning_radps(part)
        if turning is not None:
            return _about_dps(turning, self._pods[pod][1])
        differences = self.differences_dps[pod]
        assert differences is not None
        return differences[part]

    def _unknown(self, part: slice) -> FloatArray:
        return np.full(self.tilts.saturated[part].shape[0], np.nan)


def joined_rates(parts: Sequence[tuple[Rates, slice]]) -> Rates:
    """Return what is known of consecutive parts of runs as of one run."""
    first = parts[0][0]
    differences = zip(
        *([None if own is None else own[part] for own in rates.differences_dps] for rates, part in parts),
        strict=True,
    )
    return Rates(
        joined_tilts([rates.tilts.part(*part.indices(len(rates.tilts))[:2]) for rates, part in parts]),
        first.frames,
        tuple(_joined(own) for own in differences),
    )


def _joined(parts: Sequence[FloatArray | None]) -> FloatArray | None:
    known = [part for part in parts if part is not None]
    return np.concatenate(known) if known else None


def fill_speed_dps(out: FloatArray, gyr_radps: FloatArray, bias_radps: FloatArray) -> None:
    """Fill in the angular speed about any axis, deg/s."""
    for piece in pieces(out.shape[0]):
        squares = gyr_radps[piece] - bias_radps[piece]
        squares *= squares
        x, y, z = squares.T
        speed = np.add(x, y, out=out[piece])
        speed += z
        np.sqrt(speed, out=speed)
        speed *= DEG_PER_RAD


def _about_dps(turning_radps: FloatArray, axis: Vector) -> FloatArray:
    """Return the angular velocity about an axis, deg/s."""
    x, y, z = turning_radps
    about: FloatArray = axis[0] * x
    about += axis[1] * y
    about += axis[2] * z
    about *= DEG_PER_RAD
    return about

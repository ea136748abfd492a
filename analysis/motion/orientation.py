"""From raw samples to each pod's orientation against gravity.

With a gyroscope: stock VQF in its 6D form (Laidig and Seel 2023, doi:10.1016/j.inffus.2022.10.014), on the
pod's raw axes. Its inclination error is 0.5 deg on the BROAD benchmark. Heading drifts freely and nobody
downstream uses it.

Without a gyroscope: up is where the low-passed specific force points. This is right at rest and in slow
movement; in quick movement the wearer's own acceleration tilts it by several degrees, and the low-pass
makes it late (:meth:`PodOrientation.delay_s` says how much, and events are put back by it).

Works badly in the first seconds after a start in motion: the first samples are taken for gravity and VQF
needs a few time constants (3 s) to forget them.
"""

from dataclasses import dataclass, replace
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from vqf import VQF

from analysis.motion.block import RATE_HZ, Float, FloatArray, IntArray, PodSamples
from analysis.motion.rotation import HalfUp, half_up, level_quats


@dataclass(frozen=True, slots=True)
class OrientationParams:
    """How to find up without a gyroscope; VQF runs with its authors' defaults."""

    cutoff_hz: float = 1.0
    """Second-order Butterworth low-pass on the specific force, Hz [ours]: above sway, below a brisk bend."""


@dataclass(frozen=True, slots=True)
class Attitude:
    """Orientation of one pod at each sample.

    Attributes
    ----------
    quats
        Pod -> earth, (n, 4).
    acc_mps2
        Specific force in pod axes, (n, 3), as measured.
    up
        The up direction in pod axes, (3, n), where it was not found by way of `quats`.
    turning
        Angular velocity in pod axes and its estimated bias, both (n, 3), rad/s; None without gyroscope.
    """

    quats: FloatArray
    acc_mps2: FloatArray
    up: FloatArray | None
    turning: tuple[FloatArray, FloatArray] | None

    def part(self, start: int, stop: int) -> "Attitude":
        """Return the rows from `start` to before `stop`."""
        return Attitude(
            self.quats[start:stop],
            self.acc_mps2[start:stop],
            None if self.up is None else self.up[:, start:stop],
            None if self.turning is None else (self.turning[0][start:stop], self.turning[1][start:stop]),
        )

    def copied(self) -> "Attitude":
        """Return the same in memory of its own."""
        turning = None if self.turning is None else (self.turning[0].copy(), self.turning[1].copy())
        return Attitude(
            self.quats.copy(), self.acc_mps2.copy(), None if self.up is None else self.up.copy(), turning
        )

    def half_up(self, part: slice | IntArray, space: NDArray[Float]) -> HalfUp[Float]:
        """Return half of the up direction of some samples in pod axes, in rows of `space`.

        These are (6, n); the last is free again.
        """
        if self.up is None:
            return half_up(_rows(self.quats, part), space)
        x, y, z = np.multiply(self.up[:, part], 0.5, out=space[:3])
        return x, y, z

    def turning_radps(self, part: slice | IntArray) -> FloatArray | None:
        """Return the angular velocity of some samples, freed of its bias, (3, n); None without gyroscope."""
        if self.turning is None:
            return None
        gyr, bias = (_rows(values, part) for values in self.turning)
        return np.subtract(gyr.T, bias.T, order="C")


def _rows(values: FloatArray, part: slice | IntArray) -> FloatArray:
    """Return some rows; `take` is several times quicker than an index array in brackets."""
    return values[part] if isinstance(part, slice) else values.take(part, axis=0)


@dataclass(frozen=True, slots=True)
class OrientationState:
    """All that the past has left behind. Never changed in place."""

    vqf: dict[str, Any] | None = None
    low_pass: FloatArray | None = None


class PodOrientation:
    """The stage for one pod; it must see uniform samples without a hole, or be reset."""

    def __init__(self, params: OrientationParams) -> None:
        self._cutoff_hz = params.cutoff_hz
        # Group delay of a second-order Butterworth at zero frequency.
        self._delay_s = float(np.sqrt(2.0) / (2.0 * np.pi * params.cutoff_hz))
        self._vqf = VQF(1.0 / RATE_HZ)
        self._low_pass: FloatArray | None = None

    @property
    def delay_s(self) -> float:
        """How late the orientation is where there is no gyroscope, s."""
        return self._delay_s

    def reset(self) -> None:
        """Forget the past, as after a long gap."""
        self._vqf.resetState()
        self._low_pass = None

    def push(self, samples: PodSamples) -> Attitude:
        """Return the orientation at each of the next samples."""
        acc = np.ascontiguousarray(samples.acc_mps2, dtype=np.float64)
        if samples.gyr_radps is None:
            up = self._from_gravity(acc)
            return Attitude(level_quats(up), acc, up, None)
        gyr = np.ascontiguousarray(samples.gyr_radps, dtype=np.float64)
        found = self._vqf.updateBatch(gyr, acc)
        return Attitude(found["quat6D"], acc, None, (gyr, found["bias"]))

    def _from_gravity(self, acc: FloatArray) -> FloatArray:
        # Only devices without gyroscope wait for this import, which takes longer than all the others.
        from scipy.signal import sosfilt, sosfilt_zi

        sos = _low_pass(self._cutoff_hz)
        channels = np.ascontiguousarray(acc.T)
        if self._low_pass is None:
            # Start as if the first sample had always been there.
            steady = sosfilt_zi(sos)
            self._low_pass = steady[:, None, :] * channels[None, :, :1]
        slow, self._low_pass = sosfilt(sos, channels, axis=1, zi=self._low_pass)
        x, y, z = slow
        length = np.maximum(np.sqrt(x * x + y * y + z * z), 1e-9)
        return np.asarray(slow / length)

    def state(self) -> OrientationState:
        """Return what :meth:`restore` needs to go on exactly from here."""
        return OrientationState(self._vqf.state, self._low_pass)

    def restore(self, state: OrientationState) -> None:
        """Go on from `state`."""
        if state.vqf is None:
            self._vqf.resetState()
        else:
            self._vqf.state = state.vqf
        self._low_pass = state.low_pass


@cache
def _low_pass(cutoff_hz: float) -> FloatArray:
    from scipy.signal import butter

    return np.asarray(butter(2, cutoff_hz, fs=RATE_HZ, output="sos"))


def with_bridge(before: PodSamples, after: PodSamples, missing: int) -> PodSamples:
    """Return `missing` samples on straight lines between the last sample `before` and the first `after`."""

    def line(a: FloatArray, b: FloatArray) -> FloatArray:
        part = np.arange(1, missing + 1)[:, None] / (missing + 1)
        return np.asarray(a[-1] * (1.0 - part) + b[0] * part)

    gyr = None
    if before.gyr_radps is not None and after.gyr_radps is not None:
        gyr = line(before.gyr_radps, after.gyr_radps)
    return replace(after, acc_mps2=line(before.acc_mps2, after.acc_mps2), gyr_radps=gyr)

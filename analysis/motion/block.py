"""The core's only input: a block of consecutive samples on the strip's 100 Hz grid.

Blocks arrive in the order of their samples and never overlap. What is missing between two blocks is a gap:
the stages see it as a jump of :attr:`Block.first_sample` and each states what it does about it. Where a block
begins and ends never changes a result.

Frames and units: each pod's own axes (nominally x forward, y left, z up), m/s2 and rad/s.
"""

import math
from dataclasses import InitVar, dataclass
from typing import Any, Final, Literal, TypeVar

import numpy as np
from numpy.typing import NDArray

RATE_HZ = 100.0
"""Sample rate of the core; other rates are resampled once, before it."""

_FEW: Final = 10_000
"""Up to so many values OpenBLAS sums in the thread that asks."""

Pod = Literal["upper", "lower"]
FloatArray = NDArray[np.float64]
SingleArray = NDArray[np.float32]
"""Single precision, for what every sample has: half the memory, and seven digits of what is known to four."""
AnyFloatArray = NDArray[np.floating[Any]]
"""In either precision."""
Float = TypeVar("Float", np.float32, np.float64)
"""A precision."""
BoolArray = NDArray[np.bool_]
IntArray = NDArray[np.int64]


class BlockError(ValueError):
    """Samples that do not make a block."""


@dataclass(frozen=True, slots=True)
class PodSamples:
    """Samples of one pod.

    Attributes
    ----------
    acc_mps2
        Specific force, (n, 3), m/s2: at rest it points up with 9.81.
    gyr_radps
        Angular velocity, (n, 3), rad/s; None where the device has no gyroscope.
    """

    acc_mps2: FloatArray
    gyr_radps: FloatArray | None

    def copied(self) -> "PodSamples":
        """Return the same in memory of its own."""
        return PodSamples(self.acc_mps2.copy(), None if self.gyr_radps is None else self.gyr_radps.copy())


@dataclass(frozen=True, slots=True)
class Block:
    """Consecutive samples of one boot.

    Attributes
    ----------
    first_sample
        Index of the first sample since the strip's boot.
    lower, upper
        The pods; None where there is no such pod. At least one is there.
    utc_ns
        UTC of each sample, (n,), ns since 1970; None where nobody knows (a file without a start time).
    saturated
        Whether any value of the sample stood at the sensor's limit, (n,).

    Parameters
    ----------
    seen_finite
        Whether whoever makes it has just seen that all values are finite: then they are not looked at again.

    Raises
    ------
    BlockError
        If shapes disagree, there is no pod, or a value is not finite.
    """

    first_sample: int
    lower: PodSamples | None
    upper: PodSamples | None
    utc_ns: NDArray[np.int64] | None
    saturated: NDArray[np.bool_]
    seen_finite: InitVar[bool] = False

    def __post_init__(self, seen_finite: bool) -> None:
        pods = [pod for pod in (self.lower, self.upper) if pod is not None]
        if not pods:
            raise BlockError("a block needs at least one pod")
        if self.first_sample < 0:
            raise BlockError(f"first_sample is {self.first_sample}; it counts from the boot")
        for pod in pods:
            for values in (pod.acc_mps2, pod.gyr_radps):
                if values is None:
                    continue
                if values.shape != (len(self), 3):
                    raise BlockError(f"expected samples of shape {(len(self), 3)}, got {values.shape}")
                if not seen_finite and not are_finite(values):
                    raise BlockError(f"a value near sample {self.first_sample} is not finite")
        if self.utc_ns is not None and self.utc_ns.shape != (len(self),):
            raise BlockError(f"expected {len(self)} times, got shape {self.utc_ns.shape}")

    def __len__(self) -> int:
        return len(self.saturated)

    @property
    def end_sample(self) -> int:
        """Index of the sample after the last one."""
        return self.first_sample + len(self)

    def __getitem__(self, part: slice) -> "Block":
        """Return a part of the block; `part` counts from the block's first sample and has no step."""
        start, stop, step = part.indices(len(self))
        if step != 1:
            raise BlockError("a block can only be cut, not thinned out")
        cut = slice(start, max(start, stop))
        return Block(
            self.first_sample + start,
            _cut(self.lower, cut),
            _cut(self.upper, cut),
            None if self.utc_ns is None else self.utc_ns[cut],
            self.saturated[cut],
            seen_finite=True,
        )

    def copied(self) -> "Block":
        """Return the same in memory of its own."""
        lower, upper = (None if pod is None else pod.copied() for pod in (self.lower, self.upper))
        utc_ns = None if self.utc_ns is None else self.utc_ns.copy()
        return Block(self.first_sample, lower, upper, utc_ns, self.saturated.copy(), seen_finite=True)


def are_finite(values: FloatArray) -> bool:
    """Return whether all of (n, 3) are finite numbers, which mostly a single sum tells."""
    # Of few the quickest sum is that of BLAS; for many it would wake threads.
    total = np.vdot(values, values) if values.size <= _FEW else np.einsum("ij->", values)
    return math.isfinite(total) or bool(np.isfinite(values).all())


def _cut(pod: PodSamples | None, part: slice) -> PodSamples | None:
    if pod is None:
        return None
    return PodSamples(pod.acc_mps2[part], None if pod.gyr_radps is None else pod.gyr_radps[part])

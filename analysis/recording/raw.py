"""Raw samples, as the strip measured them, and the one way to turn them into a block.

A raw sample is a row of int16: accelerometer xyz and gyroscope xyz of the upper pod, then of the lower pod
(12 columns), or of the lower pod alone (6 columns), each in the pod's own axes.

The live path and the archive's reader both call :func:`to_block` with the same integers, the same times and
the same scale, so what comes out is the same to the last bit. For the same reason saturation is read off the
integers: it needs no column in the archive.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from analysis.motion.block import Block, PodSamples

RawArray = NDArray[np.int16]
TimeArray = NDArray[np.int64]

SINGLE_COLUMNS: Final = tuple(f"lower_{kind}_{axis}_raw" for kind in ("acc", "gyr") for axis in "xyz")
"""Columns of a single-pod strip, in the order of a row."""
DUAL_COLUMNS: Final = tuple(name.replace("lower", "upper") for name in SINGLE_COLUMNS) + SINGLE_COLUMNS
"""Columns of a strip with both pods, in the order of a row."""

_LIMITS: Final = np.iinfo(np.int16)


@dataclass(frozen=True, slots=True)
class Scale:
    """What one step of the raw integers is worth: `acc_mps2` in m/s2, `gyr_radps` in rad/s."""

    acc_mps2: float
    gyr_radps: float


@dataclass(frozen=True, slots=True)
class Source:
    """Whose samples a file holds, and what their integers are worth."""

    patient: str
    device: str
    scale: Scale

    def to_texts(self) -> dict[str, str]:
        """Return the source as the texts of a file's metadata."""
        return {
            "patient": self.patient,
            "device": self.device,
            "acc_lsb_mps2": repr(float(self.scale.acc_mps2)),
            "gyr_lsb_radps": repr(float(self.scale.gyr_radps)),
        }

    @classmethod
    def from_texts(cls, texts: Mapping[str, object]) -> "Source":
        """Return the source that a file's metadata name; raises ValueError if they do not."""
        try:
            patient, device = str(texts["patient"]), str(texts["device"])
            scale = Scale(float(str(texts["acc_lsb_mps2"])), float(str(texts["gyr_lsb_radps"])))
        except KeyError as error:
            raise ValueError(f"its metadata lack {error}") from error
        if not (0 < scale.acc_mps2 < math.inf and 0 < scale.gyr_radps < math.inf):
            raise ValueError("the scale in its metadata is not positive")
        return cls(patient, device, scale)


@dataclass(frozen=True, slots=True)
class RawSamples:
    """Consecutive raw samples of one boot.

    Attributes
    ----------
    boot
        The strip's boot counter.
    first_sample
        Index of the first sample since that boot.
    utc_ns
        UTC of each sample, (n,), ns since 1970.
    raw
        The samples, (n, 12) or (n, 6).

    Raises
    ------
    ValueError
        If the shapes do not fit each other.
    """

    boot: int
    first_sample: int
    utc_ns: TimeArray
    raw: RawArray

    def __post_init__(self) -> None:
        if self.raw.ndim != 2 or self.raw.shape[1] not in {len(SINGLE_COLUMNS), len(DUAL_COLUMNS)}:
            raise ValueError(f"expected raw samples of shape (n, 12) or (n, 6), got {self.raw.shape}")
        if self.utc_ns.shape != (len(self),):
            raise ValueError(f"{len(self)} samples have times of shape {self.utc_ns.shape}")

    def __len__(self) -> int:
        return int(self.raw.shape[0])

    @property
    def end_sample(self) -> int:
        """Index of the sample after the last one."""
        return self.first_sample + len(self)

    @property
    def columns(self) -> tuple[str, ...]:
        """The names of a row's columns."""
        return DUAL_COLUMNS if self.raw.shape[1] == len(DUAL_COLUMNS) else SINGLE_COLUMNS

    def __getitem__(self, part: slice) -> "RawSamples":
        """Return a part without a step; `part` counts from the first sample."""
        start, stop, _ = part.indices(len(self))
        cut = slice(start, max(start, stop))
        return RawSamples(self.boot, self.first_sample + start, self.utc_ns[cut], self.raw[cut])


def to_block(samples: RawSamples, scale: Scale) -> Block:
    """Return the samples in SI units."""
    raw = samples.raw
    values = raw.astype(np.float64)
    pods = [
        PodSamples(values[:, i : i + 3] * scale.acc_mps2, values[:, i + 3 : i + 6] * scale.gyr_radps)
        for i in range(0, raw.shape[1], len(SINGLE_COLUMNS))
    ]
    return Block(
        first_sample=samples.first_sample,
        lower=pods[-1],
        upper=pods[0] if len(pods) > 1 else None,
        utc_ns=samples.utc_ns,
        saturated=((raw == _LIMITS.min) | (raw == _LIMITS.max)).any(axis=1),
    )

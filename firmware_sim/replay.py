"""A recording of a person as the samples a strip would have given: the motion is real, the strip is not.

Any file of DESIGN.md section 7 will do that has a lower pod with both sensors: Parquet or CSV, gzipped or
not. The strip samples at 100 Hz on its own clock, so a recording at another rate is interpolated linearly
onto that grid (what lies above 50 Hz in a faster recording folds down; a back has next to nothing there).
Values are rounded to int16 and saturate as the strip's do.

The strip cannot leave out samples or sensors: a recording without gyroscopes or with a hole is refused, for
whatever filled the gap would be invented.
"""

import gzip
import zlib
from collections.abc import Callable, Sequence
from io import BytesIO
from pathlib import Path
from typing import Final, Self

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from pyarrow import csv, parquet

from firmware_sim.errors import SimError
from gateway.wire.frame import ACC_LSB_MPS2, GYR_LSB_RADPS, SAMPLE_RATE_HZ, STANDARD_GRAVITY_MPS2

_RATES_HZ: Final = (20.0, 300.0)
"""Of recordings (DESIGN.md section 7)."""
_HOLE_S: Final = 0.5
"""A longer pause between two rows is a gap (DESIGN.md section 7)."""
_ON_GRID_S: Final = 1e-6
"""Rows this close to the strip's own instants are taken as they are."""
_MOST_BYTES: Final = 1 << 30
"""Largest recording, unpacked: about a day as CSV at 100 Hz."""
_PLAUSIBLE_G: Final = (0.6, 1.6)
"""Median length of the acceleration, for it is mostly gravity whatever the person does."""
_UNITS: Final = {"acc": "mps2", "gyr": "radps"}
_LSB: Final = {"acc": ACC_LSB_MPS2, "gyr": GYR_LSB_RADPS}
_RAW: Final = np.iinfo(np.int16)


class ReplayError(SimError):
    """A recording that cannot be replayed; the message says why and what would do."""


class ReplaySource:
    """A recording's samples on the strip's grid, from its first row on."""

    def __init__(self, raw: NDArray[np.int16]) -> None:
        self._raw = raw

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read the recording at `path`.

        Raises
        ------
        ReplayError
            If the file cannot be read, or holds what a strip cannot have measured.
        """
        try:
            table = _read(path)
            return cls(_raw_samples(table))
        except ReplayError as error:
            raise ReplayError(f"{path.name} cannot be replayed: {error}") from error.__cause__

    @property
    def single_pod(self) -> bool:
        """Whether there is only the lower pod."""
        return self._raw.shape[1:] == (6,)

    @property
    def duration_s(self) -> float:
        """Length of the recording."""
        return len(self._raw) / SAMPLE_RATE_HZ

    def read(self, first: int, count: int) -> NDArray[np.int16]:
        """Return samples `first` to ``first + count``, (m, 12) or (m, 6); fewer only at the end."""
        return self._raw[first : first + count].copy()


def _read(path: Path) -> pa.Table:
    suffixes = [suffix.lower() for suffix in path.suffixes]
    packed = suffixes[-1:] == [".gz"]
    kind = suffixes[-2:-1] if packed else suffixes[-1:]
    if kind not in ([".parquet"], [".csv"]):
        raise ReplayError("a recording is .parquet or .csv, optionally .gz")
    try:
        with gzip.open(path) if packed else path.open("rb") as stream:
            content = BytesIO(_bounded(stream.read))
        return _parsed(content, kind == [".parquet"])
    except (OSError, EOFError, zlib.error, pa.ArrowException) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise ReplayError(f"it cannot be read ({reason.strip().splitlines()[0]})") from error


def _parsed(content: BytesIO, is_parquet: bool) -> pa.Table:
    """Return the table, read without Arrow's threads: a program that ends at once would trip over them."""
    if is_parquet:
        with parquet.ParquetFile(content, pre_buffer=False) as file:
            return file.read(use_threads=False)
    return csv.read_csv(content, read_options=csv.ReadOptions(use_threads=False))


def _bounded(read: Callable[[int], bytes]) -> bytes:
    content = read(_MOST_BYTES + 1)
    if len(content) > _MOST_BYTES:
        raise ReplayError(f"it is larger than {_MOST_BYTES >> 30} GiB; cut it into parts")
    return content


def _raw_samples(table: pa.Table) -> NDArray[np.int16]:
    pods = _pods(table.column_names)
    time_s = _column(table, "time_s")
    grid_s = _grid_s(time_s)
    blocks = []
    for pod in pods:
        for sensor in _LSB:
            block = np.column_stack([_column(table, name) for name in _axes(pod, sensor)])
            if sensor == "acc":
                _check_gravity(pod, block)
            blocks.append(_on_grid(time_s, block, grid_s) / _LSB[sensor])
    return np.clip(np.rint(np.hstack(blocks)), _RAW.min, _RAW.max).astype(np.int16)


def _axes(pod: str, sensor: str) -> list[str]:
    return [f"{pod}_{sensor}_{axis}_{_UNITS[sensor]}" for axis in "xyz"]


def _pods(present: Sequence[str]) -> list[str]:
    """Return the pods of a recording, after checking that each is whole."""
    if "time_s" not in present:
        raise ReplayError("the column time_s is missing")
    pods = []
    for pod in ("upper", "lower"):
        found = {sensor: [name for name in _axes(pod, sensor) if name in present] for sensor in _LSB}
        if not any(found.values()):
            continue
        for sensor, names in found.items():
            if not names:
                thing = "gyroscope" if sensor == "gyr" else "accelerometer"
                raise ReplayError(
                    f"the {pod} pod has no {thing}, which a strip always has; "
                    "`lumbar analyse` takes such files as they are"
                )
            missing = [name for name in _axes(pod, sensor) if name not in names]
            if missing:
                raise ReplayError(f"the column {missing[0]} is missing")
        pods.append(pod)
    if "lower" not in pods:
        raise ReplayError(
            f"it has no lower pod: columns such as {_axes('lower', 'acc')[0]} are needed; "
            f"it has {', '.join(present[:8])}"
        )
    return pods


def _column(table: pa.Table, name: str) -> NDArray[np.float64]:
    try:
        values = np.asarray(table.column(name).cast(pa.float64()).to_numpy(), dtype=np.float64)
    except pa.ArrowException as error:
        raise ReplayError(f"the column {name} does not hold numbers") from error
    except KeyError as error:
        raise ReplayError(f"there is more than one column {name}") from error
    bad = np.flatnonzero(~np.isfinite(values))
    if bad.size:
        raise ReplayError(f"the column {name} has no number in row {bad[0] + 1}")
    return values


def _grid_s(time_s: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the strip's own instants within a recording, after checking its time axis."""
    if time_s.size < 2:
        raise ReplayError(f"two rows are the least, it has {time_s.size}")
    steps_s = np.diff(time_s)
    back = np.flatnonzero(steps_s <= 0)
    if back.size:
        raise ReplayError(f"time_s does not increase from row {back[0] + 1} to row {back[0] + 2}")
    rate_hz = 1.0 / float(np.median(steps_s))
    if not _RATES_HZ[0] * 0.99 <= rate_hz <= _RATES_HZ[1] * 1.01:
        raise ReplayError(f"it has {rate_hz:.3g} rows a second by time_s; 20 to 300 will do")
    hole = int(np.argmax(steps_s))
    if steps_s[hole] > _HOLE_S:
        raise ReplayError(
            f"it has a hole of {steps_s[hole]:.2f} s after {time_s[hole] - time_s[0]:.2f} s; cut it there"
        )
    length_s = time_s[-1] - time_s[0]
    return np.asarray(time_s[0] + np.arange(int(length_s * SAMPLE_RATE_HZ + 1e-3) + 1) / SAMPLE_RATE_HZ)


def _on_grid(
    time_s: NDArray[np.float64], block: NDArray[np.float64], grid_s: NDArray[np.float64]
) -> NDArray[np.float64]:
    if time_s.size == grid_s.size and np.abs(time_s - grid_s).max() < _ON_GRID_S:
        return block
    return np.column_stack([np.interp(grid_s, time_s, column) for column in block.T])


def _check_gravity(pod: str, acc_mps2: NDArray[np.float64]) -> None:
    typical_g = float(np.median(np.linalg.norm(acc_mps2, axis=1))) / STANDARD_GRAVITY_MPS2
    if not _PLAUSIBLE_G[0] <= typical_g <= _PLAUSIBLE_G[1]:
        hint = " (is it in g?)" if 0.6 < typical_g * STANDARD_GRAVITY_MPS2 < 1.6 else ""
        raise ReplayError(
            f"the {pod} pod's acceleration is {typical_g * STANDARD_GRAVITY_MPS2:.3g} m/s2 long, "
            f"where gravity alone is {STANDARD_GRAVITY_MPS2:.2f}{hint}"
        )

"""A recording's angles as a table, one row for each of the file's own rows (``lumbar analyse --angles``).

The core tells angles on its 100 Hz grid. A row that lies on the grid gets its sample's values as they are;
between two samples angles are interpolated linearly, orientations along the shorter arc. What is not known
(a gap, a pod that is not there, the time before a calibration) is empty.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq
from numpy.typing import NDArray

from analysis.motion.block import RATE_HZ, FloatArray
from analysis.motion.output import Angles
from analysis.recording.columns import PODS, TIME
from analysis.recording.errors import RecordingError
from analysis.recording.file import Recording

_ANGLES: Final = ("pelvis_tilt_deg", "trunk_tilt_deg", "lumbar_flexion_deg")
COLUMNS: Final = (TIME, *_ANGLES, *(f"{pod}_quat_{part}" for pod in PODS for part in "wxyz"))
_QUATS: Final = (slice(3, 7), slice(7, 11))


class AnglesPathError(RecordingError):
    """A table that cannot be written there, or not in that format."""


class AnglesTable:
    """Places angles on the rows of a recording.

    Parameters
    ----------
    recording
        The recording that the angles are of.
    writer
        A Parquet or CSV writer for `COLUMNS`.
    """

    def __init__(self, recording: Recording, writer: Any) -> None:
        self._places = recording.axis.places
        self._times = recording.table.column(TIME)
        self._writer = writer
        self._row = 0
        self._last: tuple[int, FloatArray] | None = None

    def push(self, angles: Angles) -> None:
        """Take the next angles; writes all rows that they settle."""
        if not len(angles):
            return
        samples = np.arange(angles.first_sample, angles.first_sample + len(angles))
        values = _matrix(angles)
        if self._last is not None and self._last[0] == samples[0] - 1:
            samples = np.concatenate([[samples[0] - 1], samples])
            values = np.concatenate([self._last[1], values])
        self._last = (int(samples[-1]), values[-1:])
        # An angle is `delay_s` older than its sample.
        wanted = self._places[self._row :] + angles.delay_s * RATE_HZ
        wanted = wanted[: np.searchsorted(wanted, samples[-1], side="right")]
        self._write(_at(wanted, samples, values))

    def finish(self) -> None:
        """Write the rows that no angles came for."""
        self._write(np.full((len(self._places) - self._row, len(COLUMNS) - 1), np.nan))

    def _write(self, rows: FloatArray) -> None:
        end = self._row + len(rows)
        columns = [self._times[self._row : end], *rows.T]
        self._row = end
        arrays = [pa.array(np.ascontiguousarray(column), from_pandas=True) for column in columns]
        if len(rows):
            self._writer.write_table(pa.table(arrays, schema=_SCHEMA))


@contextmanager
def angles_table(path: Path, recording: Recording) -> Iterator[AnglesTable]:
    """Give a table to push angles into; it appears at `path`, ``.parquet`` or ``.csv``, when all went well.

    Raises
    ------
    AnglesPathError
        If the format is another, or the file cannot be written.
    """
    make = {".parquet": pq.ParquetWriter, ".csv": pyarrow.csv.CSVWriter}.get(path.suffix)
    if make is None:
        raise AnglesPathError(path, "angles are written as .parquet or .csv; name the file so")
    temporary = path.with_name(f".{path.name}.tmp")
    try:
        with make(temporary, _SCHEMA) as writer:
            table = AnglesTable(recording, writer)
            yield table
            table.finish()
        temporary.replace(path)
    except OSError as error:
        raise AnglesPathError(path, f"cannot be written: {error.strerror or error}") from error
    finally:
        temporary.unlink(missing_ok=True)


def _matrix(angles: Angles) -> FloatArray:
    unknown = np.full((len(angles), 4), np.nan)
    quats = [unknown if quat is None else quat for quat in (angles.upper_quat, angles.lower_quat)]
    return np.column_stack([angles.pelvis_tilt_deg, angles.trunk_tilt_deg, angles.lumbar_flexion_deg, *quats])


def _at(wanted: FloatArray, samples: NDArray[np.int64], values: FloatArray) -> FloatArray:
    """Return the values at `wanted`, none beyond the last sample; NaN before the first one."""
    after = np.searchsorted(samples, wanted)
    before = np.maximum(after - 1, 0)
    weight = (1.0 - (samples[after] - wanted))[:, None]
    rows = values[before] + weight * (values[after] - values[before])
    for part in _QUATS:
        first, second = values[before, part], values[after, part]
        flip = np.where((first * second).sum(axis=1, keepdims=True) < 0, -1.0, 1.0)
        quat = first + weight * (flip * second - first)
        rows[:, part] = quat / np.linalg.norm(quat, axis=1, keepdims=True)
    is_sample = samples[after] == wanted
    rows[is_sample] = values[after[is_sample]]
    rows[wanted < samples[0]] = np.nan
    return rows


_SCHEMA: Final = pa.schema([(name, pa.float64()) for name in COLUMNS])

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq
import pytest
from numpy.typing import NDArray

from analysis.motion.output import Angles
from analysis.recording.angles_table import COLUMNS, AnglesPathError, angles_table
from analysis.recording.columns import triple
from analysis.recording.file import Recording, open_recording


def recording_at(folder: Path, time_s: NDArray[np.floating[Any]]) -> Recording:
    columns = {"time_s": time_s}
    for name in triple("lower", "acc"):
        columns[name] = np.linspace(5.65, 5.67, len(time_s))
    pq.write_table(pa.table(columns), folder / "r.parquet")
    return open_recording(folder / "r.parquet")


def angles(first: int, end: int, *, delay_s: float = 0.0) -> Angles:
    """Tilt of 1 deg a sample; a lower pod that turns 1 mrad a sample about y."""
    at = np.arange(first, end, dtype=np.float64)
    half = at * 0.0005
    quat = np.column_stack([np.cos(half), 0 * at, np.sin(half), 0 * at])
    return Angles(first, len(at), None, quat, lambda: (at, 2 * at), delay_s)


def test_rows_on_the_grid_get_their_samples_values(tmp_path: Path) -> None:
    recording = recording_at(tmp_path, np.arange(300) * 0.01 + 5.0)
    with angles_table(tmp_path / "a.parquet", recording) as table:
        table.push(angles(0, 120))
        table.push(angles(120, 300))
    read = pq.read_table(tmp_path / "a.parquet")
    assert tuple(read.column_names) == COLUMNS
    assert np.array_equal(read["time_s"], np.arange(300) * 0.01 + 5.0)
    assert np.array_equal(read["pelvis_tilt_deg"], np.arange(300))
    assert np.array_equal(read["lower_quat_w"], np.cos(np.arange(300) * 0.0005))
    assert read["upper_quat_w"].null_count == 300


@pytest.mark.parametrize("rate_hz", [20.0, 286.0])
def test_rows_of_another_rate_are_interpolated(tmp_path: Path, rate_hz: float) -> None:
    time_s = np.arange(0, 3, 1 / rate_hz)
    recording = recording_at(tmp_path, time_s)
    last = recording.axis.end_sample
    with angles_table(tmp_path / "a.parquet", recording) as table:
        for first in range(0, last, 70):
            table.push(angles(first, min(last, first + 70)))
    read = pq.read_table(tmp_path / "a.parquet")
    assert read.num_rows == len(time_s)
    known = int(np.floor((last - 1) / 100 * rate_hz))
    assert np.allclose(read["pelvis_tilt_deg"].to_numpy()[:known], time_s[:known] * 100)
    assert np.allclose(read["lower_quat_y"].to_numpy()[:known], np.sin(time_s[:known] * 0.05), atol=1e-9)


def test_delay_is_taken_out_and_gaps_are_empty(tmp_path: Path) -> None:
    time_s = np.concatenate([np.arange(200), np.arange(300, 400)]) * 0.01
    recording = recording_at(tmp_path, time_s)
    with angles_table(tmp_path / "a.csv", recording) as table:
        table.push(angles(0, 200, delay_s=0.25))
        table.push(angles(300, 400, delay_s=0.25))
    tilt = pyarrow.csv.read_csv(tmp_path / "a.csv")["pelvis_tilt_deg"].to_numpy(zero_copy_only=False)
    assert np.array_equal(tilt[:175], np.arange(25, 200))
    assert np.isnan(tilt[175:200]).all()
    assert np.array_equal(tilt[200:275], np.arange(325, 400))
    assert np.isnan(tilt[275:]).all()


def test_a_quaternions_sign_does_not_matter_between_samples(tmp_path: Path) -> None:
    recording = recording_at(tmp_path, np.arange(60) * 0.05)
    turned = angles(0, 296)
    assert turned.lower_quat is not None
    turned.lower_quat[1::2] *= -1
    with angles_table(tmp_path / "a.parquet", recording) as table:
        table.push(turned)
    read = pq.read_table(tmp_path / "a.parquet")
    length = sum(np.square(read[f"lower_quat_{part}"].to_numpy()) for part in "wxyz")
    assert np.allclose(length, 1.0)


def test_nothing_is_left_behind_when_it_goes_wrong(tmp_path: Path) -> None:
    recording = recording_at(tmp_path, np.arange(300) * 0.01)
    with pytest.raises(ZeroDivisionError), angles_table(tmp_path / "a.parquet", recording):
        _ = 1 / 0
    assert [path.name for path in tmp_path.iterdir()] == ["r.parquet"]


@pytest.mark.parametrize(("name", "says"), [("a.txt", "parquet or .csv"), ("no/a.csv", "cannot be written")])
def test_a_path_that_will_not_do_is_an_error(tmp_path: Path, name: str, says: str) -> None:
    recording = recording_at(tmp_path, np.arange(300) * 0.01)
    with pytest.raises(AnglesPathError, match=says), angles_table(tmp_path / name, recording):
        pass

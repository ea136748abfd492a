"""Recordings as the strip would have sampled them: small made-up files, and what is wrong with others."""

import gzip
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from numpy.testing import assert_array_equal
from numpy.typing import NDArray
from pyarrow import csv, parquet

from firmware_sim.replay import ReplayError, ReplaySource
from firmware_sim.source import SampleSource
from gateway.wire.frame import ACC_LSB_MPS2, GYR_LSB_RADPS

MOCAP = Path(__file__).parents[3] / "shared" / "data" / "mocap"

Columns = dict[str, NDArray[np.float64]]
ORDER = [
    f"{pod}_{sensor}_{axis}_{unit}"
    for pod in ("upper", "lower")
    for sensor, unit in (("acc", "mps2"), ("gyr", "radps"))
    for axis in "xyz"
]


def recording(rate_hz: float = 100.0, length_s: float = 2.0, start_s: float = 0.0) -> Columns:
    """Return columns that are straight lines of time, but for gravity, so that interpolation is exact."""
    t_s = np.arange(round(length_s * rate_hz) + 1) / rate_hz
    columns = {"time_s": start_s + t_s}
    for i, name in enumerate(ORDER):
        columns[name] = 0.1 * i + 0.05 * t_s + (9.81 if "acc_z" in name else 0.0)
    return columns


def expected(t_s: NDArray[np.float64], pods: int = 2) -> NDArray[np.int16]:
    columns = []
    for i, name in enumerate(ORDER):
        value = 0.1 * i + 0.05 * t_s + (9.81 if "acc_z" in name else 0.0)
        columns.append(np.rint(value / (ACC_LSB_MPS2 if "acc" in name else GYR_LSB_RADPS)))
    return np.column_stack(columns[12 - 6 * pods :]).astype(np.int16)


def written(columns: Columns, path: Path) -> Path:
    table = pa.table(columns)
    if path.suffix == ".parquet":
        parquet.write_table(table, path)
    else:
        csv.write_csv(table, path)
    return path


def refused(columns: Columns, tmp_path: Path) -> str:
    with pytest.raises(ReplayError) as caught:
        ReplaySource.load(written(columns, tmp_path / "walk.parquet"))
    return str(caught.value)


@pytest.mark.parametrize("name", ["r.parquet", "r.csv"])
def test_a_recording_on_the_grid_is_rounded_and_nothing_else(tmp_path: Path, name: str) -> None:
    source: SampleSource = ReplaySource.load(written(recording(start_s=17.25), tmp_path / name))
    assert not source.single_pod
    assert source.duration_s == 2.01
    assert_array_equal(source.read(0, 500), expected(np.arange(201) / 100))


@pytest.mark.parametrize("name", ["r.parquet", "r.csv"])
def test_a_gzipped_recording_is_the_same(tmp_path: Path, name: str) -> None:
    plain = written(recording(), tmp_path / name)
    packed = tmp_path / f"{name}.gz"
    packed.write_bytes(gzip.compress(plain.read_bytes()))
    assert_array_equal(ReplaySource.load(packed).read(0, 500), ReplaySource.load(plain).read(0, 500))


@pytest.mark.parametrize("rate_hz", [20.0, 50.0, 286.0, 300.0])
def test_another_rate_is_interpolated_onto_the_strips_grid(tmp_path: Path, rate_hz: float) -> None:
    source = ReplaySource.load(written(recording(rate_hz), tmp_path / "r.parquet"))
    raw = source.read(0, 500)
    assert len(raw) == 201
    assert np.abs(raw - expected(np.arange(201) / 100).astype(int)).max() <= 1


def test_without_an_upper_pod_the_strip_has_one(tmp_path: Path) -> None:
    columns = {name: values for name, values in recording().items() if "upper" not in name}
    source = ReplaySource.load(written(columns, tmp_path / "belt.parquet"))
    assert source.single_pod
    assert_array_equal(source.read(0, 3), expected(np.arange(3) / 100, pods=1))


def test_reading_goes_on_anywhere_and_ends(tmp_path: Path) -> None:
    source = ReplaySource.load(written(recording(), tmp_path / "r.parquet"))
    whole = source.read(0, 500)
    assert_array_equal(source.read(150, 500), whole[150:])
    assert source.read(201, 5).shape == (0, 12)


def test_what_is_read_is_the_readers_own(tmp_path: Path) -> None:
    source = ReplaySource.load(written(recording(), tmp_path / "r.parquet"))
    source.read(0, 5)[:] = 0
    assert source.read(0, 5).any()


def test_too_fast_saturates(tmp_path: Path) -> None:
    columns = recording()
    columns["lower_gyr_y_radps"][:] = 30.0
    columns["upper_acc_x_mps2"][3] = -200.0
    raw = ReplaySource.load(written(columns, tmp_path / "r.parquet")).read(0, 5)
    assert raw[0, 10] == 32767
    assert raw[3, 0] == -32768


def without(*names: str) -> Callable[[Columns], None]:
    def change(columns: Columns) -> None:
        for name in list(columns):
            if name.startswith(names):
                del columns[name]

    return change


def setting(name: str, row: int, value: float) -> Callable[[Columns], None]:
    def change(columns: Columns) -> None:
        columns[name][row] = value

    return change


def scaling(part: str, factor: float) -> Callable[[Columns], None]:
    def change(columns: Columns) -> None:
        for name in columns:
            if part in name:
                columns[name] *= factor

    return change


def pausing(columns: Columns) -> None:
    columns["time_s"][100:] += 0.6


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (without("time_s"), "the column time_s is missing"),
        (without("lower_gyr_y"), "the column lower_gyr_y_radps is missing"),
        (without("upper_acc_z"), "the column upper_acc_z_mps2 is missing"),
        (without("lower_gyr", "upper_gyr"), "the upper pod has no gyroscope"),
        (without("lower_acc"), "the lower pod has no accelerometer"),
        (without("lower"), "no lower pod"),
        (setting("lower_acc_x_mps2", 7, np.nan), "lower_acc_x_mps2 has no number in row 8"),
        (setting("time_s", 50, 0.1), "time_s does not increase from row 50 to row 51"),
        (scaling("acc", 1 / 9.80665), "is it in g?"),
        (scaling("time_s", 0.2), "500 rows a second"),
        (scaling("time_s", 10.0), "10 rows a second"),
        (pausing, "a hole of 0.61 s after 0.99 s"),
    ],
)
def test_what_a_strip_cannot_have_measured_is_refused(
    tmp_path: Path, change: Callable[[Columns], None], reason: str
) -> None:
    columns = recording()
    change(columns)
    message = refused(columns, tmp_path)
    assert message.startswith("walk.parquet cannot be replayed: ")
    assert reason in message


def test_one_row_is_too_few(tmp_path: Path) -> None:
    assert "two rows are the least" in refused(
        {name: values[:1] for name, values in recording().items()}, tmp_path
    )


def test_words_are_no_numbers(tmp_path: Path) -> None:
    path = tmp_path / "words.csv"
    path.write_text(",".join(["time_s", *ORDER]) + "\n" + "0,x" + ",1" * 11 + "\n0.01,y" + ",1" * 11 + "\n")
    with pytest.raises(ReplayError, match="upper_acc_x_mps2 does not hold numbers"):
        ReplaySource.load(path)


def test_a_column_named_twice_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "twice.csv"
    path.write_text("time_s,time_s," + ",".join(ORDER) + "\n" + "0" + ",1" * 13 + "\n")
    with pytest.raises(ReplayError, match="more than one column time_s"):
        ReplaySource.load(path)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("gone.parquet", None),
        ("empty.csv", b""),
        ("torn.parquet", b"PAR1 and then nothing"),
        ("torn.csv.gz", gzip.compress(b"time_s\n1\n2\n")[:-9]),
        ("torn.parquet.gz", b"no gzip"),
        ("broken.csv", b"a,b\n1\n1,2,3\n"),
        ("notes.txt", b"hello"),
        ("noend", b""),
    ],
)
def test_an_unreadable_file_is_one_clear_line(tmp_path: Path, name: str, content: bytes | None) -> None:
    if content is not None:
        (tmp_path / name).write_bytes(content)
    with pytest.raises(ReplayError) as caught:
        ReplaySource.load(tmp_path / name)
    message = str(caught.value)
    assert message.startswith(f"{name} cannot be replayed: ")
    assert "\n" not in message


def test_a_real_recording_replays_within_rounding() -> None:
    path = MOCAP / "accad_f1_A05_PickUpBox.parquet"
    if not path.exists():
        pytest.skip(f"needs the recordings in {MOCAP.parent.name}/{MOCAP.name} beside the repository")
    table = parquet.read_table(path)
    raw = ReplaySource.load(path).read(0, table.num_rows)
    for i, name in enumerate(ORDER):
        lsb = ACC_LSB_MPS2 if "acc" in name else GYR_LSB_RADPS
        assert np.abs(raw[:, i] * lsb - table[name].to_numpy()).max() <= 0.5 * lsb + 1e-9

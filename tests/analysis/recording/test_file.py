import gzip
import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from analysis.motion.block import BlockError
from analysis.motion.pipeline import LONGEST_PIECE
from analysis.recording import errors, table
from analysis.recording.columns import PODS, triple
from analysis.recording.file import open_recording

Columns = dict[str, NDArray[np.float64]]


def standing(rows: int = 300, pods: tuple[str, ...] = PODS) -> Columns:
    rng = np.random.default_rng(4)
    columns: Columns = {"time_s": np.arange(rows, dtype=np.float64) * 0.01}
    for pod in PODS:
        if pod in pods:
            for name in (*triple(pod, "acc"), *triple(pod, "gyr")):
                columns[name] = rng.normal(0, 0.1, rows)
            columns[f"{pod}_acc_z_mps2"] += 9.81
    return columns


def write(path: Path, columns: Columns, metadata: dict[str, str] | None = None) -> Path:
    rows = pa.table(columns)
    if path.suffix == ".parquet":
        pq.write_table(rows.replace_schema_metadata(metadata), path)
        return path
    sink = pa.BufferOutputStream()
    pyarrow.csv.write_csv(rows, sink)
    comments = "".join(f"# {key}: {text}\n" for key, text in (metadata or {}).items())
    text = comments.encode() + sink.getvalue().to_pybytes()
    path.write_bytes(gzip.compress(text) if path.suffix == ".gz" else text)
    return path


@pytest.mark.parametrize("name", ["r.parquet", "r.csv", "r.csv.gz"])
def test_a_file_becomes_blocks_value_for_value(tmp_path: Path, name: str) -> None:
    columns = standing()
    recording = open_recording(write(tmp_path / name, columns))
    blocks = list(recording.blocks(1.0))
    assert [(block.first_sample, len(block)) for block in blocks] == [(0, 100), (100, 100), (200, 100)]
    for pod in PODS:
        for sensor in ("acc", "gyr"):
            read = []
            for block in blocks:
                samples = block.upper if pod == "upper" else block.lower
                assert samples is not None
                values = samples.acc_mps2 if sensor == "acc" else samples.gyr_radps
                assert values is not None
                read.append(values)
            assert np.array_equal(np.concatenate(read).T, [columns[name] for name in triple(pod, sensor)])
    assert all(block.utc_ns is None for block in blocks)
    assert recording.patient == "unknown"
    assert len(recording.device) == len("file-") + 12


@pytest.mark.parametrize("name", ["r.parquet", "r.csv"])
def test_metadata_are_used(tmp_path: Path, name: str) -> None:
    metadata = {"patient": "p7", "device": "LM-0042", "start_time": "2026-11-23T08:00:00.5Z"}
    columns = standing()
    columns["time_s"] += 2.0
    recording = open_recording(write(tmp_path / name, columns, metadata))
    assert (recording.patient, recording.device) == ("p7", "LM-0042")
    (block,) = recording.blocks()
    assert block.utc_ns is not None
    start_ns = 1_795_420_802_500_000_000
    assert block.utc_ns[[0, 1, 299]].tolist() == [start_ns, start_ns + 10_000_000, start_ns + 2_990_000_000]
    assert recording.time_s(100) == 3.0


def test_the_device_of_a_foreign_file_is_its_content(tmp_path: Path) -> None:
    path = write(tmp_path / "a.parquet", standing())
    again = tmp_path / "b.parquet"
    again.write_bytes(path.read_bytes())
    assert open_recording(path).device == open_recording(again).device
    other = write(tmp_path / "c.parquet", standing(301))
    assert open_recording(other).device != open_recording(path).device


def test_one_pod_or_no_gyroscope_is_enough(tmp_path: Path) -> None:
    columns = {name: values for name, values in standing(pods=("lower",)).items() if "gyr" not in name}
    recording = open_recording(write(tmp_path / "r.parquet", columns))
    assert not recording.has_both_pods
    (block,) = recording.blocks()
    assert block.upper is None
    assert block.lower is not None
    assert block.lower.gyr_radps is None


@pytest.mark.parametrize("name", ["r.parquet", "r.csv"])
def test_a_file_has_the_rows_that_it_has_whatever_it_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    columns = standing(120_000)
    monkeypatch.setattr(table, "_BELIEVED_ROWS", 70_000)
    read = table.Table(write(tmp_path / name, columns)).column("time_s")
    assert np.array_equal(read, columns["time_s"])


@pytest.mark.parametrize("piece_rows", [7, 50, 1000])
@pytest.mark.parametrize("name", ["r.parquet", "r.csv"])
def test_a_sensor_lies_row_by_row_whatever_the_pieces(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, piece_rows: int
) -> None:
    columns = standing(400)
    monkeypatch.setattr(table, "_PIECE_ROWS", piece_rows)
    triples = [[f"{pod}_acc_{axis}_mps2" for axis in "xyz"] for pod in ("lower", "upper")]
    pieces = list(table.Table(write(tmp_path / name, columns)).sensors(triples))
    assert max(map(len, pieces)) == min(400, piece_rows if name == "r.parquet" else 400)
    assert all(piece[:, at].flags.c_contiguous for piece in pieces for at in range(2))
    rows = np.concatenate(pieces)
    for at, names in enumerate(triples):
        np.testing.assert_array_equal(rows[:, at], np.column_stack([columns[name] for name in names]))


@pytest.mark.parametrize(
    "types",
    [
        (pa.float32(), pa.float32(), pa.float32()),
        (pa.int16(), pa.int16(), pa.int16()),
        (pa.int8(), pa.uint32(), pa.int64()),
        (pa.float16(), pa.float16(), pa.float16()),
        (pa.int64(), pa.float32(), pa.float64()),
        (pa.uint64(), pa.float64(), pa.float16()),
    ],
)
@pytest.mark.parametrize("hole", [False, True])
def test_numbers_of_every_type_are_read_and_empty_cells_are_nan(
    tmp_path: Path, types: tuple[pa.DataType, ...], *, hole: bool
) -> None:
    whole: list[list[float | None]] = [[1, 2, 9], [3, 4, 10], [5, 0, 11]]
    if hole:
        whole[1][1] = None
    columns = {
        axis: pa.array([None if x is None else np.float16(x) if pa.types.is_float16(t) else x for x in v], t)
        for axis, v, t in zip("xyz", whole, types, strict=True)
    }
    pq.write_table(pa.table(columns), tmp_path / "r.parquet")
    (piece,) = table.Table(tmp_path / "r.parquet").sensors(["xyz", "zyx"])
    wanted = np.array(whole, dtype=np.float64).T
    np.testing.assert_array_equal(piece[:, 0], wanted)
    np.testing.assert_array_equal(piece[:, 1], wanted[:, ::-1])


def changed(change: Callable[[Columns], None]) -> Columns:
    columns = standing()
    change(columns)
    return columns


def _drop(name: str) -> Columns:
    return changed(lambda columns: columns.__delitem__(name))


def _scale(prefix: str, factor: float) -> Columns:
    return {
        name: values * factor if name.startswith(prefix) else values for name, values in standing().items()
    }


def _hole(columns: Columns) -> None:
    columns["upper_acc_y_mps2"][41] = np.nan


def _holes(columns: Columns) -> None:
    columns["upper_acc_y_mps2"][80] = -np.inf
    columns["upper_acc_y_mps2"][81] = np.inf
    columns["lower_gyr_x_radps"][80:] = np.nan
    columns["lower_gyr_z_radps"][41] = np.inf


@pytest.mark.parametrize(
    ("columns", "error", "says"),
    [
        (_drop("lower_acc_y_mps2"), errors.ColumnError, "the column lower_acc_y_mps2 is missing"),
        (_drop("time_s"), errors.ColumnError, "no column time_s"),
        ({"time_s": np.arange(300) * 0.01}, errors.ColumnError, "no sensor found"),
        (
            {name: values for name, values in standing().items() if not name.startswith("upper_acc")},
            errors.ColumnError,
            "upper pod has a gyroscope but no accelerometer",
        ),
        (
            {name.replace("radps", "dps"): values for name, values in standing().items()},
            errors.ColumnError,
            "upper_gyr_x_dps should be upper_gyr_x_radps",
        ),
        (
            {"time_s": np.arange(9.0), "boot": np.ones(9), "lower_acc_x_raw": np.ones(9)},
            errors.ColumnError,
            "hour of an archive",
        ),
        (changed(_hole), errors.MissingValueError, "upper_acc_y_mps2 has no number in row 42"),
        (changed(_holes), errors.MissingValueError, "lower_gyr_z_radps has no number in row 42"),
        (_scale("lower_acc", 1 / 9.81), errors.UnitError, "lower pod.s accelerations are .* in g: multiply"),
        (_scale("lower_acc", 1000 / 9.81), errors.UnitError, "lower pod's .* in milli-g: multiply"),
        (_scale("lower_acc", 417.0), errors.UnitError, "raw integers"),
        (_scale("upper_gyr", 1000.0), errors.UnitError, "upper pod's angular velocities .* deg/s"),
        (_scale("time_s", 1000.0), errors.RateError, "0.1 rows a second.*in seconds"),
    ],
)
@pytest.mark.parametrize("name", ["r.parquet", "r.csv"])
def test_a_file_with_a_fault_is_refused_by_name(
    tmp_path: Path, columns: Columns, error: type[Exception], says: str, name: str
) -> None:
    path = write(tmp_path / name, columns)
    with pytest.raises(error, match=f"{name}: .*{says}") as caught:
        open_recording(path)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("key", "text", "says"),
    [
        ("patient", "Jo Doe/1", "its patient"),
        ("device", "", "its device"),
        ("start_time", "noon", "2026-11"),
        ("start_time", "9999-12-31T23:59:59Z", "outside the years 1970 to 2199"),
        ("start_time", "0001-01-01T00:00:00+14:00", "outside the years 1970 to 2199"),
    ],
)
def test_metadata_that_cannot_be_used_are_refused(tmp_path: Path, key: str, text: str, says: str) -> None:
    with pytest.raises(errors.MetadataError, match=says):
        open_recording(write(tmp_path / "r.parquet", standing(), {key: text}))


@pytest.mark.parametrize("suffix", ["parquet", "csv"])
def test_a_file_with_a_name_that_is_no_text_is_refused(tmp_path: Path, suffix: str) -> None:
    good = write(tmp_path / f"r.{suffix}", standing())
    path = good.rename(tmp_path / os.fsdecode(b"r\xff." + suffix.encode()))
    with pytest.raises(errors.UnreadableFileError, match="rename it"):
        open_recording(path)


def test_a_slow_bend_in_degrees_is_noticed(tmp_path: Path) -> None:
    columns = standing(3000)
    columns["lower_gyr_y_radps"][1000:1200] = 40 * np.sin(np.arange(200) * np.pi / 100)
    with pytest.raises(errors.UnitError, match="deg/s"):
        open_recording(write(tmp_path / "r.parquet", columns))


def test_text_where_numbers_belong_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path / "r.csv", standing())
    lines = path.read_text().splitlines()
    lines[50] = lines[50].replace(lines[50].split(",")[1], '"much"')
    path.write_text("\n".join(lines))
    with pytest.raises(errors.UnreadableFileError, match="much"):
        open_recording(path)
    pq.write_table(pa.table(dict(standing()) | {"lower_acc_x_mps2": ["a"] * 300}), tmp_path / "r.parquet")
    with pytest.raises(errors.ColumnError, match="lower_acc_x_mps2 is missing"):
        open_recording(tmp_path / "r.parquet")


def test_no_file_no_folder_no_rows(tmp_path: Path) -> None:
    with pytest.raises(errors.UnreadableFileError, match="no such file"):
        open_recording(tmp_path / "gone.parquet")
    with pytest.raises(errors.UnreadableFileError, match="folder"):
        open_recording(tmp_path)
    (tmp_path / "empty.csv").touch()
    with pytest.raises(errors.UnreadableFileError, match="cannot be read"):
        open_recording(tmp_path / "empty.csv")
    with pytest.raises(errors.TooShortError, match="no rows"):
        open_recording(write(tmp_path / "r.parquet", standing(0)))


@pytest.mark.parametrize("name", ["r.parquet", "r.csv.gz"])
def test_a_truncated_file_is_refused(tmp_path: Path, name: str) -> None:
    path = write(tmp_path / name, standing(3000))
    data = path.read_bytes()
    for kept in (4, 100, len(data) // 2, len(data) - 5):
        path.write_bytes(data[:kept])
        with pytest.raises(errors.UnreadableFileError):
            open_recording(path)


@given(noise=st.binary(max_size=400), prefix=st.sampled_from([b"", b"PAR1", b"\x1f\x8b\x08\x00", b"time_s,"]))
def test_noise_is_refused(tmp_path_factory: pytest.TempPathFactory, noise: bytes, prefix: bytes) -> None:
    path = tmp_path_factory.mktemp("noise") / "r.csv"
    path.write_bytes(prefix + noise)
    with pytest.raises(errors.RecordingError):
        open_recording(path)


LONG = 240_000
"""More rows than are looked at when a file is opened."""


def test_a_file_comes_in_pieces_none_of_which_the_core_cuts(tmp_path: Path) -> None:
    blocks = list(open_recording(write(tmp_path / "r.parquet", standing(LONG))).blocks())
    piece = table._PIECE_ROWS
    assert [len(block) for block in blocks] == [piece] * (LONG // piece) + [LONG % piece]
    assert LONGEST_PIECE % piece == 0


def test_a_file_that_changes_after_it_was_looked_at_is_looked_at_again(tmp_path: Path) -> None:
    recording = open_recording(write(tmp_path / "r.parquet", standing()))
    assert recording.is_checked
    write(tmp_path / "r.parquet", changed(_hole))
    with pytest.raises(BlockError, match="not finite"):
        list(recording.blocks())


def _late_hole(columns: Columns) -> None:
    columns["lower_gyr_z_radps"][239_000] = np.nan


def _late_unit(columns: Columns) -> None:
    columns["upper_gyr_x_radps"][200_000:] *= 3000.0


@pytest.mark.parametrize(
    ("change", "error", "says"),
    [
        (_late_hole, errors.MissingValueError, "lower_gyr_z_radps has no number in row 239001"),
        (_late_unit, errors.UnitError, "upper pod's angular velocities .* deg/s"),
    ],
)
@pytest.mark.parametrize("name", ["r.parquet", "r.csv"])
def test_a_fault_far_behind_is_told_by_the_end_of_the_samples(
    tmp_path: Path, change: Callable[[Columns], None], error: type[Exception], says: str, name: str
) -> None:
    columns = standing(LONG)
    change(columns)
    recording = open_recording(write(tmp_path / name, columns))
    assert not recording.is_checked
    with pytest.raises(error, match=f"{name}: .*{says}"):
        for _ in recording.blocks():
            pass


def test_a_sensor_that_runs_only_later_is_there(tmp_path: Path) -> None:
    columns = standing(LONG)
    columns["upper_gyr_y_radps"][:224_000] = 0.0
    columns["upper_gyr_x_radps"][:224_000] = columns["upper_gyr_z_radps"][:224_000] = 0.004
    recording = open_recording(write(tmp_path / "r.parquet", columns))
    assert recording.is_checked
    assert ("upper", "gyr") in recording.layout.sensors
    columns["upper_gyr_y_radps"][:] = 0.0
    columns["upper_gyr_x_radps"][:] = columns["upper_gyr_z_radps"][:] = 0.004
    recording = open_recording(write(tmp_path / "r.parquet", columns))
    assert ("upper", "gyr") not in recording.layout.sensors
    assert sum(map(len, recording.blocks())) == LONG


def test_minutes_that_seem_wrong_are_no_fault_of_a_file_that_is_right(tmp_path: Path) -> None:
    columns = standing(5 * LONG)
    for axis in "xyz":
        columns[f"lower_acc_{axis}_mps2"][:192_000] *= 3.0
    recording = open_recording(write(tmp_path / "r.parquet", columns))
    assert recording.is_checked
    assert sum(map(len, recording.blocks())) == 5 * LONG

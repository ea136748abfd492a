"""The commands on recordings: where results go, which calibration is used, and what is refused."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq
import pytest
from numpy.typing import NDArray

from analysis.events.calibration import Calibration
from analysis.events.catalogue import DERIVED_KINDS
from analysis.motion.calibration import aligned
from analysis.motion.found import NO_ROUTINE
from analysis.motion.origin import Origin
from analysis.recording.raw import DUAL_COLUMNS, RawSamples
from gateway.offline import Analysis, InputError, analyse, calibrate, load_calibration
from gateway.wire.frame import ACC_LSB_MPS2, GYR_LSB_RADPS

Worn = Callable[..., RawSamples]
Homes = Any  # the fixture's type lives in conftest.py
Write = Callable[..., Path]
Part = slice | NDArray[np.int64]

SCALE = np.tile(np.repeat((ACC_LSB_MPS2, GYR_LSB_RADPS), 3), 2)
COLUMNS = [name.removesuffix("_raw") + ("_mps2" if "_acc_" in name else "_radps") for name in DUAL_COLUMNS]
LIFTING_ROWS = 4000


@pytest.fixture
def lifting(worn: Worn, chores_s: list[tuple[float, float]]) -> NDArray[np.int16]:
    """40 s of somebody who lifts."""
    first = int(100 * (chores_s[0][0] - 8))
    return worn("lifts").raw[first : first + LIFTING_ROWS]


@pytest.fixture
def write(tmp_path: Path, lifting: NDArray[np.int16]) -> Write:
    """Write a person's samples, by default `lifting`, as a recording file: ``write(name, raw, part)``."""

    def written(name: str, raw: NDArray[np.int16] | None = None, part: Part = slice(None)) -> Path:
        whole = lifting if raw is None else raw
        values = whole[part] * SCALE
        columns = {"time_s": np.arange(len(whole))[part] / 100.0} | dict(zip(COLUMNS, values.T, strict=True))
        path = tmp_path / name
        if path.suffix == ".csv":
            pa_csv.write_csv(pa.table(columns), path)
        else:
            pq.write_table(pa.table(columns), path)
        return path

    return written


def wanted(*inputs: Path, **how: Any) -> Analysis:
    given: dict[str, Any] = {"calibration": None, "is_aligned": True, "out": None, "angles": None}
    return Analysis(inputs, **(given | how))


def events(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines()]


def lifts(told: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [event for event in told if event["schema"] == "lumbar.lift/1"]


def test_events_go_to_standard_output(write: Write, capsys: pytest.CaptureFixture[str]) -> None:
    assert analyse(wanted(write("a.parquet")))
    out, err = capsys.readouterr()
    assert err == ""
    assert len(lifts(events(out))) >= 3
    assert {event["recording"] for event in events(out)} == {"a.parquet"}


def test_events_go_to_a_file(write: Write, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "events.jsonl"
    out.write_text("of yesterday\n")
    assert analyse(wanted(write("a.parquet"), write("b.parquet"), out=out))
    assert capsys.readouterr() == ("", "")
    told = events(out.read_text(encoding="utf-8"))
    assert {event["recording"] for event in told} == {"a.parquet", "b.parquet"}


def test_results_that_cannot_be_written_are_told_before_the_work(write: Write, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"cannot write .*: No such file or directory"):
        analyse(wanted(write("a.parquet"), out=tmp_path / "nowhere" / "events.jsonl"))


def test_inputs_are_independent(write: Write, capsys: pytest.CaptureFixture[str]) -> None:
    no_second = write("torn.parquet", part=np.r_[10:70, 130:190])
    good = write("good.parquet")
    assert not analyse(wanted(good.with_name("none.parquet"), no_second, good, is_aligned=False))
    out, err = capsys.readouterr()
    told = [line.split(":")[1:3] for line in err.splitlines()]
    assert [name for name, _ in told[:2]] == [" none.parquet", " torn.parquet"]
    assert told[2] == [" good.parquet", f" {NO_ROUTINE}"]
    assert {event["recording"] for event in events(out)} == {"good.parquet"}


def test_angles_of_a_single_input_go_to_the_file_named(write: Write, tmp_path: Path) -> None:
    path = write("a.parquet")
    analyse(wanted(path, angles=tmp_path / "tilts.parquet"))
    table = pq.read_table(tmp_path / "tilts.parquet")
    assert table.num_rows == LIFTING_ROWS
    assert table.column_names[:4] == ["time_s", "pelvis_tilt_deg", "trunk_tilt_deg", "lumbar_flexion_deg"]
    analyse(wanted(path, angles=tmp_path / "tilts.csv"))
    assert pa_csv.read_csv(tmp_path / "tilts.csv").column_names == table.column_names


def test_angles_go_to_a_folder_under_their_inputs_names(write: Write, tmp_path: Path) -> None:
    folder = tmp_path / "angles"
    folder.mkdir()
    analyse(wanted(write("alone.parquet"), angles=folder))
    assert [path.name for path in folder.iterdir()] == ["alone.angles.parquet"]
    few = slice(300)
    analyse(wanted(write("a.parquet", part=few), write("b.c.csv", part=few), angles=folder))
    names = sorted(path.name for path in folder.iterdir())
    assert names == ["a.angles.parquet", "alone.angles.parquet", "b.c.angles.parquet"]


def test_no_input_s_angles_overwrite_another_s(write: Write, tmp_path: Path) -> None:
    folder = tmp_path / "angles"
    folder.mkdir()
    few = slice(300)
    with pytest.raises(InputError, match=r"a\.parquet and .*a\.csv would both write .*a\.angles\.parquet"):
        analyse(wanted(write("a.parquet", part=few), write("a.csv", part=few), angles=folder))
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize("result", ["out", "angles"])
def test_no_result_takes_the_place_of_a_recording(write: Write, result: str) -> None:
    path = write("a.parquet", part=slice(300))
    before = path.read_bytes()
    with pytest.raises(InputError, match="is a recording to be analysed"):
        analyse(wanted(path, **{result: path}))
    assert path.read_bytes() == before


def test_an_archive_is_analysed_as_the_live_run_was(
    homes: Homes, worn: Worn, capsys: pytest.CaptureFixture[str]
) -> None:
    home = homes()
    home.push(worn("lifts"))
    home.segments.finish()
    assert analyse(wanted(home.folder / "archive", is_aligned=False))
    out, err = capsys.readouterr()
    assert err == ""
    stored = home.stored(*DERIVED_KINDS)
    key = lambda event: (event["start"], event["event_id"])  # noqa: E731 - two sides, one order
    assert sorted(events(out), key=key) == sorted(stored, key=key)


@pytest.mark.parametrize("option", ["is_aligned", "calibration", "angles"])
def test_an_archive_takes_no_option_that_is_for_files(
    homes: Homes, worn: Worn, option: str, capsys: pytest.CaptureFixture[str]
) -> None:
    home = homes()
    home.push(worn("quiet", seconds=5))
    how = {
        "is_aligned": True,
        "calibration": aligned(Origin("p-1", "x", 0), dual=True),
        "angles": home.folder / "angles.parquet",
    }
    given = {"is_aligned": False, option: how[option]}
    assert not analyse(wanted(home.folder, **given))
    assert capsys.readouterr().err == (
        "lumbar: home: an archive brings its own calibration, and has no angles to write\n"
    )


def test_a_folder_without_an_archive_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert not analyse(wanted(tmp_path, is_aligned=False))
    assert "holds no archive" in capsys.readouterr().err


def test_damage_in_an_archive_is_told(homes: Homes, worn: Worn, capsys: pytest.CaptureFixture[str]) -> None:
    home = homes()
    home.push(worn("quiet"))
    home.segments.finish()
    (log,) = home.archive.folder.glob("*.samples")
    with log.open("ab") as file:
        file.write(b"torn")
    analyse(wanted(home.folder, is_aligned=False))
    out, err = capsys.readouterr()
    assert "LM-000001: skipped" in err
    assert "a torn write of 4 bytes at its end" in err
    assert events(out)


def test_a_calibration_goes_to_a_file_and_back_into_the_analysis(
    write: Write, worn: Worn, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    made = calibrate(write("routine.parquet", worn("quiet").raw))
    assert made.accepted
    assert made.lumbar_range_deg is not None
    path = tmp_path / "c.json"
    path.write_text(made.to_json() + "\n", encoding="utf-8")
    known = load_calibration(path)
    assert known == made
    path = write("lifting.parquet")
    assert analyse(wanted(path, calibration=known, is_aligned=False))
    with_it = lifts(events(capsys.readouterr().out))
    analyse(wanted(path))
    without = lifts(events(capsys.readouterr().out))
    assert len(with_it) == len(without) >= 3
    assert all(lift["lumbar_range_pct"] is not None for lift in with_it)
    assert all(lift["lumbar_range_pct"] is None for lift in without)


def stiff(raw: NDArray[np.int16]) -> NDArray[np.int16]:
    """The routine of a back that does not bend: the upper pod moves with the lower."""
    return np.concatenate((raw[:, 6:], raw[:, 6:]), axis=1)


@pytest.mark.parametrize("more_s", [0, 20])
def test_a_rejected_routine_is_told_as_such(write: Write, worn: Worn, more_s: int) -> None:
    raw = stiff(worn("quiet").raw)
    still = np.repeat(raw[-1:], 100 * more_s, axis=0)
    made = calibrate(write("stiff.parquet", np.concatenate((raw, still))))
    assert not made.accepted
    assert made.reasons


def test_a_recording_without_the_routine_is_named(write: Write) -> None:
    with pytest.raises(InputError, match=r"lifting\.parquet: there is no guided routine in it"):
        calibrate(write("lifting.parquet"))


def test_minutes_without_a_routine_are_calibrated_from_what_they_show(
    write: Write, lifting: NDArray[np.int16]
) -> None:
    made = calibrate(write("long.parquet", np.concatenate([lifting] * 8)))
    assert made.accepted
    assert made.lumbar_range_deg is None
    assert made.reasons, "it says what it lacks"


def rejected() -> Calibration:
    made = aligned(Origin("p-1", "x", 0), dual=True)
    return made.model_copy(update={"accepted": False, "reasons": ["Bend as far as you can."]})


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (None, "cannot read the calibration .*: No such file"),
        ("", "is no calibration: not JSON"),
        ('{"schema": "lumbar.calibration/1"}', "is no calibration: lumbar.calibration/1: "),
        ("[" * 100_000, "is no calibration"),
        (rejected().to_json(), "that was rejected: Bend as far as you can."),
    ],
)
def test_a_calibration_file_of_no_use_is_named(tmp_path: Path, content: str | None, complaint: str) -> None:
    path = tmp_path / "c.json"
    if content is not None:
        path.write_text(content, encoding="utf-8")
    with pytest.raises(InputError, match=complaint):
        load_calibration(path)


def test_another_event_is_no_calibration(homes: Homes, worn: Worn, tmp_path: Path) -> None:
    home = homes()
    home.push(worn("quiet"))
    home.segments.finish()
    path = tmp_path / "c.json"
    path.write_text(json.dumps(home.stored("posture")[0]), encoding="utf-8")
    with pytest.raises(InputError, match=r"is no calibration but a lumbar\.posture/1"):
        load_calibration(path)

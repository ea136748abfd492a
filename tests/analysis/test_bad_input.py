"""Recordings with something wrong in them: refused by name, or analysed with what is wrong said."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from numpy.typing import NDArray

from analysis.events.errors import LumbarError
from analysis.events.movement import Lift
from analysis.motion.session import CalibrationError
from analysis.recorded import FileAnalysis, analyse_file
from analysis.recording.errors import MissingValueError, RecordingError, SwappedPodsError
from firmware_sim.person.source import PersonSource
from firmware_sim.scenarios import scenario
from gateway.wire.frame import ACC_LSB_MPS2, GYR_LSB_RADPS

Columns = dict[str, NDArray[np.float64]]
Change = Callable[[Columns], None]
START_S, MIDDLE_S, END_S = 130, 180, 240
LIFTED = 3650
"""Samples in which there are two bends."""


@pytest.fixture(name="columns", scope="module")
def _columns() -> Columns:
    """Give two minutes of someone who lifts, without the routine before."""
    raw = PersonSource(scenario("lifts", seed=3)).read(100 * START_S, 100 * (END_S - START_S))
    columns: Columns = {"time_s": np.arange(len(raw)) / 100.0}
    places = [
        (pod, sensor, axis) for pod in ("upper", "lower") for sensor in ("acc", "gyr") for axis in "xyz"
    ]
    for (pod, sensor, axis), values in zip(places, raw.T, strict=True):
        scale, unit = (ACC_LSB_MPS2, "mps2") if sensor == "acc" else (GYR_LSB_RADPS, "radps")
        columns[f"{pod}_{sensor}_{axis}_{unit}"] = values * scale
    return columns


@pytest.fixture(name="analysed")
def _analysed(columns: Columns, tmp_path: Path) -> Callable[..., FileAnalysis]:
    def analysed(change: Change, *, is_aligned: bool = False) -> FileAnalysis:
        changed = {name: values.copy() for name, values in columns.items()}
        change(changed)
        pq.write_table(pa.table(changed), tmp_path / "r.parquet")
        return analyse_file(tmp_path / "r.parquet", is_aligned=is_aligned)

    return analysed


Analysed = Callable[..., FileAnalysis]


def _stop(columns: Columns, prefix: str, value: float | None) -> None:
    """Let the sensors of `prefix` give one value from the middle on: `value`, or the last one."""
    middle = 100 * (MIDDLE_S - START_S)
    for name, values in columns.items():
        if name.startswith(prefix):
            values[middle:] = values[middle] if value is None else value


def _swap(columns: Columns) -> None:
    for name in [name for name in columns if name.startswith("upper_")]:
        other = name.replace("upper_", "lower_")
        columns[name], columns[other] = columns[other], columns[name]


def _lifts(analysis: FileAnalysis) -> list[Lift]:
    return [event for event in analysis.events if isinstance(event, Lift)]


def test_what_is_right_is_analysed_without_a_word(analysed: Analysed) -> None:
    analysis = analysed(lambda _: None, is_aligned=True)
    assert analysis.notes == ()
    assert len(_lifts(analysis)) >= 6
    assert {event.mode for event in analysis.events} == {"dual"}


@pytest.mark.parametrize("pod", ["upper", "lower"])
@pytest.mark.parametrize("value", [0.0, None], ids=["zero", "stuck"])
@pytest.mark.parametrize("is_aligned", [True, False])
def test_a_pod_that_falls_silent_is_noticed(
    analysed: Analysed, pod: str, value: float | None, is_aligned: bool
) -> None:
    analysis = analysed(lambda columns: _stop(columns, pod, value), is_aligned=is_aligned)
    assert "one pod falls silent; from there on only the other one is analysed" in analysis.notes
    assert analysis.calibration.mounting_upper_quat is not None
    assert analysis.calibration.mounting_lower_quat is not None
    for event in analysis.events:
        assert event.start_s is not None
        is_late = event.start_s > MIDDLE_S - START_S + 6
        assert event.mode == "single" if is_late else event.mode in {"dual", "single"}
    late = [lift for lift in _lifts(analysis) if lift.mode == "single"]
    early = [lift for lift in _lifts(analysis) if lift.mode == "dual"]
    assert early
    assert all(lift.strategy == "not_scored" for lift in late)
    assert all((lift.quality or 0) < min(one.quality or 0 for one in early) for lift in late)


def test_a_gyroscope_that_falls_silent_is_noticed(analysed: Analysed) -> None:
    analysis = analysed(lambda columns: _stop(columns, "upper_gyr", 0.0), is_aligned=True)
    assert "a gyroscope falls silent; from there on only accelerations are analysed" in analysis.notes
    assert {lift.mode for lift in _lifts(analysis)} == {"dual", "accelerometer"}


def test_gyroscopes_that_never_ran_are_left_out(analysed: Analysed) -> None:
    def stopped(columns: Columns) -> None:
        for name, values in columns.items():
            if "_gyr_" in name:
                values[:] = 0.0

    analysis = analysed(stopped)
    assert {event.mode for event in analysis.events} == {"accelerometer"}
    assert "the upper pod's gyroscope shows the same value throughout, so it is left out" in analysis.notes
    assert "the lower pod's gyroscope shows the same value throughout, so it is left out" in analysis.notes
    assert _lifts(analysis)


@pytest.mark.parametrize("is_aligned", [True, False])
def test_swapped_pods_are_recognised(analysed: Analysed, is_aligned: bool) -> None:
    with pytest.raises(SwappedPodsError, match=r"r\.parquet: in most of \d+ bends .* swapped\?"):
        analysed(_swap, is_aligned=is_aligned)


def test_two_bends_with_pods_that_may_be_swapped_are_doubted(analysed: Analysed) -> None:
    def short(columns: Columns) -> None:
        for name in columns:
            columns[name] = columns[name][:LIFTED]

    def swapped(columns: Columns) -> None:
        short(columns)
        _swap(columns)

    known, doubted = analysed(short, is_aligned=True), analysed(swapped, is_aligned=True)
    assert known.notes == ()
    (note,) = doubted.notes
    assert "the upper pod tilts less than the lower one; are the columns upper_ and lower_ swapped?" in note
    assert 1 <= len(_lifts(doubted)) < 3
    assert {event.quality for event in doubted.events} == {(known.events[0].quality or 0.0) / 2}


def _scaled(prefix: str, factor: float) -> Change:
    def change(columns: Columns) -> None:
        for name in columns:
            if prefix in name:
                columns[name] *= factor

    return change


def _constant(columns: Columns) -> None:
    for name, values in columns.items():
        if name != "time_s":
            values[:] = 9.81 if name.endswith("acc_z_mps2") else 0.0


def _without(name: str) -> Change:
    return lambda columns: columns.__delitem__(name)


def _short(columns: Columns) -> None:
    for name in columns:
        columns[name] = columns[name][:3]


def _holed(columns: Columns) -> None:
    columns["lower_gyr_z_radps"][500] = np.nan


def _backwards(columns: Columns) -> None:
    columns["time_s"][700] -= 1.0


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (_scaled("_acc_", 1 / 9.80665), "they are in g"),
        (_scaled("_acc_", 1000 / 9.80665), "they are in milli-g"),
        (_scaled("_gyr_", 180 / np.pi), "are they in deg/s"),
        (_scaled("_gyr_", np.pi / 180), "converted to rad/s twice"),
        (_scaled("_gyr_", -1.0), "turn against its accelerations"),
        (_holed, "no number in row 501"),
        (_backwards, "time_s does not increase"),
        (_constant, "the sensor was not running"),
        (_short, "at least 1 s"),
        (_without("lower_acc_y_mps2"), "lower_acc_y_mps2 is missing"),
        (_without("time_s"), "no column time_s"),
    ],
)
def test_what_cannot_be_analysed_is_refused_in_one_line(
    analysed: Analysed, change: Change, says: str
) -> None:
    with pytest.raises((LumbarError, CalibrationError), match=says) as caught:
        analysed(change)
    assert isinstance(caught.value, RecordingError)
    assert "\n" not in str(caught.value)
    assert str(caught.value).startswith("r.parquet: ")


def test_what_is_no_table_is_not_quoted(tmp_path: Path) -> None:
    path = tmp_path / "junk.parquet"
    path.write_bytes(b"a,b\n" + np.random.default_rng(3).bytes(5000))
    with pytest.raises(RecordingError) as refused:
        analyse_file(path)
    said = str(refused.value)
    assert said.startswith("junk.parquet: it cannot be read as Parquet or CSV (CSV parse error")
    assert said.isascii()


def test_what_is_wrong_with_a_file_goes_before_what_is_made_of_it(columns: Columns, tmp_path: Path) -> None:
    """Swapped pods are noticed in the first hour, a hole far behind them only when the samples are read."""
    again = 3
    changed = {name: np.tile(values, again) for name, values in columns.items()}
    changed["time_s"] = np.arange(len(changed["time_s"])) / 100.0
    for name in columns:
        if name.startswith("upper"):
            other = name.replace("upper", "lower")
            changed[name], changed[other] = changed[other], changed[name]
    pq.write_table(pa.table(changed), tmp_path / "r.parquet")
    with pytest.raises(SwappedPodsError):
        analyse_file(tmp_path / "r.parquet")
    changed["lower_acc_x_mps2"][-5] = np.nan
    pq.write_table(pa.table(changed), tmp_path / "r.parquet")
    with pytest.raises(MissingValueError):
        analyse_file(tmp_path / "r.parquet")

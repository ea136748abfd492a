"""Files give events on their own time axis; archives give the live run's events, byte for byte."""

import csv
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from numpy.typing import NDArray

from analysis.events.catalogue import parse_event_json
from analysis.events.movement import Lift
from analysis.motion.calibration import aligned
from analysis.motion.origin import Origin
from analysis.motion.session import Given, Guided, Session
from analysis.recorded import analyse_file
from analysis.recording.archive import Archive
from analysis.recording.archive_writer import ArchiveWriter
from analysis.recording.journal import JournalWriter, SegmentEnd, SegmentStart
from analysis.recording.raw import RawSamples, Scale, Source, to_block
from analysis.replay import analyse_archive

MOCAP = Path(__file__).resolve().parents[2].parent / "shared" / "data" / "mocap"
GRAVITY_MPS2 = 9.80665
SCALE = Scale(8 / 32768 * GRAVITY_MPS2, np.radians(1000 / 32768))
ORIGIN = Origin("p1", "LM-0001", boot=3)
START_NS = 1_795_420_800_123_456_789

FloatArray = NDArray[np.float64]


def tilts_rad(time_s: FloatArray, bends_s: tuple[float, ...]) -> tuple[FloatArray, FloatArray]:
    """Trunk and pelvis tilt of smooth bends of 4 s, 60 deg deep, 40 of them in the pelvis."""
    shape = np.zeros_like(time_s)
    for start_s in bends_s:
        phase = np.clip((time_s - start_s) / 4.0, 0, 1)
        shape += (1 - np.cos(2 * np.pi * phase)) / 2
    return np.radians(60) * shape, np.radians(40) * shape


def sensed(tilt_rad: FloatArray, time_s: FloatArray) -> FloatArray:
    """What a pod measures that only turns: (n, 6), m/s2 and rad/s."""
    zero = np.zeros_like(tilt_rad)
    acc = GRAVITY_MPS2 * np.column_stack([-np.sin(tilt_rad), zero, np.cos(tilt_rad)])
    return np.column_stack([acc, zero, np.gradient(tilt_rad, time_s), zero])


def person(
    seconds: float, bends_s: tuple[float, ...], rate_hz: float = 100.0
) -> tuple[FloatArray, FloatArray]:
    """Time and what both pods measure, (n, 12): upper, then lower."""
    time_s = np.arange(round(seconds * rate_hz)) / rate_hz
    trunk, pelvis = tilts_rad(time_s, bends_s)
    noise = np.random.default_rng(7).normal(0, 0.02, (len(time_s), 12))
    return time_s, np.column_stack([sensed(trunk, time_s), sensed(pelvis, time_s)]) + noise


def write_file(path: Path, time_s: FloatArray, values: FloatArray, **metadata: str) -> Path:
    names = [
        f"{pod}_{kind}_{axis}_{unit}"
        for pod in ("upper", "lower")
        for kind, unit in (("acc", "mps2"), ("gyr", "radps"))
        for axis in "xyz"
    ]
    table = pa.table({"time_s": time_s} | dict(zip(names, values.T, strict=True)))
    pq.write_table(table.replace_schema_metadata(metadata or None), path)
    return path


def the_lift(events: tuple[object, ...]) -> Lift:
    (lift,) = [event for event in events if isinstance(event, Lift)]
    return lift


def test_a_bend_stands_on_the_files_own_time_axis(tmp_path: Path) -> None:
    time_s, values = person(20, (8.0,))
    path = write_file(tmp_path / "bend.parquet", time_s + 100, values)
    done: list[float] = []
    analysis = analyse_file(path, is_aligned=True, on_progress=done.append)
    lift = the_lift(analysis.events)
    assert lift.recording == "bend.parquet"
    assert lift.start_s == pytest.approx(108.54, abs=0.05)  # 10 deg of 60 deg on a raised cosine
    assert lift.peak_s == pytest.approx(110.0, abs=0.05)
    assert lift.end_s == pytest.approx(111.46, abs=0.05)
    assert (lift.start, lift.end, lift.peak) == (None, None, None)
    assert lift.trunk_peak_deg == pytest.approx(60, abs=0.5)
    assert lift.pelvis_peak_deg == pytest.approx(40, abs=0.5)
    assert done[-1] == 1.0
    for event in analysis.events:
        assert parse_event_json(event.to_json()) == event


def test_with_a_start_time_there_is_utc_too(tmp_path: Path) -> None:
    time_s, values = person(20, (8.0,))
    path = write_file(tmp_path / "b.parquet", time_s + 100, values, start_time="2026-11-23T08:00:00.0035Z")
    lift = the_lift(analyse_file(path, is_aligned=True).events)
    assert lift.peak_s is not None
    assert lift.peak is not None
    peak_s = float(lift.peak.removeprefix("2026-11-23T08:01:").removesuffix("Z")) + 60
    assert peak_s == pytest.approx(lift.peak_s + 0.003, abs=1e-6)


@pytest.mark.parametrize("rate_hz", [50.0, 200.0, 286.0])
def test_another_rate_gives_the_same_lift(tmp_path: Path, rate_hz: float) -> None:
    expected = the_lift(
        analyse_file(write_file(tmp_path / "a.parquet", *person(20, (8.0,))), is_aligned=True).events
    )
    path = write_file(tmp_path / "b.parquet", *person(20, (8.0,), rate_hz))
    lift = the_lift(analyse_file(path, is_aligned=True).events)
    for name in ("start_s", "peak_s", "end_s"):
        assert getattr(lift, name) == pytest.approx(getattr(expected, name), abs=0.05)
    for name in ("trunk_peak_deg", "pelvis_peak_deg", "lumbar_peak_deg"):
        assert getattr(lift, name) == pytest.approx(getattr(expected, name), abs=0.5)


def test_a_calibration_can_be_given_or_found(tmp_path: Path) -> None:
    path = write_file(tmp_path / "a.parquet", *person(40, (20.0,)))
    found = analyse_file(path)
    assert the_lift(found.events).trunk_peak_deg == pytest.approx(60, abs=2)
    again = analyse_file(path, calibration=found.calibration)
    assert again.events == found.events


def test_angles_have_a_row_for_each_row(tmp_path: Path) -> None:
    time_s, values = person(20, (8.0,), 50.0)
    path = write_file(tmp_path / "a.parquet", time_s, values)
    analyse_file(path, is_aligned=True, angles_to=tmp_path / "angles.parquet")
    table = pq.read_table(tmp_path / "angles.parquet")
    assert np.array_equal(table["time_s"], time_s)
    trunk, _ = tilts_rad(time_s, (8.0,))
    error_deg = table["trunk_tilt_deg"].to_numpy() - np.degrees(trunk)
    assert np.abs(error_deg[:-1]).max() < 1.0


@dataclass
class Run:
    """A live run: what it told, and its archive."""

    folder: Path
    lines: list[str]


@pytest.fixture
def live(tmp_path: Path) -> Callable[..., Run]:
    """Run a session on raw samples in pieces of a strip's frames, and archive it."""

    def run(
        spans: list[tuple[int, int]], *, seed: int = 0, guided: bool = False, crashes: bool = False
    ) -> Run:
        _, values = person(spans[-1][1] / 100, (8.0, 30.0, 62.0, 350.0))
        lsb = np.tile(np.repeat([SCALE.acc_mps2, SCALE.gyr_radps], 3), 2)
        raw = np.rint(values / lsb).astype(np.int16)
        rng = np.random.default_rng(seed)
        utc_ns = START_NS + np.arange(len(raw)) * 10_000_100 + rng.integers(0, 50_000, len(raw))
        calibration = None if guided else aligned(ORIGIN, dual=True, utc_ns=START_NS)
        samples, journal = ArchiveWriter(tmp_path, Source("p1", "LM-0001", SCALE)), JournalWriter(tmp_path)
        lines: list[str] = []
        for first, end in spans:
            session = Session(ORIGIN, Guided() if calibration is None else Given(calibration))
            journal.append(SegmentStart(3, first, "p1", "LM-0001", calibration))
            at = first
            while at < end:
                count = min(end - at, int(rng.integers(1, 40)))
                if not 4500 <= at < 4700:  # lost on the air
                    piece = RawSamples(3, at, utc_ns[at : at + count], raw[at : at + count])
                    samples.append(piece)
                    lines += [event.to_json() for event in session.push(to_block(piece, SCALE)).events]
                at += count
            lines += [event.to_json() for event in session.finish().events]
            if not crashes:
                journal.append(SegmentEnd(3, end - 1))
        journal.close()
        if crashes:
            for log in samples._logs.values():
                log.close()
        else:
            samples.close()
        return Run(tmp_path, lines)

    return run


@pytest.mark.parametrize("seed", [1, 2, 3])
@pytest.mark.parametrize("crashes", [False, True])
def test_an_archive_reproduces_the_live_run_byte_for_byte(
    live: Callable[..., Run], seed: int, crashes: bool
) -> None:
    run = live([(0, 5500), (5600, 10_000)], seed=seed, crashes=crashes)
    archive = Archive(run.folder)
    done: list[float] = []
    replayed = [event.to_json() for event in analyse_archive(archive, done.append)]
    assert archive.skipped == []
    assert sum('"lumbar.lift/1"' in line for line in replayed) == 3
    assert replayed == run.lines
    assert done == sorted(done)
    assert done[-1] > 0.95  # what was lost on the air does not come


def test_a_guided_run_is_reproduced_too(live: Callable[..., Run]) -> None:
    run = live([(0, 40_000)], guided=True)
    assert any('"lumbar.lift/1"' in line for line in run.lines)
    assert [event.to_json() for event in analyse_archive(Archive(run.folder))] == run.lines


@pytest.mark.skipif(not MOCAP.is_dir(), reason="needs the recordings in ../shared/data/mocap")
def test_recordings_of_real_people_match_their_truth() -> None:
    with (MOCAP / "bends.csv").open() as file:
        rows = [row for row in csv.DictReader(file) if row["kind"].startswith("pick up box")]
    assert rows
    for row in rows:
        analysis = analyse_file(MOCAP / f"{row['recording']}.parquet", is_aligned=True)
        peaks = {event.peak_s: event.trunk_peak_deg for event in analysis.events if isinstance(event, Lift)}
        nearest_s = min((at for at in peaks if at is not None), key=lambda at: abs(at - float(row["peak_s"])))
        assert nearest_s == pytest.approx(float(row["peak_s"]), abs=0.1)
        assert peaks[nearest_s] == pytest.approx(float(row["peak_trunk_tilt_deg"]), abs=3)

"""Bends of real people, from motion capture: angles at the peak, ends, each bend once, no chair rise."""

import csv
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

from analysis.events.movement import Lift
from analysis.motion.block import Block, FloatArray, PodSamples
from analysis.motion.calibration import aligned
from analysis.motion.origin import Origin
from analysis.motion.output import Angles
from analysis.motion.pipeline import Pipeline

FOLDER = Path(__file__).resolve().parents[3].parent / "shared" / "data" / "mocap"
pytestmark = pytest.mark.skipif(not FOLDER.is_dir(), reason=f"the recordings in {FOLDER} are not there")
ORIGIN = Origin("mocap", "mocap", 0)
CHAIR = {"sit-to-stand", "stand-to-sit"}
BEGINS_RUNNING = "accad_f1_C23_PutDownBoxToRun"
"""VQF takes the first sample for gravity, which a running start is not; its angles are held to less."""


def _columns(path: Path) -> dict[str, FloatArray]:
    table = pq.read_table(path)
    return {name: np.asarray(table[name].to_numpy(), dtype=np.float64) for name in table.column_names}


def _analysed(name: str) -> tuple[Angles, list[Lift]]:
    columns = _columns(FOLDER / f"{name}.parquet")

    def pod(which: str) -> PodSamples:
        acc = np.stack([columns[f"{which}_acc_{axis}_mps2"] for axis in "xyz"], axis=1)
        return PodSamples(acc, np.stack([columns[f"{which}_gyr_{axis}_radps"] for axis in "xyz"], axis=1))

    count = columns["time_s"].shape[0]
    pipeline = Pipeline(ORIGIN)
    pipeline.calibrate(aligned(ORIGIN, dual=True))
    output = pipeline.push(Block(0, pod("lower"), pod("upper"), None, np.zeros(count, dtype=np.bool_)))
    events = [*output.events, *pipeline.finish().events]
    return output.angles, [event for event in events if isinstance(event, Lift)]


def _bends() -> Iterator[dict[str, str]]:
    if FOLDER.is_dir():
        with (FOLDER / "bends.csv").open(encoding="utf-8") as file:
            for row in csv.DictReader(file):
                if row["complete"] == "yes" and float(row["peak_trunk_tilt_deg"]) >= 32.0:
                    yield row


BENDS = [row for row in _bends() if row["kind"] not in CHAIR]
CHAIRS = [row for row in _bends() if row["kind"] in CHAIR]


def _overlapping(lifts: list[Lift], row: dict[str, str]) -> list[Lift]:
    start, end = 100.0 * float(row["start_s"]), 100.0 * float(row["end_s"])
    return [
        lift
        for lift in lifts
        if min(end, lift.last_sample) - max(start, lift.first_sample)
        >= 0.5 * max(end - start, lift.last_sample - lift.first_sample)
    ]


def test_every_bend_once_with_its_angles_and_ends() -> None:
    errors = []
    for row in BENDS:
        (lift,) = _overlapping(_analysed(row["recording"])[1], row)
        assert lift.trunk_at_peak_deg is not None
        assert lift.pelvis_at_peak_deg is not None
        assert lift.lumbar_at_peak_deg is not None
        errors.append(
            (
                abs(lift.trunk_at_peak_deg - float(row["peak_trunk_tilt_deg"])),
                abs(lift.pelvis_at_peak_deg - float(row["pelvis_tilt_at_peak_deg"])),
                abs(lift.lumbar_at_peak_deg - float(row["lumbar_flexion_at_peak_deg"])),
                abs(lift.first_sample / 100.0 - float(row["start_s"])),
                abs(lift.last_sample / 100.0 - float(row["end_s"])),
            )
        )
    assert len(errors) == 11
    assert (np.median(errors, axis=0) <= (1.5, 1.5, 1.0, 0.25, 0.5)).all()
    settled = [error for row, error in zip(BENDS, errors, strict=True) if row["recording"] != BEGINS_RUNNING]
    assert len(settled) == 10
    assert (np.max(settled, axis=0) <= (1.5, 1.5, 1.0, 0.25, 0.5)).all()
    # A known fault: the orientation filter takes the first instants of a run for rest.
    assert (np.max(errors, axis=0) <= (5.0, 8.0, 4.0, 0.25, 0.5)).all()


@pytest.mark.parametrize("row", CHAIRS, ids=lambda row: f"{row['kind']}-{row['start_s']}")
def test_chair_transitions_are_no_lifts(row: dict[str, str]) -> None:
    assert _overlapping(_analysed(row["recording"])[1], row) == []


@pytest.mark.parametrize(
    "name",
    [
        "accad_f1_A01_Stand",
        "accad_f1_A02_Sway",
        "accad_f1_B01_StandToWalk",
        "accad_f1_B02_WalkToStand",
        "accad_f1_B03_Walk1",
        "accad_f1_B09_WalkTurnLeft90",
        "accad_f1_A08_CrouchToLie",
        "opencap_s4_static1",
        "opencap_s4_walking1",
    ],
)
def test_standing_walking_and_lying_down_are_no_lifts(name: str) -> None:
    assert _analysed(name)[1] == []


@pytest.mark.parametrize("name", sorted({row["recording"] for row in BENDS} - {BEGINS_RUNNING}))
def test_angles_through_the_whole_trial(name: str) -> None:
    angles, truth = _analysed(name)[0], _columns(FOLDER / f"{name}.truth.parquet")
    for found, true in (
        (angles.trunk_tilt_deg, truth["trunk_tilt_deg"]),
        (angles.pelvis_tilt_deg, truth["pelvis_tilt_deg"]),
        (angles.lumbar_flexion_deg, truth["lumbar_flexion_deg"]),
    ):
        assert np.sqrt(np.mean((found - true) ** 2)) < 3.0

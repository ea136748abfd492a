"""Recordings of real people, worn by the simulated strip: over the radio, through everything, to a store."""

from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest

from analysis.recorded import analyse_file
from analysis.recording.archive import Archive, find_archives
from analysis.replay import analyse_archive
from analysis.trends.sqlite import SqliteStore
from firmware_sim.stage import PATIENT, Stage

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(120)]

MOCAP = Path(__file__).resolve().parents[2].parent / "shared" / "data" / "mocap"
PARTS = {"pelvis": "pelvis_tilt", "trunk": "trunk_tilt", "lumbar": "lumbar_flexion"}


def truth_at(path: Path, time_s: float) -> dict[str, float]:
    """Return the true angles at an instant of a recording, deg."""
    table = pq.read_table(path.with_suffix(".truth.parquet"))
    names = {
        part: next(name for name in table.column_names if name.startswith(PARTS[part])) for part in PARTS
    }
    times_s = table["time_s"].to_numpy()
    return {part: float(np.interp(time_s, times_s, table[name].to_numpy())) for part, name in names.items()}


def lifts(events: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [event for event in events if event["schema"] == "lumbar.lift/1"]


@pytest.mark.parametrize(
    "name", ["accad_f1_A05_PickUpBox", "accad_f1_B21_PutDownBoxToWalk", "accad_f1_D2_Wait"]
)
def test_a_lift_over_the_radio_is_the_lift_of_the_file(name: str, on_stage: Callable[..., None]) -> None:
    path = MOCAP / f"{name}.parquet"
    if not path.exists():
        pytest.skip("needs ../shared/data/mocap beside the repository")
    (direct,) = lifts([event.to_dict() for event in analyse_file(path, is_aligned=True).events])
    truth = truth_at(path, direct["peak_s"])

    async def act(stage: Stage) -> None:
        async for _ in stage.progress():
            pass
        await stage.delivered()
        with closing(SqliteStore(stage.clinic_store)) as store:
            stored = store.events(PATIENT)
        (lift,) = lifts(stored)
        for part, true_deg in truth.items():
            assert lift[f"{part}_at_peak_deg"] == pytest.approx(true_deg, abs=3.0), part
            assert lift[f"{part}_at_peak_deg"] == pytest.approx(direct[f"{part}_at_peak_deg"], abs=0.5), part
        for length in ("duration_s", "descent_s", "ascent_s"):
            assert lift[length] == pytest.approx(direct[length], abs=0.05), length
        assert lift["first_sample"] / 100.0 == pytest.approx(direct["start_s"], abs=0.05)
        assert (lift["strategy"], lift["legs"]) == (direct["strategy"], direct["legs"])

        (folder,) = find_archives(stage.plan.folder / "archive")
        again = lifts([event.to_dict() for event in analyse_archive(Archive(folder))])
        assert again == [lift]

    on_stage(act, speed=20.0, replay=path)

"""The product on one computer: every part comes up, is watched, and goes."""

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from analysis.recording.raw import DUAL_COLUMNS
from analysis.trends.sqlite import SqliteStore
from firmware_sim import stage as stage_module
from firmware_sim.broker import BrokerMissingError, RunningBroker
from firmware_sim.person.source import PersonSource
from firmware_sim.ports import free_port
from firmware_sim.scenarios import scenario
from firmware_sim.stage import PATIENT, SERIAL, Plan, Stage, StageError
from firmware_sim.truth.record import truth_of
from gateway.config import GatewayConfig, RecorderConfig, load_config
from gateway.wire.frame import ACC_LSB_MPS2, GYR_LSB_RADPS
from gateway.wire.timebase import Clock

pytestmark = pytest.mark.e2e

PlanFor = Callable[..., Plan]
IsAlive = Callable[[int], bool]

ROWS = 1650

STARTS_AND_TELLS = """
import asyncio, json, sys
from pathlib import Path
from firmware_sim.stage import Plan, Stage
from gateway.wire.timebase import Clock

async def main():
    plan = Plan(Path(sys.argv[1]), Clock.from_token(sys.argv[2]), "quiet", page_port=int(sys.argv[3]))
    stage = Stage(plan)
    await stage.start()
    parts = [part.pid for part in (stage.radio, stage.strip, stage.gateway, stage.recorder) if part]
    print(json.dumps({"parts": parts, "broker": stage.broker and stage.broker.pid}), flush=True)
    await asyncio.sleep(60)

asyncio.run(main())
"""


@pytest.fixture
def plan_for(tmp_path: Path) -> PlanFor:
    def made(speed: float = 10.0, **how: Any) -> Plan:
        given: dict[str, Any] = {"page_port": free_port(), "scenario": "quiet"} | how
        clock = Clock.scaled(speed, datetime(2026, 3, 2, 8, tzinfo=UTC))
        return Plan(tmp_path / "stage", clock, **given)

    return made


@pytest.fixture
def two_lifts(tmp_path: Path) -> Path:
    """A recording of a quarter of a minute with two lifts, its axes the body's."""
    one = scenario("lifts", 1)
    starts_s = [lift.start_s for lift in truth_of(one).lifts if lift.context == "chores"]
    raw = PersonSource(one).read(int(100 * (starts_s[0] - 4)), ROWS)
    values = raw * np.tile(np.repeat((ACC_LSB_MPS2, GYR_LSB_RADPS), 3), 2)
    names = [name.replace("_raw", "_mps2" if "_acc_" in name else "_radps") for name in DUAL_COLUMNS]
    path = tmp_path / "lifts.parquet"
    columns = dict(zip(names, values.T, strict=True))
    pq.write_table(pa.table({"time_s": np.arange(ROWS) / 100.0} | columns), path)
    return path


async def to_the_end(stage: Stage) -> dict[str, Any]:
    return [account async for account in stage.progress()][-1]


def stored(path: Path) -> list[dict[str, Any]]:
    with closing(SqliteStore(path)) as store:
        return [event for event in store.events(PATIENT) if event["schema"] != "lumbar.status/1"]


def test_a_recording_worn_on_the_stage_arrives_at_its_far_end(plan_for: PlanFor, two_lifts: Path) -> None:
    plan = plan_for(replay=two_lifts)
    stage = Stage(plan)

    async def act() -> dict[str, Any]:
        with pytest.raises(StageError, match="never put on"):
            stage.donned_utc_ns()
        await stage.start()
        try:
            account = await to_the_end(stage)
            if stage.broker is not None:
                await stage.delivered()
            assert stage.sent_frames() is None
            await stage.take_off()
            return account
        finally:
            await stage.stop()

    account = asyncio.run(act())
    assert (account["samples"], account["missing_samples"]) == (ROWS, 0)
    assert stage.sent_frames() == account["frames"] == -(-ROWS // 9)
    assert abs(stage.donned_utc_ns() - plan.clock.origin_utc_ns) < 300e9
    home = stored(stage.home_store)
    assert len([event for event in home if event["schema"] == "lumbar.lift/1"]) == 2
    assert stage.broker is None or stored(stage.clinic_store) == home
    settings = load_config(plan.folder / "gateway.toml", GatewayConfig)
    assert (settings.patient.id, settings.strip.serial) == (PATIENT, SERIAL)
    assert (settings.calibration.mode, settings.pages.port) == ("aligned", plan.page_port)
    assert settings.storage.folder == plan.folder
    if stage.broker is not None:
        recorder = load_config(plan.folder / "recorder.toml", RecorderConfig)
        assert (recorder.mqtt, recorder.store.path) == (settings.mqtt.clinic, stage.clinic_store)


def test_a_part_that_ends_by_itself_is_named_and_the_others_are_stopped(
    plan_for: PlanFor, is_alive: IsAlive
) -> None:
    stage = Stage(plan_for())

    async def act() -> list[int]:
        await stage.start()
        try:
            parts = [part for part in (stage.radio, stage.strip, stage.gateway, stage.recorder) if part]
            assert all(part.is_running for part in parts)
            assert stage.gateway is not None
            os.kill(stage.gateway.pid, signal.SIGKILL)
            with pytest.raises(StageError, match="the gateway ended: "):
                await to_the_end(stage)
            assert await stage.status() == {}
            return [part.pid for part in parts]
        finally:
            await stage.stop()

    pids = asyncio.run(act())
    assert [pid for pid in pids if is_alive(pid)] == []


def test_a_part_that_does_not_start_says_why_and_nothing_stays(plan_for: PlanFor, is_alive: IsAlive) -> None:
    stage = Stage(plan_for(scenario="moonwalk"))
    with pytest.raises(StageError, match=r"the strip did not start: .*no scenario 'moonwalk'"):
        asyncio.run(stage.start())
    assert stage.radio is not None
    assert not is_alive(stage.radio.pid)
    assert stage.broker is None or not is_alive(stage.broker.pid)


def test_a_taken_page_port_is_told_before_anything_starts(plan_for: PlanFor) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        plan = plan_for(page_port=other.getsockname()[1])
        with pytest.raises(StageError, match=f"port {plan.page_port} is in use.*--port"):
            asyncio.run(Stage(plan).start())
    assert not plan.folder.exists()


def test_without_a_broker_the_home_goes_on_alone(
    plan_for: PlanFor, two_lifts: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def missing(folder: Path, port: int = 0) -> RunningBroker:
        raise BrokerMissingError("mosquitto is not installed")

    # The program cannot be uninstalled for a test.
    monkeypatch.setattr(stage_module, "start_mosquitto", missing)
    stage = Stage(plan_for(replay=two_lifts))

    async def act() -> None:
        await stage.start()
        try:
            await to_the_end(stage)
        finally:
            await stage.stop()

    asyncio.run(act())
    assert stage.broker_missing == "mosquitto is not installed"
    assert stage.recorder is None
    assert stored(stage.home_store)
    assert not stage.clinic_store.exists()


def test_no_part_outlives_a_stage_that_was_killed(plan_for: PlanFor, is_alive: IsAlive) -> None:
    plan = plan_for()
    words = [str(plan.folder), plan.clock.token(), str(plan.page_port)]
    command = [sys.executable, "-c", STARTS_AND_TELLS, *words]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        pids = json.loads(process.stdout.readline())
        process.kill()
    try:
        deadline_s = time.monotonic() + 15.0
        while any(map(is_alive, pids["parts"])) and time.monotonic() < deadline_s:
            time.sleep(0.1)
        assert [pid for pid in pids["parts"] if is_alive(pid)] == []
    finally:
        for pid in filter(None, [*pids["parts"], pids["broker"]]):
            if is_alive(pid):
                os.kill(pid, signal.SIGKILL)

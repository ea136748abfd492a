"""The demo as a whole: its verdict, what it leaves behind, and how it ends."""

import asyncio
import io
import json
import signal
import socket
import urllib.request
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from rich.console import Console

from analysis.recording.archive import find_archives
from firmware_sim.demo import run_demo
from firmware_sim.errors import SimError
from firmware_sim.ports import free_port
from firmware_sim.stage import PATIENT, SERIAL, Plan
from gateway.wire.timebase import Clock

pytestmark = pytest.mark.e2e

PlanFor = Callable[..., Plan]


@pytest.fixture
def plan_for(tmp_path: Path) -> PlanFor:
    def made(**how: Any) -> Plan:
        given: dict[str, Any] = {"page_port": free_port()} | how
        clock = Clock.scaled(20.0, datetime(2026, 3, 2, 8, tzinfo=UTC))
        return Plan(tmp_path / "demo", clock, **given)

    return made


def console() -> Console:
    return Console(file=io.StringIO(), width=200, no_color=True)


def said(on: Console) -> str:
    assert isinstance(on.file, io.StringIO)
    return on.file.getvalue()


def events(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def page_of(url: str) -> str:
    with urllib.request.urlopen(url, timeout=5.0) as answer:
        return str(answer.read().decode())


def test_the_main_job_is_shown_judged_and_left_to_look_at(plan_for: PlanFor) -> None:
    plan, screen = plan_for(scenario="lifts"), console()

    async def act() -> tuple[bool, str]:
        demo = asyncio.create_task(run_demo(plan, once=False, console=screen))
        while "until you press Ctrl-C" not in said(screen):
            assert not demo.done(), demo.result()
            await asyncio.sleep(0.1)
        page = await asyncio.to_thread(page_of, f"http://127.0.0.1:{plan.page_port}/")
        signal.raise_signal(signal.SIGTERM)
        return await demo, page

    is_complete, page = asyncio.run(act())
    assert is_complete, said(screen)
    assert "<html" in page
    assert "Everything that had to be seen was seen." in said(screen)
    assert f"Report: {plan.folder / 'report.html'}" in said(screen)
    truth, detected = events(plan.folder / "truth.jsonl"), events(plan.folder / "detected.jsonl")
    for told in (truth, detected):
        assert sum(event["schema"] == "lumbar.lift/1" for event in told) == 12
        assert {(event["patient"], event["device"]) for event in told} == {(PATIENT, SERIAL)}
    assert "<html" in (plan.folder / "report.html").read_text(encoding="utf-8")
    assert len(find_archives(plan.folder / "archive")) == 1


def test_a_recording_without_a_lift_is_no_failure(plan_for: PlanFor, tmp_path: Path) -> None:
    columns = {"time_s": np.arange(500) / 100.0}
    for pod in ("upper", "lower"):
        for axis in "xyz":
            columns[f"{pod}_acc_{axis}_mps2"] = np.full(500, 9.80665 if axis == "z" else 0.0)
            columns[f"{pod}_gyr_{axis}_radps"] = np.zeros(500)
    pq.write_table(pa.table(columns), tmp_path / "still.parquet")
    plan, screen = plan_for(replay=tmp_path / "still.parquet"), console()
    assert asyncio.run(run_demo(plan, once=True, console=screen))
    assert not (plan.folder / "truth.jsonl").exists(), "nobody knows what a recording's person did"
    assert (plan.folder / "detected.jsonl").exists()
    assert "samples: 500 received, 0 missing" in said(screen)


def test_what_stops_a_demo_is_one_clear_line(plan_for: PlanFor) -> None:
    with pytest.raises(SimError, match="no scenario 'moonwalk'; there are: morning"):
        asyncio.run(run_demo(plan_for(scenario="moonwalk"), once=True, console=console()))
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        taken = other.getsockname()[1]
        with pytest.raises(SimError, match=f"port {taken} is in use"):
            asyncio.run(run_demo(plan_for(page_port=taken), once=True, console=console()))

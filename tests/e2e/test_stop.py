"""SIGTERM to a gateway whose radio and broker do not answer: it ends soon, and what it had is not lost."""

import asyncio
import time
from collections.abc import Callable
from typing import Any

import pytest

from analysis.recording.archive import Archive, find_archives
from firmware_sim.stage import Stage
from tests.soak import Tally, compare_samples

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(120)]

STOP_S = 3.0


async def until(stage: Stage, is_so: Callable[[dict[str, Any]], bool]) -> None:
    async with asyncio.timeout(60):
        while not is_so(await stage.status()):  # noqa: ASYNC110 - another process
            await asyncio.sleep(0.2)


def test_a_gateway_stops_soon_though_nobody_answers(on_stage: Callable[..., None]) -> None:
    stages: list[Stage] = []

    async def act(stage: Stage) -> None:
        stages.append(stage)
        assert stage.gateway is not None
        assert stage.radio is not None
        assert stage.broker is not None
        await until(stage, lambda status: status.get("samples", 0) > 1000)
        stage.radio.freeze()
        stage.broker.freeze()
        await asyncio.sleep(0.5)
        asked_s = time.monotonic()
        assert await stage.gateway.stop() == 0
        took_s = time.monotonic() - asked_s
        stage.radio.thaw()
        stage.broker.thaw()
        print(f"stopped in {took_s:.2f} s")
        assert took_s < STOP_S
        await stage.start_gateway()
        await until(stage, lambda status: status.get("late_samples", 0) > 0 and not status["awaited_samples"])

    on_stage(act, speed=5.0, scenario="quiet")
    (stage,) = stages
    tally = Tally()
    (folder,) = find_archives(stage.plan.folder / "archive")
    taken = compare_samples(stage.plan.folder / "strip", Archive(folder), tally)
    assert tally.differences == []
    assert 1000 < tally.samples <= taken, "the strip goes on after the gateway's end"

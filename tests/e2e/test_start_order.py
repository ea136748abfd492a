"""Real processes, started in any order: whoever comes last, the others wait, say for whom, and then go on."""

import asyncio
import os
import random
import signal
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from analysis.trends.sqlite import SqliteStore
from analysis.trends.store import StoreError
from firmware_sim.ports import free_port
from firmware_sim.stage import PATIENT, Plan, Stage
from gateway.wire.timebase import Clock
from tests.e2e.conftest import MORNING

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(120)]

PARTS = ("strip", "radio", "gateway", "broker", "recorder")
SEED = 5
SOON_S = 40.0


async def until(what: str, is_so: Callable[[], Any]) -> None:
    """Wait until it is so; `what` says in a failure what was waited for."""
    try:
        async with asyncio.timeout(SOON_S):
            while not await asyncio.to_thread(is_so):  # noqa: ASYNC110 - what is waited for is another process
                await asyncio.sleep(0.1)
    except TimeoutError:
        pytest.fail(f"not within {SOON_S:.0f} s: {what}")


class Parts:
    """The parts of a stage, started one by one and not waited for."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self._starting: list[asyncio.Task[None]] = []

    def begin(self, part: str) -> None:
        stage = self.stage
        how = {
            "strip": stage.start_strip,
            "radio": stage.start_radio,
            "gateway": stage.start_gateway,
            "broker": lambda: asyncio.to_thread(stage.start_broker),
            "recorder": stage.start_recorder,
        }
        self._starting.append(asyncio.create_task(how[part]()))

    async def all_ready(self) -> None:
        await asyncio.gather(*self._starting)

    async def end(self) -> None:
        for task in self._starting:
            task.cancel()
        await asyncio.gather(*self._starting, return_exceptions=True)
        await self.stage.stop()

    def log(self, part: str) -> str:
        path = self.stage.plan.folder / "logs" / f"{part}.log"
        return path.read_text(encoding="utf-8") if path.exists() else ""

    def gateway_waits_for(self) -> dict[str, str]:
        status = asyncio.run(self.stage.status())
        return dict(status.get("waiting_for", {"the gateway": "not there yet"}))

    async def streaming(self) -> None:
        """Wait until live samples arrive: what a strip recorded before it was first heard is not ours."""

        def is_so() -> bool:
            status = asyncio.run(self.stage.status())
            return bool(status.get("link") == "streaming" and status["samples"])

        await until("the strip streams", is_so)

    def press(self) -> None:
        assert self.stage.strip is not None
        os.kill(self.stage.strip.pid, signal.SIGUSR1)

    def marks(self) -> int:
        try:
            with closing(SqliteStore(self.stage.clinic_store)) as store:
                return len(store.events(PATIENT, kinds=["mark"]))
        except StoreError:  # the recorder is just making it
            return 0

    async def others_say_what_they_wait_for(self, last: str) -> None:
        """Wait until whoever lacks `last` has said so."""
        match last:
            case "strip":
                await until(
                    "the gateway lacks a strip", lambda: list(self.gateway_waits_for()) == ["the strip"]
                )
            case "radio":
                await until(
                    "the strip lacks its radio", lambda: "waiting for the radio at" in self.log("strip")
                )
                await until(
                    "the gateway lacks Bluetooth",
                    lambda: "no Bluetooth to use" in self.gateway_waits_for().get("the strip", ""),
                )
                assert "waiting for the strip: no Bluetooth to use" in self.log("gateway")
            case "broker":
                await until(
                    "the gateway lacks the broker",
                    lambda: "the broker at" in self.gateway_waits_for().get("the clinic", ""),
                )
                await until(
                    "the recorder lacks the broker",
                    lambda: "waiting for the broker at" in self.log("recorder"),
                )
            case "recorder":
                await self.streaming()
                self.press()
                await until(
                    "the gateway lacks a recorder",
                    lambda: "the recorder" in self.gateway_waits_for().get("the clinic", ""),
                )


@pytest.mark.parametrize("last", PARTS)
def test_whoever_comes_last_all_goes_on(last: str, tmp_path: Path, mosquitto: None) -> None:
    others = [part for part in PARTS if part != last]
    random.Random(SEED + PARTS.index(last)).shuffle(others)
    print(f"order: {', '.join(others)}, {last}")

    async def act() -> None:
        clock = Clock.scaled(5.0, MORNING)
        parts = Parts(Stage(Plan(tmp_path, clock, "lifts", page_port=free_port())))
        parts.stage.prepare()
        try:
            for part in others:
                parts.begin(part)
                await asyncio.sleep(0.5)
            await parts.others_say_what_they_wait_for(last)
            parts.begin(last)
            await parts.all_ready()
            await parts.streaming()
            parts.press()
            await until("the gateway lacks nothing", lambda: not parts.gateway_waits_for())
            await until("the clinic has the mark", parts.marks)
        finally:
            await parts.end()

    asyncio.run(act())

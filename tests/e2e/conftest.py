"""Stages for end-to-end tests: real processes, torn down by pid whatever happens."""

import asyncio
import shutil
from collections.abc import Callable, Coroutine
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from firmware_sim.ports import free_port
from firmware_sim.stage import Plan, Stage
from gateway.wire.timebase import Clock

MORNING = datetime(2026, 3, 2, 8, tzinfo=UTC)


@pytest.fixture
def mosquitto() -> None:
    """Skip where there is no broker to be had."""
    if shutil.which("mosquitto", path="/usr/sbin:/usr/local/sbin:/usr/bin:/usr/local/bin") is None:
        pytest.skip("mosquitto is not installed; `make test` installs it where root or sudo is there")


@pytest.fixture
def on_stage(tmp_path: Path, mosquitto: None) -> Callable[..., None]:
    """Run a coroutine function on a started stage; arguments go into the stage's plan."""

    def run(act: Callable[[Stage], Coroutine[Any, Any, None]], *, speed: float, **plan: Any) -> None:
        async def whole() -> None:
            clock = Clock.scaled(speed, MORNING)
            stage = Stage(Plan(tmp_path / "stage", clock, page_port=free_port(), **plan))
            await stage.start()
            try:
                await act(stage)
            finally:
                await stage.stop()

        asyncio.run(whole())

    return run

"""The strip alone: what it wears, and a radio of its own."""

import asyncio
import signal
import socket
from datetime import UTC, datetime
from pathlib import Path

import pytest

from firmware_sim.alone import PortError, load_source, run_with_radio
from firmware_sim.bleak_backend import virtual_bluetooth
from firmware_sim.person.source import PersonSource
from firmware_sim.ports import free_port
from firmware_sim.replay import ReplayError
from firmware_sim.scenarios import ScenarioError
from gateway.link.ble import find_strips
from gateway.wire.timebase import Clock

CLOCK = Clock.scaled(20.0, datetime(2026, 3, 2, 8, tzinfo=UTC))


def test_it_wears_a_person_or_a_recording(tmp_path: Path) -> None:
    source = load_source("quiet", 3, None)
    assert isinstance(source, PersonSource)
    with pytest.raises(ScenarioError, match="no scenario 'moonwalk'"):
        load_source("moonwalk", 3, None)
    with pytest.raises(ReplayError, match=r"none\.parquet"):
        load_source("quiet", 3, tmp_path / "none.parquet")


def test_a_gateway_finds_it_on_the_port_that_was_told(tmp_path: Path) -> None:
    port = free_port()

    async def act() -> list[str]:
        on_air: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        strip = asyncio.create_task(
            run_with_radio(
                load_source("quiet", 1, None),
                clock=CLOCK,
                serial="LM-000007",
                state_dir=tmp_path / "strip",
                gateway_port=port,
                on_ready=on_air.set_result,
            )
        )
        hci = await asyncio.wait_for(on_air, 10.0)
        assert hci == f"tcp-client:127.0.0.1:{port}"
        adapter = virtual_bluetooth(hci, key_store=tmp_path / "bonds.json")
        found = await find_strips(0.5, adapter)
        await adapter.close()
        signal.raise_signal(signal.SIGTERM)
        await asyncio.wait_for(strip, 10.0)
        return [one.name for one in found]

    assert asyncio.run(act()) == ["LM000007"]
    with socket.socket() as again:
        again.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        again.bind(("127.0.0.1", port))
    assert (tmp_path / "strip" / "stats.json").exists()


def test_a_taken_port_is_named(tmp_path: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        taken = other.getsockname()[1]
        with pytest.raises(PortError, match=f"port {taken} is in use; choose another with --port"):
            asyncio.run(
                run_with_radio(
                    load_source("quiet", 1, None),
                    clock=CLOCK,
                    serial="LM-000007",
                    state_dir=tmp_path / "strip",
                    gateway_port=taken,
                    on_ready=lambda _: pytest.fail("it is not on the air"),
                )
            )

"""A house with a radio, a strip and a gateway in it, as they run."""

import asyncio
import contextlib
import http.client
import io
import json
import sqlite3
import time
from collections.abc import AsyncIterator, Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from analysis.recording.archive import Archive, find_archives
from analysis.recording.raw import RawSamples
from analysis.trends.sqlite import SqliteStore
from firmware_sim.bleak_backend import VirtualBluetooth, virtual_bluetooth
from firmware_sim.ether import RadioParams
from firmware_sim.peripheral import run_strip
from firmware_sim.person.source import PersonSource
from firmware_sim.ports import free_port
from firmware_sim.scenarios import scenario
from firmware_sim.strip_host import StripStats
from firmware_sim.virtual_radio import VirtualRadio
from gateway.app import Gateway
from gateway.config import GatewayConfig, parse_config
from gateway.wire.timebase import Clock

PATIENT = "p-1"
SERIAL = "LM-000001"
SPEED = 60.0
SOON_S = 20.0
Worn = Callable[..., RawSamples]
Homes = Any  # the fixture's type lives in conftest.py


def get_json(port: int) -> dict[str, Any]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5.0)
    with contextlib.closing(connection):
        connection.request("GET", "/api/status")
        account: dict[str, Any] = json.load(connection.getresponse())
        return account


def lines(events: Iterable[dict[str, Any]]) -> list[str]:
    return sorted(json.dumps(event, sort_keys=True) for event in events)


@dataclass
class House:
    """A house with a radio, and a person who wears a strip in it."""

    folder: Path
    radio: VirtualRadio
    clock: Clock
    port: int = field(default_factory=free_port)

    @property
    def data(self) -> Path:
        return self.folder / "home"

    def settings(self, **sections: Any) -> GatewayConfig:
        given = {
            "patient": {"id": PATIENT},
            "strip": {"serial": SERIAL},
            "storage": {"folder": str(self.data)},
            "pages": {"port": self.port},
        }
        return parse_config(given | sections, GatewayConfig, where="test")

    def adapter(self) -> VirtualBluetooth:
        hci = f"tcp-client:127.0.0.1:{self.radio.ports[1]}"
        return virtual_bluetooth(hci, key_store=self.folder / "bonds.json")

    @contextlib.asynccontextmanager
    async def strip(self, name: str) -> AsyncIterator[asyncio.Task[StripStats]]:
        stop = asyncio.Event()
        task = asyncio.create_task(
            run_strip(
                f"tcp-client:127.0.0.1:{self.radio.ports[0]}",
                PersonSource(scenario(name, 1)),
                clock=self.clock,
                serial=SERIAL,
                state_dir=self.folder / "strip",
                stop=stop,
            )
        )
        try:
            yield task
        finally:
            stop.set()
            await task

    @contextlib.asynccontextmanager
    async def gateway(self, terminal: io.StringIO | None = None, **sections: Any) -> AsyncIterator[Gateway]:
        """Run a gateway; at the end it is stopped as SIGTERM would."""
        adapter = self.adapter()
        try:
            home = Gateway(self.settings(**sections), self.clock, adapter, terminal)
            running = asyncio.create_task(home.run())
            try:
                yield home
            finally:
                await home.stop()
                await asyncio.wait_for(running, SOON_S)
        finally:
            await adapter.close()

    async def until(self, is_so: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        """Wait until the account says so; on a busy machine the answer that took long counts as well."""
        until_s = time.monotonic() + SOON_S
        while True:
            account = await asyncio.to_thread(get_json, self.port)
            if is_so(account):
                return account
            if time.monotonic() > until_s:
                raise TimeoutError(f"not so within {SOON_S} s: {account}")
            await asyncio.sleep(0.05)

    def stored(self, *kinds: str) -> list[dict[str, Any]]:
        with contextlib.closing(SqliteStore(self.data / "home.sqlite")) as store:
            return store.events(PATIENT, kinds=kinds or None)

    def alter_store(self, how: str) -> None:
        with contextlib.closing(sqlite3.connect(self.data / "home.sqlite")) as other:
            other.execute(how)

    def archive(self) -> Archive:
        (folder,) = find_archives(self.data / "archive")
        return Archive(folder)


@contextlib.asynccontextmanager
async def built(folder: Path) -> AsyncIterator[House]:
    """Yield a house whose clock runs fast from a morning in March on."""
    clock = Clock.scaled(SPEED, datetime(2026, 3, 2, 8, tzinfo=UTC))
    radio = VirtualRadio(RadioParams(supervision_floor_s=0.4), clock, seed=1)
    await radio.start([0, 0])
    try:
        yield House(folder, radio, clock)
    finally:
        await radio.close()


Build = Callable[[], contextlib.AbstractAsyncContextManager[House]]


def has_ended(account: dict[str, Any]) -> bool:
    return bool(account["segments_ended"] == 1)


def streams(account: dict[str, Any]) -> bool:
    return bool(account["samples"] > 1000)

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from bleak import BleakClient, BleakScanner
from numpy.typing import NDArray

from firmware_sim.bleak_backend import VirtualBluetooth, virtual_bluetooth
from firmware_sim.ether import RadioParams
from firmware_sim.peripheral import run_strip
from firmware_sim.strip_host import StripStats
from firmware_sim.virtual_radio import VirtualRadio
from gateway.wire import control as wire
from gateway.wire import frame as frames
from gateway.wire import gatt
from gateway.wire.control import Response
from gateway.wire.frame import Frame
from gateway.wire.timebase import Clock

SPEED = 60.0
SERIAL = "LM-000001"


class Counting:
    """A source whose every value is its own index."""

    single_pod = False
    duration_s = None

    def read(self, first: int, count: int) -> NDArray[np.int16]:
        index = np.arange(first, first + count) % 30_000
        return np.repeat(index[:, None], 12, axis=1).astype(np.int16)


@dataclass
class Host:
    """A client, and what it was sent."""

    client: BleakClient
    gone: list[float]
    frames: list[Frame] = field(default_factory=list)
    statuses: list[bytes] = field(default_factory=list)
    answers: asyncio.Queue[Response] = field(default_factory=asyncio.Queue)

    async def subscribe(self) -> None:
        client = self.client
        await client.start_notify(gatt.MOTION, lambda _, data: self.frames.append(frames.decode(data)))
        await client.start_notify(gatt.STATUS, lambda _, data: self.statuses.append(bytes(data)))
        await client.start_notify(
            gatt.CONTROL, lambda _, data: self.answers.put_nowait(wire.decode_response(data))
        )

    async def ask(self, request: wire.Request) -> Response:
        await self.client.write_gatt_char(gatt.CONTROL, wire.encode_request(7, request), response=True)
        async with asyncio.timeout(5.0):
            return await self.answers.get()


class Bench:
    """A radio, a strip and a gateway's Bluetooth in one process, at sixty times the speed of life."""

    def __init__(self, folder: Path, params: RadioParams) -> None:
        self.folder = folder
        self.clock = Clock.scaled(SPEED, datetime(2026, 3, 1, 8, tzinfo=UTC))
        self.radio = VirtualRadio(params, self.clock, seed=1)
        self.strip_stopped = asyncio.Event()
        self._strip: asyncio.Task[StripStats] | None = None
        self._adapters: list[VirtualBluetooth] = []

    async def until(self, condition: Callable[[], bool], within_s: float = 5.0) -> None:
        async with asyncio.timeout(within_s):
            while not condition():  # noqa: ASYNC110 - a condition over several parts has no event of its own
                await asyncio.sleep(0.01)

    async def start_strip(self) -> None:
        ready = asyncio.Event()
        self.strip_stopped = asyncio.Event()
        self._strip = asyncio.create_task(
            run_strip(
                f"tcp-client:127.0.0.1:{self.radio.ports[0]}",
                Counting(),
                clock=self.clock,
                serial=SERIAL,
                state_dir=self.folder / "strip",
                stop=self.strip_stopped,
                on_ready=ready.set,
            )
        )
        await ready.wait()

    async def stop_strip(self) -> StripStats:
        assert self._strip is not None
        self.strip_stopped.set()
        strip, self._strip = self._strip, None
        return await strip

    def adapter(self, name: str = "gateway", port: int = 1) -> VirtualBluetooth:
        adapter = virtual_bluetooth(
            f"tcp-client:127.0.0.1:{self.radio.ports[port]}", key_store=self.folder / f"{name}.json"
        )
        self._adapters.append(adapter)
        return adapter

    @contextlib.asynccontextmanager
    async def connected(self, adapter: VirtualBluetooth, *, pair: bool = False) -> AsyncIterator[Host]:
        device = await BleakScanner.find_device_by_filter(
            lambda _, seen: gatt.LUMBAR_MOTION_SERVICE in seen.service_uuids,
            timeout=5.0,
            backend=adapter.scanner,
        )
        assert device is not None
        gone: list[float] = []
        loop = asyncio.get_running_loop()
        client = BleakClient(
            device, lambda _: gone.append(loop.time()), timeout=5.0, pair=pair, backend=adapter.client
        )
        async with client:
            yield Host(client, gone)

    async def close(self) -> None:
        for adapter in self._adapters:
            await adapter.close()
        if self._strip is not None:
            await self.stop_strip()
        await self.radio.close()


@pytest.fixture
def is_alive() -> Callable[[int], bool]:
    """Tell whether a process still runs; one that has ended and waits to be asked for its status does not."""

    def asked(pid: int) -> bool:
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return False
        try:
            return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in {"Z", "X"}
        except OSError:  # gone in between, or a system without /proc
            return not Path("/proc/self").exists()

    return asked


@pytest.fixture
def bench(tmp_path: Path) -> Callable[..., contextlib.AbstractAsyncContextManager[Bench]]:
    @contextlib.asynccontextmanager
    async def build(
        *, params: RadioParams | None = None, strip: bool = True, ports: int = 2
    ) -> AsyncIterator[Bench]:
        made = Bench(tmp_path, params or RadioParams(supervision_floor_s=0.4))
        await made.radio.start([0] * ports)
        try:
            if strip:
                await made.start_strip()
            yield made
        finally:
            await made.close()

    return build

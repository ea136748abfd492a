"""Connecting again and again: nothing may pile up, in bluetoothd, on the bus or among the callbacks."""

import asyncio
import os
import time
from statistics import median
from typing import Final

import pytest

from gateway.link.ble import StripLink, own_stack
from gateway.link.inbox import Anchored
from gateway.link.reassembly import Arrival, Reassembly
from gateway.link.reconnect import ReconnectParams, State
from gateway.wire.timebase import REAL_CLOCK
from tests.bluez.home import BACK_S, Home, InHome
from tests.bluez.machine import Machine

RECONNECTS: Final = int(os.environ.get("LUMBAR_BLUEZ_RECONNECTS", "5"))
_FRAMES: Final = 5
_BUS: Final = "org.freedesktop.DBus"
_BUSES: Final = f"dbus-send --system --print-reply --dest={_BUS} / {_BUS}.ListNames | grep -c '\":'"
_MEMORY: Final = "awk '/VmRSS/ {print $2}' /proc/$(pidof bluetoothd)/status"


@pytest.mark.timeout(3600)
def test_many_reconnects(in_home: InHome, machine: Machine) -> None:
    async def acts(home: Home) -> None:
        await home.start_strip()
        device = f"/org/bluez/hci0/dev_{home.address.replace(':', '_')}"
        hang_up = f"dbus-send --system --print-reply --dest=org.bluez {device} org.bluez.Device1.Disconnect"
        params = ReconnectParams(healthy_s=0.1)
        link = StripLink(REAL_CLOCK, serial=home.serial, stack=own_stack(None), reconnect=params)
        reassembly = Reassembly()
        heard = asyncio.Event()
        frames = 0

        async def listen() -> None:
            nonlocal frames
            async for batch in link.batches():
                for item in batch:
                    if isinstance(item, Anchored):
                        reassembly.follow(item.time)
                for _ in reassembly.push(item for item in batch if isinstance(item, Arrival)):
                    frames += 1
                    heard.set()

        async def hear() -> None:
            wanted = frames + _FRAMES
            async with asyncio.timeout(BACK_S):
                while frames < wanted or link.state is not State.STREAMING:
                    heard.clear()
                    await heard.wait()

        tasks = [asyncio.create_task(link.run()), asyncio.create_task(listen())]
        try:
            await hear()
            buses, kilobytes, took_s = machine.run(_BUSES), int(machine.run(_MEMORY)), []
            for _ in range(RECONNECTS):
                await asyncio.to_thread(machine.run, hang_up)
                began_s = time.monotonic()
                await hear()
                took_s.append(time.monotonic() - began_s)
            assert machine.run(_BUSES) == buses
            grown = int(machine.run(_MEMORY)) - kilobytes
            print(
                f"{RECONNECTS} reconnects, {median(took_s):.1f} s (median), {max(took_s):.1f} s (longest); "
                f"bluetoothd has {kilobytes} kB and grew by {grown}"
            )
            assert reassembly.counters.duplicate_frames == 0
            assert reassembly.counters.bad == {}
        finally:
            await link.stop()
            await asyncio.gather(*tasks)

    in_home(acts)

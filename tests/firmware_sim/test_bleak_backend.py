from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
from bleak import BleakClient, BleakScanner
from bleak.exc import BleakBluetoothNotAvailableError, BleakDeviceNotFoundError, BleakError

from firmware_sim.bleak_backend import virtual_bluetooth
from firmware_sim.bonds import BondFileError
from gateway.wire import control as wire
from gateway.wire import gatt
from gateway.wire.control import Result

BenchOf = Any  # the fixture's factory; test modules do not import one another


def test_scanning_finds_the_strip_and_its_services_are_the_contract_s(bench: BenchOf) -> None:
    async def run() -> None:
        async with bench() as made:
            adapter = made.adapter()
            found = await BleakScanner.discover(
                timeout=0.3,
                return_adv=True,
                service_uuids=[gatt.LUMBAR_MOTION_SERVICE],
                backend=adapter.scanner,
            )
            ((device, seen),) = found.values()
            assert device.name == seen.local_name == "LM000001"
            assert seen.service_uuids == [gatt.LUMBAR_MOTION_SERVICE]
            nothing = await BleakScanner.discover(
                timeout=0.3, service_uuids=[gatt.BATTERY_SERVICE], backend=adapter.scanner
            )
            assert nothing == []
            async with made.connected(adapter) as host:
                client = host.client
                properties = {
                    one.uuid: sorted(one.properties)
                    for service in client.services
                    for one in service.characteristics
                }
                serial = gatt.decode_serial_number(await client.read_gatt_char(gatt.SERIAL_NUMBER))
                battery_pct = gatt.decode_battery_level(await client.read_gatt_char(gatt.BATTERY_LEVEL))
            assert (serial, battery_pct) == ("LM-000001", 100)
            assert [
                properties[uuid]
                for uuid in (gatt.MOTION, gatt.CONTROL, gatt.STATUS, gatt.BATTERY_LEVEL, gatt.SERIAL_NUMBER)
            ] == [["notify"], ["indicate", "write"], ["notify", "read"], ["notify", "read"], ["read"]]

    asyncio.run(run())


def test_a_bond_survives_both_sides_and_pair_does_not_ask_twice(bench: BenchOf) -> None:
    async def run() -> None:
        async with bench() as made:
            adapter = made.adapter()
            async with made.connected(adapter, pair=True) as host:
                await host.client.pair()
            await adapter.close()
            await made.stop_strip()
            await made.start_strip()
            async with made.connected(made.adapter()) as host:
                await host.subscribe()
                assert (await host.ask(wire.GetTime())).result is Result.OK

    asyncio.run(run())


def test_a_strip_that_lost_its_bond_says_so_and_can_be_paired_anew(bench: BenchOf) -> None:
    async def run() -> None:
        async with bench() as made:
            adapter = made.adapter()
            async with made.connected(adapter, pair=True):
                pass
            await made.stop_strip()
            (made.folder / "strip" / "bonds.json").unlink()
            await made.start_strip()
            with pytest.raises(BleakError, match="lost this bond"):
                async with made.connected(adapter):
                    pass
            device = await BleakScanner.find_device_by_filter(lambda *_: True, backend=adapter.scanner)
            assert device is not None
            await BleakClient(device, backend=adapter.client).unpair()
            async with made.connected(adapter, pair=True) as host:
                await host.subscribe()

    asyncio.run(run())


def test_unpair_forgets_and_hangs_up(bench: BenchOf) -> None:
    async def run() -> None:
        async with bench() as made:
            adapter = made.adapter()
            async with made.connected(adapter, pair=True) as host:
                await host.client.unpair()
                assert not host.client.is_connected
            async with made.connected(adapter) as host:
                with pytest.raises(BleakError, match="Insufficient Encryption"):
                    await host.subscribe()

    asyncio.run(run())


def test_a_lost_link_ends_pending_requests_and_calls_back_once(bench: BenchOf) -> None:
    async def run() -> None:
        async with bench() as made:
            adapter = made.adapter()
            async with made.connected(adapter, pair=True) as host:
                made.radio.ether.in_range = False
                reads = [
                    asyncio.create_task(host.client.read_gatt_char(gatt.SERIAL_NUMBER)) for _ in range(3)
                ]
                done = await asyncio.wait_for(asyncio.gather(*reads, return_exceptions=True), 5.0)
                assert all(isinstance(error, BleakError) for error in done)
                await made.until(lambda: bool(host.gone))
                assert not host.client.is_connected
                with pytest.raises(BleakError):
                    await host.client.read_gatt_char(gatt.SERIAL_NUMBER)
                await host.client.disconnect()
            assert len(host.gone) == 1

    asyncio.run(run())


def test_a_peer_that_is_not_there_times_out(bench: BenchOf) -> None:
    async def run() -> None:
        async with bench() as made:
            adapter = made.adapter()
            with pytest.raises(BleakDeviceNotFoundError):
                await BleakClient("C0:00:00:00:00:77", timeout=0.3, backend=adapter.client).connect()
            device = await BleakScanner.find_device_by_filter(lambda *_: True, backend=adapter.scanner)
            assert device is not None
            made.radio.ether.in_range = False
            with pytest.raises(TimeoutError):
                await BleakClient(device, timeout=0.3, backend=adapter.client).connect()
            attempt = asyncio.create_task(BleakClient(device, backend=adapter.client).connect())
            await asyncio.sleep(0.1)
            attempt.cancel()
            with pytest.raises(asyncio.CancelledError):
                await attempt
            made.radio.ether.in_range = True
            async with BleakClient(device.address, timeout=5.0, backend=adapter.client) as client:
                assert client.is_connected

    asyncio.run(run())


def test_subscribing_unsubscribing_and_what_is_refused(bench: BenchOf) -> None:
    async def run() -> None:
        async with bench() as made, made.connected(made.adapter(), pair=True) as host:
            client = host.client
            with pytest.raises(BleakError, match="already connected"):
                await client.connect()
            await host.subscribe()
            with pytest.raises(BleakError, match="already subscribed"):
                await client.start_notify(gatt.MOTION, lambda *_: None)
            with pytest.raises(BleakError, match="do not fit"):
                await client.write_gatt_char(gatt.CONTROL, bytes(600), response=True)
            await host.ask(wire.Start())
            await made.until(lambda: len(host.frames) > 3)
            await client.stop_notify(gatt.MOTION)
            count = len(host.frames)
            await asyncio.sleep(0.1)
            assert len(host.frames) == count

    asyncio.run(run())


def test_the_radio_may_go_and_come_back(bench: BenchOf) -> None:
    async def run() -> None:
        async with bench(strip=False, ports=1) as made:
            port = made.radio.ports[0]
            adapter = made.adapter(port=0)
            await BleakScanner.discover(timeout=0.1, backend=adapter.scanner)
            await made.radio.close()
            await asyncio.sleep(0.05)
            with pytest.raises(BleakBluetoothNotAvailableError, match="no radio"):
                await BleakScanner.discover(timeout=0.1, backend=adapter.scanner)
            await made.radio.start([port])
            assert await BleakScanner.discover(timeout=0.1, backend=adapter.scanner) == []

    asyncio.run(run())


@pytest.mark.parametrize(
    "text", ["", "{}", "[]", '{"address": 1}', '{"address": "x", "irk": "", "bonds": {}}']
)
def test_a_damaged_file_of_bonds_is_named(tmp_path: Path, text: str) -> None:
    (tmp_path / "bonds.json").write_text(text)
    with pytest.raises(BondFileError, match=r"bonds\.json holds no Bluetooth bonds"):
        virtual_bluetooth("tcp-client:127.0.0.1:1", key_store=tmp_path / "bonds.json")

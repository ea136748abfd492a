from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from bleak.exc import BleakError, BleakGATTProtocolError, BleakGATTProtocolErrorCode
from bumble import smp
from bumble.att import ATT_Error
from bumble.pairing import PairingConfig, PairingDelegate

from firmware_sim.ether import RadioParams
from firmware_sim.peripheral import StripError, run_strip
from firmware_sim.ports import free_port
from firmware_sim.strip_host import address_of
from gateway.wire import control as wire
from gateway.wire import gatt
from gateway.wire import status as statuses
from gateway.wire.control import BootsReply, Pattern, RangeReply, Result
from gateway.wire.frame import Frame
from gateway.wire.timebase import REAL_CLOCK

SERVICE_CHANGED = "00002a05-0000-1000-8000-00805f9b34fb"
CLIENT_SUPPORTED_FEATURES = "00002b29-0000-1000-8000-00805f9b34fb"

BenchOf = Any  # the fixture's factory; test modules do not import one another


def values(some: list[Frame]) -> list[int]:
    raw = b"".join(frame.samples for frame in some)
    return [int(value) for value in np.frombuffer(raw, "<i2").reshape(-1, 12)[:, 0]]


def refused(code: BleakGATTProtocolErrorCode) -> Any:
    return pytest.raises(BleakGATTProtocolError, match=code.name.replace("_", " ").title())


def test_a_paired_host_is_sent_every_sample_in_order(bench: BenchOf) -> None:
    async def run() -> None:
        async with bench() as made:
            adapter = made.adapter()
            async with made.connected(adapter, pair=True) as host:
                assert host.client.mtu_size == 517
                await host.subscribe()
                assert (await host.ask(wire.Start())).result is Result.OK
                await made.until(lambda: sum(frame.count for frame in host.frames) >= 500)
                status = statuses.decode(await host.client.read_gatt_char(gatt.STATUS))
                assert status.worn
                assert status.streaming
                assert status.newest_sample >= 499
                assert (await host.ask(wire.Stop())).result is Result.OK
                await made.until(lambda: not statuses.decode(host.statuses[-1]).streaming)
            taken = host.frames
            assert values(taken) == list(range(len(taken) * 9))
            assert {(frame.boot, frame.count, frame.backfill) for frame in taken} == {(1, 9, False)}
            seen = [statuses.decode(data) for data in host.statuses]
            assert not seen[0].streaming
            assert any(status.streaming and status.worn for status in seen)
            assert len(host.gone) == 1
            stats = await made.stop_strip()
            assert stats.frames_sent == len(taken)
            assert stats.samples >= 9 * len(taken)
            written = json.loads((made.folder / "strip" / "stats.json").read_text())
            assert written["frames_sent"] == stats.frames_sent
            kept = sorted((made.folder / "strip").iterdir())
            assert [file.name for file in kept] == ["bonds.json", "flash.bin", "stats.json", "strip.json"]
            assert {file.stat().st_mode & 0o777 for file in [*kept, made.folder / "gateway.json"]} == {0o600}

    asyncio.run(run())


def test_a_lossy_link_loses_nothing(bench: BenchOf) -> None:
    async def run() -> None:
        async with bench(params=RadioParams(loss=0.3, supervision_floor_s=0.4)) as made:
            async with made.connected(made.adapter(), pair=True) as host:
                await host.subscribe()
                await host.ask(wire.Start())
                await made.until(lambda: len(host.frames) >= 100)
            assert values(host.frames) == list(range(len(host.frames) * 9))
            assert made.radio.ether.lost > 0

    asyncio.run(run())


def test_an_unpaired_client_learns_nothing_and_changes_nothing(bench: BenchOf) -> None:
    async def run() -> None:
        async with bench(ports=3) as made:
            async with made.connected(made.adapter("owner"), pair=True) as owner:
                await owner.subscribe()
                await owner.ask(wire.Start())
                await made.until(lambda: len(owner.frames) > 3)
            adapter = made.adapter("stranger", port=2)
            async with made.connected(adapter) as stranger:
                client = stranger.client
                got: list[bytes] = []
                for uuid in (gatt.MOTION, gatt.STATUS, gatt.CONTROL):
                    with refused(BleakGATTProtocolErrorCode.INSUFFICIENT_ENCRYPTION):
                        await client.start_notify(uuid, lambda _, data: got.append(bytes(data)))
                with refused(BleakGATTProtocolErrorCode.INSUFFICIENT_ENCRYPTION):
                    await client.read_gatt_char(gatt.STATUS)
                start = wire.encode_request(1, wire.Start())
                with refused(BleakGATTProtocolErrorCode.INSUFFICIENT_ENCRYPTION):
                    await client.write_gatt_char(gatt.CONTROL, start, response=True)
                await client.write_gatt_char(gatt.CONTROL, start, response=False)
                assert await client.read_gatt_char(gatt.SERIAL_NUMBER) == b"LM-000001"
                # What bleak would not let a careful client do, a rude one may try: every handle there is.
                rude = client._backend._peer.gatt_client
                before = [(one.uuid, one.handle) for one in client.services]
                open_handles = []
                for handle in range(1, 60):
                    try:
                        await rude.write_value(handle, b"\x03\x00", with_response=True)
                        open_handles.append(handle)
                    except ATT_Error:
                        await rude.write_value(handle, b"\x03\x00", with_response=False)
                battery = client.services.get_characteristic(gatt.BATTERY_LEVEL)
                assert battery is not None
                changed = client.services.get_characteristic(SERVICE_CHANGED)
                assert changed is not None
                supported = client.services.get_characteristic(CLIENT_SUPPORTED_FEATURES)
                assert supported is not None
                meant_to_be = [changed.descriptors[0].handle, supported.handle, battery.descriptors[0].handle]
                assert open_handles == meant_to_be
                assert await client.read_gatt_char(gatt.SERIAL_NUMBER) == b"LM-000001"
                await asyncio.sleep(0.1)
                assert got == []
            async with made.connected(adapter) as later:
                assert [(one.uuid, one.handle) for one in later.client.services] == before

    asyncio.run(run())


def test_pairing_needs_the_button_once_there_is_a_bond(bench: BenchOf) -> None:
    async def run() -> None:
        async with bench(ports=3) as made:
            async with made.connected(made.adapter("first"), pair=True):
                pass
            second = made.adapter("second", port=2)
            async with made.connected(second) as host:
                with pytest.raises(BleakError, match="PAIRING_NOT_SUPPORTED"):
                    await host.client.pair()
                os.kill(os.getpid(), signal.SIGUSR2)
                await asyncio.sleep(0.02)
                await host.client.pair()
                await host.subscribe()
            assert len(json.loads((made.folder / "strip" / "bonds.json").read_text())["bonds"]) == 2

    asyncio.run(run())


def test_weak_pairing_is_refused(bench: BenchOf) -> None:
    def pairing(*, sc: bool, bonding: bool, key_size: int = 16) -> PairingConfig:
        delegate = PairingDelegate(maximum_encryption_key_size=key_size)
        return PairingConfig(sc=sc, mitm=False, bonding=bonding, delegate=delegate)

    async def run() -> None:
        async with bench() as made, made.connected(made.adapter()) as host:
            device = host.client._backend._connection.device
            for config, reason in (
                (pairing(sc=False, bonding=True), smp.ErrorCode.AUTHENTICATION_REQUIREMENTS),
                (pairing(sc=True, bonding=False), smp.ErrorCode.AUTHENTICATION_REQUIREMENTS),
                (pairing(sc=True, bonding=True, key_size=7), smp.ErrorCode.ENCRYPTION_KEY_SIZE),
            ):
                device.pairing_config_factory = lambda _, config=config: config
                with pytest.raises(BleakError, match=reason.name):
                    await host.client.pair()
                with refused(BleakGATTProtocolErrorCode.INSUFFICIENT_ENCRYPTION):
                    await host.client.read_gatt_char(gatt.STATUS)
            assert json.loads((made.folder / "strip" / "bonds.json").read_text())["bonds"] == {}

    asyncio.run(run())


def test_button_motor_and_malformed_commands(bench: BenchOf) -> None:
    async def run() -> None:
        async with bench() as made:
            async with made.connected(made.adapter(), pair=True) as host:
                await host.subscribe()
                await host.ask(wire.Start())
                await made.until(lambda: len(host.frames) > 3)
                os.kill(os.getpid(), signal.SIGUSR1)
                await made.until(lambda: any(frame.button for frame in host.frames))
                await host.ask(wire.Vibrate(Pattern.NUDGE))
                await host.ask(wire.Identify())
                await host.client.write_gatt_char(gatt.CONTROL, b"\x07\x63", response=True)
                assert (await host.answers.get()).result is Result.UNKNOWN_OPCODE
                with refused(BleakGATTProtocolErrorCode.INVALID_ATTRIBUTE_VALUE_LENGTH):
                    await host.client.write_gatt_char(gatt.CONTROL, b"\x07", response=True)
            stats = await made.stop_strip()
            assert [what for _, what in stats.vibrations] == ["nudge", "identify"]

    asyncio.run(run())


def test_out_of_range_the_link_ends_and_the_gap_can_be_had_later(bench: BenchOf) -> None:
    async def run() -> None:
        async with bench() as made:
            adapter = made.adapter()
            async with made.connected(adapter, pair=True) as before:
                await before.subscribe()
                await before.ask(wire.Start())
                await made.until(lambda: len(before.frames) > 3)
                made.radio.ether.in_range = False
                with pytest.raises(BleakError):
                    await before.client.read_gatt_char(gatt.STATUS)
                await made.until(lambda: bool(before.gone))
            assert not before.client.is_connected
            await asyncio.sleep(0.3)
            made.radio.ether.in_range = True
            async with made.connected(adapter) as after:
                await after.subscribe()
                await after.ask(wire.Start())
                await made.until(lambda: len(after.frames) > 0)
                last, first = before.frames[-1].last_sample, after.frames[0].first_sample
                assert first > last + 500
                assert after.frames[0].boot == 1
                answer = await after.ask(wire.SendRange(1, last + 1, first - 1))
                assert isinstance(answer.reply, RangeReply)
                expected = answer.reply.frames
                await made.until(lambda: sum(frame.backfill for frame in after.frames) == expected)
            gap = [frame for frame in after.frames if frame.backfill]
            assert values(before.frames + gap) == list(range(first))

    asyncio.run(run())


def test_a_killed_strip_comes_back_as_a_new_boot_with_its_bond(bench: BenchOf, tmp_path: Path) -> None:
    async def start(made: Any) -> asyncio.subprocess.Process:
        strip = await asyncio.create_subprocess_exec(
            sys.executable,
            str(Path(__file__).with_name("counting_strip.py")),
            f"tcp-client:127.0.0.1:{made.radio.ports[0]}",
            str(tmp_path / "strip"),
            made.clock.token(),
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        )
        assert strip.stdout is not None
        assert await strip.stdout.readline() == b"ready\n"
        return strip

    async def run() -> None:
        async with bench(strip=False) as made:
            strip = await start(made)
            adapter = made.adapter()
            async with made.connected(adapter, pair=True) as before:
                await before.subscribe()
                await before.ask(wire.Start())
                await before.ask(wire.SetAnchor(made.clock.utc_ns() // 1_000_000))
                await made.until(lambda: len(before.frames) > 50)
                strip.kill()
                await strip.wait()
                await made.until(lambda: bool(before.gone))
            assert len(before.gone) == 1
            donned_utc_ns = json.loads((tmp_path / "strip" / "strip.json").read_text())["donned_utc_ns"]

            strip = await start(made)
            async with made.connected(adapter) as after:
                await after.subscribe()
                await after.ask(wire.Start())
                await made.until(lambda: len(after.frames) > 50)
                boots = (await after.ask(wire.GetBoots())).reply
            assert isinstance(boots, BootsReply)
            assert [(record.boot, record.first) for record in boots.boots] == [(1, 0), (2, 0)]
            assert boots.boots[0].last >= before.frames[-1].last_sample
            assert boots.boots[0].anchor_utc_ms > 0
            assert boots.boots[1].anchor_utc_ms == 0
            assert {frame.boot for frame in after.frames} == {2}
            # The same person, further on: the source's index is the time since the strip was put on.
            first = after.frames[0]
            shift = values([first])[0] - first.first_sample
            assert shift > before.frames[-1].last_sample
            strip.terminate()
            assert await strip.wait() == 0
            stats = json.loads((tmp_path / "strip" / "stats.json").read_text())
            assert (stats["boot"], stats["donned_utc_ns"]) == (2, donned_utc_ns)
            assert stats["frames_sent"] >= len(after.frames)

    asyncio.run(run())


def test_each_serial_number_has_an_address_of_its_own() -> None:
    addresses = {str(address_of(f"LM-{number:06d}")) for number in range(200)}
    assert len(addresses) == 200
    assert all(address_of(f"LM-{number:06d}").is_static for number in range(200))
    assert str(address_of("LM-000001")) == str(address_of("LM-000001"))


class Nothing:
    single_pod = False
    duration_s = 0.0

    def read(self, first: int, count: int) -> np.ndarray[Any, np.dtype[np.int16]]:
        return np.empty((0, 12), np.int16)


async def run_nothing(port: int, state_dir: Path, stop: asyncio.Event | None = None) -> None:
    await run_strip(
        f"tcp-client:127.0.0.1:{port}",
        Nothing(),
        clock=REAL_CLOCK,
        serial="LM-000001",
        state_dir=state_dir,
        stop=stop,
    )


def test_a_radio_may_come_later_than_the_strip(tmp_path: Path) -> None:
    async def run() -> None:
        port, stop = free_port(), asyncio.Event()
        strip = asyncio.create_task(run_nothing(port, tmp_path, stop))
        await asyncio.sleep(0.1)
        assert not strip.done()
        connected: asyncio.Future[asyncio.StreamWriter] = asyncio.get_running_loop().create_future()
        radio = await asyncio.start_server(lambda _, it: connected.set_result(it), "127.0.0.1", port)
        strips = await asyncio.wait_for(connected, 10.0)
        stop.set()
        await asyncio.wait({strip}, timeout=10.0)
        assert strip.done()
        strips.close()
        radio.close()

    asyncio.run(run())


def test_a_strip_without_a_radio_can_be_stopped(tmp_path: Path) -> None:
    async def run() -> None:
        stop = asyncio.Event()
        stop.set()
        await run_nothing(1, tmp_path, stop)

    with pytest.raises(StripError, match="stopped while waiting for the radio at"):
        asyncio.run(run())


@pytest.mark.parametrize("radio_goes", [False, True])
def test_a_strip_that_waits_for_its_radio_can_be_stopped(tmp_path: Path, radio_goes: bool) -> None:
    async def run() -> None:
        asked = asyncio.Event()
        hosts: list[asyncio.StreamWriter] = []

        async def hears_and_never_answers(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            hosts.append(writer)
            await reader.read(1)
            asked.set()

        radio = await asyncio.start_server(hears_and_never_answers, "127.0.0.1", 0)
        stop = asyncio.Event()
        strip = asyncio.create_task(run_nothing(radio.sockets[0].getsockname()[1], tmp_path, stop))
        await asked.wait()
        stop.set()
        if radio_goes:
            hosts[0].close()
        # Bumble has no time limit of its own for a radio's first answer.
        async with asyncio.timeout(10.0):
            await strip
        hosts[0].close()
        radio.close()

    asyncio.run(run())

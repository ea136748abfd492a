"""Who may: bonds lost on either side, strips that are another's, clients that have no bond at all."""

import asyncio
import json
import os
import signal
from collections.abc import Awaitable, Callable
from functools import partial

import pytest
from bleak import BleakClient, BleakScanner
from bleak.exc import BleakError
from bumble.keys import PairingKeys

from firmware_sim.bonds import BondStore
from firmware_sim.strip_host import address_of
from gateway.link.bluez import BlueZ
from gateway.wire import gatt
from gateway.wire.control import Start, encode_request
from tests.bluez.home import BACK_S, Air, Home, InHome, is_away, is_streaming
from tests.bluez.machine import Machine

REFUSED_S = 5.0
"""A refusal takes half a second."""
ATTEMPTS = 3


async def belong_to_another(home: Home) -> None:
    """Give the home's strip a bond with somebody else, so that it lets nobody pair without its button."""
    bonds = BondStore(home.strip_folder / "bonds.json", address_of(home.serial))
    key = PairingKeys.Key(value=bytes(range(16)), authenticated=False)
    await bonds.update("C0:00:00:00:00:99", PairingKeys(ltk=key))


def told(home: Home) -> tuple[int, int]:
    """Return how many samples the strip took, and how many frames it sent, until it was switched off."""
    stats = json.loads((home.strip_folder / "stats.json").read_text(encoding="utf-8"))
    return stats["samples"], stats["frames_sent"]


async def try_without_bond(home: Home, act: Callable[[BleakClient], Awaitable[object]]) -> None:
    """Connect without pairing, read what is open, then have `act` refused.

    BlueZ answers a refusal by asking for a bond, for which an agent stands ready. The strip will not have it,
    the kernel hangs up, and whoever waits for the answer to a request may wait for ever.
    """
    gone = asyncio.Event()
    async with BlueZ().pairing(home.address):
        client = await connect(home.address, gone)
        try:
            assert await client.read_gatt_char(gatt.SERIAL_NUMBER) == home.serial.encode()
            with pytest.raises((BleakError, TimeoutError)):
                async with asyncio.timeout(REFUSED_S):
                    await act(client)
            async with asyncio.timeout(REFUSED_S):
                await gone.wait()
        finally:
            await client.disconnect()


async def connect(address: str, gone: asyncio.Event) -> BleakClient:
    """Connect without pairing; right after a refusal BlueZ may hang up once more."""
    for attempts_left in reversed(range(ATTEMPTS)):
        device = await BleakScanner.find_device_by_address(address, timeout=30.0)
        assert device is not None
        client = BleakClient(device, lambda _: gone.set(), timeout=30.0)
        try:
            await client.connect()
        except BleakError:
            if not attempts_left:
                raise
        else:
            break
    gone.clear()
    return client


def test_a_client_without_a_bond_can_neither_read_nor_subscribe(in_home: InHome, machine: Machine) -> None:
    heard: list[bytearray] = []

    async def subscribe(uuid: str, client: BleakClient) -> None:
        await client.start_notify(uuid, lambda _, data: heard.append(data))

    async def acts(home: Home) -> None:
        await belong_to_another(home)
        await home.start_strip()
        await try_without_bond(home, lambda client: client.read_gatt_char(gatt.STATUS))
        for uuid in (gatt.MOTION, gatt.STATUS, gatt.CONTROL):
            await try_without_bond(home, partial(subscribe, uuid))
        start = encode_request(1, Start())
        await try_without_bond(
            home, lambda client: client.write_gatt_char(gatt.CONTROL, start, response=True)
        )

    assert told(in_home(acts)) == (0, 0)
    assert heard == []


def test_a_gateway_without_a_bond_is_refused_until_the_button_is_held(in_home: InHome) -> None:
    async def acts(home: Home) -> None:
        await belong_to_another(home)
        await home.start_strip()
        await home.start_gateway()
        await asyncio.sleep(15.0)
        account = await home.account()
        assert is_away(account)
        assert account["samples"] == 0
        assert home.strip is not None
        os.kill(home.strip.pid, signal.SIGUSR2)
        await home.until(is_streaming, BACK_S)
        await home.more(300, BACK_S)

    assert in_home(acts).archived().differences == []


def test_a_strip_that_is_not_listed_is_left_alone(in_home: InHome, air: Air) -> None:
    async def acts(home: Home) -> None:
        ours = Home(home.folder / "ours", air.strip_ports[1], home.serial.replace("LM", "LN"))
        ours.folder.mkdir()
        await home.start_strip()
        await home.start_gateway(serial=ours.serial)
        await asyncio.sleep(20.0)
        account = await home.account()
        assert is_away(account)
        assert account["samples"] == 0
        try:
            await ours.start_strip()
            await home.until(is_streaming, BACK_S)
            await home.more(300, BACK_S)
        finally:
            await ours.stop()

    home = in_home(acts)
    assert told(home) == (0, 0)
    assert BondStore(home.strip_folder / "bonds.json").is_empty  # so its own home can still pair with it


def test_a_strip_that_lost_its_bonds_is_paired_with_again(in_home: InHome) -> None:
    async def acts(home: Home) -> None:
        await home.begin()
        assert home.strip is not None
        await home.strip.stop()
        (home.strip_folder / "bonds.json").unlink()
        await home.start_strip()
        await home.until(is_streaming, BACK_S)
        await home.more(300, BACK_S)
        await home.complete(BACK_S)

    assert in_home(acts).archived().differences == []


def test_a_bond_that_bluez_lost_is_made_anew_when_the_button_is_held(
    in_home: InHome, machine: Machine
) -> None:
    async def acts(home: Home) -> None:
        await home.begin()
        await asyncio.to_thread(machine.run, f"bluetoothctl remove {home.address}")
        await home.until(is_away, BACK_S)
        await asyncio.sleep(5.0)
        assert home.strip is not None
        os.kill(home.strip.pid, signal.SIGUSR2)
        await home.until(is_streaming, BACK_S)
        await home.more(300, BACK_S)
        await home.complete(BACK_S)

    assert in_home(acts).archived().differences == []

"""What only the real stack does, done to the gateway on purpose; afterwards nothing may be missing."""

import asyncio
import os
import signal

from firmware_sim.virtual_radio import ask_radio
from tests.bluez.home import BACK_S, Air, Home, InHome, is_away, is_streaming
from tests.bluez.machine import Machine


def test_a_walk_out_of_range_is_fetched(in_home: InHome, air: Air) -> None:
    async def acts(home: Home) -> None:
        await home.begin()
        await ask_radio(air.control_port, "range off")
        try:
            await home.until(is_away, BACK_S)
            await asyncio.sleep(5.0)
        finally:
            await ask_radio(air.control_port, "range on")
        await home.until(is_streaming, BACK_S)
        await home.more(300, BACK_S)
        await home.complete(BACK_S)

    tally = in_home(acts).archived()
    assert tally.differences == []
    assert tally.samples > 1500


def test_a_killed_strip_comes_back(in_home: InHome) -> None:
    async def acts(home: Home) -> None:
        await home.begin()
        assert home.strip is not None
        await home.strip.kill()
        await home.until(is_away, BACK_S)
        await home.start_strip()
        await home.until(is_streaming, BACK_S)
        await home.more(300, BACK_S)
        await home.complete(BACK_S)

    home = in_home(acts)
    tally = home.archived()
    assert tally.differences == []
    assert tally.samples > 600


def test_a_killed_bluetoothd_is_noticed_and_outlived(in_home: InHome, machine: Machine) -> None:
    async def acts(home: Home) -> None:
        await home.begin()
        await asyncio.to_thread(machine.kill_bluetoothd)
        await home.until(is_away, within_s=15.0)
        assert "the computer's Bluetooth service has ended" in home.gateway_log
        await asyncio.sleep(2.0)
        await asyncio.to_thread(machine.start_bluetoothd)
        await home.until(is_streaming, BACK_S)
        await home.more(300, BACK_S)
        account = await home.complete(BACK_S)
        assert account["duplicate_frames"] == 0

    tally = in_home(acts).archived()
    assert tally.differences == []


def test_bluetoothd_may_come_up_last(in_home: InHome, machine: Machine) -> None:
    async def acts(home: Home) -> None:
        await asyncio.to_thread(machine.kill_bluetoothd)
        await home.start_strip()
        await home.start_gateway()
        await home.until(lambda account: "Bluetooth" in str(account["waiting_for"]), BACK_S)
        await asyncio.to_thread(machine.start_bluetoothd)
        await home.until(is_streaming, BACK_S)
        await home.more(300, BACK_S)

    assert in_home(acts).archived().differences == []


def test_an_adapter_that_is_switched_off_and_on(in_home: InHome, machine: Machine) -> None:
    async def acts(home: Home) -> None:
        await home.begin()
        await asyncio.to_thread(machine.run, "bluetoothctl power off")
        await home.until(is_away, within_s=15.0)
        await asyncio.sleep(2.0)
        await asyncio.to_thread(machine.run, "bluetoothctl power on")
        await home.until(is_streaming, BACK_S)
        await home.more(300, BACK_S)
        await home.complete(BACK_S)

    assert in_home(acts).archived().differences == []


def test_a_stalled_gateway_loses_nothing(in_home: InHome) -> None:
    async def acts(home: Home) -> None:
        await home.begin()
        assert home.gateway is not None
        os.kill(home.gateway.pid, signal.SIGSTOP)
        await asyncio.sleep(10.0)
        os.kill(home.gateway.pid, signal.SIGCONT)
        await home.more(1300, BACK_S)
        account = await home.complete(BACK_S)
        assert account["duplicate_frames"] == 0

    tally = in_home(acts).archived()
    assert tally.differences == []
    assert tally.samples > 1500

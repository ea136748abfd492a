"""The link when Bluetooth itself is in trouble: stacks that hang, are missing, come late or go."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest
from bleak.exc import (
    BleakBluetoothNotAvailableError,
    BleakBluetoothNotAvailableReason,
    BleakDBusError,
    BleakError,
)

from gateway.link.ble import NoStack, find_strips
from gateway.link.errors import NoAdapterError
from gateway.link.inbox import LinkChanged
from gateway.link.reconnect import State
from tests.gateway.link.life import Life, live


def test_a_stack_that_died_without_a_word_is_noticed(fake_bluetooth: Any, fake_strip: Any) -> None:
    strip = fake_strip()

    async def use(life: Life) -> None:
        await life.frames(2)
        strip.is_mute = strip.is_deaf = True
        await life.until(lambda: "the strip or the Bluetooth stack does not answer" in life.reasons)
        strip.is_mute = strip.is_deaf = False
        await life.frames(2)

    live(fake_bluetooth(strip), use)


def test_failures_are_told_with_their_reason_and_tried_again(fake_bluetooth: Any, fake_strip: Any) -> None:
    strip = fake_strip(refuses=True)

    async def use(life: Life) -> None:
        await life.until(lambda: life.reasons.count("le-connection-abort-by-local") >= 2)
        strip.refuses = False
        await life.frames(1)

    live(fake_bluetooth(strip), use)
    assert strip.log[:4] == ["connect", "disconnect"] * 2


def test_stopping_a_stack_that_hangs_takes_two_seconds_at_most(fake_bluetooth: Any, fake_strip: Any) -> None:
    strip = fake_strip()
    started = 0.0

    async def use(life: Life) -> None:
        nonlocal started
        await life.frames(1)
        strip.is_deaf = True
        started = time.monotonic()

    live(fake_bluetooth(strip), use)
    assert time.monotonic() - started < 2.0


async def never() -> None:
    await asyncio.Event().wait()


async def fail() -> None:
    raise BleakError("In Progress")


@pytest.mark.parametrize("when_stopping", [never, fail])
def test_stopping_in_a_scan_is_not_up_to_the_stack(
    fake_bluetooth: Any, when_stopping: Callable[[], Awaitable[None]]
) -> None:
    bluetooth = fake_bluetooth()
    started = 0.0

    async def use(life: Life) -> None:
        nonlocal started
        await life.until(lambda: life.link.state is State.SCANNING)
        await asyncio.sleep(0.02)
        bluetooth.when_stopping = when_stopping
        started = time.monotonic()

    life = live(bluetooth, use)
    assert time.monotonic() - started < 2.0
    assert life.link.state is State.STOPPED
    assert life.reasons[-1] == "stopped"


@pytest.mark.parametrize(
    ("error", "says"),
    [
        (
            BleakBluetoothNotAvailableError(
                "No powered Bluetooth adapters found.", BleakBluetoothNotAvailableReason.POWERED_OFF
            ),
            "no Bluetooth to use: No powered Bluetooth adapters found. Plug in",
        ),
        (FileNotFoundError(2, "No such file or directory"), "message bus"),
        (
            BleakDBusError("org.freedesktop.DBus.Error.ServiceUnknown", ["org.bluez was not provided"]),
            "org.bluez was not provided",
        ),
        (KeyError("Roles"), "the Bluetooth stack says nothing of 'Roles', which is needed"),
    ],
)
def test_bluetooth_may_come_later_than_the_gateway(
    fake_bluetooth: Any, fake_strip: Any, error: Exception, says: str
) -> None:
    bluetooth = fake_bluetooth(fake_strip())
    bluetooth.error = error
    with pytest.raises(NoAdapterError, match=says):
        asyncio.run(find_strips(0.1, bluetooth))

    async def use(life: Life) -> None:
        await life.until(lambda: len(life.reasons) >= 6)
        bluetooth.error = None
        await life.frames(2)

    life = live(bluetooth, use)
    (reason,) = {change.reason for change in life.all(LinkChanged)[:6] if change.state == "waiting"}
    assert says in reason
    assert "\n" not in reason


def test_a_scan_that_fails_for_another_reason_is_tried_again(fake_bluetooth: Any, fake_strip: Any) -> None:
    bluetooth = fake_bluetooth(fake_strip())
    bluetooth.error = BleakDBusError("org.bluez.Error.InProgress", ["Operation already in progress"])

    async def use(life: Life) -> None:
        await life.until(lambda: len(life.reasons) >= 4)
        bluetooth.error = None
        await life.frames(2)

    assert any(reason.startswith("cannot scan: ") for reason in live(bluetooth, use).reasons)


def test_what_bleak_misses_in_bluez_is_a_failed_attempt_and_said_in_one_line(
    fake_bluetooth: Any, fake_strip: Any
) -> None:
    strip = fake_strip(is_vanishing=True)

    async def use(life: Life) -> None:
        await life.until(lambda: strip.log.count("connect") >= 2)
        strip.is_vanishing = False
        await life.frames(2)

    reasons = live(fake_bluetooth(strip), use).reasons
    assert (
        "the Bluetooth stack says nothing of '/org/bluez/hci0/dev_C0_00_00_00_00_01', which is needed"
        in reasons
    )


def test_an_adapter_that_goes_later_is_waited_out(fake_bluetooth: Any, fake_strip: Any) -> None:
    bluetooth = fake_bluetooth(fake_strip())

    async def use(life: Life) -> None:
        await life.frames(2)
        bluetooth.error = BleakError("adapter reset")
        bluetooth.client.clients[-1].drop()
        await life.until(lambda: "cannot scan: adapter reset" in life.reasons)
        bluetooth.error = None
        await life.frames(2)

    live(bluetooth, use)


def test_a_strip_that_lost_its_bond_is_paired_anew_when_it_lets_itself_be_paired(
    fake_bluetooth: Any, fake_strip: Any
) -> None:
    strip = fake_strip(has_lost_bond=True)

    async def use(life: Life) -> None:
        await life.until(lambda: strip.log.count("connect") >= 5)
        assert "unpair" not in strip.log, "nobody has asked for it"
        strip.is_open = True
        await life.frames(2)

    life = live(fake_bluetooth(strip), use)
    assert strip.log.count("unpair") == 1
    at = strip.log.index("unpair")
    assert strip.log[at - 4 : at] == ["connect", "disconnect"] * 2
    assert any(reason.endswith("so it is paired anew") for reason in life.reasons)


def test_a_good_bond_outlives_one_failure_of_a_strip_that_lets_itself_be_paired(
    fake_bluetooth: Any, fake_strip: Any
) -> None:
    strip = fake_strip(is_open=True)
    bluetooth = fake_bluetooth(strip)

    async def use(life: Life) -> None:
        for _ in range(3):
            await life.frames(2)
            failed = strip.log.count("connect") + 1
            strip.refuses = True
            bluetooth.client.clients[-1].drop()
            await life.until(lambda failed=failed: strip.log.count("connect") == failed)  # type: ignore[misc]  # bound now
            strip.refuses = False

    live(bluetooth, use)
    assert "unpair" not in strip.log


def test_the_end_of_bluetoothd_ends_the_connection_at_once(fake_bluetooth: Any, fake_strip: Any) -> None:
    class Stack(NoStack):
        def __init__(self) -> None:
            self.died = asyncio.Event()
            self.paired_with: list[str] = []

        @contextlib.asynccontextmanager
        async def pairing(self, address: str) -> AsyncIterator[None]:
            self.paired_with.append(address)
            yield

        async def watch(self, ended: Callable[[], None]) -> None:
            await self.died.wait()
            ended()

    strip, stack = fake_strip(), Stack()

    async def use(life: Life) -> None:
        await life.frames(2)
        strip.is_mute = True
        stack.died.set()
        await life.until(lambda: "the computer's Bluetooth service has ended" in life.reasons)
        strip.is_mute = False
        await life.frames(2)

    live(fake_bluetooth(strip), use, stack=stack)
    assert strip.log[:3] == ["connect", "disconnect", "connect"]
    assert stack.paired_with == 2 * [strip.address]

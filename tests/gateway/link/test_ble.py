"""The link against strips that misbehave; `test_radio.py` has the same link on a real Bluetooth stack."""

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

from gateway.link.ble import NoStack, StripLink, find_strips
from gateway.link.connection import LinkParams
from gateway.link.errors import LinkError, NoAdapterError, NotConnectedError
from gateway.link.inbox import Anchored, Item, LinkChanged, StatusChanged, StripFound
from gateway.link.reassembly import Arrival
from gateway.link.reconnect import ReconnectParams, State
from gateway.wire.control import GetBoots, GetTime, Identify, Pattern, SetAnchor, Start, Stop, Vibrate
from gateway.wire.timebase import REAL_CLOCK

QUICK = LinkParams(
    scan_s=0.2, connect_s=1.0, answer_s=0.2, silence_s=0.2, idle_s=0.3, disconnect_s=0.3, farewell_s=0.3
)
AT_ONCE = ReconnectParams(
    rescan_s=0.02, no_adapter_s=0.02, first_pause_s=0.02, longest_pause_s=0.1, healthy_s=0.2
)


class Life:
    """A running link and what it told."""

    def __init__(self, link: StripLink) -> None:
        self.link = link
        self.items: list[Item] = []

    def all(self, type_: type[Any]) -> list[Any]:
        return [item for item in self.items if isinstance(item, type_)]

    @property
    def reasons(self) -> list[str]:
        return [change.reason for change in self.all(LinkChanged)]

    async def until(self, condition: Callable[[], bool]) -> None:
        async with asyncio.timeout(5):
            while not condition():  # noqa: ASYNC110 - any condition, on what the link has told so far
                await asyncio.sleep(0.005)

    async def frames(self, count: int) -> None:
        """Wait for some more frames of a link that is settled: the first come while it still connects."""
        await self.until(lambda: self.link.state is State.STREAMING)
        wanted = len(self.all(Arrival)) + count
        await self.until(lambda: len(self.all(Arrival)) >= wanted)


def live(backend: Any, use: Callable[[Life], Awaitable[None]], **options: Any) -> Life:
    async def main() -> Life:
        link = StripLink(REAL_CLOCK, backend=backend, params=QUICK, reconnect=AT_ONCE, **options)
        life = Life(link)

        async def consume() -> None:
            async for batch in link.batches():
                life.items.extend(batch)

        consumer = asyncio.create_task(consume())
        running = asyncio.create_task(link.run())
        try:
            await use(life)
        finally:
            await link.stop()
            await running
            await consumer
        return life

    return asyncio.run(main())


def test_a_strip_is_found_asked_started_and_at_the_end_stopped(fake_bluetooth: Any, fake_strip: Any) -> None:
    strip = fake_strip()

    async def use(life: Life) -> None:
        await life.frames(5)
        await life.link.vibrate(Pattern.NUDGE)
        await life.link.identify()
        assert life.link.serial == "LM-000001"

    life = live(fake_bluetooth(strip), use)
    kinds = [type(request) for request in strip.written]
    assert kinds == [*[GetTime] * 8, SetAnchor, GetBoots, Start, Vibrate, Identify, Stop]
    order = [type(item) for item in life.items]
    assert order.index(StripFound) < order.index(Anchored) < order.index(Arrival)
    states = [change.state for change in life.all(LinkChanged)]
    assert states == ["scanning", "connecting", "streaming", "stopped"]
    (anchored,) = life.all(Anchored)
    assert anchored.anchor.boot == 4
    assert abs(anchored.anchor.utc_ns - time.time_ns()) < 10e9
    assert 0 < anchored.anchor.bound_ns < 100e6
    assert abs(strip.written[8].utc_ms - time.time() * 1000) < 10_000
    assert strip.log == ["connect", "disconnect"]


def test_after_a_drop_it_hangs_up_looks_again_and_comes_back(fake_bluetooth: Any, fake_strip: Any) -> None:
    strip = fake_strip()
    bluetooth = fake_bluetooth(strip)

    async def use(life: Life) -> None:
        for _ in range(3):
            await life.frames(5)
            bluetooth.client.clients[-1].drop()
        await life.frames(5)

    life = live(bluetooth, use)
    assert strip.log == ["connect", "disconnect"] * 4
    assert life.reasons.count("the connection dropped") == 3
    assert len(life.all(StripFound)) == len(life.all(Anchored)) == 4


def test_frames_of_a_former_connection_are_ignored(fake_bluetooth: Any, fake_strip: Any) -> None:
    strip = fake_strip()
    bluetooth = fake_bluetooth(strip)

    async def use(life: Life) -> None:
        await life.frames(2)
        former = bluetooth.client.clients[-1]
        former.drop()
        await life.until(lambda: len(bluetooth.client.clients) > 1)
        await life.frames(2)
        for callback in former.callbacks.values():
            callback(bytearray(b"from the past"))

    life = live(bluetooth, use)
    assert all(item.data != b"from the past" for item in life.all(Arrival))


def test_a_stream_that_falls_silent_is_noticed(fake_bluetooth: Any, fake_strip: Any) -> None:
    strip = fake_strip()

    async def use(life: Life) -> None:
        await life.frames(2)
        strip.is_mute = True
        await life.until(lambda: "the stream fell silent" in life.reasons)
        strip.is_mute = False
        await life.frames(2)

    live(fake_bluetooth(strip), use)
    assert strip.log[:3] == ["connect", "disconnect", "connect"]


def test_a_stack_that_died_without_a_word_is_noticed(fake_bluetooth: Any, fake_strip: Any) -> None:
    strip = fake_strip()

    async def use(life: Life) -> None:
        await life.frames(2)
        strip.is_mute = strip.is_deaf = True
        await life.until(lambda: "the strip or the Bluetooth stack does not answer" in life.reasons)
        strip.is_mute = strip.is_deaf = False
        await life.frames(2)

    live(fake_bluetooth(strip), use)


def test_a_strip_with_nothing_to_say_is_left_connected(fake_bluetooth: Any, fake_strip: Any) -> None:
    strip = fake_strip(is_idle=True)

    async def use(life: Life) -> None:
        await life.until(lambda: len(life.all(StatusChanged)) > 4)  # several looks

    live(fake_bluetooth(strip), use)
    assert strip.log == ["connect", "disconnect"]


def test_another_persons_strip_is_left_alone(fake_bluetooth: Any, fake_strip: Any) -> None:
    stranger = fake_strip(serial="LM-999999", address="C0:00:00:00:00:02")
    ours = fake_strip()

    async def use(life: Life) -> None:
        await life.frames(2)

    life = live(fake_bluetooth(stranger, ours), use, serial="LM-000001")
    assert [found.serial for found in life.all(StripFound)] == ["LM-000001"]
    assert stranger.written == []
    assert stranger.log == ["connect", "disconnect"]
    assert (stranger.is_paired, ours.is_paired) == (False, True)
    assert "strip LM-999999 is not ours; it is left alone" in life.reasons


def test_once_a_strip_is_ours_it_stays_ours(fake_bluetooth: Any, fake_strip: Any) -> None:
    ours = fake_strip()
    bluetooth = fake_bluetooth(ours)

    async def use(life: Life) -> None:
        await life.frames(2)
        bluetooth.strips = [fake_strip(serial="LM-000002", address="C0:00:00:00:00:02")]
        bluetooth.client.clients[-1].drop()
        await life.until(lambda: "strip LM-000002 is not ours; it is left alone" in life.reasons)
        ours.address = "C0:00:00:00:00:03"  # repaired: another address, the same strip
        bluetooth.strips.append(ours)
        await life.frames(2)

    life = live(bluetooth, use)
    assert {found.serial for found in life.all(StripFound)} == {"LM-000001"}


@pytest.mark.parametrize(("att_mtu", "works"), [(42, False), (43, True)])
def test_a_link_too_narrow_for_a_sample_is_refused(
    fake_bluetooth: Any, fake_strip: Any, att_mtu: int, works: bool
) -> None:
    strip = fake_strip(att_mtu=att_mtu)

    async def use(life: Life) -> None:
        await life.until(lambda: len(life.all(LinkChanged)) > 2)

    life = live(fake_bluetooth(strip), use)
    assert any("carries 42 bytes" in reason for reason in life.reasons) is not works
    assert any(change.state == "streaming" for change in life.all(LinkChanged)) is works


def test_failures_are_told_with_their_reason_and_tried_again(fake_bluetooth: Any, fake_strip: Any) -> None:
    strip = fake_strip(refuses=True)

    async def use(life: Life) -> None:
        await life.until(lambda: life.reasons.count("le-connection-abort-by-local") >= 2)
        strip.refuses = False
        await life.frames(1)

    live(fake_bluetooth(strip), use)
    assert strip.log[:4] == ["connect", "disconnect"] * 2


def test_nobody_in_range_is_waited_out(fake_bluetooth: Any, fake_strip: Any) -> None:
    bluetooth = fake_bluetooth()

    async def use(life: Life) -> None:
        await life.until(lambda: "no strip in range" in life.reasons)
        bluetooth.strips.append(fake_strip())
        await life.frames(1)

    live(bluetooth, use)


def test_commands_without_a_strip_say_so(fake_bluetooth: Any) -> None:
    async def use(life: Life) -> None:
        with pytest.raises(NotConnectedError, match="no strip is connected"):
            await life.link.vibrate(Pattern.ALERT)

    live(fake_bluetooth(), use)


def test_a_command_the_strip_does_not_answer_fails(fake_bluetooth: Any, fake_strip: Any) -> None:
    strip = fake_strip()

    async def use(life: Life) -> None:
        await life.frames(1)
        strip.is_deaf = True
        with pytest.raises(LinkError, match="did not answer vibrate"):
            await life.link.vibrate(Pattern.ALERT)
        strip.is_deaf = False

    live(fake_bluetooth(strip), use)


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


def test_strips_in_range_are_listed(fake_bluetooth: Any, fake_strip: Any) -> None:
    found = asyncio.run(find_strips(0.05, fake_bluetooth(fake_strip())))
    assert [(strip.address, strip.name, strip.rssi_dbm) for strip in found] == [
        ("C0:00:00:00:00:01", "strip", -40)
    ]


def test_stopping_before_running_does_nothing() -> None:
    asyncio.run(StripLink(REAL_CLOCK).stop())

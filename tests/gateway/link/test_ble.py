"""The link against strips that misbehave; `test_radio.py` has the same link on a real Bluetooth stack."""

import asyncio
import time
from typing import Any

import pytest

from gateway.link.ble import StripLink, find_strips
from gateway.link.errors import LinkError, NotConnectedError
from gateway.link.inbox import Anchored, LinkChanged, StatusChanged, StripFound
from gateway.link.reassembly import Arrival
from gateway.wire.control import GetBoots, GetTime, Identify, Pattern, SetAnchor, Start, Stop, Vibrate
from gateway.wire.timebase import REAL_CLOCK
from tests.gateway.link.life import Life, live


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


def test_strips_in_range_are_listed(fake_bluetooth: Any, fake_strip: Any) -> None:
    found = asyncio.run(find_strips(0.05, fake_bluetooth(fake_strip())))
    assert [(strip.address, strip.name, strip.rssi_dbm) for strip in found] == [
        ("C0:00:00:00:00:01", "strip", -40)
    ]


def test_stopping_before_running_does_nothing() -> None:
    asyncio.run(StripLink(REAL_CLOCK).stop())

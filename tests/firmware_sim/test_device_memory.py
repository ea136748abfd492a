"""What a strip remembers and gives out again: ranges of former samples, boots, anchors, erasing."""

from dataclasses import replace

import pytest

from firmware_sim.streaming import StreamParams
from gateway.wire import control as wire
from gateway.wire.control import BootRecord, BootsReply, RangeReply, Result
from tests.firmware_sim.bench import BOOT_UTC_NS, EXACT, Strip, values


def test_send_range_sends_what_is_stored_and_says_how_much() -> None:
    strip = Strip()
    strip.ask(wire.Start())
    strip.run(10.0)
    strip.ask(wire.Stop())
    assert strip.ask(wire.SendRange(1, 100, 199)).reply == RangeReply(12)
    got = strip.run(11.0)
    assert all(frame.backfill for frame in got)
    assert len(got) == 12
    assert [value for frame in got for value in values(frame)] == list(range(100, 200))
    assert got[-1].count == 1
    assert got[0].ticks == 32768


def test_send_range_reaches_into_former_boots() -> None:
    strip = Strip()
    strip.ask(wire.Start())
    strip.run(3.0)
    strip.boot(BOOT_UTC_NS + 60_000_000_000)
    strip.ask(wire.Start())
    assert strip.ask(wire.SendRange(1, 0, 0xFFFF_FFFF)).reply == RangeReply(34)
    got = [frame for frame in strip.run(2.0) if frame.backfill]
    assert {frame.boot for frame in got} == {1}
    assert [value for frame in got for value in values(frame)] == list(range(300))


@pytest.mark.parametrize(
    ("request_", "result"),
    [
        (wire.SendRange(1, 5, 4), Result.BAD_ARGUMENT),
        (wire.SendRange(2, 0, 4), Result.NOT_STORED),
        (wire.SendRange(1, 500, 600), Result.NOT_STORED),
        (wire.EraseTo(2, 0), Result.NOT_STORED),
        (wire.EraseTo(1, 200), Result.BAD_ARGUMENT),
        (wire.SetAnchor(0), Result.BAD_ARGUMENT),
    ],
)
def test_what_cannot_be_done_is_refused(request_: wire.Request, result: Result) -> None:
    strip = Strip()
    strip.ask(wire.Start())
    strip.run(2.0)
    assert strip.ask(request_).result is result


def test_one_range_at_a_time_and_none_without_room() -> None:
    strip = Strip()
    strip.ask(wire.Start())
    strip.run(2.0)
    assert strip.ask(wire.SendRange(1, 0, 100), 42).result is Result.BUSY
    assert strip.ask(wire.SendRange(1, 0, 100)).result is Result.OK
    assert strip.ask(wire.SendRange(1, 0, 100)).result is Result.BUSY
    strip.device.disconnected()
    assert strip.ask(wire.SendRange(1, 0, 100)).result is Result.OK


def test_live_frames_go_before_backfill_and_backfill_is_paced() -> None:
    strip = Strip(params=replace(EXACT, stream=StreamParams(backfill_frames_per_s=20.0)))
    strip.ask(wire.Start())
    strip.run(60.0)
    strip.ask(wire.SendRange(1, 0, 4999))
    strip.device.advance(61.0)
    at_once = strip.frames()
    live = [frame.backfill for frame in at_once].index(True)
    assert all(frame.backfill for frame in at_once[live:])
    assert live == 11
    got = strip.run(71.0, 0.05)
    assert 195 <= sum(frame.backfill for frame in got) <= 225
    assert 110 <= sum(not frame.backfill for frame in got) <= 112


def test_a_range_that_is_overwritten_or_erased_meanwhile_ends_early() -> None:
    slow = replace(EXACT, stream=StreamParams(backfill_frames_per_s=10.0))
    strip = Strip(params=slow, flash_samples=1000)
    strip.ask(wire.Start())
    strip.run(9.0)
    strip.device.disconnected()
    strip.ask(wire.SendRange(1, 0, 799))
    strip.device.advance(12.0)
    got = strip.run(30.0)
    sent = [value for frame in got for value in values(frame)]
    assert sent[0] >= 200
    assert sent == sorted(set(sent))
    assert sent[-1] <= 799
    strip.ask(wire.SendRange(1, 2500, 2700))
    strip.ask(wire.EraseTo(1, 2900))
    assert strip.run(32.0) == []


def test_erase_to_forgets_that_boot_s_samples_only() -> None:
    strip = Strip()
    strip.ask(wire.Start())
    strip.run(5.0)
    strip.boot(BOOT_UTC_NS + 60_000_000_000)
    strip.device.advance(5.0)
    assert strip.ask(wire.EraseTo(2, 299)).result is Result.OK
    status = strip.device.status()
    assert (status.oldest_boot, status.oldest_sample, status.newest_sample) == (1, 0, 499)
    assert strip.ask(wire.EraseTo(1, 499)).result is Result.OK
    assert strip.ask(wire.EraseTo(1, 499)).result is Result.OK
    status = strip.device.status()
    assert (status.oldest_boot, status.oldest_sample) == (2, 300)
    assert strip.ask(wire.SendRange(1, 0, 499)).result is Result.NOT_STORED
    assert strip.ask(wire.GetBoots()).reply == BootsReply((BootRecord(2, 300, 499, 0, 0),))
    assert strip.ask(wire.EraseTo(2, 100)).result is Result.OK
    assert strip.device.status().oldest_sample == 300
    strip.ask(wire.EraseTo(2, 499))
    status = strip.device.status()
    assert status.oldest_sample == status.newest_sample + 1 == 500


def test_each_boot_keeps_its_anchor() -> None:
    strip = Strip()
    strip.device.advance(1.0)
    assert strip.ask(wire.SetAnchor(111)).reply == wire.AnchorReply(1, 32768)
    strip.ask(wire.Start())
    strip.run(2.0)
    strip.boot(BOOT_UTC_NS + 60_000_000_000)
    strip.device.advance(3.0)
    strip.ask(wire.SetAnchor(222))
    strip.device.advance(4.0)
    assert strip.ask(wire.GetBoots()).reply == BootsReply(
        (BootRecord(1, 0, 99, 32768, 111), BootRecord(2, 0, 399, 3 * 32768, 222))
    )


def test_more_boots_than_an_indication_holds_are_listed_oldest_and_newest() -> None:
    strip = Strip()
    strip.ask(wire.Start())
    for boot in range(1, 31):
        strip.device.advance(1.0)
        strip.boot(BOOT_UTC_NS + boot * 10_000_000_000)
    strip.device.advance(1.0)

    def listed(att_mtu: int) -> list[int]:
        reply = strip.ask(wire.GetBoots(), att_mtu).reply
        assert isinstance(reply, BootsReply)
        return [record.boot for record in reply.boots]

    assert listed(247) == [*range(1, 6), *range(27, 32)]
    assert listed(517) == [*range(1, 12), *range(20, 32)]
    assert listed(50) == [1, 31]
    assert listed(28) == [31]
    assert listed(23) == []


def test_what_must_outlive_a_restart_is_announced() -> None:
    strip = Strip()
    seen = [strip.device.state_changes]

    def changed() -> bool:
        seen.append(strip.device.state_changes)
        return seen[-1] != seen[-2]

    strip.ask(wire.GetTime())
    assert not changed()
    strip.ask(wire.Start())
    assert changed()
    strip.ask(wire.Start())
    assert not changed()
    strip.run(1.0)
    assert not changed()
    for request in (wire.SetAnchor(5), wire.EraseTo(1, 3)):
        strip.ask(request)
        assert changed()
    strip.device.press_button()
    assert changed()

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from firmware_sim.device import Buzz, DeviceParams
from firmware_sim.streaming import StreamParams
from gateway.wire import control as wire
from gateway.wire import frame as frames
from gateway.wire.control import BootRecord, BootsReply, Pattern, Result, TimeReply
from gateway.wire.frame import Frame
from tests.firmware_sim.bench import BOOT_UTC_NS, EXACT, MTU, Counting, Strip, values


def test_nothing_is_measured_before_the_first_start() -> None:
    strip = Strip()
    strip.device.advance(100.0)
    status = strip.device.status()
    assert (status.worn, status.streaming, status.oldest_sample, status.newest_sample) == (False, False, 0, 0)
    assert strip.ask(wire.GetTime()).reply == TimeReply(1, 100 * 32768, 0)
    assert strip.ask(wire.GetBoots()).reply == BootsReply(())
    assert strip.frames() == []


def test_the_first_start_puts_the_strip_on() -> None:
    strip = Strip()
    strip.device.advance(10.0)
    assert strip.ask(wire.Start()).result is Result.OK
    assert strip.device.donned_utc_ns == BOOT_UTC_NS + 10_000_000_000
    got = strip.run(15.0)
    assert [frame.count for frame in got] == [9] * 55
    assert [frame.first_sample for frame in got] == list(range(0, 495, 9))
    assert [value for frame in got for value in values(frame)] == list(range(495))
    assert {(frame.boot, frame.backfill, frame.button, frame.saturated) for frame in got} == {
        (1, False, False, False)
    }
    assert [frame.ticks for frame in got] == [10 * 32768 + n * 9 * 32768 // 100 for n in range(55)]
    status = strip.device.status()
    assert (status.worn, status.streaming, status.oldest_sample, status.newest_sample) == (True, True, 0, 499)


def test_samples_are_kept_while_nobody_listens_and_a_later_stream_starts_at_the_newest() -> None:
    strip = Strip()
    strip.ask(wire.Start())
    strip.run(1.0)
    strip.device.disconnected()
    assert strip.run(5.0) == []
    strip.ask(wire.Start())
    got = strip.run(6.0)
    assert got[0].first_sample == 499
    assert strip.device.status().newest_sample == 599


def test_stop_ends_the_stream_and_not_the_sampling() -> None:
    strip = Strip()
    strip.ask(wire.Start())
    strip.run(1.0)
    assert strip.ask(wire.Stop()).result is Result.OK
    assert strip.run(2.0) == []
    assert not strip.device.status().streaming
    assert strip.device.status().newest_sample == 199


def test_start_twice_changes_nothing() -> None:
    strip = Strip()
    strip.ask(wire.Start())
    first = strip.run(1.0)
    strip.ask(wire.Start())
    again = strip.run(2.0)
    assert again[0].first_sample == first[-1].last_sample + 1


@pytest.mark.parametrize(("att_mtu", "count"), [(43, 1), (100, 3), (247, 9), (517, 9)])
def test_frames_are_as_large_as_the_link_allows(att_mtu: int, count: int) -> None:
    strip = Strip()
    strip.ask(wire.Start(), att_mtu)
    strip.device.advance(0.5)
    got = strip.frames(att_mtu)
    assert {frame.count for frame in got} == {count}
    assert max(len(frames.encode(frame)) for frame in got) <= att_mtu - 3


def test_a_link_too_narrow_for_one_sample_does_not_stream() -> None:
    strip = Strip()
    assert strip.ask(wire.Start(), 42).result is Result.BUSY
    assert strip.device.donned_utc_ns is None


def test_a_single_pod_strip() -> None:
    strip = Strip(Counting(single_pod=True))
    strip.ask(wire.Start())
    got = strip.run(2.0)
    assert {(frame.count, frame.single_pod) for frame in got} == {(19, True)}
    assert [value for frame in got for value in values(frame)] == list(range(190))


def test_saturation_is_flagged_where_it_happens() -> None:
    class Clipping(Counting):
        def read(self, first: int, count: int) -> NDArray[np.int16]:
            raw = super().read(first, count)
            index = np.arange(first, first + len(raw))
            raw[index == 12, 3] = 32767
            raw[index == 40, 11] = -32768
            return raw

    strip = Strip(Clipping())
    strip.ask(wire.Start())
    got = strip.run(1.0)
    assert [frame.first_sample for frame in got if frame.saturated] == [9, 36]


def test_the_button_marks_the_frame_of_its_moment_live_and_stored() -> None:
    strip = Strip()
    strip.device.press_button()
    strip.ask(wire.Start())
    strip.run(1.0)
    strip.device.press_button()
    assert [frame.first_sample for frame in strip.run(2.0) if frame.button] == [99]
    strip.ask(wire.SendRange(1, 95, 105))
    assert [(frame.first_sample, frame.button) for frame in strip.run(2.5) if frame.backfill] == [
        (95, True),
        (104, False),
    ]


def test_the_oscillator_runs_fast_for_samples_and_ticks_alike() -> None:
    strip = Strip(params=DeviceParams(oscillator_ppm=1000.0))
    strip.ask(wire.Start())
    strip.device.advance(1000.005)
    reply = strip.ask(wire.GetTime()).reply
    assert reply == TimeReply(1, int(1001.005005 * 32768), 100_100)


def test_ticks_wrap() -> None:
    strip = Strip()
    wrap_s = 2**32 / 32768
    strip.device.advance(wrap_s - 0.5)
    strip.ask(wire.Start())
    got = strip.run(wrap_s + 1.0)
    wrapped = [frame for frame in got if frame.ticks < 32768]
    assert wrapped
    steps = {frames.ticks_between(a.ticks, b.ticks) for a, b in pairwise(got)}
    assert steps <= {2949, 2950}


def test_a_stream_too_far_behind_skips_to_the_present() -> None:
    strip = Strip(params=replace(EXACT, stream=StreamParams(longest_backlog_s=10.0)))
    strip.ask(wire.Start())
    strip.device.advance(9.9)
    assert strip.device.next_frame(MTU) is not None
    strip.device.advance(30.0)
    got = strip.run(31.0)
    assert got[0].first_sample == 2999
    assert strip.device.stream_skips == 1


def test_a_stream_only_a_little_behind_catches_up_in_order() -> None:
    strip = Strip()
    strip.ask(wire.Start())
    strip.device.advance(100.0)
    got = strip.frames()
    assert [value for frame in got for value in values(frame)] == list(range(9999))


def test_the_end_of_the_source_takes_the_strip_off() -> None:
    strip = Strip(Counting(duration_s=2.05))
    strip.ask(wire.Start())
    got = strip.run(5.0)
    assert [value for frame in got for value in values(frame)] == list(range(205))
    assert got[-1].count == 7
    status = strip.device.status()
    assert (status.worn, status.streaming, status.newest_sample) == (False, False, 204)
    assert strip.ask(wire.Start()).result is Result.OK
    assert not strip.device.status().streaming


def test_a_restart_is_a_new_boot_that_takes_up_the_same_person_where_they_are() -> None:
    strip = Strip()
    strip.device.advance(5.0)
    strip.ask(wire.Start())
    strip.run(15.0)
    strip.boot(BOOT_UTC_NS + 25_000_000_000)
    assert strip.device.boot == 2
    assert strip.device.status().worn
    strip.device.advance(1.0)
    strip.ask(wire.Start())
    got = strip.run(2.0)
    assert got[0].boot == 2
    assert got[0].first_sample == 99
    assert values(got[0])[0] == 2000 + 99
    assert strip.device.donned_utc_ns == BOOT_UTC_NS + 5_000_000_000


def test_a_restart_on_a_clock_that_was_set_back_begins_the_source_anew() -> None:
    strip = Strip()
    strip.ask(wire.Start())
    strip.boot(BOOT_UTC_NS - 25_000_000_000)
    strip.device.advance(1.0)
    strip.ask(wire.Start())
    assert values(strip.run(2.0)[0])[0] == 99


def test_a_restart_after_the_end_stays_off() -> None:
    strip = Strip(Counting(duration_s=5.0))
    strip.ask(wire.Start())
    strip.run(10.0)
    strip.boot(BOOT_UTC_NS + 60_000_000_000)
    strip.run(2.0)
    status = strip.device.status()
    assert not status.worn
    assert (status.oldest_boot, status.oldest_sample) == (1, 0)
    assert strip.ask(wire.GetBoots()).reply == BootsReply((BootRecord(1, 0, 499, 0, 0),))


def test_the_boot_counter_wraps_past_zero() -> None:
    strip = Strip()
    strip.state.boot = 0xFFFF
    strip.boot(BOOT_UTC_NS)
    assert strip.device.boot == 1


def test_the_motor_keeps_a_log() -> None:
    strip = Strip()
    strip.device.advance(2.0)
    strip.ask(wire.Vibrate(Pattern.ALERT))
    strip.ask(wire.Identify())
    at_ns = BOOT_UTC_NS + 2_000_000_000
    assert list(strip.device.motor_log) == [Buzz(at_ns, Pattern.ALERT), Buzz(at_ns, None)]


def test_the_pairing_window() -> None:
    strip = Strip()
    seen = [strip.device.pairing_open]
    strip.device.advance(5.0)
    strip.device.hold_button()
    for at_s in (5.0, 64.9, 65.0):
        strip.device.advance(at_s)
        seen.append(strip.device.pairing_open)
    assert seen == [False, True, True, False]


def test_the_battery_drains_over_restarts_too() -> None:
    strip = Strip(params=DeviceParams(battery_life_s=1000.0))
    assert strip.device.status().battery_pct == 100
    strip.device.advance(300.0)
    assert strip.device.status().battery_pct == 70
    strip.boot(BOOT_UTC_NS + 500_000_000_000)
    assert strip.device.status().battery_pct == 50
    strip.device.advance(2000.0)
    assert strip.device.status().battery_pct == 0


@pytest.mark.parametrize(
    ("data", "answer"),
    [(b"", None), (b"\x05", None), (b"\x05\x63", b"\x05\x63\x01"), (b"\x05\x01\x00", b"\x05\x01\x02")],
)
def test_malformed_commands_are_answered_as_far_as_possible(data: bytes, answer: bytes | None) -> None:
    assert Strip().device.control(data, MTU) == answer


def test_when_the_next_frame_is_due() -> None:
    strip = Strip(params=replace(EXACT, stream=StreamParams(backfill_frames_per_s=10.0)))
    assert strip.device.next_due_in_s(MTU) is None
    strip.ask(wire.Start())
    strip.device.advance(0.05)
    assert strip.device.next_due_in_s(MTU) == pytest.approx(0.04)
    strip.device.advance(0.09)
    assert strip.device.next_due_in_s(MTU) == 0.0
    strip.frames()
    strip.ask(wire.SendRange(1, 0, 8))
    assert strip.device.next_due_in_s(MTU) == 0.0


@settings(max_examples=40)
@given(
    st.lists(st.floats(0.001, 3.0), min_size=1, max_size=30),
    st.integers(43, 300),
    st.floats(-200.0, 200.0),
)
def test_a_stream_is_gapless_whenever_it_is_looked_at(
    steps_s: list[float], att_mtu: int, oscillator_ppm: float
) -> None:
    strip = Strip(params=DeviceParams(oscillator_ppm=oscillator_ppm))
    strip.ask(wire.Start(), att_mtu)
    got: list[Frame] = []
    at_s = 0.0
    for step_s in steps_s:
        at_s += step_s
        strip.device.advance(at_s)
        got += strip.frames(att_mtu)
    assert [value for frame in got for value in values(frame)] == list(range(sum(f.count for f in got)))
    fits = frames.samples_that_fit(att_mtu, single_pod=False)
    assert 0 <= at_s * 100 * (1 + oscillator_ppm * 1e-6) - sum(f.count for f in got) < fits + 1


@given(st.lists(st.binary(max_size=16), max_size=20))
def test_noise_on_the_control_point_never_breaks_the_strip(writes: list[bytes]) -> None:
    strip = Strip(flash_samples=500)
    for data in writes:
        answer = strip.device.control(data, MTU)
        if answer is not None:
            wire.decode_response(answer)
    strip.device.advance(1.0)
    strip.device.status()
    strip.frames()

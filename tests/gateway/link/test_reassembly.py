from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.link.reassembly import Arrival, RawRun, Reassembly
from gateway.wire.control import TimeReply
from gateway.wire.frame import Frame, encode

FrameAt = Callable[..., Arrival]
NOW = TimeReply(boot=4, ticks=1000, sample=0)


@pytest.fixture
def reassembly() -> Reassembly:
    made = Reassembly()
    made.follow(NOW)
    return made


def spans(runs: list[RawRun]) -> list[tuple[int, int]]:
    for run in runs:
        assert run.raw[:, 0].tolist() == [i % 30_000 for i in range(run.first_sample, run.end_sample)]
        assert run.raw.dtype == np.int16
    return [(run.first_sample, run.end_sample) for run in runs]


def test_frames_in_order_become_one_run(reassembly: Reassembly, frame_at: FrameAt) -> None:
    (run,) = reassembly.push([frame_at(0), frame_at(9), frame_at(18, 4)])
    assert spans([run]) == [(0, 22)]
    assert run.boot == 4
    assert run.frame_samples.tolist() == [0, 9, 18]
    assert run.frame_ticks.tolist() == [1000, 3949, 6898]
    assert run.button_samples == ()
    assert reassembly.counters.samples == 22
    assert spans(reassembly.push([frame_at(22)])) == [(22, 31)]


def test_a_jump_is_a_gap(reassembly: Reassembly, frame_at: FrameAt) -> None:
    assert spans(reassembly.push([frame_at(0), frame_at(27), frame_at(36)])) == [(0, 9), (27, 45)]
    assert spans(reassembly.push([frame_at(54)])) == [(54, 63)]
    assert (reassembly.counters.gaps, reassembly.counters.missing_samples) == (2, 27)


def test_what_comes_twice_or_late_is_dropped(reassembly: Reassembly, frame_at: FrameAt) -> None:
    arrivals = [frame_at(0), frame_at(18), frame_at(9), frame_at(18), frame_at(27)]
    assert spans(reassembly.push(arrivals)) == [(0, 9), (18, 36)]
    assert reassembly.counters.duplicate_frames == 2


def test_of_an_overlapping_frame_the_new_part_is_taken(reassembly: Reassembly, frame_at: FrameAt) -> None:
    assert spans(reassembly.push([frame_at(0), frame_at(5, 9)])) == [(0, 9), (9, 14)]
    (run,) = reassembly.push([frame_at(10, 9)])
    assert spans([run]) == [(14, 19)]
    assert run.frame_samples.tolist() == [10]


def test_a_stream_may_begin_anywhere(reassembly: Reassembly, frame_at: FrameAt) -> None:
    assert spans(reassembly.push([frame_at(500)])) == [(500, 509)]
    assert reassembly.counters.gaps == 0


def test_a_reconnection_in_the_same_boot_goes_on(reassembly: Reassembly, frame_at: FrameAt) -> None:
    reassembly.push([frame_at(0)])
    reassembly.follow(TimeReply(4, 1000 + 327_680, 1000))
    assert spans(reassembly.push([frame_at(1000)])) == [(1000, 1009)]
    assert reassembly.counters.missing_samples == 991


def test_a_new_boot_begins_anew(reassembly: Reassembly, frame_at: FrameAt) -> None:
    reassembly.push([frame_at(5000)])
    reassembly.follow(TimeReply(5, 1000, 0))
    runs = reassembly.push([frame_at(5009), frame_at(0, boot=5), frame_at(9, boot=5, single_pod=True)])
    assert spans(runs) == [(0, 9)]
    assert runs[0].boot == 5
    assert reassembly.counters.gaps == 0
    assert reassembly.counters.bad == {"other_boot": 1, "other_layout": 1}


def test_before_anyone_asked_nothing_is_taken(frame_at: FrameAt) -> None:
    reassembly = Reassembly()
    assert reassembly.push([frame_at(0)]) == []
    assert reassembly.counters.bad == {"other_boot": 1}


def test_a_stray_index_does_not_carry_the_stream_away(reassembly: Reassembly, frame_at: FrameAt) -> None:
    stray = frame_at(4_000_000_000, ticks=3950)
    assert spans(reassembly.push([frame_at(0), stray, frame_at(9)])) == [(0, 18)]
    assert reassembly.counters.bad == {"implausible_index": 1}
    assert reassembly.counters.gaps == 0


@pytest.mark.parametrize("gap_h", [1, 20, 36, 37, 80])
def test_a_long_absence_is_plausible(reassembly: Reassembly, frame_at: FrameAt, gap_h: int) -> None:
    later = gap_h * 360_000
    assert spans(reassembly.push([frame_at(0), frame_at(later)])) == [(0, 9), (later, later + 9)]


def test_button_and_backfill(reassembly: Reassembly, frame_at: FrameAt) -> None:
    runs = reassembly.push([frame_at(0, button=True), frame_at(900, backfill=True), frame_at(9)])
    assert spans(runs) == [(0, 18)]
    assert runs[0].button_samples == (8,)
    assert reassembly.counters.backfill_frames == 1


def test_damage_is_counted_by_reason(reassembly: Reassembly, frame_at: FrameAt) -> None:
    good = frame_at(0)
    flipped = Arrival(0, good.data[:40] + bytes([good.data[40] ^ 1]) + good.data[41:])
    foreign = Arrival(0, b"\x02" + good.data[1:])
    runs = reassembly.push([flipped, foreign, Arrival(0, b""), Arrival(0, bytes(600)), good])
    assert spans(runs) == [(0, 9)]
    assert reassembly.counters.bad == {"bad_crc": 1, "bad_version": 1, "too_short": 1, "too_long": 1}
    assert reassembly.counters.frames == 5


@given(st.lists(st.binary(max_size=260), max_size=20))
def test_noise_is_counted_and_changes_nothing(noise: list[bytes]) -> None:
    reassembly = Reassembly()
    reassembly.follow(NOW)
    assert reassembly.push(Arrival(0, data) for data in noise) == []
    assert sum(reassembly.counters.bad.values()) == reassembly.counters.frames == len(noise)


@settings(max_examples=200)
@given(data=st.data())
def test_whatever_happens_on_the_way_no_sample_comes_twice_or_out_of_order(data: st.DataObject) -> None:
    frames = [
        Arrival(
            0,
            encode(Frame(4, i * 9, (1000 + round(i * 9 * 327.68)), bytes(9 * 24))),
        )
        for i in range(30)
    ]
    order = data.draw(st.lists(st.integers(0, 29), max_size=60))
    flips = data.draw(st.sets(st.integers(0, 59), max_size=10))
    arrivals = []
    for place, index in enumerate(order):
        sent = frames[index].data
        if place in flips:
            at = data.draw(st.integers(0, len(sent) - 1))
            sent = sent[:at] + bytes([sent[at] ^ 0x55]) + sent[at + 1 :]
        arrivals.append(Arrival(0, sent))
    cut = data.draw(st.integers(0, len(arrivals)))
    reassembly = Reassembly()
    reassembly.follow(NOW)
    runs = reassembly.push(arrivals[:cut]) + reassembly.push(arrivals[cut:])
    ends = [0, *(run.end_sample for run in runs)]
    assert all(run.first_sample >= end for run, end in zip(runs, ends, strict=False))
    count = reassembly.counters
    assert count.samples == sum(map(len, runs))
    assert count.frames == sum(count.bad.values()) + count.duplicate_frames + count.samples // 9
    if runs:
        reach = runs[-1].end_sample - runs[0].first_sample
        assert reach == count.samples + count.missing_samples

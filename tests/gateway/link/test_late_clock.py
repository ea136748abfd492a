"""Times of samples that come late: exact on a straight line, and bounded by the times around them."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.recording.journal import Anchor
from gateway.link.late_clock import LateClock
from gateway.link.reassembly import RawRun
from gateway.wire.control import BootRecord
from gateway.wire.frame import TICK_HZ, U32_MAX

T0_NS = 1_800_000_000_000_000_000
SAMPLE_NS = 10_000_000
H = 360_000


def run(boot: int, first: int, count: int, ticks: int = 0) -> RawRun:
    frames = np.arange(first, first + count, 9)
    return RawRun(
        boot,
        first,
        np.zeros((count, 12), np.int16),
        frames,
        np.array([(ticks + round((frame - first) * TICK_HZ / 100)) & U32_MAX for frame in frames]),
        np.zeros(len(frames), np.int64),
        (),
        is_late=True,
    )


@given(
    ppm=st.floats(-50, 50),
    at_h=st.floats(0.01, 30),
    error_ms=st.floats(-20, 20),
    start=st.integers(0, U32_MAX),
)
def test_between_two_anchors_it_is_off_by_no_more_than_they_are(
    ppm: float, at_h: float, error_ms: float, start: int
) -> None:
    def ticks(after_s: float) -> int:
        return (start + round(after_s * (1 + ppm * 1e-6) * TICK_HZ)) & U32_MAX

    clock = LateClock()
    clock.anchored(Anchor(1, ticks(0.0), T0_NS, 0))
    now_ns = T0_NS + 31 * 3600 * 10**9
    clock.anchored(Anchor(1, ticks(31 * 3600.0), now_ns + round(error_ms * 1e6), 0))
    told = clock.utc_ns(run(1, 500, 90, ticks(at_h * 3600)))
    assert told[0] - T0_NS == pytest.approx(at_h * 3600e9, abs=abs(error_ms) * 1e6 + 100_000)
    assert told[-1] - told[0] == pytest.approx(89 * SAMPLE_NS, abs=100_000)


def test_a_strip_that_stopped_sampling_long_ago_has_its_time_by_its_ticks() -> None:
    clock = LateClock()
    clock.anchored(Anchor(1, 0, T0_NS, 0))
    clock.anchored(Anchor(1, 7200 * TICK_HZ, T0_NS + 7200 * 10**9, 0))
    assert clock.utc_ns(run(1, 6000, 9, 60 * TICK_HZ))[0] == T0_NS + 60 * 10**9


def test_times_told_around_it_are_not_crossed() -> None:
    clock = LateClock()
    clock.anchored(Anchor(1, 0, T0_NS, 0))
    clock.know(1, 99, T0_NS + 99 * SAMPLE_NS + 40_000_000)
    clock.know(1, 190, T0_NS + 190 * SAMPLE_NS - 40_000_000)
    told = clock.utc_ns(run(1, 100, 90, TICK_HZ))
    whole = [T0_NS + 99 * SAMPLE_NS + 40_000_000, *told.tolist(), T0_NS + 190 * SAMPLE_NS - 40_000_000]
    assert (np.diff(whole) > 0).all()
    assert told[45] == pytest.approx(T0_NS + 145 * SAMPLE_NS, abs=31_000)


def test_before_the_first_and_after_the_last_anchor_the_line_goes_on() -> None:
    clock = LateClock()
    clock.anchored(Anchor(1, 100 * TICK_HZ, T0_NS, 0))
    clock.anchored(Anchor(1, 200 * TICK_HZ, T0_NS + 100 * 10**9, 0))
    clock.anchored(Anchor(2, 0, T0_NS + 900 * 10**9, 0))
    assert clock.utc_ns(run(1, 0, 9, 40 * TICK_HZ))[0] == T0_NS - 60 * 10**9
    assert clock.utc_ns(run(1, 0, 9, 260 * TICK_HZ))[0] == T0_NS + 160 * 10**9


@pytest.mark.parametrize("later_h", [-5.0, 0.0, 17.0])
def test_a_boot_that_once_met_a_host_has_its_time_from_there(later_h: float) -> None:
    anchor_ticks = 12_345
    record = BootRecord(3, 0, H, anchor_ticks, T0_NS // 1_000_000)
    clock = LateClock()
    now_ns = T0_NS + 30 * 3600 * 10**9
    clock.offered([record, BootRecord(4, 0, 50, 0, 0)], [], Anchor(4, 0, now_ns, 0))
    ticks = (anchor_ticks + round(later_h * 3600 * TICK_HZ)) & U32_MAX
    told = clock.utc_ns(run(3, 777, 90, ticks))
    assert told[0] - T0_NS == pytest.approx(later_h * 3600e9, abs=31_000)
    assert told[-1] - told[0] == pytest.approx(89 * SAMPLE_NS, abs=31_000)


def test_a_boot_that_never_met_a_host_is_put_before_the_next() -> None:
    clock = LateClock()
    boots = [BootRecord(2, 0, H - 1, 0, 0), BootRecord(3, 0, 99, 0, 0), BootRecord(4, 0, 50, 0, 0)]
    clock.offered(boots, [], Anchor(4, TICK_HZ, T0_NS, 0))
    began_ns = T0_NS - 10**9
    assert clock.utc_ns(run(3, 91, 9))[-1] == began_ns - SAMPLE_NS
    assert clock.utc_ns(run(2, H - 9, 9))[-1] == began_ns - 101 * SAMPLE_NS


def test_the_next_boot_may_be_one_that_the_strip_has_forgotten() -> None:
    clock = LateClock()
    clock.offered([BootRecord(7, 0, 99, 0, 0), BootRecord(9, 0, 50, 0, 0)], [], Anchor(9, 0, T0_NS, 0))
    clock.offered([BootRecord(6, 0, 99, 0, 0), BootRecord(9, 0, 90, 0, 0)], [], Anchor(9, 0, T0_NS, 0))
    assert clock.utc_ns(run(6, 91, 9))[-1] == clock.utc_ns(run(7, 0, 9))[0] - SAMPLE_NS


def test_a_boot_before_those_that_a_list_had_no_room_for_waits_for_them() -> None:
    clock = LateClock()
    first, met, seen, present = (
        BootRecord(2, 0, 99, 0, 0),
        BootRecord(3, 0, 99, TICK_HZ, T0_NS // 1_000_000),
        BootRecord(8, 0, 99, 0, 0),
        BootRecord(9, 0, 50, 0, 0),
    )
    now = Anchor(9, 0, T0_NS + 3600 * 10**9, 0)
    assert clock.offered([first, met, seen, present], [], now, is_whole=False) == [met, seen, present]
    assert clock.offered([first, present], [], now, is_whole=False) == [first, present]
    assert clock.offered([first, met, seen, present], [], now) == [first, met, seen, present]


def test_a_boot_that_never_met_a_host_is_put_before_one_that_did() -> None:
    """That it was switched off for hours since makes no difference."""
    clock = LateClock()
    met = BootRecord(3, 0, 99, TICK_HZ, T0_NS // 1_000_000)
    later_ns = T0_NS + 7200 * 10**9
    clock.offered(
        [BootRecord(2, 0, 99, 0, 0), met, BootRecord(4, 0, 50, 0, 0)], [], Anchor(4, 0, later_ns, 0)
    )
    assert clock.utc_ns(run(2, 91, 9))[-1] == T0_NS - 10**9 - SAMPLE_NS


def test_of_a_boot_that_was_never_named_nothing_is_known() -> None:
    with pytest.raises(KeyError):
        LateClock().utc_ns(run(9, 0, 9))

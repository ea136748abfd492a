from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from analysis.recording.journal import Anchor
from gateway.link.clock import Latency, RoundTrip, TickClock, best_anchor
from gateway.link.reassembly import Arrival, RawRun

FrameAt = Callable[..., Arrival]
NOON_NS = 1_800_000_000_000_000_000
MS = 1_000_000
S = 1_000_000_000
TICKS_PER_S = 32768


def run_of(first: int, count: int, *, ticks_at_0: int = 0, delay_ns: int = 0) -> RawRun:
    """A run in frames of up to 9 samples of a strip whose sample 0 was at NOON_NS."""
    starts = np.arange(first, first + count, 9)
    ends = np.minimum(starts + 9, first + count)
    return RawRun(
        boot=4,
        first_sample=first,
        raw=np.zeros((count, 12), np.int16),
        frame_samples=starts,
        frame_ticks=(ticks_at_0 + np.rint(starts * 327.68).astype(np.int64)) % 2**32,
        frame_arrivals_ns=NOON_NS + ends * 10 * MS + delay_ns,
        button_samples=(),
    )


def exact(first: int, count: int) -> NDArray[np.int64]:
    return np.asarray(NOON_NS + np.arange(first, first + count) * 10 * MS)


def test_the_shortest_round_trip_is_the_anchor() -> None:
    trips = [
        RoundTrip(4, 100, NOON_NS, NOON_NS + 90 * MS),
        RoundTrip(4, 200, NOON_NS + 100 * MS, NOON_NS + 131 * MS),
        RoundTrip(4, 300, NOON_NS + 200 * MS, NOON_NS + 260 * MS),
    ]
    assert best_anchor(trips) == Anchor(4, 200, NOON_NS + 115_500_000, 15_500_000)


def test_a_round_trip_over_a_clock_step_does_not_count() -> None:
    stepped = RoundTrip(4, 100, NOON_NS, NOON_NS - 3 * MS)
    good = RoundTrip(4, 200, NOON_NS, NOON_NS + 50 * MS)
    assert best_anchor([stepped, good]).ticks == 200


@given(there_ms=st.integers(0, 500), back_ms=st.integers(0, 500), ticks_at_0=st.integers(0, 2**32 - 1))
def test_the_bound_holds_however_the_delay_is_split(there_ms: int, back_ms: int, ticks_at_0: int) -> None:
    asked_s = 3
    ticks = (ticks_at_0 + round((asked_s + there_ms / 1000) * TICKS_PER_S)) % 2**32
    sent_ns = NOON_NS + asked_s * S
    anchor = best_anchor([RoundTrip(4, ticks, sent_ns, sent_ns + (there_ms + back_ms) * MS)])
    told = TickClock(anchor).utc_ns(run_of(0, 50, ticks_at_0=ticks_at_0))
    assert np.abs(told - exact(0, 50)).max() <= anchor.bound_ns + 50_000  # and a tick's rounding


def test_the_counters_wrap_is_followed() -> None:
    ticks_at_0 = 2**32 - 100 * TICKS_PER_S
    clock = TickClock(Anchor(4, ticks_at_0, NOON_NS, 0))
    told = np.concatenate(
        [clock.utc_ns(run_of(first, 900, ticks_at_0=ticks_at_0)) for first in range(0, 18_000, 900)]
    )
    assert np.abs(told - exact(0, 18_000)).max() < 50_000


@pytest.mark.parametrize("gap_h", [1, 30, 36, 40, 100])
def test_a_gap_of_many_wraps_is_bridged(gap_h: int) -> None:
    clock = TickClock(Anchor(4, 0, NOON_NS, 0))
    clock.utc_ns(run_of(0, 90))
    later = gap_h * 360_000
    assert np.abs(clock.utc_ns(run_of(later, 90)) - exact(later, 90)).max() < 50_000


def test_samples_from_before_the_anchor_have_their_time_too() -> None:
    clock = TickClock(Anchor(4, 10 * TICKS_PER_S, NOON_NS + 10 * S, 0))
    assert np.abs(clock.utc_ns(run_of(900, 90)) - exact(900, 90)).max() < 50_000


@given(cuts=st.lists(st.integers(1, 199), max_size=8))
def test_how_runs_are_cut_changes_nothing(cuts: list[int]) -> None:
    anchor = Anchor(4, 12345, NOON_NS, 7)
    whole = TickClock(anchor).utc_ns(run_of(0, 1800, ticks_at_0=12345))
    clock = TickClock(anchor)
    borders = [0, *sorted({cut * 9 for cut in cuts}), 1800]
    pieces = [clock.utc_ns(run_of(first, end - first, ticks_at_0=12345)) for first, end in pairwise(borders)]
    assert np.array_equal(np.concatenate(pieces), whole)


def test_a_better_anchor_is_taken_and_a_worse_one_is_not() -> None:
    clock = TickClock(Anchor(4, 0, NOON_NS, 20 * MS))
    assert not clock.take(Anchor(4, 10 * TICKS_PER_S, NOON_NS + 10 * S + 5 * MS, 30 * MS))
    assert clock.take(Anchor(4, 10 * TICKS_PER_S, NOON_NS + 10 * S + 5 * MS, 10 * MS))
    assert clock.anchor.bound_ns == 10 * MS


def test_an_anchor_that_contradicts_is_taken_however_wide() -> None:
    clock = TickClock(Anchor(4, 0, NOON_NS, 10 * MS))
    assert clock.take(Anchor(4, 10 * TICKS_PER_S, NOON_NS + 11 * S, 500 * MS))


def test_the_bound_grows_with_age() -> None:
    clock = TickClock(Anchor(4, 0, NOON_NS, 10 * MS))
    assert clock.bound_ns(NOON_NS) == 10 * MS
    assert clock.bound_ns(NOON_NS + 3600 * S) == 190 * MS


@pytest.mark.parametrize("step_s", [-2.0, -0.1, 0.1, 2.0])
def test_time_never_runs_backwards_over_a_new_anchor(step_s: float) -> None:
    clock = TickClock(Anchor(4, 0, NOON_NS, MS))
    before = clock.utc_ns(run_of(0, 900))
    clock.take(Anchor(4, 9 * TICKS_PER_S, NOON_NS + 9 * S + round(step_s * S), MS))
    after = np.concatenate([clock.utc_ns(run_of(first, 90)) for first in range(900, 1800, 90)])
    told = np.concatenate([before, after])
    assert (np.diff(told) >= 5 * MS).all()
    assert abs(int(told[-1]) - (NOON_NS + 17_990 * MS + round(step_s * S))) < MS


def compared(
    strip_s: Callable[[float], float], at_s: float, off_s: float, dice: np.random.Generator
) -> Anchor:
    """Eight questions over a 15 ms link with a crowd on it; the host's clock is off by `off_s`."""
    trips = []
    for number in range(8):
        there_s, back_s = dice.uniform(0.001, 0.016, 2) + dice.exponential(0.02, 2) * (dice.random(2) < 0.5)
        sent_s = at_s + number * 0.05
        sent_ns, got_ns = (NOON_NS + round((s + off_s) * S) for s in (sent_s, sent_s + there_s + back_s))
        trips.append(RoundTrip(4, int(strip_s(sent_s + there_s) * TICKS_PER_S) % 2**32, sent_ns, got_ns))
    return best_anchor(trips)


@pytest.mark.parametrize("ppm", [-50.0, 50.0])
@pytest.mark.parametrize("step_s", [0.0, 0.4, -0.03, 3600.0])
def test_a_day_of_drift_jitter_and_a_clock_that_is_set(ppm: float, step_s: float) -> None:
    """The host's clock is set at noon; the stated bound holds before and after, and is a tight one."""
    dice = np.random.default_rng(7)

    def strip_s(true_s: float) -> float:
        return 200.0 + true_s * (1 + ppm * 1e-6)

    clock = TickClock(compared(strip_s, 0.0, 0.0, dice))
    worst_ms = worst_after_ms = 0.0
    for minute in range(1, 24 * 60):
        at_s = 60.0 * minute
        off_s = step_s if at_s > 43_200 else 0.0
        if minute % 10 == 0 or minute == 721:
            clock.take(compared(strip_s, at_s - 1.0, off_s, dice))
        first = round(strip_s(at_s) * 100)
        run = replace(
            run_of(0, 90),
            first_sample=first,
            frame_samples=first + np.arange(0, 90, 9),
            frame_ticks=np.rint((first + np.arange(0, 90, 9)) * 327.68).astype(np.int64) % 2**32,
        )
        true_s = (first / 100 - 200.0) / (1 + ppm * 1e-6) + off_s
        off_ns = abs(int(clock.utc_ns(run)[0]) - NOON_NS - round(true_s * S))
        assert off_ns <= clock.bound_ns(NOON_NS + round(true_s * S)) + 50_000, minute
        if at_s > 43_200:
            worst_after_ms = max(worst_after_ms, off_ns / MS)
        elif minute > 20:
            worst_ms = max(worst_ms, off_ns / MS)
    print(f"{ppm} ppm, set by {step_s} s: at most {worst_ms:.1f} ms off, {worst_after_ms:.1f} ms afterwards")
    assert worst_ms < 20.0
    assert worst_after_ms < (20.0 if step_s == 0 else 50.0)
    assert clock.drift_ppm == pytest.approx(ppm, abs=3.0)


def test_an_anchor_of_another_boot_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="boot 5"):
        TickClock(Anchor(4, 0, NOON_NS, 0)).take(Anchor(5, 0, NOON_NS, 0))


def test_latency_is_from_a_frames_last_sample_to_its_arrival() -> None:
    latency = Latency(frames=100)
    assert latency.percentile_s(50) is None
    clock = TickClock(Anchor(4, 0, NOON_NS, 0))
    for first in range(0, 1800, 9):
        run = run_of(first, 9, delay_ns=(100 if first > 1700 else 20) * MS)
        latency.add(run, clock.utc_ns(run))
    assert latency.percentile_s(50) == pytest.approx(0.030, abs=0.0001)  # arrivals count from the frame's end
    assert latency.percentile_s(99) == pytest.approx(0.110, abs=0.0001)

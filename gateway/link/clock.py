"""From the strip's ticks to UTC.

The strip counts a 32 768 Hz crystal in 32 bits, which wraps every 36.4 hours. The host asks for the count a
few times; of each round trip only this is certain, that the strip answered between sending and receiving. So
UTC at that tick is the middle of the round trip, give or take half of it, and the shortest of several round
trips is the best anchor (D. L. Mills, RFC 5905, section 8: the clock filter's lowest delay).

From an anchor on, time is counted at the strip's own rate. A crystal is off by up to some 50 ppm, 0.18 s an
hour; two anchors far enough apart show by how much, to within both their bounds over the time between them.
Until then the rate is the nominal one and the stated bound grows by `DRIFT_PPM`; afterwards it grows by what
the estimate may be off, and by what a crystal wanders with temperature (`WANDER_PPM`). A new anchor replaces
the old one only where it disagrees by more than both bounds, or is the tighter one by now; small corrections
for their own sake would only make time jitter.

An anchor that disagrees by more than both bounds says that the host's clock was set (by NTP, or after a
suspend), and anchors from before are forgotten. If no crystal could be off by so much, the rate stays.

Times of one boot's samples never run backwards: where a new anchor sets the clock back, samples go on at
half speed until the clock has caught up.
"""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from analysis.recording.journal import Anchor
from gateway.link.reassembly import TICKS_PER_SAMPLE, RawRun
from gateway.wire.frame import TICK_HZ, U32_MAX

DRIFT_PPM: Final = 50.0
"""How far a 32 768 Hz tuning-fork crystal may be off between 0 and 40 degC, parts per million [ours: +-20 ppm
as cut, and 0.034 ppm per squared degree away from 25 degC, at skin temperature and on a winter's walk]."""

WANDER_PPM: Final = 3.0
"""How far its rate may wander from the estimate, parts per million [ours: 10 degC about a skin temperature of
32 degC, at 0.034 ppm per squared degree from 25 degC]."""

_NS_PER_TICK: Final = 1e9 / TICK_HZ
_REMEMBERED: Final = 150
"""Anchors from which the rate is estimated: a day of one every ten minutes."""
_LEAST_STEP_NS: Final = 5_000_000
_WRAP: Final = U32_MAX + 1


@dataclass(frozen=True, slots=True)
class RoundTrip:
    """One question for the time: sent and answered at these times of the host, the strip stood at `ticks`."""

    boot: int
    ticks: int
    sent_utc_ns: int
    received_utc_ns: int

    @property
    def duration_ns(self) -> int:
        """How long the answer took."""
        return self.received_utc_ns - self.sent_utc_ns


def best_anchor(round_trips: Sequence[RoundTrip]) -> Anchor:
    """Return the anchor that the shortest of the round trips gives; at least one is needed.

    A round trip that took less than no time (the host's clock was set back meanwhile) does not count, unless
    there are no others.
    """
    best = min(round_trips, key=lambda trip: (trip.duration_ns < 0, abs(trip.duration_ns)))
    middle_ns = best.sent_utc_ns + best.duration_ns // 2
    return Anchor(best.boot, best.ticks, middle_ns, (abs(best.duration_ns) + 1) // 2)


class TickClock:
    """Tells UTC of one boot's samples.

    Parameters
    ----------
    anchor
        The first anchor in this boot.
    """

    def __init__(self, anchor: Anchor) -> None:
        self.boot = anchor.boot
        self._anchor = anchor
        self._unwrapped = anchor.ticks
        """The anchor's tick count, with the wraps since the first anchor."""
        self._seen: deque[tuple[int, Anchor]] = deque([(anchor.ticks, anchor)], maxlen=_REMEMBERED)
        self._ns_per_tick = _NS_PER_TICK
        self._rate_ppm = DRIFT_PPM
        self._last: tuple[int, int, int] | None = None
        """Sample index, tick count with wraps, and UTC of the last sample told."""

    @property
    def anchor(self) -> Anchor:
        """The anchor in force."""
        return self._anchor

    @property
    def drift_ppm(self) -> float | None:
        """How much faster than nominal the strip's crystal runs; None: not known yet."""
        return None if self._rate_ppm >= DRIFT_PPM else (_NS_PER_TICK / self._ns_per_tick - 1) * 1e6

    def take(self, anchor: Anchor) -> bool:
        """Consider a further anchor of the same boot; returns whether it is in force now."""
        if anchor.boot != self.boot:
            raise ValueError(f"an anchor of boot {anchor.boot} for the clock of boot {self.boot}")
        guess = self._unwrapped + (anchor.utc_ns - self._anchor.utc_ns) / _NS_PER_TICK
        unwrapped = _nearest(anchor.ticks, guess)
        expected_ns = self._utc_at(unwrapped)
        old_bound_ns = self.bound_ns(anchor.utc_ns)
        is_off = abs(anchor.utc_ns - expected_ns) > old_bound_ns + anchor.bound_ns
        if is_off:
            self._forget(abs(anchor.utc_ns - expected_ns), abs(anchor.utc_ns - self._anchor.utc_ns))
        self._seen.append((unwrapped, anchor))
        self._estimate_rate()
        if is_off or anchor.bound_ns < old_bound_ns:
            self._anchor, self._unwrapped = anchor, unwrapped
            return True
        return False

    def bound_ns(self, utc_ns: int) -> int:
        """Return how far a time told for about `utc_ns` may be off, ns."""
        return self._anchor.bound_ns + round(abs(utc_ns - self._anchor.utc_ns) * self._rate_ppm / 1e6)

    def _forget(self, off_ns: int, elapsed_ns: int) -> None:
        """Forget the anchors of a host's clock that was set, and the rate if it may be to blame instead."""
        self._seen.clear()
        if off_ns <= elapsed_ns * 2 * DRIFT_PPM / 1e6 + self._anchor.bound_ns:
            self._ns_per_tick, self._rate_ppm = _NS_PER_TICK, DRIFT_PPM

    def _estimate_rate(self) -> None:
        """Take the rate that the newest anchor and that one before it show which says most about it."""
        ticks, newest = self._seen[-1]
        for old_ticks, old in self._seen:
            if ticks <= old_ticks or newest.utc_ns <= old.utc_ns:
                continue
            elapsed_ns = newest.utc_ns - old.utc_ns
            rate_ppm = (newest.bound_ns + old.bound_ns) / elapsed_ns * 1e6 + WANDER_PPM
            if rate_ppm < self._rate_ppm:
                self._rate_ppm = rate_ppm
                self._ns_per_tick = elapsed_ns / (ticks - old_ticks)

    def utc_ns(self, run: RawRun) -> NDArray[np.int64]:
        """Return UTC of each sample of a run, (n,), ns since 1970; runs come in their order."""
        starts = self._unwrap(run)
        samples = np.arange(run.first_sample, run.end_sample)
        frame = np.searchsorted(run.frame_samples, samples, side="right") - 1
        ticks = starts[frame] + (samples - run.frame_samples[frame]) * TICKS_PER_SAMPLE
        told = self._anchor.utc_ns + np.rint((ticks - self._unwrapped) * self._ns_per_tick).astype(np.int64)
        told = self._never_backwards(told)
        self._last = (int(samples[-1]), round(ticks[-1]), int(told[-1]))
        return told

    def _utc_at(self, unwrapped: float) -> int:
        return self._anchor.utc_ns + round((unwrapped - self._unwrapped) * self._ns_per_tick)

    def _unwrap(self, run: RawRun) -> NDArray[np.int64]:
        """Return the run's tick counts with the wraps since the first anchor.

        The sample index says how many wraps a gap had; without a sample yet, the arrival does.
        """
        if self._last is None:
            arrived_ns = int(run.frame_arrivals_ns[0]) - self._anchor.utc_ns
            first = _nearest(int(run.frame_ticks[0]), self._unwrapped + arrived_ns / _NS_PER_TICK)
        else:
            sample, ticks, _ = self._last
            gap_ticks = (int(run.frame_samples[0]) - sample) * TICKS_PER_SAMPLE
            first = _nearest(int(run.frame_ticks[0]), ticks + gap_ticks)
        steps = np.diff(run.frame_ticks, prepend=run.frame_ticks[:1]) % _WRAP
        return np.asarray(first + np.cumsum(steps), np.int64)

    def _never_backwards(self, told: NDArray[np.int64]) -> NDArray[np.int64]:
        ramp = np.arange(1, len(told) + 1, dtype=np.int64) * _LEAST_STEP_NS
        floor = told - ramp
        if self._last is not None:
            floor[0] = max(int(floor[0]), self._last[2])
        return np.asarray(np.maximum.accumulate(floor) + ramp, np.int64)


class Latency:
    """How long samples took from the strip to this computer, over the last frames.

    A frame's latency is its arrival less the UTC of its last sample, so it holds the radio's and the
    computer's delay and the clock's error, and not the time that a frame takes to fill.
    """

    def __init__(self, frames: int = 4096) -> None:
        self._seconds: deque[float] = deque(maxlen=frames)

    def add(self, run: RawRun, utc_ns: NDArray[np.int64]) -> None:
        """Take in a run whose samples were taken at `utc_ns`."""
        ends = np.append(run.frame_samples[1:], run.end_sample) - 1 - run.first_sample
        self._seconds.extend(((run.frame_arrivals_ns - utc_ns[ends]) / 1e9).tolist())

    def percentile_s(self, percent: float) -> float | None:
        """Return a percentile in seconds; None before the first frame."""
        return float(np.percentile(self._seconds, percent)) if self._seconds else None


def _nearest(ticks: int, guess: float) -> int:
    """Return the tick count with wraps that lies nearest to `guess`."""
    return ticks + round((guess - ticks) / _WRAP) * _WRAP

"""UTC of samples that come late, from the strip's memory.

Every frame carries the strip's tick counter, and anchors say at which UTC the counter stood where. Between
two anchors of a boot time is a straight line but for the crystal's slow wander, so a frame between them is no
further off than the worse of the two; before the first and after the last one the line goes on at the nominal
rate. Times of samples that were told before hold: those in between are kept from running backwards.

A boot that never met a host has no anchor. It is put directly before the boot that followed, as far as one is
known, which is wrong by as long as the strip was off in between.
"""

from bisect import bisect_left
from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from analysis.recording.journal import Anchor
from gateway.link.reassembly import TICKS_PER_SAMPLE, RawRun
from gateway.wire.control import BootRecord
from gateway.wire.frame import SAMPLE_RATE_HZ, TICK_HZ, U16_MAX, U32_MAX

NS_PER_SAMPLE = 1_000_000_000 // SAMPLE_RATE_HZ
_NS_PER_TICK = 1e9 / TICK_HZ
_WRAP = U32_MAX + 1
_LEAST_STEP_NS = NS_PER_SAMPLE // 2


class LateClock:
    """Knows anchors, and times of single samples that were told."""

    def __init__(self) -> None:
        self._told: dict[int, list[tuple[int, int]]] = {}
        self._lines: dict[int, _Line] = {}
        self._current: int | None = None

    def know(self, boot: int, sample: int, utc_ns: int) -> None:
        """Take the time of a sample as told; what is known already stays."""
        told = self._told.setdefault(boot, [])
        at = bisect_left(told, (sample, -1))
        if at == len(told) or told[at][0] != sample:
            told.insert(at, (sample, utc_ns))

    def anchored(self, anchor: Anchor) -> None:
        """Take an anchor, in the order of their times within a boot; the last one is of the present boot."""
        if anchor.boot in self._lines:
            self._lines[anchor.boot].add(anchor.ticks, anchor.utc_ns)
        else:
            self._lines[anchor.boot] = _Line(anchor.ticks, anchor.utc_ns)
        self._current = anchor.boot

    def offered(
        self, boots: Sequence[BootRecord], known: Iterable[Anchor], present: Anchor, *, is_whole: bool = True
    ) -> list[BootRecord]:
        """Take the strip's list of boots, oldest first, the anchors known before, and the present one.

        Returns those whose time can be told now. Where the list is not whole and numbers are missing in it,
        an unheard boot before these can be put nowhere until the strip has named the ones that followed.
        """
        for anchor in (*known, present):
            self.anchored(anchor)
        placed: list[BootRecord] = []
        next_boot, is_followed = present.boot, True
        for record in reversed(boots):
            # After the present boot alone nothing would be erased that could make room in the list.
            is_next = (next_boot - record.boot) & U16_MAX <= 1 or next_boot == present.boot
            is_followed &= is_whole or is_next
            next_boot = record.boot
            if record.boot not in self._lines and record.anchor_utc_ms:
                self._lines[record.boot] = _Line(record.anchor_ticks, record.anchor_utc_ms * 1_000_000)
            if record.boot not in self._lines and record.boot not in self._told:
                if not is_followed:
                    continue
                self.know(record.boot, record.last, self._next_began_ns(record.boot) - NS_PER_SAMPLE)
            placed.append(record)
        return placed[::-1]

    def _next_began_ns(self, boot: int) -> int:
        """Return when the nearest later boot began of which that is known, whether it is listed or not."""
        known = self._lines.keys() | self._told.keys()
        after = min(known - {boot}, key=lambda one: (one - boot) % (U16_MAX + 1))
        line = self._lines.get(after)
        if line is not None:
            return line.began_ns
        sample, utc_ns = self._told[after][0]
        return utc_ns - sample * NS_PER_SAMPLE

    def utc_ns(self, run: RawRun) -> NDArray[np.int64]:
        """Return UTC of each sample of a late run, (n,), ns since 1970.

        Raises
        ------
        KeyError
            If nothing is known of its boot.
        """
        line = self._lines.get(run.boot)
        samples = np.arange(run.first_sample, run.end_sample)
        if line is None:
            sample, utc_ns = self._told[run.boot][0]
            return np.asarray(utc_ns + (samples - sample) * NS_PER_SAMPLE, np.int64)
        frame = np.searchsorted(run.frame_samples, samples, side="right") - 1
        ticks = run.frame_ticks[frame] + (samples - run.frame_samples[frame]) * TICKS_PER_SAMPLE
        told = line.utc_ns(ticks, is_past=run.boot == self._current)
        return self._between_told(run.boot, samples, told)

    def _between_told(
        self, boot: int, samples: NDArray[np.int64], utc_ns: NDArray[np.int64]
    ) -> NDArray[np.int64]:
        """Return the times, moved where they would run backwards against those told around them."""
        told = self._told.get(boot, [])
        before = bisect_left(told, (int(samples[0]), -1)) - 1
        after = bisect_left(told, (int(samples[-1]) + 1, -1))
        if before >= 0:
            sample, at_ns = told[before]
            utc_ns = np.maximum(utc_ns, at_ns + (samples - sample) * _LEAST_STEP_NS)
        if after < len(told):
            sample, at_ns = told[after]
            utc_ns = np.minimum(utc_ns, at_ns - (sample - samples) * _LEAST_STEP_NS)
        return utc_ns


class _Line:
    """The way from one boot's ticks to UTC, through its anchors."""

    def __init__(self, ticks: int, utc_ns: int) -> None:
        self._ticks, self._utc_ns = [ticks], [utc_ns]

    def add(self, ticks: int, utc_ns: int) -> None:
        """Take a later anchor; the host's clock says how often the counter has wrapped."""
        if utc_ns <= self._utc_ns[-1]:
            return
        guess = self._ticks[-1] + (utc_ns - self._utc_ns[-1]) / _NS_PER_TICK
        unwrapped = ticks + round((guess - ticks) / _WRAP) * _WRAP
        if unwrapped > self._ticks[-1]:
            self._ticks.append(unwrapped)
            self._utc_ns.append(utc_ns)

    @property
    def began_ns(self) -> int:
        """When the counter stood at zero."""
        return self._utc_ns[0] - round(self._ticks[0] * _NS_PER_TICK)

    def utc_ns(self, ticks: NDArray[np.float64], *, is_past: bool) -> NDArray[np.int64]:
        """Return UTC at these ticks (of which only the first may be wrapped otherwise than its anchor).

        In the present boot they lie before the last anchor; in another they are the nearest to it, since the
        memory reaches back for seven hours and the counter wraps after 36.
        """
        last = self._ticks[-1]
        off = (ticks[0] - last) % _WRAP
        ahead = _WRAP // 32 if is_past else _WRAP // 2
        first = last + (off if off < ahead else off - _WRAP)
        steps = (ticks - ticks[0] + _WRAP // 2) % _WRAP - _WRAP // 2
        unwrapped = first + steps
        inside = np.interp(unwrapped, self._ticks, np.arange(len(self._ticks)))
        at = np.clip(inside.astype(np.int64), 0, max(0, len(self._ticks) - 2))
        ticks_at, utc_at = np.array(self._ticks), np.array(self._utc_ns)
        rate = np.full(len(unwrapped), _NS_PER_TICK)
        if len(self._ticks) > 1:
            within = (unwrapped >= self._ticks[0]) & (unwrapped <= last)
            slopes = np.diff(utc_at) / np.diff(ticks_at)
            rate = np.where(within, slopes[at], _NS_PER_TICK)
            at = np.where(unwrapped > last, len(self._ticks) - 1, at)
        return np.asarray(utc_at[at] + np.rint((unwrapped - ticks_at[at]) * rate), np.int64)

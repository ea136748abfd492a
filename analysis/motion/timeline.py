"""When each sample was, in UTC, without keeping a time for every sample.

The time of every absolute whole second (and of a segment's first sample) is kept; a sample in between is 10
ms per sample after it. A strip's clock errs by less than 100 ppm, so within a second this is good to 0.1 ms,
and an event's text cannot depend on how the samples were cut.
"""

from bisect import bisect_left
from typing import NamedTuple

from analysis.events.fields import utc_text
from analysis.motion.block import RATE_HZ, Block

_SECOND = round(RATE_HZ)
_SAMPLE_NS = round(1e9 / RATE_HZ)
_KEPT = 240 * _SECOND
"""Twice the time within which events are told after their samples; long spans keep that of their start."""


class Knots(NamedTuple):
    """Samples a second apart, from the first one on, and their times, ns since 1970. Never changed."""

    first_sample: int
    utc_ns: list[int]

    @property
    def last_sample(self) -> int:
        """Index of the last of them."""
        return self.first_sample + (len(self.utc_ns) - 1) * _SECOND


class Timeline:
    """Knots of the newest block and the minutes before it, one for each second that has any, as they came."""

    def __init__(self) -> None:
        self._knots: list[Knots] = []

    def push(self, block: Block) -> None:
        """Note the times of a block's whole seconds."""
        utc_ns, knots = block.utc_ns, self._knots
        if utc_ns is None or not len(block):
            return
        first, end = block.first_sample, block.end_sample
        known = knots[-1].last_sample // _SECOND if knots else -1
        if (end - 1) // _SECOND == known:
            return
        whole = -(-first // _SECOND) * _SECOND
        if whole > first and known < first // _SECOND:
            knots.append(Knots(first, [int(utc_ns[0])]))
        if whole >= end:
            return
        knots.append(Knots(whole, utc_ns[whole - first :: _SECOND].tolist()))
        while knots[0].last_sample < first - _KEPT:
            del knots[0]

    def utc_ns(self, sample: int) -> int | None:
        """Return the UTC of a sample, ns since 1970; None where nobody knows."""
        place = self._place(sample)
        if place is None:
            return None
        knots, at = place
        before = sample - knots.first_sample - at * _SECOND
        return knots.utc_ns[at] + before * _SAMPLE_NS

    def seconds_utc_ns(self, first: int, end: int) -> list[int | None]:
        """Return the UTC of the first samples of seconds `first` to before `end`."""
        times: list[int | None] = []
        while (second := first + len(times)) < end:
            knots, at = self._place(second * _SECOND) or (Knots(0, []), 0)
            if knots.utc_ns and knots.first_sample == (second - at) * _SECOND:
                times += knots.utc_ns[at : at + end - second]
            else:
                times.append(self.utc_ns(second * _SECOND))
        return times

    def _place(self, sample: int) -> tuple[Knots, int] | None:
        """Return the knot at a sample or before it, in the same second or, if there is none, the one before.

        A bridged gap of up to half a second can have swallowed the knot itself.
        """
        which = bisect_left(self._knots, (sample + 1,)) - 1
        if which < 0:
            return None
        knots = self._knots[which]
        at = min((sample - knots.first_sample) // _SECOND, len(knots.utc_ns) - 1)
        second = (knots.first_sample + at * _SECOND) // _SECOND
        return (knots, at) if second >= sample // _SECOND - 1 else None

    def utc_text(self, sample: int) -> str | None:
        """Return the UTC of a sample as the events write it."""
        at = self.utc_ns(sample)
        return None if at is None else utc_text(at)

    def state(self) -> tuple[Knots, ...]:
        """Return what :meth:`restore` needs to go on exactly from here."""
        return tuple(self._knots)

    def restore(self, state: tuple[Knots, ...]) -> None:
        """Go on from `state`."""
        self._knots = list(state)

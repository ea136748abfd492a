"""When each sample was, in UTC, without keeping a time for every sample.

The time of every absolute whole second (and of a segment's first sample) is kept; a sample in between is 10
ms per sample after it. A strip's clock errs by less than 100 ppm, so within a second this is good to 0.1 ms,
and an event's text cannot depend on how the samples were cut.
"""

from analysis.events.fields import utc_text
from analysis.motion.block import RATE_HZ, Block

_SECOND = round(RATE_HZ)
_SAMPLE_NS = round(1e9 / RATE_HZ)
_KEPT_S = 480
"""The pipeline's longest piece (four minutes), and the time within which events are told after their samples
(two minutes), with a margin; long spans keep the time of their start."""


class Timeline:
    """Knots of the last minutes."""

    def __init__(self) -> None:
        self._knots: dict[int, tuple[int, int]] = {}

    def push(self, block: Block) -> None:
        """Note the times of a block's whole seconds."""
        utc_ns = block.utc_ns
        if utc_ns is None or not len(block):
            return
        first, end = block.first_sample, block.end_sample
        knots = self._knots
        if first // _SECOND not in knots:
            knots[first // _SECOND] = (first, int(utc_ns[0]))
        whole = (first // _SECOND + 1) * _SECOND
        if whole >= end:
            return
        samples = range(whole, end, _SECOND)
        times = utc_ns[whole - first :: _SECOND].tolist()
        knots.update(enumerate(zip(samples, times, strict=True), whole // _SECOND))
        if len(self._knots) > 2 * _KEPT_S:
            for second in [key for key in self._knots if key < end // _SECOND - _KEPT_S]:
                del self._knots[second]

    def utc_ns(self, sample: int) -> int | None:
        """Return the UTC of a sample, ns since 1970; None where nobody knows."""
        second = sample // _SECOND
        # A bridged gap of up to half a second can have swallowed the knot itself.
        knot = self._knots.get(second)
        if knot is None or knot[0] > sample:
            knot = self._knots.get(second - 1)
            if knot is None or knot[0] > sample:
                return None
        return knot[1] + (sample - knot[0]) * _SAMPLE_NS

    def seconds_utc_ns(self, first: int, end: int) -> list[int | None]:
        """Return the UTC of the first samples of seconds `first` to before `end`."""
        samples = range(first * _SECOND, end * _SECOND, _SECOND)
        knots = zip(samples, map(self._knots.get, range(first, end)), strict=True)
        return [knot[1] if knot and knot[0] == sample else self.utc_ns(sample) for sample, knot in knots]

    def utc_text(self, sample: int) -> str | None:
        """Return the UTC of a sample as the events write it."""
        at = self.utc_ns(sample)
        return None if at is None else utc_text(at)

    def state(self) -> dict[int, tuple[int, int]]:
        """Return what :meth:`restore` needs to go on exactly from here."""
        return dict(self._knots)

    def restore(self, state: dict[int, tuple[int, int]]) -> None:
        """Go on from `state`."""
        self._knots = dict(state)

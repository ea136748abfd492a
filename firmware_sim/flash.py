"""The strip's flash ring: the last seven hours of samples, whoever was listening.

Samples of all boots lie one after another in a log. A *position* counts samples since the strip was made; the
ring holds the last `capacity` positions, and writing on overwrites the oldest. A table says at which position
each boot begins, so that ``(boot, sample)`` finds its place. Erasing moves a boot's own mark of what is still
wanted; the bytes stay until they are overwritten.

The memory is handed in: plain arrays, or a mapped file that outlives a killed process. Positions are advanced
after the samples are in place, so a kill between the two loses the last write and nothing else.

What real flash does and this does not: it is erased in blocks of kilobytes, so the oldest samples go in
lumps; it takes milliseconds to write and now and then much longer, which firmware buffers in RAM; a page
half written when the power goes is lost with that RAM; cells wear out and bits flip, which an
error-correcting code hides until it reports a flash error.
"""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from gateway.wire.frame import SAMPLE_RATE_HZ, TICK_HZ

FLASH_BYTES = 64 * 1024 * 1024
BYTES_PER_VALUE = 2


@dataclass(frozen=True, slots=True)
class FlashMemory:
    """The raw memory of a ring.

    Parameters
    ----------
    samples
        Shape (capacity, values per sample); the operating system gives pages only to what is written.
    head
        Shape (1,): the position that the next sample will get.
    """

    samples: NDArray[np.int16]
    head: NDArray[np.int64]

    @classmethod
    def blank(cls, values_per_sample: int, size_bytes: int = FLASH_BYTES) -> FlashMemory:
        """Return empty memory that ends with the process."""
        capacity = size_bytes // (values_per_sample * BYTES_PER_VALUE)
        return cls(np.zeros((capacity, values_per_sample), np.int16), np.zeros(1, np.int64))


@dataclass(slots=True)
class BootEntry:
    """What flash knows of one boot.

    Parameters
    ----------
    boot
        The boot counter, u16.
    start
        Position of the boot's sample 0.
    start_ticks
        Tick counter, not wrapped, at sample 0.
    wanted_from
        First sample that has not been erased.
    anchor_ticks, anchor_utc_ms
        The host's time, and the wrapped tick counter when it came; both 0 without a host.
    marks
        Samples at which the button was pressed, ascending.
    """

    boot: int
    start: int
    start_ticks: int = 0
    wanted_from: int = 0
    anchor_ticks: int = 0
    anchor_utc_ms: int = 0
    marks: list[int] = field(default_factory=list)

    def ticks(self, sample: int) -> int:
        """Return the tick counter, not wrapped, at `sample`."""
        return self.start_ticks + sample * TICK_HZ // SAMPLE_RATE_HZ

    def marked(self, first: int, count: int) -> bool:
        """Return whether the button was pressed during these samples."""
        at = bisect_left(self.marks, first)
        return at < len(self.marks) and self.marks[at] < first + count


class Flash:
    """The ring and its table of boots.

    Parameters
    ----------
    memory
        Where the samples lie.
    boots
        The table as it was, oldest first; a new boot is added with :meth:`begin_boot`.
    """

    def __init__(self, memory: FlashMemory, boots: list[BootEntry]) -> None:
        self._memory = memory
        self._capacity = len(memory.samples)
        self.values_per_sample = memory.samples.shape[1]
        self.boots = boots

    @property
    def head(self) -> int:
        """Position that the next sample will get."""
        return int(self._memory.head.item())

    @property
    def current(self) -> BootEntry:
        """The boot being written."""
        return self.boots[-1]

    @property
    def taken(self) -> int:
        """Number of samples taken in the current boot."""
        return self.head - self.current.start

    @property
    def fill_pct(self) -> int:
        """Share of the ring that holds samples not erased, rounded up."""
        kept = sum(last - first + 1 for _, first, last in self.stored())
        return -(-100 * kept // self._capacity)

    def begin_boot(self, boot: int) -> None:
        """Open a new boot, and drop those of which nothing is left."""
        held = {entry.boot for entry, _, _ in self.stored()}
        self.boots = [entry for entry in self.boots if entry.boot in held and entry.boot != boot]
        self.boots.append(BootEntry(boot, self.head))

    def append(self, samples: NDArray[np.int16]) -> None:
        """Write samples of the current boot, over the oldest ones if need be."""
        head, size = self.head, len(samples)
        samples = samples[-self._capacity :]
        slots = np.arange(head + size - len(samples), head + size) % self._capacity
        self._memory.samples[slots] = samples
        self._memory.head[0] = head + size

    def find(self, boot: int) -> BootEntry | None:
        """Return what is known of a boot."""
        return next((entry for entry in self.boots if entry.boot == boot), None)

    def span(self, entry: BootEntry) -> tuple[int, int] | None:
        """Return the first and last sample of a boot that are still there and not erased."""
        follower = self.boots.index(entry) + 1
        end = self.boots[follower].start if follower < len(self.boots) else self.head
        first = max(entry.wanted_from, self.head - self._capacity - entry.start)
        last = end - entry.start - 1
        return (first, last) if first <= last else None

    def stored(self) -> list[tuple[BootEntry, int, int]]:
        """Return each boot with samples, its first and its last, oldest first."""
        spans = ((entry, self.span(entry)) for entry in self.boots)
        return [(entry, *span) for entry, span in spans if span is not None]

    def read(self, entry: BootEntry, first: int, count: int) -> NDArray[np.int16]:
        """Return a copy of samples that :meth:`span` says are there."""
        begin = (entry.start + first) % self._capacity
        if begin + count <= self._capacity:
            return self._memory.samples[begin : begin + count].copy()
        split = self._capacity - begin
        return np.concatenate((self._memory.samples[begin:], self._memory.samples[: count - split]))

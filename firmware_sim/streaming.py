"""What goes out on the motion characteristic: the live stream first, then what was asked for from flash.

The live stream sends frames in order, each full, from the newest sample at its start; what the link cannot
carry waits in flash. A stream that falls too far behind skips to the present, and the host asks for the gap
as for any other: a person should see their movement of now. Backfill goes at a stated pace in the gaps of
the live stream.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from firmware_sim.flash import BootEntry, Flash
from gateway.wire.frame import SAMPLE_RATE_HZ, U32_MAX, Frame, samples_that_fit

_RAW_MIN, _RAW_MAX = -32768, 32767


@dataclass(frozen=True, slots=True)
class StreamParams:
    """How the strip uses the link.

    Parameters
    ----------
    longest_backlog_s
        A live stream further behind than this skips to the present. 120 s [ours]: longer than a bad stretch
        of radio, short enough for a break reminder to come in time.
    backfill_frames_per_s
        Pace of backfill. 200 [ours]: eighteen times real time, three quarters of what a 15 ms connection
        interval carries, and a fifth of what BlueZ takes in without loss.
    """

    longest_backlog_s: float = 120.0
    backfill_frames_per_s: float = 200.0


@dataclass(slots=True)
class _Backfill:
    entry: BootEntry
    next: int
    last: int
    per_frame: int
    due_s: float


class Streamer:
    """Cursors into flash, and the frames they yield."""

    def __init__(self, params: StreamParams, flash: Flash) -> None:
        self._params = params
        self._flash = flash
        self._live: int | None = None
        self._backfill: _Backfill | None = None
        self.skips = 0

    @property
    def streaming(self) -> bool:
        """Whether a live stream runs."""
        return self._live is not None

    @property
    def backfilling(self) -> bool:
        """Whether a range is being sent."""
        return self._backfill is not None

    def start(self) -> None:
        """Stream from the newest sample on; a running stream goes on as it is."""
        if self._live is None:
            self._live = max(self._flash.taken - 1, 0)

    def stop(self) -> None:
        """Stop the live stream."""
        self._live = None

    def drop_backfill(self) -> None:
        """Forget the range being sent."""
        self._backfill = None

    def send_range(self, entry: BootEntry, first: int, last: int, per_frame: int, now_s: float) -> int:
        """Queue stored samples and return how many frames they make."""
        self._backfill = _Backfill(entry, first, last, per_frame, now_s)
        return -(-(last - first + 1) // per_frame)

    def next_frame(self, att_mtu: int, now_s: float, *, source_ended: bool) -> Frame | None:
        """Return the next frame that is due, or None.

        Parameters
        ----------
        att_mtu
            What the link's ATT MTU is now.
        now_s
            The strip's own seconds since boot.
        source_ended
            No sample will follow: send the last ones even if they do not fill a frame, and end the stream.
        """
        single_pod = self._flash.values_per_sample == 6
        fits = samples_that_fit(att_mtu, single_pod)
        if self._live is not None and fits:
            frame = self._next_live(self._live, fits, single_pod, source_ended)
            if frame is not None:
                self._live = frame.last_sample + 1
                return frame
            if source_ended:
                self._live = None
        return self._next_backfill(now_s, single_pod)

    def next_due_in_s(self, att_mtu: int, now_s: float) -> float | None:
        """Return the strip's seconds until a frame may be due; None while nothing is being sent."""
        waits = []
        fits = samples_that_fit(att_mtu, self._flash.values_per_sample == 6)
        if self._live is not None and fits:
            waits.append((self._live + fits - self._flash.taken) / SAMPLE_RATE_HZ)
        if self._backfill is not None:
            waits.append(self._backfill.due_s - now_s)
        return max(0.0, min(waits)) if waits else None

    def _next_live(self, at: int, fits: int, single_pod: bool, source_ended: bool) -> Frame | None:
        flash = self._flash
        if flash.taken - at > self._params.longest_backlog_s * SAMPLE_RATE_HZ:
            at = flash.taken - 1
            self._live = at
            self.skips += 1
        waiting = flash.taken - at
        if waiting < fits and not (source_ended and waiting > 0):
            return None
        return self._frame(flash.current, at, min(waiting, fits), single_pod, backfill=False)

    def _next_backfill(self, now_s: float, single_pod: bool) -> Frame | None:
        task = self._backfill
        if task is None or now_s < task.due_s:
            return None
        span = self._flash.span(task.entry)
        task.next = max(task.next, span[0]) if span is not None else task.last + 1
        if task.next > task.last:
            self._backfill = None
            return None
        count = min(task.per_frame, task.last - task.next + 1)
        frame = self._frame(task.entry, task.next, count, single_pod, backfill=True)
        task.next += count
        # Time that the link or the live stream took is not made up for in one burst.
        task.due_s = max(task.due_s, now_s - 1.0) + 1 / self._params.backfill_frames_per_s
        if task.next > task.last:
            self._backfill = None
        return frame

    def _frame(self, entry: BootEntry, first: int, count: int, single_pod: bool, *, backfill: bool) -> Frame:
        samples = self._flash.read(entry, first, count)
        return Frame(
            boot=entry.boot,
            first_sample=first,
            ticks=entry.ticks(first) & U32_MAX,
            samples=samples.astype("<i2", copy=False).tobytes(),
            backfill=backfill,
            button=entry.marked(first, count),
            single_pod=single_pod,
            saturated=bool(np.any((samples == _RAW_MIN) | (samples == _RAW_MAX))),
        )

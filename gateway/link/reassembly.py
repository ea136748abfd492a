"""From frames to runs of raw samples: in order, each sample once, every loss counted.

A connection first asks the strip which boot it is in and how far it has counted, over the control
characteristic; :meth:`Reassembly.follow` takes that answer. From then on only frames of this boot are taken,
and only such whose sample index agrees with the tick counter, so that one stray frame cannot carry the stream
away to an index which all later frames seem to precede. Frames from the strip's memory are taken as far as
they were asked for.

What frames may do: come twice or late (dropped), overlap what is known (its new part is taken), skip ahead (a
gap, counted), be damaged or foreign (counted by reason). Nothing is waited for, so nothing is held back and
memory does not grow.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Final

import numpy as np
from numpy.typing import NDArray

from gateway.link.backfill import Backfill
from gateway.wire.control import TimeReply
from gateway.wire.frame import (
    SAMPLE_RATE_HZ,
    TICK_HZ,
    U32_MAX,
    Frame,
    FrameError,
    decode,
    sample_size,
)

TICKS_PER_SAMPLE: Final = TICK_HZ / SAMPLE_RATE_HZ
"""Nominal; a strip's sampling and its tick counter run off one oscillator."""

_SLACK_TICKS: Final = 60.0 * TICK_HZ
_SLACK_SHARE: Final = 0.005
_MOST_SLACK_TICKS: Final = 2.0**26
"""How far index and ticks may disagree: a minute [ours: at 60 times the speed of life a second's delay in a
simulated strip is that long], a share of the stretch [ours: were sampling and counter off two oscillators],
at most half an hour. A stray frame passes by chance 1 time in 30 to 1000; most of them are caught."""


class SkipReason(StrEnum):
    """Why an intact frame was not used; frames that are not intact have a `FrameReason`."""

    OTHER_BOOT = "other_boot"
    IMPLAUSIBLE_INDEX = "implausible_index"
    OTHER_LAYOUT = "other_layout"
    NOT_ASKED_FOR = "not_asked_for"


@dataclass(slots=True)
class LinkCounters:
    """What came over the link since the gateway started.

    Attributes
    ----------
    frames
        All notifications, good or bad.
    bad
        Notifications that were not used because of what they are, by reason.
    duplicate_frames
        Frames that held nothing new.
    backfill_frames
        Frames from the strip's flash.
    samples, late_samples
        Samples handed on: live, and from the flash.
    gaps, missing_samples
        Holes in the index, and how many samples they lack.
    """

    frames: int = 0
    bad: Counter[str] = field(default_factory=Counter)
    duplicate_frames: int = 0
    backfill_frames: int = 0
    samples: int = 0
    late_samples: int = 0
    gaps: int = 0
    missing_samples: int = 0


@dataclass(frozen=True, slots=True)
class Arrival:
    """A notification: its bytes, and when this computer got them (UTC, ns)."""

    utc_ns: int
    data: bytes


@dataclass(frozen=True, slots=True)
class RawRun:
    """Consecutive samples of one boot, and the frames that brought them.

    Attributes
    ----------
    boot
        The strip's boot counter.
    first_sample
        Index of the first sample since that boot.
    raw
        The samples in the order of the wire, (n, 12), or (n, 6) from a single pod.
    frame_samples, frame_ticks, frame_arrivals_ns
        Of each frame: the index of its first sample (the first frame's may lie before the run's, where only
        its end was new), the tick counter there (u32, wrapping), and when it arrived (UTC, ns).
    button_samples
        Last sample of each frame during which the button was pressed.
    is_late
        Whether they come from the strip's memory.
    """

    boot: int
    first_sample: int
    raw: NDArray[np.int16]
    frame_samples: NDArray[np.int64]
    frame_ticks: NDArray[np.int64]
    frame_arrivals_ns: NDArray[np.int64]
    button_samples: tuple[int, ...]
    is_late: bool = False

    def __len__(self) -> int:
        return int(self.raw.shape[0])

    @property
    def end_sample(self) -> int:
        """Index of the sample after the last one."""
        return self.first_sample + len(self)


@dataclass(frozen=True, slots=True)
class _Place:
    """A sample and the tick counter there, by which later frames are judged."""

    sample: int
    ticks: int

    def agrees_with(self, frame: Frame) -> bool:
        samples = frame.first_sample - self.sample
        ticks = (frame.ticks - self.ticks - round(samples * TICKS_PER_SAMPLE)) & U32_MAX
        off = min(ticks, U32_MAX + 1 - ticks)
        slack = _SLACK_TICKS + _SLACK_SHARE * abs(samples) * TICKS_PER_SAMPLE
        return off <= min(slack, _MOST_SLACK_TICKS)


class Reassembly:
    """Puts the frames of one strip together, over all its boots and connections.

    Parameters
    ----------
    backfill
        What was asked for from the strip's memory.
    """

    def __init__(self, backfill: Backfill | None = None) -> None:
        self._backfill = backfill or Backfill()
        self.counters = LinkCounters()
        self.taken_frames = 0
        """Frames of which something was new."""
        self._boot: int | None = None
        self._place = _Place(0, 0)
        self._next_sample: int | None = None
        self._single_pod: bool | None = None

    def follow(self, time: TimeReply) -> None:
        """Take only frames of this boot from now on; `time` is what the strip just answered."""
        self._place = _Place(time.sample, time.ticks)
        if time.boot != self._boot:
            self._boot = time.boot
            self._next_sample = None
            self._single_pod = None

    def push(self, arrivals: Iterable[Arrival]) -> list[RawRun]:
        """Return what is new in these notifications, as runs without gaps; the live ones first."""
        live, late = _Joining(), _Joining()
        for arrival in arrivals:
            accepted = self._accept(arrival)
            if accepted is not None:
                self.taken_frames += 1
                frame, skip = accepted
                (late if frame.backfill else live).add(frame, skip, arrival.utc_ns)
        return [*live.runs(), *late.runs()]

    def _accept(self, arrival: Arrival) -> tuple[Frame, int] | None:
        """Return a frame to use and how many of its samples are known, or None; count either way."""
        count = self.counters
        count.frames += 1
        try:
            frame = decode(arrival.data)
        except FrameError as error:
            count.bad[error.reason] += 1
            return None
        if frame.backfill:
            count.backfill_frames += 1
            return self._accept_late(frame)
        if reason := self._objection(frame):
            count.bad[reason] += 1
            return None
        expected = frame.first_sample if self._next_sample is None else self._next_sample
        if frame.last_sample < expected:
            count.duplicate_frames += 1
            return None
        if frame.first_sample > expected:
            count.gaps += 1
            count.missing_samples += frame.first_sample - expected
        skip = max(0, expected - frame.first_sample)
        count.samples += frame.count - skip
        self._next_sample = frame.last_sample + 1
        self._place = _Place(frame.first_sample, frame.ticks)
        self._single_pod = frame.single_pod
        return frame, skip

    def _accept_late(self, frame: Frame) -> tuple[Frame, int] | None:
        wanted = self._backfill.wanted(frame.boot, frame.first_sample, frame.last_sample + 1)
        if not wanted:
            self.counters.bad[SkipReason.NOT_ASKED_FOR] += 1
            return None
        first, *_ = next(iter(wanted))
        end = wanted.end_of_run(first)
        self.counters.late_samples += end - first
        self._backfill.came(frame.boot, first, end)
        if end <= frame.last_sample:
            kept = (end - frame.first_sample) * sample_size(frame.single_pod)
            frame = replace(frame, samples=frame.samples[:kept])
        return frame, first - frame.first_sample

    def _objection(self, frame: Frame) -> SkipReason | None:
        if frame.boot != self._boot:
            return SkipReason.OTHER_BOOT
        if self._single_pod not in {None, frame.single_pod}:
            return SkipReason.OTHER_LAYOUT
        if not self._place.agrees_with(frame):
            return SkipReason.IMPLAUSIBLE_INDEX
        return None


class _Joining:
    """Frames that follow each other, joined."""

    def __init__(self) -> None:
        self._runs: list[RawRun] = []
        self._held: list[tuple[Frame, int, int]] = []

    def add(self, frame: Frame, skip: int, utc_ns: int) -> None:
        if self._held and (skip or not _follows(self._held[-1][0], frame)):
            self._runs.append(_run(self._held))
            self._held = []
        self._held.append((frame, skip, utc_ns))

    def runs(self) -> list[RawRun]:
        return [*self._runs, _run(self._held)] if self._held else self._runs


def _follows(earlier: Frame, later: Frame) -> bool:
    return (earlier.boot, earlier.last_sample + 1, earlier.single_pod) == (
        later.boot,
        later.first_sample,
        later.single_pod,
    )


def _run(held: list[tuple[Frame, int, int]]) -> RawRun:
    columns = 6 if held[0][0].single_pod else 12
    first, skip, _ = held[0]
    raw = np.frombuffer(b"".join(frame.samples for frame, _, _ in held), "<i2").reshape(-1, columns)
    return RawRun(
        boot=first.boot,
        first_sample=first.first_sample + skip,
        raw=raw[skip:].astype(np.int16),
        frame_samples=np.array([frame.first_sample for frame, _, _ in held], np.int64),
        frame_ticks=np.array([frame.ticks for frame, _, _ in held], np.int64),
        frame_arrivals_ns=np.array([utc_ns for _, _, utc_ns in held], np.int64),
        button_samples=tuple(frame.last_sample for frame, _, _ in held if frame.button),
        is_late=first.backfill,
    )

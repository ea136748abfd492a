"""Reading an archive: the segments that a live run went through, and the very samples that it saw.

An archive is a folder of one patient and one strip, as `analysis.recording.archive_writer` lays it out.
Files and lines that cannot be read are skipped, with the reason in :attr:`Archive.skipped`. Samples are never
resampled; what is missing is a jump of the index between two blocks.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from itertools import groupby
from pathlib import Path

import numpy as np

from analysis.motion.block import RATE_HZ, Block
from analysis.recording.archive_writer import CLOSING_SUFFIX, HOUR_SUFFIX, LOG_SUFFIX
from analysis.recording.errors import ArchiveError
from analysis.recording.hour import open_hour, read_row_group
from analysis.recording.journal import (
    JOURNAL_NAME,
    Entry,
    SegmentEnd,
    SegmentStart,
    Skipped,
    read_journal,
)
from analysis.recording.log import read_log
from analysis.recording.raw import RawSamples, Scale, to_block

MAX_DEPTH = 3
"""How far below a folder archives are looked for: root / patient / device."""


@dataclass(frozen=True, slots=True)
class Segment:
    """A stretch of samples that one session of the core saw.

    Attributes
    ----------
    start
        How the session began.
    last_sample
        The last sample that may belong to it; None: as far as there are samples.
    is_finished
        Whether the session was finished; otherwise a crash cut it off.
    """

    start: SegmentStart
    last_sample: int | None
    is_finished: bool

    def holds(self, boot: int, first: int, last: int) -> bool:
        """Whether a stretch of samples touches the segment."""
        return (
            boot == self.start.boot
            and last >= self.start.first_sample
            and (self.last_sample is None or first <= self.last_sample)
        )


@dataclass(frozen=True, slots=True)
class _Place:
    """Where samples `first` to `last` of one boot can be had."""

    boot: int
    first: int
    last: int
    scale: Scale
    load: Callable[[], list[RawSamples]]


class Archive:
    """An archive, read.

    Parameters
    ----------
    folder
        The archive: the folder that holds ``inputs.jsonl``.

    Raises
    ------
    ArchiveError
        If it is none.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        entries, self.skipped = read_journal(folder)
        self.entries: tuple[Entry, ...] = tuple(entries)
        self.segments = segments_of(self.entries)
        self._places = [*self._hour_places(), *self._log_places()]

    def blocks(self, segment: Segment, seconds_per_block: float = 240.0) -> Iterator[Block]:
        """Yield a segment's samples in order, each once, in blocks of at most `seconds_per_block`."""
        limit = max(1, int(seconds_per_block * RATE_HZ))
        places = sorted(
            (place for place in self._places if segment.holds(place.boot, place.first, place.last)),
            key=lambda place: place.first,
        )
        for scale, samples in _joined(self._pieces(segment, places), limit):
            yield to_block(samples, scale)

    def sample_count(self, segment: Segment) -> int:
        """Return about how many samples a segment has, for showing progress."""
        end = max((place.last for place in self._places if place.boot == segment.start.boot), default=-1)
        last = end if segment.last_sample is None else min(end, segment.last_sample)
        return max(0, last + 1 - segment.start.first_sample)

    def _pieces(self, segment: Segment, places: list[_Place]) -> Iterator[tuple[Scale, RawSamples]]:
        next_sample = segment.start.first_sample
        for place in places:
            try:
                pieces = place.load()
            except (OSError, ValueError) as error:
                self.skipped.append(Skipped(f"samples {place.first} to {place.last}", str(error)))
                continue
            for piece in pieces:
                if not segment.holds(piece.boot, piece.first_sample, piece.end_sample - 1):
                    continue
                end = piece.end_sample
                if segment.last_sample is not None:
                    end = min(end, segment.last_sample + 1)
                part = piece[max(0, next_sample - piece.first_sample) : max(0, end - piece.first_sample)]
                if len(part):
                    next_sample = part.end_sample
                    yield place.scale, part

    def _hour_places(self) -> Iterator[_Place]:
        for path in sorted(self.folder.glob(f"*{HOUR_SUFFIX}")):
            try:
                hour = open_hour(path)
            except (OSError, ValueError) as error:
                self.skipped.append(Skipped(path.name, str(error)))
                continue
            for group in hour.row_groups:
                yield _Place(
                    group.boot, group.first, group.last, hour.source.scale, partial(read_row_group, group)
                )

    def _log_places(self) -> Iterator[_Place]:
        for path in sorted((*self.folder.glob(f"*{CLOSING_SUFFIX}"), *self.folder.glob(f"*{LOG_SUFFIX}"))):
            try:
                log = read_log(path)
            except (OSError, ValueError) as error:
                self.skipped.append(Skipped(path.name, str(error)))
                continue
            if log.torn_bytes:
                self.skipped.append(Skipped(path.name, f"a torn write of {log.torn_bytes} bytes at its end"))
            for boot, pieces in groupby(log.pieces, key=lambda piece: piece.boot):
                held = list(pieces)
                first = min(piece.first_sample for piece in held)
                last = max(piece.end_sample for piece in held) - 1
                yield _Place(boot, first, last, log.source.scale, partial(list, held))


def find_archives(folder: Path) -> list[Path]:
    """Return the archives in a folder: itself, or those up to three levels below it.

    Raises
    ------
    ArchiveError
        If there is none.
    """
    patterns = ["/".join(["*"] * depth + [JOURNAL_NAME]) for depth in range(MAX_DEPTH + 1)]
    found = sorted({path.parent for pattern in patterns for path in folder.glob(pattern)})
    if not found:
        raise ArchiveError(folder, f"holds no archive: there is no {JOURNAL_NAME} in it or below it")
    return found


def segments_of(entries: Iterable[Entry]) -> tuple[Segment, ...]:
    """Return the segments that a journal names, in the order they began.

    An end belongs to the newest unfinished segment of its boot: one that a crash cut off may be finished
    after others have begun.
    """
    segments: list[Segment] = []
    for entry in entries:
        if not isinstance(entry, SegmentStart | SegmentEnd):
            continue
        index = _unfinished(segments, entry.boot)
        if isinstance(entry, SegmentEnd):
            if index is not None:
                segments[index] = replace(segments[index], last_sample=entry.last_sample, is_finished=True)
            continue
        if index is not None:
            segments[index] = replace(segments[index], last_sample=entry.first_sample - 1)
        segments.append(Segment(entry, None, is_finished=False))
    return tuple(segments)


def _unfinished(segments: list[Segment], boot: int) -> int | None:
    """Return where the newest segment of a boot is, if it is unfinished."""
    for index in reversed(range(len(segments))):
        if segments[index].start.boot == boot:
            return None if segments[index].is_finished else index
    return None


def _joined(pieces: Iterable[tuple[Scale, RawSamples]], limit: int) -> Iterator[tuple[Scale, RawSamples]]:
    """Yield consecutive pieces joined, and cut into at most `limit` samples."""
    held: list[RawSamples] = []
    held_scale: Scale | None = None
    for scale, piece in pieces:
        if held and held_scale and not (_follows(held[-1], piece) and scale == held_scale):
            yield held_scale, _concatenated(held)
            held = []
        held_scale = scale
        for start in range(0, len(piece), limit):
            part = piece[start : start + limit]
            if held and sum(map(len, held)) + len(part) > limit:
                yield held_scale, _concatenated(held)
                held = []
            held.append(part)
    if held and held_scale:
        yield held_scale, _concatenated(held)


def _follows(earlier: RawSamples, later: RawSamples) -> bool:
    return later.first_sample == earlier.end_sample and later.columns == earlier.columns


def _concatenated(pieces: list[RawSamples]) -> RawSamples:
    if len(pieces) == 1:
        return pieces[0]
    utc_ns = np.concatenate([piece.utc_ns for piece in pieces])
    raw = np.concatenate([piece.raw for piece in pieces])
    return RawSamples(pieces[0].boot, pieces[0].first_sample, utc_ns, raw)

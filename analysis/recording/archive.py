"""Reading an archive: the segments that a live run went through, and the very samples that it saw.

An archive is a folder of one patient and one strip, as `analysis.recording.archive_writer` lays it out.
Files and lines that cannot be read are skipped, with the reason in :attr:`Archive.skipped`. Samples are never
resampled; what is missing is a jump of the index between two blocks. They may lie in the files in any order,
as those from the strip's memory come late: they are read in the order of their indices, each once.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from analysis.motion.block import RATE_HZ, Block
from analysis.recording.errors import ArchiveError
from analysis.recording.journal import (
    JOURNAL_NAME,
    Corrected,
    Entry,
    Gap,
    Revised,
    SegmentEnd,
    SegmentStart,
    Skipped,
    read_journal,
)
from analysis.recording.log import read_log
from analysis.recording.places import Place, hour_places, joined, log_places, pieces_of
from analysis.recording.raw import RawSamples, to_block
from analysis.recording.spans import Spans

LOG_SUFFIX: Final = ".samples"
CLOSING_SUFFIX: Final = ".closing"
HOUR_SUFFIX: Final = ".parquet"
MAX_DEPTH: Final = 3
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
    revisions
        From which samples on it was analysed again, ascending.
    gaps
        Where the core went on without samples, as far as it was not analysed again since.
    corrections
        What the wearer said of the posture, ascending.
    """

    start: SegmentStart
    last_sample: int | None
    is_finished: bool
    revisions: tuple[Revised, ...] = ()
    gaps: tuple[Gap, ...] = ()
    corrections: tuple[Corrected, ...] = ()

    @property
    def revision(self) -> int:
        """What its newest events carry."""
        return max((revised.revision for revised in self.revisions), default=0)

    @property
    def end_sample(self) -> int | None:
        """Index after the last sample that may belong to it; None: as far as there are samples."""
        return None if self.last_sample is None else self.last_sample + 1

    def opened(self, entry: Revised, last_sample: int | None) -> "Segment":
        """Return the segment open again: analysed anew from a sample on, up to `last_sample` at the most."""
        return replace(
            self,
            last_sample=last_sample,
            is_finished=False,
            revisions=(*(old for old in self.revisions if old.first_sample < entry.first_sample), entry),
            gaps=tuple(gap for gap in self.gaps if gap.first_sample < entry.first_sample),
        )


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
        self._places = list(self._all_places())

    def blocks(self, segment: Segment, seconds_per_block: float = 240.0) -> Iterator[Block]:
        """Yield a segment's samples in order, each once, in blocks of at most `seconds_per_block`."""
        start = segment.start
        yield from self.blocks_of(start.boot, start.first_sample, segment.end_sample, seconds_per_block)

    def blocks_of(
        self, boot: int, first: int, end: int | None, seconds_per_block: float = 240.0
    ) -> Iterator[Block]:
        """Yield the samples of a boot from `first` to before `end` (None: all) as :meth:`blocks` does."""
        limit = max(1, int(seconds_per_block * RATE_HZ))
        for scale, samples in joined(pieces_of(self._places, boot, first, end, self._load), limit):
            yield to_block(samples, scale)

    def held(self, boot: int) -> Spans:
        """Return which samples of a boot there are."""
        spans = Spans()
        for place in self._places:
            if place.boot == boot:
                try:
                    for first, end in place.held():
                        spans.add(first, end)
                except (OSError, ValueError) as error:
                    self.skipped.append(Skipped(f"samples {place.first} to {place.last}", str(error)))
        return spans

    def boots(self) -> list[int]:
        """Return the boots of which there are samples, in the order of their files."""
        return list(dict.fromkeys(place.boot for place in self._places))

    def sample_count(self, segment: Segment) -> int:
        """Return about how many samples a segment has, for showing progress."""
        end = max((place.last for place in self._places if place.boot == segment.start.boot), default=-1)
        last = end if segment.last_sample is None else min(end, segment.last_sample)
        return max(0, last + 1 - segment.start.first_sample)

    def _load(self, place: Place) -> list[RawSamples]:
        try:
            return place.load()
        except (OSError, ValueError) as error:
            self.skipped.append(Skipped(f"samples {place.first} to {place.last}", str(error)))
            return []

    def _all_places(self) -> Iterator[Place]:
        for path in sorted(self.folder.glob(f"*{HOUR_SUFFIX}")):
            try:
                yield from hour_places(path)
            except (OSError, ValueError) as error:
                self.skipped.append(Skipped(path.name, str(error)))
        for path in sorted((*self.folder.glob(f"*{CLOSING_SUFFIX}"), *self.folder.glob(f"*{LOG_SUFFIX}"))):
            try:
                log = read_log(path)
            except (OSError, ValueError) as error:
                self.skipped.append(Skipped(path.name, str(error)))
                continue
            if log.torn_bytes:
                self.skipped.append(Skipped(path.name, f"a torn write of {log.torn_bytes} bytes at its end"))
            yield from log_places(log)


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
    """Return the segments that a journal names: boot after boot, each boot's in the order of its samples.

    They need not have begun in that order: what lies before a segment may come after it, from the strip's
    memory. An end belongs to the last unfinished segment that begins before it: one that a crash cut off may
    be finished after others have begun.
    """
    boots: dict[int, list[Segment]] = {}
    for entry in entries:
        match entry:
            case SegmentStart(boot, first_sample):
                segments = boots.setdefault(boot, [])
                at = _last_by(segments, first_sample)
                if at is not None and not segments[at].is_finished:
                    segments[at] = replace(segments[at], last_sample=first_sample - 1)
                place = 0 if at is None else at + 1
                segments.insert(place, Segment(entry, None, is_finished=False))
                segments[place] = replace(segments[place], last_sample=_limit(segments, place))
            case SegmentEnd(boot, last_sample):
                segments = boots.get(boot, [])
                unfinished = [segment for segment in segments if not segment.is_finished]
                at = _last_by(unfinished, last_sample)
                if at is None:  # one without a sample ends before it begins
                    at = _last_by(unfinished, last_sample + 1)
                if at is not None:
                    ended = replace(unfinished[at], last_sample=last_sample, is_finished=True)
                    segments[segments.index(unfinished[at])] = ended
            case Gap(boot, first_sample):
                segments = boots.get(boot, [])
                at = _last_by(segments, first_sample)
                if at is not None:
                    segments[at] = replace(segments[at], gaps=(*segments[at].gaps, entry))
            case Corrected(boot, sample):
                segments = boots.get(boot, [])
                at = _last_by(segments, sample)
                if at is not None:
                    said = sorted((*segments[at].corrections, entry), key=lambda one: one.sample)
                    segments[at] = replace(segments[at], corrections=tuple(said))
            case Revised(boot, first_sample):
                segments = boots.get(boot, [])
                at = _last_by(segments, first_sample)
                if at is not None:
                    segments[at] = segments[at].opened(entry, _limit(segments, at))
    return tuple(segment for segments in boots.values() for segment in segments)


def _last_by(segments: list[Segment], sample: int) -> int | None:
    """Return where the last of a boot's segments is that begins at or before a sample."""
    return max((at for at, one in enumerate(segments) if one.start.first_sample <= sample), default=None)


def _limit(segments: list[Segment], at: int) -> int | None:
    """Return the last sample that may belong to a segment: before the boot's next one begins."""
    return segments[at + 1].start.first_sample - 1 if at + 1 < len(segments) else None

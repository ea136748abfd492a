"""Going through a live run's archive again, with the very core that ran live.

Each segment of its journal goes through a session started as the live one was, and what the session says is
what the live one said, event for event and in that order, since how samples are cut into blocks never changes
a result. A recording file of anyone's is analysed by :mod:`analysis.recorded`.

A segment that a crash cut off is analysed to its last sample and then finished, so the span of posture or
sitting bout that the crash interrupted is told here, though the live run could not tell it any more.
"""

from collections.abc import Callable, Iterable, Iterator

from analysis.events.event import Derived
from analysis.motion.origin import Origin
from analysis.motion.output import Output
from analysis.motion.session import Given, Guided, Session
from analysis.practice.session import PractisedSession, PractisedState
from analysis.practice.sets import Sets
from analysis.recording.archive import Archive, Segment
from analysis.recording.journal import Entry, PracticeBegun, PracticeEnded, SegmentStart


def analyse_archive(
    archive: Archive, on_progress: Callable[[float], None] | None = None
) -> Iterator[Derived]:
    """Yield the derived events of a live run's archive, in the order the live run told them.

    `on_progress` is told how much is done, 0 to 1.
    What could not be read is in ``archive.skipped`` afterwards.
    """
    total = sum(archive.sample_count(segment) for segment in archive.segments)
    done = 0
    for segment in archive.segments:
        for output in SegmentReplay(segment, sets_of(archive.entries, segment.start.boot)).whole(archive):
            yield from output.events
            done += len(output.angles)
            if on_progress is not None:
                on_progress(min(1.0, done / max(1, total)))


class SegmentReplay:
    """The core, taken through a segment of an archive as the live run was.

    Where a stretch was analysed again after late samples had come, what the core says from there on carries
    that revision. What the wearer said of the posture is said again at the same sample.

    Parameters
    ----------
    segment
        What to go through.
    sets
        What the patient practised in that boot.
    """

    def __init__(self, segment: Segment, sets: Sets) -> None:
        self._segment, self._sets = segment, sets
        self.session = session_of(segment.start, sets)
        self._said = list(segment.corrections)
        self.next_sample = segment.start.first_sample
        """Where it stands."""

    def outputs(self, archive: Archive) -> Iterator[Output]:
        """Yield what the core says of the segment's samples, block by block; it stays unfinished."""
        segment = self._segment
        for revised in segment.revisions:
            yield from self._upto(archive, revised.first_sample)
            self.session = revised_session(segment.start, self._sets, self.session.state(), revised.revision)
        yield from self._upto(archive, segment.end_sample)

    def whole(self, archive: Archive) -> Iterator[Output]:
        """Yield what the core says of the segment, and what it says at its end."""
        yield from self.outputs(archive)
        yield self.session.finish()

    def _upto(self, archive: Archive, end: int | None) -> Iterator[Output]:
        while self._said and (end is None or self._said[0].sample <= end):
            said = self._said.pop(0)
            yield from self._through(archive, said.sample)
            self.session.correct(said.state)
        yield from self._through(archive, end)

    def _through(self, archive: Archive, end: int | None) -> Iterator[Output]:
        for block in archive.blocks_of(self._segment.start.boot, self.next_sample, end):
            self.next_sample = block.end_sample
            yield self.session.push(block)


def session_of(start: SegmentStart, sets: Sets, revision: int = 0) -> PractisedSession:
    """Return a session of the core as new, at the start of a segment; `sets` are what was practised."""
    origin = Origin(start.patient, start.device, start.boot, revision)
    session = Session(origin, Guided() if start.calibration is None else Given(start.calibration))
    return PractisedSession(session, origin, sets, start.first_sample)


def revised_session(
    start: SegmentStart, sets: Sets, state: PractisedState, revision: int
) -> PractisedSession:
    """Return a session that goes on exactly from `state`, and says what it says as of another revision."""
    session = session_of(start, sets, revision)
    session.restore(state)
    return session


def sets_of(entries: Iterable[Entry], boot: int) -> Sets:
    """Return what a journal says of practice in one boot of the strip."""
    sets = Sets()
    for entry in entries:
        match entry:
            case PracticeBegun(begun_in, sample, target) if begun_in == boot:
                sets.begin(sample, target or None)
            case PracticeEnded(ended_in, sample) if ended_in == boot:
                sets.end(sample)
    return sets

"""One session of the core on its way through a segment, and what it has said so far.

A course can be forked: where the core had to go on without samples that have come since, another session
starts from what the core knew there and goes over the rest once more. What had been said in between is then
withdrawn by ``lumbar.replace/1``, and said anew with a higher revision.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from analysis.events.event import ALGORITHM, Derived, fact_id
from analysis.events.revising import Replace
from analysis.motion.block import Block
from analysis.motion.output import Output
from analysis.practice.session import PractisedSession, PractisedState
from analysis.practice.sets import Sets
from analysis.recording.archive import Archive, Segment
from analysis.recording.journal import Corrected, SegmentStart
from analysis.recording.spans import Spans
from analysis.replay import revised_session, session_of

_CHECKPOINTS: Final = 16
"""So many of the newest gaps keep the core's state, 2 MB each [ours]; for others the segment's start does."""
_SLICE_S: Final = 60.0
"""What is gone over at once, s: 5 ms of work, so that other things can be done in between."""
_IDS_AT_ONCE: Final = 1000
"""A replacement names no more events than that, so that its message stays below 48 kB."""


class Telling(NamedTuple):
    """One derived event that was told, when the core had seen all samples before `at`."""

    first_sample: int
    event_id: str
    at: int


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """All that the core knew when the next sample was `sample`; None: nothing, the segment began there."""

    sample: int
    state: PractisedState | None


class Course:
    """A session in its segment.

    Parameters
    ----------
    start
        How the segment began.
    session
        The session.
    sets
        What the patient practises in this boot; it may grow.
    revision
        What its events carry.
    checkpoints
        Where it can be forked, ascending; the last is where it stands.
    told
        What was told before, and still holds.
    corrections
        What the wearer has said of the posture in this segment, ascending; shared by all its courses.
    """

    def __init__(
        self,
        start: SegmentStart,
        session: PractisedSession,
        sets: Sets,
        revision: int,
        checkpoints: Iterable[Checkpoint],
        told: Iterable[Telling] = (),
        corrections: list[Corrected] | None = None,
    ) -> None:
        self.start, self.session, self.sets, self.revision = start, session, sets, revision
        self._checkpoints = list(checkpoints)
        self.next_sample = self._checkpoints[-1].sample
        self.told = list(told)
        self._corrections = [] if corrections is None else corrections
        self._heeded = sum(one.sample <= self.next_sample for one in self._corrections)
        """So many of them the session has heard."""
        self.gaps = Spans()
        """What it had to do without."""

    @classmethod
    def beginning(
        cls, start: SegmentStart, sets: Sets, revision: int = 0, corrections: Iterable[Corrected] = ()
    ) -> "Course":
        """Return a course at the start of its segment."""
        session, checkpoint = session_of(start, sets, revision), Checkpoint(start.first_sample, None)
        return cls(start, session, sets, revision, [checkpoint], corrections=list(corrections))

    def follow(self, archive: Archive, segment: Segment) -> Iterator[Output]:
        """Go from the start through the segment as the live run did; yields what it says, unfinished."""
        for revised in segment.revisions:
            yield from self.go(archive, revised.first_sample)
            self.turn(revised.revision)
        yield from self.go(archive, segment.end_sample)

    def go(self, archive: Archive, end: int | None) -> Iterator[Output]:
        """Go on from here to before `end` with what the archive holds; yields what it says."""
        while self._heeded < len(self._corrections):
            said = self._corrections[self._heeded]
            if end is not None and said.sample > end:
                break
            yield from self._through(archive, said.sample)
            self._heed(said)
        yield from self._through(archive, end)

    def correct(self, said: Corrected) -> None:
        """Take the wearer's word, said now."""
        self._corrections.append(said)
        self._heed(said)

    def _heed(self, said: Corrected) -> None:
        self.session.correct(said.state)
        self._heeded += 1
        # Whoever goes on from here must have heard it.
        if self._checkpoints[-1].sample == self.next_sample:
            self._checkpoints.pop()
        self._checkpoints.append(Checkpoint(self.next_sample, self.session.state()))

    def _through(self, archive: Archive, end: int | None) -> Iterator[Output]:
        for block in archive.blocks_of(self.boot, self.next_sample, end, _SLICE_S):
            yield self.push(block)

    @property
    def boot(self) -> int:
        """The strip's boot."""
        return self.start.boot

    def push(self, block: Block) -> Output:
        """Return what the next samples make known; what lies between is gone without."""
        if block.first_sample > self.next_sample:
            self.gaps.add(self.next_sample, block.first_sample)
            self._note(self.next_sample)
        output = self.session.push(block)
        self.next_sample = block.end_sample
        self._tell(output.events, self.next_sample)
        return output

    def finish(self) -> Output:
        """Take what was pushed as all there is; it can still be forked from before that."""
        self._note(self.next_sample)
        output = self.session.finish()
        self._tell(output.events, self.next_sample + 1)
        return output

    def is_at_end_of(self, segment: Segment) -> bool:
        """Whether this course went through a segment as the archive has it."""
        mine = (self.start, self.next_sample, self.revision)
        return mine == (segment.start, segment.end_sample, segment.revision)

    def turn(self, revision: int) -> None:
        """Say what is said from here on as of another revision."""
        self._note(self.next_sample)
        self.session = revised_session(self.start, self.sets, self.session.state(), revision)
        self.revision = revision

    def fork(self, sample: int, revision: int) -> "Course":
        """Return a course that goes from `sample`, or the last checkpoint before, over the rest once more."""
        gaps = {first for first, _ in self.gaps}
        start, *since = (one for one in self._checkpoints if one.sample <= sample)
        known = [start, *(one for one in since[:-1] if one.sample in gaps), *since[-1:]]
        state = known[-1].state
        session = (
            session_of(self.start, self.sets, revision)
            if state is None
            else revised_session(self.start, self.sets, state, revision)
        )
        told = (one for one in self.told if one.at <= known[-1].sample)
        course = Course(self.start, session, self.sets, revision, known, told, self._corrections)
        for first, end in self.gaps.within(0, course.next_sample):
            course.gaps.add(first, end)
        return course

    def withdrawn_by(self, other: "Course") -> list[Telling]:
        """Return what this course told and `other`, forked off it, did not keep."""
        kept = {one.event_id for one in other.told}
        return [one for one in self.told if one.event_id not in kept]

    def _note(self, sample: int) -> None:
        if self._checkpoints[-1].sample < sample:
            self._checkpoints.append(Checkpoint(sample, self.session.state()))
            del self._checkpoints[1:-_CHECKPOINTS]

    def _tell(self, events: Iterable[Derived], at: int) -> None:
        self.told.extend(Telling(event.first_sample, event.event_id, at) for event in events)


def replacements(course: Course, first: int, last: int, kinds: Iterable[str]) -> list[Replace]:
    """Return what makes the events of samples `first` to `last` exactly those that `course` has told.

    One is enough unless they are very many; then each speaks of a stretch of its own.
    """
    told = sorted(
        (one for one in course.told if first <= one.first_sample <= last), key=lambda one: one.first_sample
    )
    pieces = []
    while first <= last:
        upto = last
        if len(told) > _IDS_AT_ONCE:
            upto = max(first, told[_IDS_AT_ONCE].first_sample - 1)
        ids = [one.event_id for one in told if one.first_sample <= upto]
        told = told[len(ids) :]
        pieces.append(_replacement(course, first, upto, sorted(kinds), ids))
        first = upto + 1
    return pieces


def _replacement(course: Course, first: int, last: int, kinds: Sequence[str], ids: Sequence[str]) -> Replace:
    start = course.start
    name = (str(start.boot), str(first), str(course.revision))
    return Replace(
        event_id=fact_id(start.patient, start.device, "replace", *name),
        patient=start.patient,
        device=start.device,
        start=None,
        end=None,
        mode=None,
        algorithm=ALGORITHM,
        quality=None,
        boot=start.boot,
        first_sample=first,
        last_sample=last,
        revision=course.revision,
        kinds=list(kinds),
        event_ids=list(ids),
    )

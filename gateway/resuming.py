"""Opening a boot's last segment again: its samples go on where they ended.

A gateway that was stopped ended the segment that was open, and so does a strip that is taken off; a minute
later it may go on. Another session of the core then takes up what the first one knew before it was finished.
That is at hand while the process is the same; after a start the segment is gone through once more, which
takes seconds for a day and is done in slices as soon as a strip is heard that could go on.
"""

import logging
from collections.abc import Iterator

from analysis.events.catalogue import DERIVED_KINDS
from analysis.events.revising import Replace
from analysis.recording.archive import Archive, Segment
from analysis.recording.raw import RawSamples
from analysis.replay import sets_of
from gateway.archive.writer import LiveArchive
from gateway.course import Course, replacements

log = logging.getLogger("lumbar.segments")

_NS_PER_SAMPLE = 10_000_000


class Resuming:
    """Knows the course that ended last.

    Parameters
    ----------
    archive
        Where the segments lie.
    same_wear_s
        Samples that follow on a segment's last by number belong to it unless more time than this has passed
        besides, s.
    """

    def __init__(self, archive: LiveArchive, same_wear_s: float) -> None:
        self._archive, self._same_wear_s = archive, same_wear_s
        self._ended: Course | None = None
        self._looked_at: int | None = None
        """The boot whose last segment is known, if it has one."""

    def ended(self, course: Course) -> None:
        """Take note of a course that has just been finished."""
        self._ended, self._looked_at = course, course.boot

    def forget(self, boot: int) -> None:
        """Take note that a boot's last segment is not what it was."""
        if boot == self._looked_at:
            self._ended = self._looked_at = None

    def getting_ready(self, boot: int) -> Iterator[None]:
        """Go through a boot's last segment, in slices, unless it is known."""
        if boot == self._looked_at:
            return
        ended = None
        with self._archive.reading() as archive:
            segment = _last_of(archive, boot)
            if segment is not None and segment.is_finished:
                ended = _beginning(archive, segment)
                for _ in ended.follow(archive, segment):
                    yield
                ended.finish()
        self._ended, self._looked_at = ended, boot

    def resumed(self, samples: RawSamples) -> tuple[Course, list[Replace]] | None:
        """Return the course of the boot's last segment, open again, if these samples belong to it.

        What its end had made known is withdrawn by the replacements that come with it.
        """
        ended, self._ended, self._looked_at = self._ended, None, None
        with self._archive.reading() as archive:
            segment = _last_of(archive, samples.boot)
            if segment is None or not self._goes_on(archive, segment, samples):
                return None
            if ended is None or not ended.is_at_end_of(segment):
                ended = _beginning(archive, segment)
                for _ in ended.follow(archive, segment):
                    pass
                ended.finish()
        course = ended.fork(ended.next_sample, segment.revision + 1)
        self._archive.revised(course.boot, course.next_sample, course.revision)
        first = min((one.first_sample for one in ended.withdrawn_by(course)), default=course.next_sample)
        log.info("segment resumed", extra={"boot": course.boot, "next_sample": course.next_sample})
        return course, replacements(course, first, course.next_sample - 1, DERIVED_KINDS)

    def end_of(self, boot: int) -> int:
        """Return the sample after a boot's last segment; 0 if it has none, or none with an end."""
        with self._archive.reading() as archive:
            segment = _last_of(archive, boot)
        return 0 if segment is None else segment.end_sample or 0

    def _goes_on(self, archive: Archive, segment: Segment, samples: RawSamples) -> bool:
        if not segment.is_finished or segment.last_sample is None:
            return False
        missing = samples.first_sample - segment.last_sample
        if missing <= 0 or segment.last_sample <= segment.start.first_sample:
            return False
        (last,) = archive.blocks_of(samples.boot, segment.last_sample, segment.last_sample + 1)
        assert last.utc_ns is not None
        besides_ns = int(samples.utc_ns[0] - last.utc_ns[-1]) - missing * _NS_PER_SAMPLE
        return abs(besides_ns) <= self._same_wear_s * 1e9


def _beginning(archive: Archive, segment: Segment) -> Course:
    sets = sets_of(archive.entries, segment.start.boot)
    return Course.beginning(segment.start, sets, corrections=segment.corrections)


def _last_of(archive: Archive, boot: int) -> Segment | None:
    return next((one for one in reversed(archive.segments) if one.start.boot == boot), None)

"""Going over what came late or was cut off, and saying so everywhere.

It is done in slices: each function is a generator that yields between them, so that the live view goes on
meanwhile. The journal hears first that a segment is analysed again; if the process dies before all that
follows from it was told, the segment is unfinished and is gone over once more when the gateway comes back.
"""

import logging
from collections.abc import Iterable, Iterator

from analysis.events.calibration import Calibration
from analysis.events.catalogue import DERIVED_KINDS
from analysis.events.event import Derived, Event
from analysis.recording.archive import Archive, Segment
from analysis.recording.journal import CalibrationMade, Revised
from analysis.replay import sets_of
from gateway.archive.writer import LiveArchive
from gateway.calibrations import Calibrations
from gateway.course import Course, replacements
from gateway.ledger import Ledger
from gateway.overdue import Overdue, overdue

log = logging.getLogger("lumbar.revising")


def bring_up_to_date(
    live: LiveArchive, ledger: Ledger, boot: int, calibrations: Calibrations
) -> Iterator[None]:
    """Go over whatever of a boot is overdue, and finish its segments."""
    with live.reading() as archive:
        for one in overdue(archive, boot):
            segment = one.segment or _begun(archive, one, live, calibrations)
            if segment is not None:
                yield from _finish(archive, segment, one, live, ledger, calibrations)


def _begun(archive: Archive, one: Overdue, live: LiveArchive, calibrations: Calibrations) -> Segment | None:
    for block in archive.blocks_of(one.boot, one.first_sample, one.end_sample, 1.0):
        assert block.utc_ns is not None
        given = calibrations.at_start(one.boot, int(block.utc_ns[0]), is_dual=block.upper is not None)
        start = live.start_segment(one.boot, block.first_sample, given)
        return Segment(start, None if one.end_sample is None else one.end_sample - 1, is_finished=False)
    return None


def _finish(
    archive: Archive,
    segment: Segment,
    one: Overdue,
    live: LiveArchive,
    ledger: Ledger,
    calibrations: Calibrations,
) -> Iterator[None]:
    if one.again_from is not None:
        again = Revised(one.boot, one.again_from, segment.revision + 1)
        live.revised(again.boot, again.first_sample, again.revision)
        segment = segment.opened(again, None if one.end_sample is None else one.end_sample - 1)
    sets = sets_of(archive.entries, one.boot)
    course = Course.beginning(segment.start, sets, corrections=segment.corrections)
    events: list[Derived] = []
    made: list[Calibration] = []
    for output in course.follow(archive, segment):
        events += output.events
        made += output.calibrations
        yield
    events += course.finish().events
    told: list[Event] = [*unheard(archive, made), *events]
    if course.revision:
        told += replacements(course, segment.start.first_sample, course.next_sample - 1, DERIVED_KINDS)
    for calibration in made:
        calibrations.heed(calibration)
    ledger.record(told)
    stand = {(gap.first_sample, gap.last_sample + 1) for gap in segment.gaps}
    for first, end in course.gaps:
        if (first, end) not in stand:
            live.went_on_without(course.boot, first, end - 1)
    live.end_segment(course.boot, course.next_sample - 1)
    log.info(
        "segment gone over",
        extra={"boot": course.boot, "last_sample": course.next_sample - 1, "revision": course.revision},
    )


def unheard(archive: Archive, made: Iterable[Calibration]) -> list[Calibration]:
    """Return the calibrations that say something new; a stretch gone over again repeats what it said."""
    known = [entry.calibration for entry in archive.entries if isinstance(entry, CalibrationMade)]
    ids, contents = {one.event_id for one in known}, [_content(one) for one in known]
    return [one for one in made if one.event_id in ids or _content(one) not in contents]


def _content(calibration: Calibration) -> Calibration:
    return calibration.model_copy(update={"event_id": ""})

"""After a crash: what the last run had not said yet is said now, from its archive.

A gateway that is killed leaves a segment without an end in the journal. Its samples are in the archive, so
the core can be taken through the whole segment again; events that had been recorded before are known by
their ids, and those that were still open come out now. The journal then gets the end it lacks.
"""

import logging
from collections.abc import Iterable, Iterator

from analysis.events.calibration import Calibration
from analysis.recording.archive import Archive, Segment
from analysis.recording.journal import JOURNAL_NAME, CalibrationMade, SegmentStart
from analysis.replay import replay_segment
from gateway.archive.writer import LiveArchive
from gateway.ledger import Ledger

log = logging.getLogger("lumbar.recovery")


def recover(live: LiveArchive, ledger: Ledger) -> Calibration | None:
    """Close what a crash left open, and return the newest accepted calibration, if there is one."""
    if not (live.folder / JOURNAL_NAME).exists():
        return None
    archive = Archive(live.folder)
    made: list[Calibration] = []
    for segment in archive.segments:
        if not segment.is_finished:
            made += _close(archive, segment, live, ledger)
    for skipped in archive.skipped:
        log.warning("skipped in the archive", extra={"what": str(skipped)})
    return _newest([*_known(archive), *made])


def _close(archive: Archive, segment: Segment, live: LiveArchive, ledger: Ledger) -> list[Calibration]:
    """Say what a segment has to say, end it, and return the calibrations it made."""
    start = segment.start
    last_sample = start.first_sample
    made: list[Calibration] = []
    for output in replay_segment(archive, segment):
        ledger.record([*output.calibrations, *output.events])
        made.extend(output.calibrations)
        last_sample = max(last_sample, output.angles.first_sample + len(output.angles) - 1)
    live.end_segment(start.boot, last_sample)
    log.info("segment closed after a crash", extra={"boot": start.boot, "last_sample": last_sample})
    return made


def _known(archive: Archive) -> Iterator[Calibration]:
    for entry in archive.entries:
        if isinstance(entry, CalibrationMade | SegmentStart) and entry.calibration is not None:
            yield entry.calibration


def _newest(calibrations: Iterable[Calibration]) -> Calibration | None:
    dated = [known for known in calibrations if known.accepted and known.valid_from is not None]
    return max(dated, key=lambda known: str(known.valid_from), default=None)

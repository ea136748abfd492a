"""When the gateway comes back: what the last run had not said yet is said now, from its archive.

A gateway that is killed leaves a segment without an end in the journal, or samples that the core has not gone
over. They are in the archive, so the core can be taken through them; events that had been recorded before are
known by their ids, and those that were still open come out now. The journal then gets the end it lacks.

A day that was cut off takes seconds, on a small computer half a minute. It is done in slices, so that pages
answer, systemd hears signs of life, and a wish to stop is heard meanwhile; what is left undone then is found
again at the next start.
"""

import logging
from collections.abc import Iterator

from analysis.recording.archive import Archive
from analysis.recording.journal import JOURNAL_NAME, CalibrationMade, SegmentStart
from gateway.archive.writer import LiveArchive
from gateway.calibrations import Calibrations
from gateway.ledger import Ledger
from gateway.revising import bring_up_to_date

log = logging.getLogger("lumbar.recovery")


def recovering(live: LiveArchive, ledger: Ledger, calibrations: Calibrations) -> Iterator[None]:
    """Close what a crash left open, and let `calibrations` know all that were made; yields between slices."""
    if not (live.folder / JOURNAL_NAME).exists():
        return
    with live.reading() as archive:
        boots = [segment.start.boot for segment in archive.segments] + archive.boots()
        _heed_known(archive, calibrations)
        for skipped in archive.skipped:
            log.warning("skipped in the archive", extra={"what": str(skipped)})
    for boot in dict.fromkeys(boots):
        yield from bring_up_to_date(live, ledger, boot, calibrations)


def _heed_known(archive: Archive, calibrations: Calibrations) -> None:
    for entry in archive.entries:
        if isinstance(entry, CalibrationMade | SegmentStart) and entry.calibration is not None:
            calibrations.heed(entry.calibration)

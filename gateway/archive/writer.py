"""The archive of a live run: every sample and every other input, on disk before the core sees it.

Give samples to :meth:`LiveArchive.append` before the core, and what the core then says can be computed again
from disk, whatever happens. What is lost when

- this process is killed (-9): nothing that was appended. At most one torn record stays behind, of samples
  that nobody had seen yet;
- the computer loses power: samples since the last :meth:`LiveArchive.tend` (they still lie in the strip's
  flash), and no line of the journal;
- the disk is full: the oldest hours of raw samples, one by one (:mod:`gateway.archive.room`). When there are
  none left `append` raises, and the samples it was given are not kept; the strip still has them.
"""

from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, Final

from analysis.events.calibration import Calibration
from analysis.events.day import PostureState
from analysis.recording.archive import Archive
from analysis.recording.archive_writer import ArchiveWriter
from analysis.recording.journal import (
    Anchor,
    CalibrationMade,
    Corrected,
    Entry,
    Gap,
    JournalWriter,
    Mark,
    PracticeBegun,
    PracticeEnded,
    Prescribed,
    Revised,
    SegmentEnd,
    SegmentStart,
    Skipped,
)
from analysis.recording.raw import RawSamples, Scale, Source
from gateway.archive.room import Room, RoomParams
from gateway.wire.frame import ACC_LSB_MPS2, GYR_LSB_RADPS

STRIP_SCALE: Final = Scale(ACC_LSB_MPS2, GYR_LSB_RADPS)
"""What the strip's integers are worth; the live path and the archive use this one value."""

TEND_EVERY_S: Final = 10.0
"""How often to call :meth:`LiveArchive.tend`, seconds of the computer [ours: what a power cut may cost]."""


class LiveArchive:
    """The archive that a running gateway writes for one patient and strip.

    Parameters
    ----------
    root
        Folder of all archives; the samples go to ``root/patient/device``.
    patient, device
        Whose samples these are: pseudonym and serial number, both fit for a folder's name.
    room_params
        How much of the disk raw samples may take, and for how long.

    Raises
    ------
    ArchiveError
        If the folder cannot be made; from every method, if the disk refuses.
    """

    def __init__(
        self, root: Path, *, patient: str, device: str, room_params: RoomParams | None = None
    ) -> None:
        self.folder = root / patient / device
        self.room = Room(self.folder, room_params or RoomParams())
        self._patient = patient
        self._device = device
        self._samples = ArchiveWriter(self.folder, Source(patient, device, STRIP_SCALE))
        self._journal = JournalWriter(self.folder)

    def start_segment(self, boot: int, first_sample: int, calibration: Calibration | None) -> SegmentStart:
        """Note that a session of the core begins, before its first sample.

        `calibration` is what the session is given; None: it goes through the guided routine.
        """
        start = SegmentStart(boot, first_sample, self._patient, self._device, calibration)
        self._note(start)
        return start

    def end_segment(self, boot: int, last_sample: int) -> None:
        """Note that the session was finished after `last_sample`."""
        self._note(SegmentEnd(boot, last_sample))

    def went_on_without(self, boot: int, first_sample: int, last_sample: int) -> None:
        """Note that the core goes on without these samples."""
        self._note(Gap(boot, first_sample, last_sample))

    def revised(self, boot: int, first_sample: int, revision: int) -> None:
        """Note that from `first_sample` on the segment counts as analysed again."""
        self._note(Revised(boot, first_sample, revision))

    def corrected(self, boot: int, sample: int, state: PostureState) -> None:
        """Note that the wearer said to have been `state` until before `sample`, which the core sees next."""
        self._note(Corrected(boot, sample, state))

    def append(self, samples: RawSamples) -> None:
        """Keep samples; call it before the core sees them."""
        self.room.finding_room(lambda: self._samples.append(samples))

    def _note(self, entry: Entry) -> None:
        self.room.finding_room(lambda: self._journal.append(entry))

    def calibrated(self, calibration: Calibration) -> None:
        """Note a calibration that the session arrived at."""
        self._note(CalibrationMade(calibration))

    def marked(self, boot: int, sample: int) -> None:
        """Note a press of the button."""
        self._note(Mark(boot, sample))

    def anchored(self, boot: int, ticks: int, utc_ns: int, bound_ns: int) -> None:
        """Note that at `utc_ns`, give or take `bound_ns`, the strip's counter stood at `ticks`."""
        self._note(Anchor(boot, ticks, utc_ns, bound_ns))

    def prescribed(self, utc_ns: int, revision: int, values: dict[str, Any]) -> None:
        """Note the settings of care that are in force from `utc_ns` on."""
        self._note(Prescribed(utc_ns, revision, values))

    def practice_begun(self, boot: int, sample: int, target: int) -> None:
        """Note that a set of hinges begins with `sample`."""
        self._note(PracticeBegun(boot, sample, target))

    def practice_ended(self, boot: int, sample: int) -> None:
        """Note that it ended before `sample`."""
        self._note(PracticeEnded(boot, sample))

    def reading(self) -> AbstractContextManager[Archive]:
        """Give the archive to be read as it is now; its files stay as they are meanwhile."""
        return self._samples.reading()

    def tend(self, now_utc_ns: int) -> list[Skipped]:
        """Bring samples to disk, make the files of finished hours, and room; may run in another thread.

        Returns
        -------
        list of Skipped
            What could not be read, and stays where it is.
        """
        skipped = self.room.finding_room(self._samples.tend)
        self.room.keep(now_utc_ns)
        return skipped

    def close(self) -> list[Skipped]:
        """Make the files of all hours and close; returns what :meth:`tend` does."""
        skipped = self.room.finding_room(self._samples.close)
        self._journal.close()
        return skipped

"""From the strip's samples to the patient's events: the archive, the core, the care policy, in that order.

A segment is a run of samples of one boot that one session of the core sees from a fresh start. It begins with
the first samples of a boot (or of this process), and ends when the strip boots anew, is taken off, or the
gateway stops. Its beginning, with all it starts from, and its end stand in the journal, so that
``lumbar analyse`` repeats it bit for bit. A segment that a crash cut off is repeated from the archive when
the gateway comes back, which makes the events that were still open, and is closed then.
"""

import logging
from dataclasses import dataclass
from datetime import timedelta

from analysis.events.calibration import Calibration
from analysis.events.fields import utc_ns
from analysis.motion.calibration import aligned
from analysis.motion.origin import Origin
from analysis.motion.output import Output
from analysis.motion.session import Given, Guided, Session
from analysis.recording.raw import DUAL_COLUMNS, RawSamples, to_block
from gateway.archive.writer import STRIP_SCALE, LiveArchive
from gateway.care import Care
from gateway.config import CalibrationConfig
from gateway.ledger import Ledger

log = logging.getLogger("lumbar.segments")


@dataclass(frozen=True, slots=True)
class Patient:
    """Whose samples they are, and how they are treated."""

    id: str
    device: str
    calibration: CalibrationConfig


class Segments:
    """Takes samples in order, and records what they mean.

    Parameters
    ----------
    patient
        Whose samples.
    archive, ledger
        Where samples and events go.
    last_calibration
        The last accepted calibration of this strip on this patient, if one is known.
    care
        Hears what the core says, after it was recorded.
    """

    def __init__(
        self,
        patient: Patient,
        archive: LiveArchive,
        ledger: Ledger,
        last_calibration: Calibration | None,
        care: Care,
    ) -> None:
        self._patient, self._archive, self._ledger = patient, archive, ledger
        self._calibration, self._care = last_calibration, care
        self._session: Session | None = None
        self._boot = 0
        self._last_sample = -1

    @property
    def is_open(self) -> bool:
        """Whether a segment is open."""
        return self._session is not None

    def push(self, samples: RawSamples) -> Output:
        """Take the next samples of the strip.

        Raises
        ------
        ArchiveError, OutboxError, StoreError, CareStateError
            If the disk or a store fails.
        """
        if self._session is not None and samples.boot != self._boot:
            self.finish()
        if self._session is None:
            self._session = self._begin(samples)
        self._archive.append(samples)
        self._boot, self._last_sample = samples.boot, samples.end_sample - 1
        output = self._session.push(to_block(samples, STRIP_SCALE))
        self._record(output)
        return output

    def finish(self) -> None:
        """End the open segment, if there is one."""
        if self._session is None:
            return
        self._record(self._session.finish())
        self._archive.end_segment(self._boot, self._last_sample)
        self._session = None
        log.info("segment ended", extra={"boot": self._boot, "last_sample": self._last_sample})

    def forget_calibration(self) -> bool:
        """Let the next segment begin with the guided routine; returns False where the axes are given."""
        if self._patient.calibration.mode == "aligned":
            return False
        self._calibration = None
        return True

    def _begin(self, samples: RawSamples) -> Session:
        patient = self._patient
        origin = Origin(patient.id, patient.device, samples.boot)
        first_utc_ns = int(samples.utc_ns[0])
        given = self._known_calibration(origin, first_utc_ns, is_dual=samples.columns == DUAL_COLUMNS)
        self._archive.start_segment(samples.boot, samples.first_sample, given)
        log.info(
            "segment begun",
            extra={"boot": samples.boot, "first_sample": samples.first_sample, "guided": given is None},
        )
        return Session(origin, Guided() if given is None else Given(given))

    def _known_calibration(self, origin: Origin, now_ns: int, *, is_dual: bool) -> Calibration | None:
        if self._patient.calibration.mode == "aligned":
            return aligned(origin, dual=is_dual, utc_ns=now_ns)
        known = self._calibration
        if known is None or known.valid_from is None:
            return None
        age = timedelta(microseconds=(now_ns - utc_ns(known.valid_from)) / 1000)
        return known if abs(age) <= timedelta(hours=self._patient.calibration.reuse_h) else None

    def _record(self, output: Output) -> None:
        for calibration in output.calibrations:
            self._archive.calibrated(calibration)
            log.info(
                "calibrated",
                extra={"accepted": calibration.accepted, "reasons": "; ".join(calibration.reasons)},
            )
            if calibration.accepted:
                self._calibration = calibration
        self._ledger.record([*output.calibrations, *output.events])
        self._care.take(output)

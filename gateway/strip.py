"""One strip's way through the home: frames become samples with times, and go to archive and core."""

import logging
from collections.abc import Iterable
from itertools import groupby

from analysis.events.event import ALGORITHM, fact_id
from analysis.events.facts import Mark
from analysis.events.fields import utc_text
from analysis.recording.raw import RawSamples
from gateway.archive.writer import LiveArchive
from gateway.ledger import Ledger
from gateway.link.clock import TickClock
from gateway.link.inbox import Anchored, Item, StatusChanged
from gateway.link.reassembly import Arrival, RawRun, Reassembly
from gateway.present import Present
from gateway.segments import Patient, Segments

log = logging.getLogger("lumbar.strip")


class Strip:
    """Takes what one strip's link brings, in order.

    Parameters
    ----------
    patient
        Whose strip it is.
    archive
        Where samples and inputs are kept.
    segments
        What makes events of them.
    ledger
        Where button marks go.
    present
        Where the present is written down.
    """

    def __init__(
        self, patient: Patient, archive: LiveArchive, segments: Segments, ledger: Ledger, present: Present
    ) -> None:
        self._patient, self._archive, self._segments = patient, archive, segments
        self._ledger, self._present = ledger, present
        self._reassembly = Reassembly()
        self._clock: TickClock | None = None
        present.counters = self._reassembly.counters

    def take(self, items: Iterable[Item]) -> None:
        """Take a batch from the link; frames that follow each other are handled as one block."""
        for is_arrival, group in groupby(items, lambda item: isinstance(item, Arrival)):
            if is_arrival:
                arrivals = (item for item in group if isinstance(item, Arrival))
                for run in self._reassembly.push(arrivals):
                    self._take_run(run)
                continue
            for item in group:
                match item:
                    case Anchored(anchor, time):
                        self._reassembly.follow(time)
                        if self._clock is None or self._clock.boot != anchor.boot:
                            self._clock = TickClock(anchor)
                        elif not self._clock.take(anchor):
                            continue
                        self._archive.anchored(anchor.boot, anchor.ticks, anchor.utc_ns, anchor.bound_ns)
                    case StatusChanged(status):
                        self._present.strip = status
                        if not status.worn and not status.streaming:
                            self.finish()

    def finish(self) -> None:
        """End the open segment: the strip is off, or the gateway stops."""
        if self._segments.is_open:
            self._segments.finish()
            self._present.segments_ended += 1
            self._present.segment_open = False
            self._present.forget_wearer()

    def calibrate(self) -> bool:
        """Begin anew with the guided routine; returns False where the strip's axes are given."""
        if not self._segments.forget_calibration():
            return False
        self.finish()
        return True

    def _take_run(self, run: RawRun) -> None:
        if self._clock is None or self._clock.boot != run.boot:
            return  # cannot be: frames of a boot are followed only after its anchor
        utc_ns = self._clock.utc_ns(run)
        self._present.latency.add(run, utc_ns)
        was_open = self._segments.is_open
        output = self._segments.push(RawSamples(run.boot, run.first_sample, utc_ns, run.raw))
        if not was_open:
            self._present.segment_open = True
        self._present.take(output)
        self._present.last_sample_ns = int(utc_ns[-1])
        for sample in run.button_samples:
            self._mark(run.boot, sample, int(utc_ns[sample - run.first_sample]))

    def _mark(self, boot: int, sample: int, at_ns: int) -> None:
        patient, now = self._patient, utc_text(at_ns)
        self._archive.marked(boot, sample)
        mark = Mark(
            event_id=fact_id(patient.id, patient.device, "mark", now),
            patient=patient.id,
            device=patient.device,
            start=now,
            end=now,
            mode=None,
            algorithm=ALGORITHM,
            quality=None,
        )
        self._ledger.record([mark])

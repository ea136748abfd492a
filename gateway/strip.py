"""One strip's way through the home: frames become samples with times, and go to archive and core."""

import logging
from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby
from typing import Final

import numpy as np
from numpy.typing import NDArray

from analysis.events.day import PostureState
from analysis.events.event import ALGORITHM, fact_id
from analysis.events.facts import Mark
from analysis.events.fields import utc_text
from analysis.recording.journal import Anchor
from analysis.recording.raw import RawSamples
from analysis.recording.spans import Spans
from gateway.archive.writer import LiveArchive
from gateway.calibrations import Patient
from gateway.holdings import Holdings
from gateway.ledger import Ledger
from gateway.link.backfill import Backfill
from gateway.link.clock import TickClock
from gateway.link.inbox import Anchored, Item, Offered, StatusChanged
from gateway.link.late_clock import LateClock
from gateway.link.reassembly import Arrival, RawRun, Reassembly
from gateway.parting import PATIENCE_S, Parting
from gateway.present import Present
from gateway.segments import Segments
from gateway.wire.control import BootRecord
from gateway.wire.frame import SAMPLE_SIZE_SINGLE
from gateway.wire.status import Status

log = logging.getLogger("lumbar.strip")

_MOST_HELD: Final = 64 * 1024 * 1024 // SAMPLE_SIZE_SINGLE
"""No strip's memory holds more samples: who names more of them is mistaken."""


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
    backfill
        What is wanted from the strip's memory.
    patience_s
        How long to wait in vain for what a strip that was taken off still holds, s.
    """

    def __init__(
        self,
        patient: Patient,
        archive: LiveArchive,
        segments: Segments,
        ledger: Ledger,
        present: Present,
        backfill: Backfill,
        patience_s: float = PATIENCE_S,
    ) -> None:
        self._patient, self._archive, self._segments = patient, archive, segments
        self._ledger, self._present, self._backfill = ledger, present, backfill
        self._reassembly = Reassembly(backfill)
        self._parting = Parting(backfill, patience_s)
        self._holdings = Holdings(archive)
        self._clock: TickClock | None = None
        self._late_clock = LateClock()
        self._compared: Anchor | None = None
        self._last = (-1, 0, 0)
        """The last live sample: its boot, its index, its UTC in ns."""
        self._asked_to: dict[int, int] = {}
        """Up to which sample of each boot the strip was asked for all that is missing."""
        self._rest = (-1, 0)
        """A boot, and before which of its samples all is late, whether memory or a late stream brings it."""
        present.counters = self._reassembly.counters

    def getting_ready(self, items: Iterable[Item]) -> Iterator[None]:
        """Do in slices what the first of these frames would have to wait for."""
        anchor = self._compared
        for item in items:
            match item:
                case Anchored():
                    anchor = item.anchor
                case Arrival() if anchor is not None:
                    yield from self._segments.getting_ready(anchor.boot)
                    return
                case _:
                    pass

    def take(self, items: Iterable[Item]) -> None:
        """Take a batch from the link; frames that follow each other are handled as one block."""
        for is_arrival, group in groupby(items, lambda item: isinstance(item, Arrival)):
            if is_arrival:
                arrivals = (item for item in group if isinstance(item, Arrival))
                for run in self._reassembly.push(arrivals):
                    if run.is_late or self._is_overtaken(run):
                        self._take_late(run)
                    else:
                        self._take_run(run)
                self._part_if_complete()
                continue
            for item in group:
                match item:
                    case Anchored():
                        self._compare(item)
                    case Offered(boots, is_whole):
                        self._want(boots, is_whole=is_whole)
                        self._parting.listed()
                    case StatusChanged(status):
                        self._heed(status)
                self._part_if_complete()
        self._present.awaited_samples = self._backfill.wanted_samples

    def pass_time(self, now_s: float) -> None:
        """Let it know that time passes, by a steady clock: a strip that is off is not waited for for ever."""
        self._part_if_complete()
        if self._parting.is_given_up(now_s):
            log.info("the strip is off and says no more", extra={"samples": self._backfill.wanted_samples})
            self.finish()

    def held(self) -> Mapping[int, Spans]:
        """Return which samples the archive has been given, by boot; a copy."""
        return self._holdings.copy()

    def work(self) -> bool:
        """Go over a little of what came late; returns whether there was something to do."""
        was_busy = self._segments.work()
        self._present.awaited_samples = self._backfill.wanted_samples
        self._tell_whether_open()
        return was_busy

    def _tell_whether_open(self) -> None:
        was_open, present = self._present.segment_open, self._present
        present.segment_open = self._segments.is_open or not self._segments.is_settled
        present.segments_ended += was_open and not present.segment_open

    def _compare(self, compared: Anchored) -> None:
        anchor = self._compared = compared.anchor
        self._late_clock.anchored(anchor)
        self._reassembly.follow(compared.time)
        if self._clock is None or self._clock.boot != anchor.boot:
            self._clock = TickClock(anchor)
        elif not self._clock.take(anchor):
            return
        self._archive.anchored(anchor.boot, anchor.ticks, anchor.utc_ns, anchor.bound_ns)

    def _want(self, boots: tuple[BootRecord, ...], *, is_whole: bool) -> None:
        """Ask for what the strip holds of us and the archive does not."""
        assert self._compared is not None  # the link compares clocks first
        known = self._holdings.anchors_of({record.boot for record in boots})
        self._asked_to.clear()
        for record in self._late_clock.offered(boots, known, self._compared, is_whole=is_whole):
            ours = self._holdings.first_of_ours(record.boot)
            if ours is not None:
                self._want_missing(record.boot, max(ours, record.first), record.last + 1)
        log.info("wanted from the strip's memory", extra={"samples": self._backfill.wanted_samples})

    def _want_missing(self, boot: int, first: int, end: int) -> None:
        """Ask for what the archive does not have of a stretch that the strip says it holds."""
        holes = self._holdings.of(boot).missing(first, end)
        edges = [edge for hole in holes for edge in (hole[0] - 1, hole[1]) if edge >= 0]
        for sample, utc_ns in self._holdings.times_of(boot, edges):
            self._late_clock.know(boot, sample, utc_ns)
        for hole in holes:
            self._backfill.want(boot, *hole)
        self._asked_to[boot] = end

    def _heed(self, status: Status) -> None:
        """Take what the strip says of itself; once it is off it also says how far it got."""
        self._present.strip = status
        if status.worn or status.streaming:
            self._parting.end()
        elif self._segments.is_open:
            self._parting.begin()
            self._want_rest(status)

    def _want_rest(self, status: Status) -> None:
        """Ask for what the stream did not bring to its end; once, whether it comes or not."""
        boot, sample, _ = self._last
        if status.boot != boot or self._backfill.connection is None:
            return  # what the strip lists with each connection will say
        first, end = max(self._asked_to.get(boot, 0), sample + 1), status.newest_sample + 1
        if first < end <= first + _MOST_HELD:
            self._rest = (boot, end)
            self._want_missing(boot, first, end)

    def _part_if_complete(self) -> None:
        if self._parting.is_complete():
            self.finish()

    def finish(self) -> None:
        """End the open segment: the strip is off and has told all, or the gateway stops."""
        self._parting.end()
        if self._segments.is_open:
            self._segments.finish()
            self._present.forget_wearer()
            self._tell_whether_open()

    @property
    def segments(self) -> Segments:
        """The core's side of the strip."""
        return self._segments

    def calibrate(self) -> bool:
        """Begin anew with the guided routine; returns False where the strip's axes are given."""
        if not self._segments.begin_anew():
            return False
        self._present.forget_wearer()
        self._tell_whether_open()
        return True

    def correct(self, state: PostureState) -> None:
        """Take the wearer's word that it was `state` since the last change of posture."""
        self._segments.correct(state)

    def _take_run(self, run: RawRun) -> None:
        if self._clock is None or self._clock.boot != run.boot:
            return  # cannot be: frames of a boot are followed only after its anchor
        utc_ns = self._clock.utc_ns(run)
        self._present.latency.add(run, utc_ns)
        self._want_gap_before(run, int(utc_ns[0]))
        wanted = self._backfill.wanted(run.boot, 0, run.first_sample)
        oldest = next(iter(wanted))[0] if wanted else None
        output = self._segments.push(RawSamples(run.boot, run.first_sample, utc_ns, run.raw), oldest)
        self._keep(run)
        self._last = (run.boot, run.end_sample - 1, int(utc_ns[-1]))
        self._present.segment_open = True
        if self._patient.calibration.mode == "guided":
            known = self._segments.calibration
            self._present.is_calibrated = known is not None and known.lumbar_range_deg is not None
        self._present.take(output)
        self._present.last_sample_ns = int(utc_ns[-1])
        self._mark_presses(run, utc_ns)

    def _want_gap_before(self, run: RawRun, utc_ns: int) -> None:
        """Ask for what is missing between the last sample known of and this live run."""
        boot, sample, last_ns = self._last
        known_to = self._asked_to.get(run.boot, 0)
        if boot == run.boot:
            known_to = max(known_to, sample + 1)
        elif not known_to:  # begun after the strip said what it holds
            ours = self._holdings.first_of_ours(run.boot)
            known_to = run.first_sample if ours is None else ours
        if known_to < run.first_sample or boot != run.boot:
            self._late_clock.know(run.boot, run.first_sample, utc_ns)
            if boot == run.boot:
                self._late_clock.know(boot, sample, last_ns)
        self._backfill.streams(run.boot, run.first_sample)
        self._backfill.want(run.boot, known_to, run.first_sample)

    def _is_overtaken(self, run: RawRun) -> bool:
        """Whether the strip was asked for these live samples before they came."""
        boot, end = self._rest
        return run.boot == boot and run.first_sample < end

    def _take_late(self, run: RawRun) -> None:
        if not self._holdings.of(run.boot).missing(run.first_sample, run.end_sample):
            return  # came both ways
        self._parting.came()
        utc_ns = self._late_clock.utc_ns(run)
        output = self._segments.late(RawSamples(run.boot, run.first_sample, utc_ns, run.raw))
        self._keep(run)
        if output is not None:
            self._present.take(output)
        self._mark_presses(run, utc_ns)

    def _keep(self, run: RawRun) -> None:
        self._holdings.add(run.boot, run.first_sample, run.end_sample)
        self._backfill.came(run.boot, run.first_sample, run.end_sample)

    def _mark_presses(self, run: RawRun, utc_ns: NDArray[np.int64]) -> None:
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

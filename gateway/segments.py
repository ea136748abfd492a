"""From the strip's samples to the patient's events: the archive, then the core in the order of time.

A segment is a run of samples of one boot that one session of the core sees from a fresh start. It begins with
the first samples of a boot, and ends when the strip boots anew, is taken off, or the gateway stops; samples
that follow on its last one open it again. Its beginning, with all it starts from, and its end stand in the
journal, so that ``lumbar analyse`` repeats it bit for bit.

Samples that are missing may still lie in the strip's memory. The core waits for a short gap to be filled
while later samples queue; a long one it goes on without. When the missing samples have come, another session
starts from what the core knew before the gap, goes over everything to the live edge beside the live one, and
takes its place: what had been said meanwhile is withdrawn, and what is said now carries a higher revision.
"""

import logging
from bisect import insort
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace

from analysis.events.calibration import Calibration
from analysis.events.catalogue import DERIVED_KINDS
from analysis.events.day import PostureState
from analysis.motion.output import Angles, Output, Second, together
from analysis.motion.progress import RoutineProgress
from analysis.practice.followed import Followed
from analysis.practice.sets import Sets
from analysis.recording.journal import Corrected
from analysis.recording.raw import DUAL_COLUMNS, RawSamples, to_block
from analysis.recording.spans import Spans
from gateway.archive.writer import STRIP_SCALE, LiveArchive
from gateway.calibrations import Calibrations
from gateway.care import Care
from gateway.course import Course, replacements
from gateway.ledger import Ledger
from gateway.resuming import Resuming
from gateway.revising import bring_up_to_date, unheard

log = logging.getLogger("lumbar.segments")

_SAMPLES_PER_S = 100
_NS_PER_SAMPLE = 10_000_000


@dataclass(frozen=True, slots=True)
class OrderParams:
    """How patient the core is with missing samples; all [ours].

    Attributes
    ----------
    wait_s
        So long it waits for a gap to be filled, s of the strip's samples: three round trips of a request on
        a bad link. A reminder may come that much late.
    longest_waited_for_s
        A longer gap is not waited for, s: the strip's memory yields about 18 s a second.
    revise_every_s
        So much later at the earliest it goes over a segment again while more is still to come, s of the
        strip's samples: a poor link that fills many small gaps would have it say the same again and again.
    same_wear_s
        Samples that follow on a segment's last by number belong to it unless more time than this has passed
        besides, s: the strip takes none while it is off.
    """

    wait_s: float = 3.0
    longest_waited_for_s: float = 20.0
    revise_every_s: float = 30.0
    same_wear_s: float = 60.0


class Segments:
    """Takes samples in order, and records what they mean.

    Parameters
    ----------
    archive, ledger
        Where samples and events go.
    calibrations
        What is known of the strip's calibrations on this patient.
    care
        Hears what the core says live, after it was recorded.
    is_awaited
        Whether more is to come of a boot from the strip's memory.
    params
        How patient it is.
    """

    def __init__(
        self,
        archive: LiveArchive,
        ledger: Ledger,
        calibrations: Calibrations,
        care: Care,
        is_awaited: Callable[[int], bool] = lambda _: False,
        params: OrderParams | None = None,
    ) -> None:
        self._archive, self._ledger = archive, ledger
        self._calibrations, self._care = calibrations, care
        self._is_awaited, self._params = is_awaited, params or OrderParams()
        self._course: Course | None = None
        self._held: list[RawSamples] = []
        self._came = Spans()
        """What came of the open segment after the core had passed it."""
        self._late_boots: dict[int, None] = {}
        self._going_over: Iterator[object] | None = None
        self._heard_ns = 0
        self._rests_until = 0
        """Before which sample of the open segment it is gone over again only if nothing more is to come."""
        self._resuming = Resuming(archive, self._params.same_wear_s)
        self._is_resumable = True
        self.made: Calibration | None = None
        """The newest outcome of a calibration since this process began, accepted or not."""

    @property
    def is_open(self) -> bool:
        """Whether a segment is open."""
        return self._course is not None

    @property
    def is_settled(self) -> bool:
        """Whether all that has come has been gone over."""
        return not (self._came or self._held or self._late_boots or self._going_over)

    def push(self, samples: RawSamples, oldest_wanted: int | None = None) -> Output:
        """Take the next live samples of the strip.

        `oldest_wanted` is the first sample of this boot that the strip's memory still holds for us.

        Raises
        ------
        ArchiveError, OutboxError, StoreError, CareStateError
            If the disk or a store fails.
        """
        if self._course is not None and samples.boot != self._course.boot:
            self.finish()
        if self._course is None:
            self._course = self._begin(samples, oldest_wanted)
        self._archive.append(samples)
        self._held.append(samples)
        return self._release(self._course)

    def late(self, samples: RawSamples) -> Output | None:
        """Take samples from the strip's memory; returns what the live core says of them, if it does."""
        self._archive.append(samples)
        course = self._course
        if course is None or samples.boot != course.boot or samples.first_sample < course.start.first_sample:
            self._late_boots[samples.boot] = None
            return None
        behind = max(0, course.next_sample - samples.first_sample)
        if behind:
            self._came.add(samples.first_sample, min(samples.end_sample, course.next_sample))
        if behind < len(samples):
            insort(self._held, samples[behind:], key=lambda one: one.first_sample)
        return self._release(course)

    def work(self) -> bool:
        """Go over a little of what came late; returns whether there was something to do."""
        if self._going_over is None:
            self._going_over = self._next_task()
        if self._going_over is None:
            return False
        try:
            next(self._going_over)
        except StopIteration:
            self._going_over = None
        return True

    def finish(self) -> None:
        """End the open segment, if there is one. What is not gone over yet is left to :meth:`work`."""
        course = self._course
        if course is None:
            return
        self._release(course, is_last=True)
        self.abandon()
        self._course = None
        if self._came:
            self._came = Spans()
            self._late_boots[course.boot] = None
            self._resuming.forget(course.boot)
            return
        self._record(course.finish())
        self._resuming.ended(course)
        self._archive.end_segment(course.boot, course.next_sample - 1)
        log.info("segment ended", extra={"boot": course.boot, "last_sample": course.next_sample - 1})

    def getting_ready(self, boot: int) -> Iterator[None]:
        """Do in slices what the first sample of a boot would have to wait for."""
        if self._course is None:
            yield from self._resuming.getting_ready(boot)

    @property
    def calibration(self) -> Calibration | None:
        """The calibration in force; None: no segment is open, or one is looked for."""
        return None if self._course is None else self._course.session.calibration

    def routine(self) -> RoutineProgress | None:
        """Return how far the guided routine has come; None where none is waited for."""
        return None if self._course is None else self._course.session.routine()

    @property
    def practised(self) -> tuple[Followed, ...]:
        """The sets of hinges that are open or not settled, oldest first."""
        return () if self._course is None else self._course.session.followed

    def practise(self, target: int) -> None:
        """Begin a set of hinges with the next sample; an open one ends. There must be an open segment."""
        course = self._course
        assert course is not None, "a set belongs to a segment"
        self._archive.practice_begun(course.boot, course.next_sample, target)
        course.sets.begin(course.next_sample, target or None)

    def end_practice(self) -> None:
        """End the set of hinges, if one is open."""
        course = self._course
        if course is not None:
            self._archive.practice_ended(course.boot, course.next_sample)
            course.sets.end(course.next_sample)

    def correct(self, state: PostureState) -> None:
        """Take the wearer's word that it was `state` since the last change of posture."""
        if self._course is not None:
            said = Corrected(self._course.boot, self._course.next_sample, state)
            self._archive.corrected(said.boot, said.sample, said.state)
            self._course.correct(said)

    def begin_anew(self) -> bool:
        """End the segment and let the next begin with the guided routine; False where the axes are given."""
        if not self._calibrations.forget():
            return False
        self.finish()
        self._is_resumable = False
        return True

    def abandon(self) -> None:
        """Stop going over; it begins again with the next :meth:`work`, or when the gateway comes back."""
        if self._going_over is not None:
            task, self._going_over = self._going_over, None
            task.close()  # type: ignore[attr-defined]  # they are generators

    # The live edge.

    def _release(self, course: Course, *, is_last: bool = False) -> Output:
        """Let the core have what is next, or has waited for long enough."""
        outputs = []
        while self._held:
            first = self._held[0]
            missing = first.first_sample - course.next_sample
            if missing > 0:
                if not is_last and self._is_worth_waiting(course.boot, missing):
                    break
                self._archive.went_on_without(course.boot, course.next_sample, first.first_sample - 1)
            samples = self._held.pop(0)[max(0, -missing) :]
            if len(samples):
                output = course.push(to_block(samples, STRIP_SCALE))
                self._record(output)
                outputs.append(output)
        return together(outputs) if outputs else Output.nothing(Angles.none(course.next_sample))

    def _is_worth_waiting(self, boot: int, missing: int) -> bool:
        params, held = self._params, self._held
        waited = held[-1].end_sample - held[0].first_sample
        return (
            missing <= params.longest_waited_for_s * _SAMPLES_PER_S
            and waited < params.wait_s * _SAMPLES_PER_S
            and self._is_awaited(boot)
        )

    def _begin(self, samples: RawSamples, oldest_wanted: int | None) -> Course:
        self._rests_until = 0
        if samples.boot in self._late_boots:
            self.abandon()
            for _ in self._go_over(samples.boot):
                pass
        resumed = self._resuming.resumed(samples) if self._is_resumable else None
        self._is_resumable = True
        if resumed is not None:
            course, replaced = resumed
            self._ledger.record(replaced)
            return course
        first = samples.first_sample
        if oldest_wanted is not None:  # what the one before lacks is its own
            first = min(max(oldest_wanted, self._resuming.end_of(samples.boot)), first)
        first_utc_ns = int(samples.utc_ns[0]) - (samples.first_sample - first) * _NS_PER_SAMPLE
        is_dual = samples.columns == DUAL_COLUMNS
        given = self._calibrations.at_start(samples.boot, first_utc_ns, is_dual=is_dual)
        log.info(
            "segment begun",
            extra={"boot": samples.boot, "first_sample": first, "guided": given is None},
        )
        return Course.beginning(self._archive.start_segment(samples.boot, first, given), Sets())

    def _record(self, output: Output) -> None:
        for calibration in output.calibrations:
            self._archive.calibrated(calibration)
            self._heed(calibration)
        self._ledger.record([*output.calibrations, *output.events])
        self._care.take(output.events, self._unheard(output.seconds))

    def _heed(self, calibration: Calibration) -> None:
        log.info(
            "calibrated",
            extra={"accepted": calibration.accepted, "reasons": "; ".join(calibration.reasons)},
        )
        self.made = calibration
        self._calibrations.heed(calibration)

    def _unheard(self, seconds: Iterable[Second]) -> list[Second]:
        """Return the seconds after those that the care policy has heard: it looks ahead only."""
        fresh = [one for one in seconds if one.utc_ns is not None and one.utc_ns > self._heard_ns]
        if fresh:
            self._heard_ns = fresh[-1].utc_ns or self._heard_ns
        return fresh

    # Going over.

    def _next_task(self) -> Iterator[object] | None:
        course = self._course
        if course is not None and self._came and self._is_ready(course):
            return self._go_over_live(course)
        for boot in self._late_boots:
            if (course is None or course.boot != boot) and not self._is_awaited(boot):
                return self._go_over(boot)
        return None

    def _go_over(self, boot: int) -> Iterator[None]:
        yield from bring_up_to_date(self._archive, self._ledger, boot, self._calibrations)
        self._resuming.forget(boot)
        self._late_boots.pop(boot, None)

    def _is_ready(self, course: Course) -> bool:
        """Whether a gap is filled and none was for a while, or nothing more is to come."""
        if not self._is_awaited(course.boot):
            return True
        if course.next_sample < self._rests_until:
            return False
        return any(not self._came.missing(first, end) for first, end in course.gaps)

    def _go_over_live(self, course: Course) -> Iterator[None]:
        """Go from the first gap in which something came to the live edge, and take over there."""
        came, self._came = self._came, Spans()
        (first, _), *_ = came
        again = course.fork(first, course.revision + 1)
        since = again.next_sample
        outputs: list[Output] = []
        try:
            with self._archive.reading() as archive:
                for output in again.go(archive, course.next_sample):
                    outputs.append(replace(output, angles=Angles.none(0)))
                    yield
        except GeneratorExit:
            for one in came:
                self._came.add(*one)
            raise
        with self._archive.reading() as archive:  # what came meanwhile is little
            self._came.remove(again.next_sample, course.next_sample)
            outputs += again.go(archive, course.next_sample)
            told = together(outputs) if outputs else Output.nothing(Angles.none(0))
            told = replace(told, calibrations=tuple(unheard(archive, told.calibrations)))
        self._take_over(course, again, since, told)

    def _take_over(self, course: Course, again: Course, since: int, told: Output) -> None:
        """Let the session that went over everything again be the live one, and make its word hold."""
        boot, edge = course.boot, course.next_sample
        self._archive.revised(boot, since, again.revision)
        for first, end in again.gaps:
            if first >= since:
                self._archive.went_on_without(boot, first, end - 1)
        changed = [*(one.first_sample for one in course.withdrawn_by(again))]
        changed += [event.first_sample for event in told.events]
        replaced = replacements(again, min(changed, default=edge), edge - 1, DERIVED_KINDS)
        for calibration in told.calibrations:
            self._archive.calibrated(calibration)
            self._heed(calibration)
        self._ledger.record([*told.calibrations, *told.events, *replaced])
        self._course = again
        self._rests_until = edge + round(self._params.revise_every_s * _SAMPLES_PER_S)
        self._care.take(told.events, self._unheard(told.seconds))
        log.info("gap filled", extra={"boot": boot, "first_sample": since, "revision": again.revision})

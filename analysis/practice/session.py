"""The core's session with the patient's practice: which lifts were practised, and what each set came to.

The patient's word that a set begins or ends comes at a sample, like any other input, and stands in the
archive's journal; so live and offline say the same. While a set is followed the samples are taken second by
second on the absolute grid, so that what is said does not depend on how they were cut.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

from analysis.events.calibration import Calibration
from analysis.events.day import PostureState
from analysis.events.event import ALGORITHM, Derived, derived_id
from analysis.events.fields import utc_text
from analysis.events.movement import MAX_REPETITIONS, Lift, Practice, PracticeEnd, Repetition
from analysis.motion.block import RATE_HZ, Block
from analysis.motion.origin import Origin
from analysis.motion.output import Output, together
from analysis.motion.progress import RoutineProgress
from analysis.motion.seconds import SECOND
from analysis.motion.session import Session, SessionState
from analysis.practice.followed import Followed, PracticeParams
from analysis.practice.sets import Sets

_SAMPLE_NS: Final = round(1e9 / RATE_HZ)
_Take = Callable[[Followed, Lift], Followed]


@dataclass(frozen=True, slots=True)
class PractisedState:
    """All that the past has left behind.

    Attributes
    ----------
    session
        The core's.
    followed
        The sets that are open, or not settled yet.
    upto
        Sets that were asked for before this sample have been taken up.
    end_sample, end_utc_ns
        The sample to come, and its time.
    """

    session: SessionState
    followed: tuple[Followed, ...]
    upto: int
    end_sample: int
    end_utc_ns: int | None


class PractisedSession:
    """A session of the core that knows of practice.

    Parameters
    ----------
    session
        The core.
    origin
        Whose samples they are, and the revision.
    sets
        What the patient asked for in this boot; it may grow meanwhile.
    first_sample
        Where the segment begins: sets of before are none of it.
    params
        When a set is over.
    """

    def __init__(
        self,
        session: Session,
        origin: Origin,
        sets: Sets,
        first_sample: int,
        params: PracticeParams | None = None,
    ) -> None:
        self._session, self._origin, self._sets = session, origin, sets
        self._params = params or PracticeParams()
        self._followed: tuple[Followed, ...] = ()
        self._upto = first_sample
        self._end_sample = first_sample
        self._end_utc_ns: int | None = None

    @property
    def followed(self) -> tuple[Followed, ...]:
        """The sets that are open or not settled, oldest first."""
        return self._followed

    @property
    def calibration(self) -> Calibration | None:
        """The calibration in force."""
        return self._session.calibration

    def routine(self) -> RoutineProgress | None:
        """Return how far the guided routine has come; None where none is waited for."""
        return self._session.routine()

    def correct(self, state: PostureState) -> bool:
        """Take the wearer's word for the posture, as :meth:`Session.correct` does."""
        return self._session.correct(state)

    def push(self, block: Block) -> Output:
        """Return what the next samples make known, as :meth:`Session.push` does."""
        outputs = []
        at, count = 0, len(block)
        while at < count:
            first = block.first_sample + at
            self._begin(first, None if block.utc_ns is None else int(block.utc_ns[at]))
            upto = min(count, at + self._reach(first))
            part = block if upto - at == count else block[at:upto]
            outputs.append(self._follow(self._session.push(part), part))
            at = upto
        return together(outputs) if outputs else self._session.push(block)

    def finish(self) -> Output:
        """Take what was pushed as all there is: sets that are open end here, and all are told."""
        output = self._marked(self._session.finish())
        told = [self._told(self._interrupted(one)) for one in self._followed]
        self._followed = ()
        return replace(output, events=(*output.events, *(one for one in told if one is not None)))

    def _begin(self, sample: int, utc_ns: int | None) -> None:
        """Take up what is asked for from `sample` on."""
        ended = []
        for one in self._followed:
            end = self._sets.end_of(one.first_sample)
            if one.is_open and end is not None and end <= sample:
                ended.append(one.ended(end, utc_ns, "patient"))
            else:
                ended.append(one)
        begun = [
            Followed(asked.first_sample, asked.target, utc_ns)
            for asked in self._sets.beginning(self._upto, sample)
            if asked.end_sample is None or asked.end_sample > sample
        ]
        self._followed, self._upto = (*ended, *begun), sample + 1

    def _reach(self, sample: int) -> int:
        """Return how many samples from `sample` on may be taken at once."""
        if self._followed:
            stops = [SECOND - sample % SECOND]
            ends = (self._sets.end_of(one.first_sample) for one in self._followed if one.is_open)
            stops += [end - sample for end in ends if end is not None]
        else:
            stops = [1 << 62]
        asked = self._sets.next_after(sample)
        if asked is not None:
            stops.append(asked.first_sample - sample)
        return min(stops)

    def _follow(self, output: Output, part: Block) -> Output:
        self._end_sample = part.end_sample
        self._end_utc_ns = None if part.utc_ns is None else int(part.utc_ns[-1]) + _SAMPLE_NS
        if not self._followed:
            return output
        output = self._marked(output)
        if part.end_sample % SECOND:
            return output
        now, params = part.end_sample, self._params
        followed = [one.at(now, self._end_utc_ns, params) for one in self._followed]
        settled = [one for one in followed if one.is_settled(now, params)]
        self._followed = tuple(one for one in followed if one not in settled)
        told = (self._told(one) for one in settled)
        return replace(output, events=(*output.events, *(one for one in told if one is not None)))

    def _marked(self, output: Output) -> Output:
        """Return the output with the context of what was practised, and give the sets their hinges."""
        events = tuple(self._placed(event) if isinstance(event, Lift) else event for event in output.events)
        for bend in output.bends:
            self._give(bend, Followed.with_bend)
        return replace(output, events=events)

    def _placed(self, lift: Lift) -> Derived:
        practised = lift.model_copy(update={"context": "practice"})
        return practised if self._give(practised, Followed.with_lift) else lift

    def _give(self, lift: Lift, take: _Take) -> bool:
        for index, one in enumerate(self._followed):
            if one.holds(lift):
                followed = list(self._followed)
                followed[index] = take(one, lift)
                self._followed = tuple(followed)
                return True
        return False

    def _interrupted(self, one: Followed) -> Followed:
        if not one.is_open:
            return one
        end = self._sets.end_of(one.first_sample)
        by: PracticeEnd = "interrupted" if end is None else "patient"
        return one.ended(self._end_sample, self._end_utc_ns, by)

    def _told(self, one: Followed) -> Practice | None:
        """Return the event of a set that is over; None if there was no hinge in it."""
        lifts = one.lifts[:MAX_REPETITIONS]
        if not lifts:
            return None
        assert one.end_sample is not None
        assert one.ended_by is not None
        origin, first = self._origin, one.first_sample
        known = [lift.quality for lift in lifts if lift.quality is not None]
        return Practice(
            event_id=derived_id(
                origin.patient,
                origin.device,
                Practice.topic_kind(),
                boot=origin.boot,
                first_sample=first,
                revision=origin.revision,
            ),
            patient=origin.patient,
            device=origin.device,
            start=None if one.begun_utc_ns is None else utc_text(one.begun_utc_ns),
            end=None if one.ended_utc_ns is None else utc_text(one.ended_utc_ns),
            mode=lifts[0].mode,
            algorithm=ALGORITHM,
            quality=min(known) if known else None,
            boot=origin.boot,
            first_sample=first,
            last_sample=max(first, one.end_sample - 1),
            revision=origin.revision,
            duration_s=(one.end_sample - first) / RATE_HZ,
            target=one.target,
            ended_by=one.ended_by,
            repetitions=[_repetition(lift, first) for lift in lifts],
        )

    def state(self) -> PractisedState:
        """Return what :meth:`restore` needs to go on exactly from here."""
        return PractisedState(
            self._session.state(), self._followed, self._upto, self._end_sample, self._end_utc_ns
        )

    def restore(self, state: PractisedState) -> None:
        """Go on from `state`, which may be of another session of the same boot."""
        self._session.restore(state.session)
        self._followed, self._upto = state.followed, state.upto
        self._end_sample, self._end_utc_ns = state.end_sample, state.end_utc_ns


def _repetition(lift: Lift, first_sample: int) -> Repetition:
    return Repetition(
        after_s=(lift.first_sample - first_sample) / RATE_HZ,
        duration_s=lift.duration_s,
        strategy=lift.strategy,
        borderline=lift.borderline,
        lumbar_share=lift.lumbar_share,
        lumbar_range_pct=lift.lumbar_range_pct,
        trunk_peak_deg=lift.trunk_peak_deg,
        smoothness_sparc=lift.smoothness_sparc,
    )

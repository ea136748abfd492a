"""All that follows the angles, from one calibration to the next or from one gap to the next.

The stages see some whole seconds at once, so their cost per call is spread over them. Everything is told in
the order in which seconds are decided, never in the order in which chunks arrive:

angles -> bends, moves, changes of seat, gait -> seconds -> posture, worn -> day (spans, sitting, transitions,
walks), snacks, lifts, minutes

A bend becomes a lift once the posture around it is decided (:mod:`analysis.motion.candidates`); beside that
it is told as soon as it has ended (:mod:`analysis.motion.ended`).
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby

import numpy as np

from analysis.events.day import PostureState
from analysis.events.event import Derived
from analysis.events.movement import Lift
from analysis.motion.angles import Motion, Row
from analysis.motion.beside import Postures
from analysis.motion.candidates import CandidateParams, CandidateStage, CandidateState, Found
from analysis.motion.day import DayParams, DayStage, DayState
from analysis.motion.decoding import Decided
from analysis.motion.describe import DescribeParams
from analysis.motion.ended import Ended, EndedStage
from analysis.motion.evidence import PostureParams, Taught
from analysis.motion.exposure import ExposureParams, ExposureStage, ExposureState
from analysis.motion.history import KEPT_S, History
from analysis.motion.lifts import Bend
from analysis.motion.output import SecondRun
from analysis.motion.posture import PostureMemory, PostureStage
from analysis.motion.rising import RisingParams, RisingStage, RisingState, SeatChange
from analysis.motion.seconds import SECOND, Features, SecondsState, SecondStage
from analysis.motion.sitting import slumped, tells_flexion
from analysis.motion.snack import SnackStage, SnackState
from analysis.motion.snack_parts import SnackParams
from analysis.motion.spell import Spell
from analysis.motion.statement import Saying, Wearer, in_words
from analysis.motion.timeline import Timeline
from analysis.motion.walking import Gait, WalkingParams, WalkingStage, WalkingState
from analysis.motion.worn import WornParams, WornStage, WornState


@dataclass(frozen=True, slots=True)
class StageParams:
    """Parameters of all stages after the angles."""

    lifts: CandidateParams = field(default_factory=CandidateParams)
    describe: DescribeParams = field(default_factory=DescribeParams)
    seats: RisingParams = field(default_factory=RisingParams)
    walking: WalkingParams = field(default_factory=WalkingParams)
    posture: PostureParams = field(default_factory=PostureParams)
    day: DayParams = field(default_factory=DayParams)
    worn: WornParams = field(default_factory=WornParams)
    snack: SnackParams = field(default_factory=SnackParams)
    exposure: ExposureParams = field(default_factory=ExposureParams)


@dataclass(frozen=True, slots=True)
class StagesState:
    """States of all stages."""

    lifts: CandidateState
    seats: RisingState
    walking: WalkingState
    seconds: SecondsState
    posture: PostureMemory
    day: DayState
    worn: WornState
    snacks: SnackState
    exposure: ExposureState
    history: tuple[Motion, ...]
    features: Features | None
    lately: tuple[PostureState, ...]
    undecided: int
    ended: tuple[Bend, ...]


@dataclass(slots=True)
class Told:
    """What one push made final."""

    events: list[Derived] = field(default_factory=list)
    seconds: list[SecondRun] = field(default_factory=list)
    bends: list[Ended] = field(default_factory=list)


class Stages:
    """The stages of one wearer and one calibration; `before` is the posture in which others left off."""

    def __init__(
        self,
        params: StageParams,
        wearer: Wearer,
        timeline: Timeline,
        before: PostureState | None = None,
        taught: Taught | None = None,
    ) -> None:
        self._params, self._wearer = params, wearer
        calibration = wearer.calibration
        self._lifts = CandidateStage(
            params.lifts,
            trunk=calibration.mounting_upper_quat is not None,
            heights=wearer.mode != "accelerometer",
            sit_deg=calibration.sit_deg,
        )
        self._ended = EndedStage(params.describe, wearer)
        self._seats = RisingStage(params.seats, trunk=calibration.mounting_upper_quat is not None)
        self._pelvis = Row.BEND_DEG if calibration.mounting_lower_quat is None else Row.PELVIS_DEG
        self._walking = WalkingStage(params.walking)
        self._seconds = SecondStage()
        self._posture = PostureStage(
            params.posture,
            sit_deg=calibration.sit_deg,
            pelvis_known=calibration.mounting_lower_quat is not None,
            lumbar_known=tells_flexion(calibration),
            before=before,
            taught=taught,
        )
        self._day = DayStage(params.day, wearer, timeline)
        self._worn = WornStage(params.worn)
        self._snacks = SnackStage(params.snack, wearer)
        self._exposure = ExposureStage(params.exposure, wearer)
        self._history = History()
        self._features: Features | None = None
        self._lately: list[PostureState] = []
        self._undecided = 0

    @property
    def is_awaited(self) -> bool:
        """Whether someone may be waiting for a word on a bend."""
        return self._lifts.is_bending or self._ended.is_waiting

    def push(self, motion: Motion) -> Told:
        """Take the next run of samples, which ends on a whole second unless it is the last."""
        self._history.push(motion)
        told = Told()
        whole = motion.part(-(-motion.first_sample // SECOND) * SECOND, motion.end_sample // SECOND * SECOND)
        moves, bends = self._lifts.push(motion, whole, self._history)
        told.bends.extend(self._ended.push(bends, self._history))
        if not len(whole):
            return told
        self._exposure.push(whole)
        self._worn.push(whole, self._history)
        first_second = whole.first_sample // SECOND
        changes = self._seats.push(
            first_second, whole.upward_10hz, whole.kept(self._pelvis), moves, self._history.between
        )
        self._day.note(changes)
        speed = whole.kept(Row.SPEED_DPS) if self._wearer.mode != "accelerometer" else None
        gait = self._walking.push(first_second, whole.upward_20hz, speed)
        self._snacks.push(whole, gait)
        self._follow(whole, gait, changes, told)
        if self._history.let_go():
            self._ended.let_go()
        return told

    def correct(self, state: PostureState) -> bool:
        """Take the wearer's word for what the span that goes on is; see :meth:`PostureStage.correct`."""
        is_taken = self._posture.correct(state)
        if is_taken:
            self._day.correct(state)
        return is_taken

    @property
    def taught(self) -> Taught:
        """What the wearer has named."""
        return self._posture.taught

    @property
    def posture(self) -> PostureState | None:
        """The posture of the last second that was decided."""
        return self._lately[-1] if self._lately else None

    def finish(self) -> Told:
        """Take what is there as all there is."""
        told = Told()
        end = self._history.end_sample
        if not end:
            return told
        told.bends.extend(self._ended.push(self._lifts.close(), self._history, is_last=True))
        tail = self._history.around(end // SECOND * SECOND, end - 1, 0.0)
        changes = self._seats.finish(tail.upward_10hz, tail.kept(self._pelvis))
        self._day.note(changes)
        nothing, gait = Motion(end, np.empty((len(Row), 0))), self._walking.finish()
        self._snacks.push(nothing, gait)
        self._follow(nothing, gait, changes, told)
        self._tell(self._posture.finish(), told)
        posture = Postures(self._undecided - len(self._lately), self._lately)
        found = self._lifts.decided(end // SECOND + KEPT_S, posture, self._history)
        sayings = [*map(self._heed, self._described(found)), *self._snacks.finish()]
        told.events.extend(in_words([*sayings, *self._day.finish(), *self._exposure.finish()]))
        return told

    def _follow(self, whole: Motion, gait: Gait, changes: list[SeatChange | None], told: Told) -> None:
        evidence, features = self._seconds.push(whole, gait, changes)
        self._features = features if self._features is None else self._features.followed_by(features)
        self._tell(self._posture.push(evidence), told)

    def _tell(self, decided: Decided, told: Told) -> None:
        (states, confidence), waiting = decided, self._features
        if not states:
            return
        assert waiting is not None
        count = len(states)
        seen, self._features = waiting.part(0, count), waiting.part(count, len(waiting))
        off = self._worn.off(seen.first, seen.steps)
        if any(off):
            sure = self._params.worn.confidence
            states = ["not_worn" if is_off else state for is_off, state in zip(off, states, strict=True)]
            confidence = [sure if is_off else one for is_off, one in zip(off, confidence, strict=True)]
        # All lifts one after the other: between the spells each would find the processor's cache cold.
        lifts = {last: self._described(found) for last, found in self._settled(seen.first, states).items()}
        sayings: list[Saying] = []
        for spell in self._spells(seen, states, confidence, lifts):
            events, run = self._day.push(spell, self._history)
            told.seconds.append(run)
            sayings.extend(self._snacks.decided(spell, events))
            sayings.extend(map(self._heed, lifts.get(spell.last, ())))
            sayings.extend(self._exposure.decided(spell))
        told.events.extend(in_words(sayings))

    def _settled(self, first: int, states: Sequence[PostureState]) -> dict[int, list[Found]]:
        """Return the lifts that seconds from `first` on settle, by the second that settles them.

        Postures are shown no farther than to that second: later ones could change what is said.
        """
        known = [*self._lately, *states]
        begun, end = first - len(self._lately), first + len(states)
        self._lately, self._undecided = known[-KEPT_S:], end
        settled, second = {}, first
        while (due := max(self._lifts.due, second)) < end:
            second = int(due) + 1
            minute = known[max(0, second - begun - KEPT_S) : second - begun]
            if found := self._lifts.decided(
                second - 1, Postures(second - len(minute), minute), self._history
            ):
                settled[second - 1] = found
        return settled

    def _spells(
        self,
        seen: Features,
        states: Sequence[PostureState],
        confidence: Sequence[float],
        lifts: Iterable[int],
    ) -> Iterator[Spell]:
        """Yield seconds in runs of one posture, cut so that all is told in the order of its seconds.

        What is due may change with every spell, so each is cut when it is asked for. One ends with every
        second of `lifts`, in which some are told.
        """
        calibration, sitting = self._wearer.calibration, self._params.day.sitting
        first = at = upto = seen.first
        for state, same in groupby(states):
            upto += len(list(same))
            while at < upto:
                lift = min((one for one in lifts if one >= at), default=upto)
                part = slice(at - first, (end := self._until(at, upto, state, lift)) - first)
                features = seen.part(part.start, part.stop)
                is_slumped = slumped(features, calibration, sitting) if state == "sitting" else ()
                yield Spell(state, confidence[part], features, is_slumped)
                at = end

    def _until(self, second: int, end: int, state: PostureState, lift: int) -> int:
        """Return before which second to cut a spell of `state` that goes on from `second` to before `end`.

        `lift` is the next second in which lifts are told.
        """
        is_ending = self._day.is_ending(state)
        if is_ending and (due := self._day.due(second)) > second:
            end = min(end, due)
        told = min(lift, self._exposure.due) + 1
        # What minutes cut needs no cut where nothing else is told.
        if told < end and (lift < end or is_ending or not self._snacks.is_quiet(state, end)):
            return int(told)
        return end

    def _described(self, found: Iterable[Found]) -> list[tuple[int, Lift]]:
        """Return lifts as they are told, each with the sample of its peak."""
        return [(one.bend.peak, self._ended.lift(one, self._history)) for one in found]

    def _heed(self, described: tuple[int, Lift]) -> Lift:
        """Count a lift wherever lifts count; returns it."""
        peak, lift = described
        self._exposure.lift(peak)
        self._snacks.lift(lift)
        return lift

    def state(self) -> StagesState:
        """Return what :meth:`restore` needs to go on exactly from here."""
        return StagesState(
            self._lifts.state(),
            self._seats.state(),
            self._walking.state(),
            self._seconds.state(),
            self._posture.state(),
            self._day.state(),
            self._worn.state(),
            self._snacks.state(),
            self._exposure.state(),
            self._history.state(),
            self._features,
            tuple(self._lately),
            self._undecided,
            self._ended.state(),
        )

    def restore(self, state: StagesState) -> None:
        """Go on from `state`."""
        self._lifts.restore(state.lifts)
        self._seats.restore(state.seats)
        self._walking.restore(state.walking)
        self._seconds.restore(state.seconds)
        self._posture.restore(state.posture)
        self._day.restore(state.day)
        self._worn.restore(state.worn)
        self._snacks.restore(state.snacks)
        self._exposure.restore(state.exposure)
        self._history.restore(state.history)
        self._features = state.features
        self._lately, self._undecided = list(state.lately), state.undecided
        self._ended.restore(state.ended)

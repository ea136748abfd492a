"""All that follows the angles, from one calibration to the next or from one gap to the next.

The stages see some whole seconds at once, so their cost per call is spread over them. Everything is told in
the order in which seconds are decided, never in the order in which chunks arrive:

angles -> bends, moves, changes of seat, gait -> seconds -> posture, worn -> day (spans, sitting, transitions,
walks), snacks, lifts, minutes

A bend becomes a lift once the posture around it is decided (:mod:`analysis.motion.candidates`); beside that
it is told as soon as it has ended (:mod:`analysis.motion.ended`).
"""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import numpy as np

from analysis.events.day import PostureState
from analysis.events.event import Derived
from analysis.events.movement import Lift
from analysis.motion.angles import Motion, Row
from analysis.motion.candidates import CandidateParams, CandidateStage, CandidateState
from analysis.motion.day import DayParams, DayStage, DayState
from analysis.motion.describe import DescribeParams
from analysis.motion.ended import EndedStage
from analysis.motion.evidence import PostureParams, Taught
from analysis.motion.exposure import ExposureParams, ExposureStage, ExposureState
from analysis.motion.history import KEPT_S, History
from analysis.motion.lifts import Bend
from analysis.motion.output import Second
from analysis.motion.posture import PostureMemory, PostureStage
from analysis.motion.rising import RisingParams, RisingStage, RisingState
from analysis.motion.seconds import SECOND, Feature, SecondsState, SecondStage
from analysis.motion.sitting import slumped, tells_flexion
from analysis.motion.snack import SnackStage, SnackState
from analysis.motion.snack_parts import SnackParams
from analysis.motion.spell import Spell
from analysis.motion.statement import Wearer
from analysis.motion.walking import WalkingParams, WalkingStage, WalkingState
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
    features: tuple[Feature, ...]
    decided: tuple[tuple[int, PostureState], ...]
    ended: tuple[Bend, ...]


@dataclass(slots=True)
class Told:
    """What one push made final."""

    events: list[Derived] = field(default_factory=list)
    seconds: list[Second] = field(default_factory=list)
    bends: list[Lift] = field(default_factory=list)


class Stages:
    """The stages of one wearer and one calibration; `before` is the posture in which others left off."""

    def __init__(
        self,
        params: StageParams,
        wearer: Wearer,
        utc_ns: Callable[[int], int | None],
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
        self._day = DayStage(params.day, wearer, utc_ns)
        self._worn = WornStage(params.worn)
        self._off: tuple[PostureState, float] = ("not_worn", params.worn.confidence)
        self._snacks = SnackStage(params.snack, wearer)
        self._exposure = ExposureStage(params.exposure, wearer)
        self._history = History()
        self._features: list[Feature] = []
        self._decided: dict[int, PostureState] = {}

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
        self._worn.push(whole)
        vertical = whole[Row.VERTICAL_MPS2]
        first_second = whole.first_sample // SECOND
        changes = self._seats.push(first_second, vertical, whole[self._pelvis], moves)
        self._day.note(changes)
        speed = whole[Row.SPEED_DPS] if self._wearer.mode != "accelerometer" else None
        gait = self._walking.push(first_second, vertical, speed)
        self._snacks.push(whole, gait)
        evidence, features = self._seconds.push(whole, gait, changes)
        self._features.extend(features)
        self._tell(self._posture.push(evidence), told)
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
        return next(reversed(self._decided.values()), None)

    def finish(self) -> Told:
        """Take what is there as all there is."""
        told = Told()
        end = self._history.end_sample
        if not end:
            return told
        told.bends.extend(self._ended.push(self._lifts.close(), self._history, is_last=True))
        tail = self._history.around(end // SECOND * SECOND, end - 1, 0.0)
        changes = self._seats.finish(tail[Row.VERTICAL_MPS2], tail[self._pelvis])
        self._day.note(changes)
        nothing, gait = Motion(end, np.empty((len(Row), 0))), self._walking.finish()
        self._snacks.push(nothing, gait)
        evidence, features = self._seconds.push(nothing, gait, changes)
        self._features.extend(features)
        self._tell(self._posture.push(evidence), told)
        self._tell(self._posture.finish(), told)
        self._lift(end // SECOND + KEPT_S, told)
        told.events.extend(self._snacks.finish())
        told.events.extend(self._day.finish())
        told.events.extend(self._exposure.finish())
        return told

    def _tell(self, decided: list[tuple[PostureState, float]], told: Told) -> None:
        for spell in self._spells(decided):
            self._remember(spell)
            events, seconds = self._day.push(spell, self._history)
            told.events.extend(self._snacks.decided(spell, events))
            told.seconds.extend(seconds)
            if self._lifts.due <= spell.last:
                self._lift(spell.last, told)
            told.events.extend(self._exposure.decided(spell))

    def _spells(self, decided: list[tuple[PostureState, float]]) -> Iterator[Spell]:
        """Yield decided seconds in runs of one posture that a stage tells something before or after only.

        What is due may change with every spell, so each is cut when it is asked for.
        """
        if not decided:
            return
        count, second = len(decided), self._features[0].second
        off = self._worn.off(second, [one.steps > 0 for one in self._features[:count]])
        said = [self._off if is_off else looks_like for is_off, looks_like in zip(off, decided, strict=True)]
        features, self._features = self._features[:count], self._features[count:]
        calibration, sitting = self._wearer.calibration, self._params.day.sitting
        at = 0
        while at < count:
            state = said[at][0]
            # The first second of a posture stands alone: what it ends may be due soon.
            is_new = self._decided.get(second + at - 1) != state
            limit = at + 1 if is_new else min(count, self._until(second + at) - second)
            end = next((i for i in range(at + 1, limit) if said[i][0] != state), limit)
            seen = features[at:end]
            slumped_s = sum(slumped(one, calibration, sitting) for one in seen) if state == "sitting" else 0
            yield Spell(state, [confidence for _, confidence in said[at:end]], seen, slumped_s)
            at = end

    def _until(self, second: int) -> int:
        """Return the second before which a spell that begins with `second` must end."""
        after = min(self._lifts.due, self._exposure.due)
        before = self._day.due if self._day.due > second else math.inf
        return int(min(max(after, second) + 1, before, (second // 60 + 1) * 60))

    def _remember(self, spell: Spell) -> None:
        for second in range(spell.first, spell.last + 1):
            self._decided[second] = spell.state
            self._decided.pop(second - KEPT_S, None)

    def _lift(self, second: int, told: Told) -> None:
        for found in self._lifts.decided(second, self._decided, self._history):
            self._exposure.lift(found.bend.peak)
            lift = self._ended.lift(found, self._history)
            self._snacks.lift(lift)
            told.events.append(lift)

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
            tuple(self._features),
            tuple(self._decided.items()),
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
        self._features = list(state.features)
        self._decided = dict(state.decided)
        self._ended.restore(state.ended)

"""All that follows the angles, from one calibration to the next or from one gap to the next.

The stages see whole seconds, so their cost per call is spread over at least 100 samples. Everything is told
in the order in which seconds are decided, never in the order in which chunks arrive:

angles -> bends, levels, gait -> seconds -> posture -> day (spans, sitting, transitions, walks), lifts,
minutes

A bend becomes a lift once the posture around it is decided: one that begins or ends on a seat or lying down,
or whose pelvis stays higher or lower by a seat's height, is a chair transition and not told.
"""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from analysis.events.day import PostureState
from analysis.events.event import Derived
from analysis.motion.angles import Motion, Row
from analysis.motion.day import DayParams, DayStage, DayState
from analysis.motion.describe import DescribeParams, lift_event, travel
from analysis.motion.exposure import ExposureParams, ExposureStage, ExposureState
from analysis.motion.history import KEPT_S, History
from analysis.motion.levels import LevelParams, LevelStage, LevelState
from analysis.motion.lifts import Bend, LiftParams, LiftStage, LiftState
from analysis.motion.output import Second
from analysis.motion.posture import PostureMemory, PostureParams, PostureStage
from analysis.motion.seconds import SECOND, Feature, SecondsState, SecondStage
from analysis.motion.sitting import slumped
from analysis.motion.statement import Wearer
from analysis.motion.walking import WalkingParams, WalkingStage, WalkingState

_AROUND_S = 15.0
"""What describing may look at before and after an event: the longest of its margins, and to spare."""


@dataclass(frozen=True, slots=True)
class StageParams:
    """Parameters of all stages after the angles."""

    lifts: LiftParams = field(default_factory=LiftParams)
    describe: DescribeParams = field(default_factory=DescribeParams)
    levels: LevelParams = field(default_factory=LevelParams)
    walking: WalkingParams = field(default_factory=WalkingParams)
    posture: PostureParams = field(default_factory=PostureParams)
    day: DayParams = field(default_factory=DayParams)
    exposure: ExposureParams = field(default_factory=ExposureParams)
    seat_s: int = 2
    """Posture so long after a bend says whether it ended on a seat, s [ours]."""
    seat_lean_deg: float = 60.0
    """Chair transitions lean less than this, deg [ours]: mocap shows 23 to 36, older people up to 50."""
    bed_s: int = 5
    """A bend so soon after lying is part of getting up, s [ours]."""
    seat_m: float = 0.22
    """A bend that leaves the pelvis this much higher or lower was a chair transition, m [ours]."""


@dataclass(frozen=True, slots=True)
class StagesState:
    """States of all stages."""

    lifts: LiftState
    levels: LevelState
    walking: WalkingState
    seconds: SecondsState
    posture: PostureMemory
    day: DayState
    exposure: ExposureState
    history: tuple[Motion, ...]
    bends: tuple[Bend, ...]
    features: tuple[Feature, ...]
    decided: tuple[tuple[int, PostureState], ...]


@dataclass(slots=True)
class Told:
    """What one push made final."""

    events: list[Derived] = field(default_factory=list)
    seconds: list[Second] = field(default_factory=list)


class Stages:
    """The stages of one wearer and one calibration."""

    def __init__(self, params: StageParams, wearer: Wearer, utc_ns: Callable[[int], int | None]) -> None:
        self._params, self._wearer = params, wearer
        calibration = wearer.calibration
        self._lifts = LiftStage(params.lifts)
        self._levels = LevelStage(params.levels) if wearer.mode != "accelerometer" else None
        self._walking = WalkingStage(params.walking)
        self._seconds = SecondStage()
        self._posture = PostureStage(
            params.posture,
            sit_deg=calibration.sit_deg,
            levels_known=self._levels is not None,
            pelvis_known=calibration.mounting_lower_quat is not None,
        )
        self._day = DayStage(params.day, wearer, utc_ns)
        self._exposure = ExposureStage(params.exposure, wearer)
        self._history = History()
        self._bends: list[Bend] = []
        self._features: deque[Feature] = deque()
        self._decided: dict[int, PostureState] = {}

    def push(self, motion: Motion) -> Told:
        """Take the next run of samples, which ends on a whole second unless it is the last."""
        self._history.push(motion)
        self._bends.extend(self._lifts.push(motion.first_sample, motion[Row.BEND_DEG]))
        told = Told()
        whole = motion.part(-(-motion.first_sample // SECOND) * SECOND, motion.end_sample // SECOND * SECOND)
        if not len(whole):
            return told
        self._exposure.push(whole)
        vertical = whole[Row.VERTICAL_MPS2]
        levels = [] if self._levels is None else self._levels.push(whole.first_sample, vertical)
        self._day.note(levels)
        gait = self._walking.push(whole.first_sample // SECOND, vertical)
        evidence, features = self._seconds.push(whole, gait, levels)
        self._features.extend(features)
        self._tell(self._posture.push(evidence), told)
        return told

    def finish(self) -> Told:
        """Take what is there as all there is."""
        told = Told()
        end = self._history.end_sample
        if not end:
            return told
        self._bends.extend(self._lifts.finish())
        last = self._walking.finish()
        if last.walking.size:
            evidence, features = self._seconds.push(Motion(end, np.empty((len(Row), 0))), last, [])
            self._features.extend(features)
            self._tell(self._posture.push(evidence), told)
        self._tell(self._posture.finish(), told)
        for bend in self._bends:
            self._lift(bend, told)
        told.events.extend(self._day.finish())
        told.events.extend(self._exposure.finish())
        return told

    def _tell(self, decided: list[tuple[PostureState, float]], told: Told) -> None:
        calibration, sitting = self._wearer.calibration, self._params.day.sitting
        for state, confidence in decided:
            feature = self._features.popleft()
            self._decided[feature.second] = state
            self._decided.pop(feature.second - KEPT_S, None)
            slump = state == "sitting" and slumped(feature, calibration, sitting)
            events, second = self._day.push(feature, state, confidence, slumped=slump, history=self._history)
            told.events.extend(events)
            told.seconds.append(second)
            while self._bends and self._due(self._bends[0]) <= feature.second:
                self._lift(self._bends.pop(0), told)
            told.events.extend(self._exposure.decided(feature, second, slumped=slump))

    def _due(self, bend: Bend) -> int:
        return max(bend.end // SECOND + self._params.seat_s, bend.known // SECOND)

    def _lift(self, bend: Bend, told: Told) -> None:
        before = self._decided.get(bend.start // SECOND - 1, self._decided.get(bend.start // SECOND))
        after = self._decided.get(bend.end // SECOND + 1, self._decided.get(bend.end // SECOND))
        if "sitting" in {before, after} or self._lay_near(bend):
            return
        # No one leans so far to get off a seat; and after a deep bend people may walk or run on at once.
        motion = self._history.around(bend.start, bend.end, _AROUND_S)
        peak_deg = float(motion[Row.BEND_DEG][bend.peak - motion.first_sample])
        if self._wearer.mode != "accelerometer" and peak_deg < self._params.seat_lean_deg:
            way = travel(motion, bend, self._params.describe)
            if way is not None and abs(way.net_m) >= self._params.seat_m:
                return
        self._exposure.lift(bend.peak)
        told.events.append(lift_event(bend, motion, self._wearer, self._params.describe))

    def _lay_near(self, bend: Bend) -> bool:
        first = bend.start // SECOND - self._params.bed_s
        last = bend.end // SECOND + self._params.seat_s
        return any(self._decided.get(second) == "lying" for second in range(first, last + 1))

    def state(self) -> StagesState:
        """Return what :meth:`restore` needs to go on exactly from here."""
        return StagesState(
            self._lifts.state(),
            LevelState() if self._levels is None else self._levels.state(),
            self._walking.state(),
            self._seconds.state(),
            self._posture.state(),
            self._day.state(),
            self._exposure.state(),
            self._history.state(),
            tuple(self._bends),
            tuple(self._features),
            tuple(self._decided.items()),
        )

    def restore(self, state: StagesState) -> None:
        """Go on from `state`."""
        self._lifts.restore(state.lifts)
        if self._levels is not None:
            self._levels.restore(state.levels)
        self._walking.restore(state.walking)
        self._seconds.restore(state.seconds)
        self._posture.restore(state.posture)
        self._day.restore(state.day)
        self._exposure.restore(state.exposure)
        self._history.restore(state.history)
        self._bends = list(state.bends)
        self._features = deque(state.features)
        self._decided = dict(state.decided)

"""The signal core as one object: samples in, angles and events out. Live and offline are this same code.

orientation (each pod) -> [some whole seconds] -> angles -> stages

Cutting the samples into other blocks changes nothing, to the bit: orientation and angles work sample by
sample with carried states, everything after them on the absolute grid of whole seconds.

Gaps: up to 0.5 s is bridged by straight lines between the samples on either side, before the orientation, and
marked like saturated samples; a longer one ends all that goes on (finish) and starts orientation anew. Before
a calibration is in force there are orientations but no angles and no events.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import partial
from typing import Self

import numpy as np

from analysis.events.calibration import Calibration
from analysis.events.day import PostureState
from analysis.events.fields import Mode
from analysis.motion.angles import AnglesState, AngleStage
from analysis.motion.block import RATE_HZ, Block, PodSamples
from analysis.motion.evidence import Taught
from analysis.motion.frames import Frames
from analysis.motion.memory import keep_memory
from analysis.motion.orientation import OrientationParams, OrientationState, PodOrientation, with_bridge
from analysis.motion.origin import Origin
from analysis.motion.output import Angles, Output, Seconds, TiltsDeg, together
from analysis.motion.seconds import SECOND, TOGETHER
from analysis.motion.stages import StageParams, Stages, StagesState, Told
from analysis.motion.statement import Wearer
from analysis.motion.tilts import Attitudes, joined_attitudes, tilts_deg
from analysis.motion.timeline import Knots, Timeline

LONGEST_PIECE = 1920 * SECOND
"""Longer blocks are cut: more only takes memory, less is not worth waking all stages."""


class PipelineError(ValueError):
    """Samples that the core cannot take."""


@dataclass(frozen=True, slots=True)
class PipelineParams:
    """Parameters of the whole core."""

    bridge_s: float = 0.5
    """Longest gap that is bridged, s (CLINICAL.md B7: longer gaps split events)."""
    orientation: OrientationParams = field(default_factory=OrientationParams)
    stages: StageParams = field(default_factory=StageParams)


def _has_gyroscopes(block: Block) -> bool:
    lower, upper = block.lower, block.upper
    return (lower is None or lower.gyr_radps is not None) and (upper is None or upper.gyr_radps is not None)


@dataclass(frozen=True, slots=True)
class _Layout:
    """Which sensors there are."""

    lower: bool
    upper: bool
    gyroscopes: bool

    @classmethod
    def of(cls, block: Block) -> Self:
        """Return the layout of a block."""
        lower, upper = block.lower, block.upper
        return cls(lower is not None, upper is not None, _has_gyroscopes(block))

    def fits(self, block: Block) -> bool:
        """Return whether it is the layout of `block` too."""
        return (
            (block.lower is not None) == self.lower
            and (block.upper is not None) == self.upper
            and _has_gyroscopes(block) == self.gyroscopes
        )

    @property
    def mode(self) -> Mode:
        if not self.gyroscopes:
            return "accelerometer"
        return "dual" if self.lower and self.upper else "single"


@dataclass(frozen=True, slots=True)
class PipelineState:
    """All that the past has left behind. Never changed in place."""

    calibration: Calibration | None
    layout: _Layout | None
    last: Block | None
    lower: OrientationState
    upper: OrientationState
    angles: AnglesState | None
    stages: StagesState | None
    waiting: tuple[Attitudes, ...]
    timeline: tuple[Knots, ...]
    owed: Told
    before: PostureState | None = None
    taught: Taught | None = None


class Pipeline:
    """The core, for one segment of samples.

    Parameters
    ----------
    origin
        Whose samples they are.
    params
        Parameters of all stages.
    orientations
        The lower and the upper pod's, where they are not to be new ones.
    """

    def __init__(
        self,
        origin: Origin,
        params: PipelineParams | None = None,
        orientations: Iterable[PodOrientation] | None = None,
    ) -> None:
        keep_memory()
        self._origin = origin
        self._params = params or PipelineParams()
        if orientations is None:
            orientations = [PodOrientation(self._params.orientation) for _ in range(2)]
        self._lower, self._upper = orientations
        self._timeline = Timeline()
        self._calibration: Calibration | None = None
        self._layout: _Layout | None = None
        self._last: Block | None = None
        self._angles: AngleStage | None = None
        self._stages: Stages | None = None
        self._before: PostureState | None = None
        self._taught: Taught | None = None
        self._frames = Frames(None, None)
        self._waiting: list[Attitudes] = []
        self._owed = Told()

    def calibrate(self, calibration: Calibration) -> None:
        """Put a calibration in force from the next sample on; what goes on under the old one is finished."""
        self._close()
        self._calibration = calibration
        self._frames = Frames.of(calibration)

    def push(self, block: Block) -> Output:
        """Return what the next samples make known.

        Raises
        ------
        PipelineError
            If the block begins before the end of the last one.
        """
        outputs = []
        at, count = 0, len(block)
        while at < count:
            upto = min(count, at + LONGEST_PIECE - (block.first_sample + at) % LONGEST_PIECE)
            outputs.append(self._push(block if upto - at == count else block[at:upto]))
            at = upto
        return together(outputs) if outputs else self._output(Angles.none(block.first_sample))

    def correct(self, state: PostureState) -> bool:
        """Take the wearer's word that it is `state`, sitting or standing, since the last change of posture.

        Returns whether it says anything new.
        """
        # However the samples were cut, the stages now know all the whole seconds there are.
        if self._waiting:
            self._pass_whole_on(self._waiting[-1].end_sample // SECOND * SECOND)
        return self._stages is not None and self._stages.correct(state)

    def finish(self) -> Output:
        """Take what was pushed as all there is: return what was still open. Then the core is as new."""
        self._close()
        after = 0 if self._last is None else self._last.end_sample
        self._last, self._layout = None, None
        self._reset()
        self._taught = None
        return self._output(Angles.none(after))

    def _push(self, block: Block) -> Output:
        layout, last = self._layout, self._last
        if layout is None or not layout.fits(block):
            layout = _Layout.of(block)
        if last is not None:
            missing = block.first_sample - last.end_sample
            if missing < 0:
                raise PipelineError(
                    f"block begins at sample {block.first_sample}, but {last.end_sample} is the next; "
                    "push samples in order and only once"
                )
            if missing > self._params.bridge_s * RATE_HZ or layout is not self._layout:
                self._close()
                self._reset()
            elif missing:
                self._take(_bridge(last, block, missing))
        self._layout = layout
        self._timeline.push(block)
        # A part of a long block would hold all of it in memory.
        self._last = block if len(block) <= SECOND else block[-1:].copied()
        return self._output(self._take(block))

    def _take(self, block: Block) -> Angles:
        lower = None if block.lower is None else self._lower.push(block.lower)
        upper = None if block.upper is None else self._upper.push(block.upper)
        first, count = block.first_sample, len(block)
        quats = (None if upper is None else upper.quats, None if lower is None else lower.quats)
        frames, delay_s = self._frames_in_use(), self._delay_s()
        if frames.lower is None and frames.upper is None:
            return Angles(first, count, *quats, delay_s=delay_s)
        if self._stages is None:
            self._begin()
        pods = ((lower, frames.lower), (upper, frames.upper))
        pods_in_use = tuple(pod for pod, frame in pods if pod is not None and frame is not None)
        late = round(delay_s * RATE_HZ) if delay_s else 0
        attitudes = Attitudes(first - late, pods_in_use, block.saturated)
        self._follow(attitudes)
        return Angles(first, count, *quats, partial(_tilts_deg, attitudes, frames), delay_s)

    def _frames_in_use(self) -> Frames:
        """Return the frames of the pods that are both there and calibrated."""
        frames, layout = self._frames, self._layout
        if layout is None or (layout.lower and layout.upper):
            return frames
        return Frames(frames.lower if layout.lower else None, frames.upper if layout.upper else None)

    def _follow(self, attitudes: Attitudes) -> None:
        end = attitudes.end_sample
        if attitudes.first_sample < 0:
            # The first angles after a start are older than the first sample.
            if end <= 0:
                return
            attitudes = attitudes.part(-attitudes.first_sample, len(attitudes))
        self._waiting.append(attitudes)
        assert self._stages is not None
        # Second by second, so that what is told by a sample never hangs on where chunks end.
        self._pass_whole_on(end // TOGETHER * TOGETHER)
        while self._stages.is_awaited and self._waiting:
            second = self._waiting[0].first_sample // SECOND + 1
            if second * SECOND > end:
                break
            self._pass_whole_on(second * SECOND)

    def _pass_whole_on(self, ready: int) -> None:
        """Pass on what waits before sample `ready`."""
        if not self._waiting or ready <= self._waiting[0].first_sample:
            return
        whole = joined_attitudes(self._waiting)
        at = ready - whole.first_sample
        self._waiting = [whole.part(at, len(whole)).copied()] if at < len(whole) else []
        self._pass_on(whole.part(0, at))

    def _pass_on(self, attitudes: Attitudes) -> None:
        assert self._angles is not None
        assert self._stages is not None
        self._tell(self._stages.push(self._angles.push(attitudes)))

    def _begin(self) -> tuple[AngleStage, Stages]:
        assert self._calibration is not None
        assert self._layout is not None
        frames, mode = self._frames_in_use(), self._layout.mode
        if mode == "dual" and (frames.lower is None or frames.upper is None):
            mode = "single"
        # Of a pod that has fallen silent nothing may be said, though it was calibrated.
        here = {
            f"mounting_{pod}_quat": None
            for pod, frame in (("lower", frames.lower), ("upper", frames.upper))
            if frame is None
        }
        calibration = self._calibration.model_copy(update=here) if here else self._calibration
        wearer = Wearer(self._origin, mode, calibration, self._timeline.utc_text)
        self._angles = AngleStage(frames.lower, frames.upper)
        self._stages = Stages(self._params.stages, wearer, self._timeline, self._before, self._taught)
        return self._angles, self._stages

    def _delay_s(self) -> float:
        return 0.0 if self._layout is None or self._layout.gyroscopes else self._lower.delay_s

    def _close(self) -> None:
        if self._stages is not None:
            if self._waiting:
                self._pass_on(joined_attitudes(self._waiting))
            self._tell(self._stages.finish())
            self._before, self._taught = self._stages.posture, self._stages.taught
        self._stages, self._angles, self._waiting = None, None, []

    def _reset(self) -> None:
        self._lower.reset()
        self._upper.reset()
        self._before = None

    def _tell(self, told: Told) -> None:
        self._owed.events.extend(told.events)
        self._owed.seconds.extend(told.seconds)
        self._owed.bends.extend(told.bends)

    def _output(self, angles: Angles) -> Output:
        told = self._owed
        if not (told.events or told.seconds or told.bends):
            return Output.nothing(angles)
        self._owed = Told()
        return Output(tuple(told.events), (), Seconds(told.seconds), angles, tuple(told.bends))

    def state(self) -> PipelineState:
        """Return what :meth:`restore` needs to go on exactly from here."""
        return PipelineState(
            self._calibration,
            self._layout,
            None if self._last is None else self._last[-1:],
            self._lower.state(),
            self._upper.state(),
            None if self._angles is None else self._angles.state(),
            None if self._stages is None else self._stages.state(),
            tuple(self._waiting),
            self._timeline.state(),
            Told(list(self._owed.events), list(self._owed.seconds), list(self._owed.bends)),
            self._before,
            self._taught,
        )

    def restore(self, state: PipelineState) -> None:
        """Go on from `state`, which may be of another pipeline of the same origin and parameters."""
        self._calibration = state.calibration
        self._frames = Frames(None, None) if state.calibration is None else Frames.of(state.calibration)
        self._layout, self._last = state.layout, state.last
        self._lower.restore(state.lower)
        self._upper.restore(state.upper)
        self._timeline.restore(state.timeline)
        self._before, self._taught = state.before, state.taught
        self._angles, self._stages = None, None
        if state.stages is not None and state.angles is not None:
            angles, stages = self._begin()
            angles.restore(state.angles)
            stages.restore(state.stages)
        self._waiting = list(state.waiting)
        self._owed = Told(list(state.owed.events), list(state.owed.seconds), list(state.owed.bends))


def _tilts_deg(attitudes: Attitudes, frames: Frames) -> TiltsDeg:
    tilts = tilts_deg(attitudes, [frame for frame in (frames.lower, frames.upper) if frame is not None])
    return None if frames.lower is None else tilts[0], None if frames.upper is None else tilts[-1]


def _bridge(before: Block, after: Block, missing: int) -> Block:
    def between(a: PodSamples | None, b: PodSamples | None) -> PodSamples | None:
        return None if a is None or b is None else with_bridge(a, b, missing)

    return Block(
        before.end_sample,
        between(before.lower, after.lower),
        between(before.upper, after.upper),
        None,
        np.ones(missing, dtype=np.bool_),
    )

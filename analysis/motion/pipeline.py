"""The signal core as one object: samples in, angles and events out. Live and offline are this same code.

orientation (each pod) -> angles -> [whole seconds] -> stages

Cutting the samples into other blocks changes nothing, to the bit: orientation and angles work sample by
sample with carried states, everything after them on the absolute grid of whole seconds.

Gaps: up to 0.5 s is bridged by straight lines between the samples on either side, before the orientation, and
marked like saturated samples; a longer one ends all that goes on (finish) and starts orientation anew. Before
a calibration is in force there are orientations but no angles and no events.
"""

from dataclasses import dataclass, field

import numpy as np

from analysis.events.calibration import Calibration
from analysis.events.fields import Mode
from analysis.motion.angles import AnglesState, AngleStage, PodTilt, Tilts, joined_tilts, pod_tilt
from analysis.motion.block import RATE_HZ, Block, PodSamples
from analysis.motion.frames import Frames
from analysis.motion.orientation import (
    Attitude,
    OrientationParams,
    OrientationState,
    PodOrientation,
    with_bridge,
)
from analysis.motion.origin import Origin
from analysis.motion.output import Angles, Output, together
from analysis.motion.seconds import SECOND
from analysis.motion.stages import StageParams, Stages, StagesState, Told
from analysis.motion.statement import Wearer
from analysis.motion.timeline import Timeline

_LONGEST_PIECE = 60 * SECOND
"""Longer blocks are cut: one-minute pieces stay in the processor's cache."""


class PipelineError(ValueError):
    """Samples that the core cannot take."""


@dataclass(frozen=True, slots=True)
class PipelineParams:
    """Parameters of the whole core."""

    bridge_s: float = 0.5
    """Longest gap that is bridged, s (CLINICAL.md B7: longer gaps split events)."""
    orientation: OrientationParams = field(default_factory=OrientationParams)
    stages: StageParams = field(default_factory=StageParams)


@dataclass(frozen=True, slots=True)
class _Layout:
    """Which sensors there are."""

    lower: bool
    upper: bool
    gyroscopes: bool

    @property
    def mode(self) -> Mode:
        if not self.gyroscopes:
            return "accelerometer"
        return "dual" if self.lower and self.upper else "single"


@dataclass(frozen=True, slots=True)
class _Last:
    """The newest sample, and the index of the one to come."""

    end_sample: int
    lower: PodSamples | None
    upper: PodSamples | None


@dataclass(frozen=True, slots=True)
class PipelineState:
    """All that the past has left behind. Never changed in place."""

    calibration: Calibration | None
    layout: _Layout | None
    last: _Last | None
    lower: OrientationState
    upper: OrientationState
    angles: AnglesState | None
    stages: StagesState | None
    waiting: tuple[Tilts, ...]
    timeline: dict[int, tuple[int, int]]
    owed: Told


class Pipeline:
    """The core, for one segment of samples.

    Parameters
    ----------
    origin
        Whose samples they are.
    params
        Parameters of all stages.
    """

    def __init__(self, origin: Origin, params: PipelineParams | None = None) -> None:
        self._origin = origin
        self._params = params or PipelineParams()
        self._lower = PodOrientation(self._params.orientation)
        self._upper = PodOrientation(self._params.orientation)
        self._timeline = Timeline()
        self._calibration: Calibration | None = None
        self._layout: _Layout | None = None
        self._last: _Last | None = None
        self._angles: AngleStage | None = None
        self._stages: Stages | None = None
        self._frames = Frames(None, None)
        self._waiting: list[Tilts] = []
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
        at = 0
        while at < len(block):
            upto = min(len(block), at + _LONGEST_PIECE - (block.first_sample + at) % _LONGEST_PIECE)
            outputs.append(self._push(block if upto - at == len(block) else block[at:upto]))
            at = upto
        return together(outputs) if outputs else self._output(Angles.none(block.first_sample))

    def finish(self) -> Output:
        """Take what was pushed as all there is: return what was still open. Then the core is as new."""
        self._close()
        after = 0 if self._last is None else self._last.end_sample
        self._last, self._layout = None, None
        self._reset()
        return self._output(Angles.none(after))

    def _push(self, block: Block) -> Output:
        layout = _layout(block)
        last = self._last
        if last is not None:
            missing = block.first_sample - last.end_sample
            if missing < 0:
                raise PipelineError(
                    f"block begins at sample {block.first_sample}, but {last.end_sample} is the next; "
                    "push samples in order and only once"
                )
            if missing > self._params.bridge_s * RATE_HZ or layout != self._layout:
                self._close()
                self._reset()
            elif missing:
                self._take(_bridge(last, block, missing))
        self._layout = layout
        self._timeline.push(block)
        self._last = _last_of(block)
        return self._output(self._take(block))

    def _take(self, block: Block) -> Angles:
        lower = None if block.lower is None else self._lower.push(block.lower)
        upper = None if block.upper is None else self._upper.push(block.upper)
        lower_tilt = (
            None if lower is None or self._frames.lower is None else pod_tilt(lower, self._frames.lower)
        )
        upper_tilt = (
            None if upper is None or self._frames.upper is None else pod_tilt(upper, self._frames.upper)
        )
        if lower_tilt is not None or upper_tilt is not None:
            self._follow(block, lower_tilt, upper_tilt)
        return self._angles_of(block, lower, upper, lower_tilt, upper_tilt)

    def _follow(self, block: Block, lower: PodTilt | None, upper: PodTilt | None) -> None:
        if self._stages is None or self._angles is None:
            self._angles, self._stages = self._begin()
        first = block.first_sample - round(self._delay_s() * RATE_HZ)
        tilts = Tilts(first, lower, upper, block.saturated)
        if first < 0:
            # The first angles after a start are older than the first sample.
            tilts = tilts.part(min(-first, len(tilts)), len(tilts))
        self._waiting.append(tilts)
        ready = tilts.end_sample // SECOND * SECOND
        if ready > self._waiting[0].first_sample:
            whole = joined_tilts(self._waiting)
            at = ready - whole.first_sample
            self._waiting = [whole.part(at, len(whole))] if at < len(whole) else []
            self._tell(self._stages.push(self._angles.push(whole.part(0, at))))

    def _begin(self) -> tuple[AngleStage, Stages]:
        assert self._calibration is not None
        assert self._layout is not None
        mode = self._layout.mode
        if mode == "dual" and (self._frames.lower is None or self._frames.upper is None):
            mode = "single"
        wearer = Wearer(self._origin, mode, self._calibration, self._timeline.utc_text)
        stages = Stages(self._params.stages, wearer, self._timeline.utc_ns)
        return AngleStage(self._frames.lower, self._frames.upper), stages

    def _angles_of(
        self,
        block: Block,
        lower: Attitude | None,
        upper: Attitude | None,
        lower_tilt: PodTilt | None,
        upper_tilt: PodTilt | None,
    ) -> Angles:
        unknown = np.full(len(block), np.nan)
        pelvis = unknown if lower_tilt is None else lower_tilt.tilt_deg
        trunk = unknown if upper_tilt is None else upper_tilt.tilt_deg
        return Angles(
            block.first_sample,
            pelvis,
            trunk,
            trunk - pelvis,
            None if upper is None else upper.quats,
            None if lower is None else lower.quats,
            self._delay_s(),
        )

    def _delay_s(self) -> float:
        return 0.0 if self._layout is None or self._layout.gyroscopes else self._lower.delay_s

    def _close(self) -> None:
        if self._stages is not None:
            if self._waiting and self._angles is not None:
                self._tell(self._stages.push(self._angles.push(joined_tilts(self._waiting))))
            self._tell(self._stages.finish())
        self._stages, self._angles, self._waiting = None, None, []

    def _reset(self) -> None:
        self._lower.reset()
        self._upper.reset()

    def _tell(self, told: Told) -> None:
        self._owed.events.extend(told.events)
        self._owed.seconds.extend(told.seconds)

    def _output(self, angles: Angles) -> Output:
        told, self._owed = self._owed, Told()
        return Output(tuple(told.events), (), tuple(told.seconds), angles)

    def state(self) -> PipelineState:
        """Return what :meth:`restore` needs to go on exactly from here."""
        return PipelineState(
            self._calibration,
            self._layout,
            self._last,
            self._lower.state(),
            self._upper.state(),
            None if self._angles is None else self._angles.state(),
            None if self._stages is None else self._stages.state(),
            tuple(self._waiting),
            self._timeline.state(),
            Told(list(self._owed.events), list(self._owed.seconds)),
        )

    def restore(self, state: PipelineState) -> None:
        """Go on from `state`, which may be of another pipeline of the same origin and parameters."""
        self._calibration = state.calibration
        self._frames = Frames(None, None) if state.calibration is None else Frames.of(state.calibration)
        self._layout, self._last = state.layout, state.last
        self._lower.restore(state.lower)
        self._upper.restore(state.upper)
        self._timeline.restore(state.timeline)
        self._angles, self._stages = None, None
        if state.stages is not None and state.angles is not None:
            self._angles, self._stages = self._begin()
            self._angles.restore(state.angles)
            self._stages.restore(state.stages)
        self._waiting = list(state.waiting)
        self._owed = Told(list(state.owed.events), list(state.owed.seconds))


def _layout(block: Block) -> _Layout:
    pods = [pod for pod in (block.lower, block.upper) if pod is not None]
    return _Layout(
        block.lower is not None, block.upper is not None, all(pod.gyr_radps is not None for pod in pods)
    )


def _last_of(block: Block) -> _Last:
    def last(pod: PodSamples | None) -> PodSamples | None:
        if pod is None:
            return None
        return PodSamples(pod.acc_mps2[-1:], None if pod.gyr_radps is None else pod.gyr_radps[-1:])

    return _Last(block.end_sample, last(block.lower), last(block.upper))


def _bridge(before: _Last, after: Block, missing: int) -> Block:
    def between(a: PodSamples | None, b: PodSamples | None) -> PodSamples | None:
        return None if a is None or b is None else with_bridge(a, b, missing)

    return Block(
        before.end_sample,
        between(before.lower, after.lower),
        between(before.upper, after.upper),
        None,
        np.ones(missing, dtype=np.bool_),
    )

"""One segment of samples from a fresh start: first calibration, then the pipeline. Live and offline alike.

While a session calibrates, it takes the samples second by second on the absolute grid, so that the
calibration comes into force at the same sample however they were cut. What happened before is not analysed:
the routine is not the day. A routine that is rejected may be tried again; the search then begins anew.

Afterwards a slip of the strip makes it go on with another neutral posture. In a long block that is known too
late: then the core goes back to where the block began and takes it again up to the sample from which the slip
counts. Silent sensors are left out before anything else sees them.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from analysis.events.calibration import Calibration
from analysis.events.day import PostureState
from analysis.motion.block import RATE_HZ, Block
from analysis.motion.calibration import calibration_event
from analysis.motion.found import FoundParams, find_posture
from analysis.motion.looking import in_pieces, looked_at
from analysis.motion.origin import Origin
from analysis.motion.output import Output, together
from analysis.motion.pipeline import LONGEST_PIECE, Pipeline, PipelineParams, PipelineState
from analysis.motion.progress import RoutineProgress, progress
from analysis.motion.remembered import Remembered
from analysis.motion.rotation import Matrix, quat_of
from analysis.motion.routine import SWAPPED, Routine, RoutineParams, find_routine
from analysis.motion.seconds import SECOND
from analysis.motion.silence import Silence, SilenceParams, SilenceState
from analysis.motion.slip import SlipParams, SlipStage, SlipState
from analysis.motion.watch import Pieces, Seen, Watch, WatchParams

_UP = [0.0, 0.0, 1.0]
_SAMPLE_NS = round(1e9 / RATE_HZ)
_PROMPT = 2 * SECOND
"""In blocks up to this a slip is known before it counts (:class:`~analysis.motion.slip.SlipParams`)."""
_RARELY_S = 10
"""A routine without a slump is looked for at this interval, which saves most of the searching."""


class CalibrationError(ValueError):
    """Samples from which no calibration can be made."""


@dataclass(frozen=True, slots=True)
class Given:
    """Start with a calibration."""

    calibration: Calibration


@dataclass(frozen=True, slots=True)
class Guided:
    """Watch for the guided routine; without it take what the data show."""


@dataclass(frozen=True, slots=True)
class FromData:
    """Take what the data show."""


@dataclass(frozen=True, slots=True)
class SessionParams:
    """Parameters of calibration and core."""

    search_s: int = 300
    """The data are searched no longer than this before it starts with what there is, s [ours]."""
    longest_search_s: int = 3600
    """:func:`find_calibration` looks at no more than this, s [ours]."""
    watch: WatchParams = field(default_factory=WatchParams)
    routine: RoutineParams = field(default_factory=RoutineParams)
    found: FoundParams = field(default_factory=FoundParams)
    silence: SilenceParams = field(default_factory=SilenceParams)
    slip: SlipParams = field(default_factory=SlipParams)
    pipeline: PipelineParams = field(default_factory=PipelineParams)


@dataclass(frozen=True, slots=True)
class SessionState:
    """All that the past has left behind."""

    pipeline: PipelineState
    silence: SilenceState
    watch: Pieces | None
    first_utc_ns: int | None
    calibration: Calibration | None
    slip: SlipState | None


class Session:
    """The core with its start.

    Parameters
    ----------
    origin
        Whose samples they are.
    start
        How the calibration is found.
    params
        Parameters of everything.
    remembered
        What was found of the first samples when a calibration was looked for in them.
    """

    def __init__(
        self,
        origin: Origin,
        start: Guided | Given | FromData,
        params: SessionParams | None = None,
        remembered: Remembered | None = None,
    ) -> None:
        self._origin, self._params = origin, params or SessionParams()
        self._guided = isinstance(start, Guided)
        self._pipeline = Pipeline(origin, self._params.pipeline, remembered)
        self._silence = Silence(self._params.silence)
        self._watch: Watch | None = None
        self._first_utc_ns: int | None = None
        self._calibration: Calibration | None = None
        self._slip: SlipStage | None = None
        if isinstance(start, Given):
            self._calibrate(start.calibration)
        else:
            self._watch = Watch(self._params.watch)

    @property
    def calibration(self) -> Calibration | None:
        """The calibration in force; None while one is looked for."""
        return self._calibration

    def routine(self) -> RoutineProgress | None:
        """Return how far the guided routine has come; None where none is waited for."""
        watch = self._watch
        if watch is None or not self._guided:
            return None
        left_s = max(0, self._params.search_s - watch.seconds)
        if not watch.seconds:
            return RoutineProgress(left_s=left_s)
        return progress(watch.seen(), left_s, self._params.routine)

    def push(self, block: Block) -> Output:
        """Return what the next samples make known, as :meth:`Pipeline.push` does."""
        outputs = [output for part in self._silence.push(block) for output in self._outputs(part)]
        return together(outputs) if outputs else self._pipeline.push(block[:0])

    def _outputs(self, block: Block) -> list[Output]:
        outputs: list[Output] = []
        at, count = 0, len(block)
        while at < count:
            first = block.first_sample + at
            upto = min(count, at + LONGEST_PIECE - first % LONGEST_PIECE)
            if self._watch is not None:
                upto = min(upto, at + SECOND - first % SECOND)
                outputs.append(self._calibrating(block if upto - at == count else block[at:upto]))
            else:
                part = block if upto - at == count else block[at:upto]
                told, taken = self._following(part)
                outputs += told
                upto = at + taken
            at = upto
        return outputs

    def correct(self, state: PostureState) -> bool:
        """Take the wearer's word: since the last change of posture it was `state`, sitting or standing.

        The tilt held meanwhile counts from now on as one of the wearer's own. Returns whether it was new.
        """
        return self._pipeline.correct(state)

    def finish(self) -> Output:
        """Take what was pushed as all there is.

        A session that was to start from the data and did not get to it hands back the calibration that they
        show, so that the caller may analyse them again with it. An unfinished routine yields none.
        """
        output = self._pipeline.finish()
        watch = self._watch
        if watch is None or self._guided or not watch.seconds:
            return output
        found = self._from_data(output.angles.first_sample, None)
        return replace(output, calibrations=(found,))

    def _calibrating(self, block: Block) -> Output:
        watch = self._watch
        assert watch is not None
        if self._first_utc_ns is None and block.utc_ns is not None:
            self._first_utc_ns = int(block.utc_ns[0])
        output = self._pipeline.push(block)
        if not watch.push(block, output.angles):
            return output
        end_ns = None if block.utc_ns is None else int(block.utc_ns[-1]) + _SAMPLE_NS
        calibration = self._search(watch, block.end_sample, end_ns)
        if calibration is None:
            return output
        if calibration.accepted:
            self._watch = None
            self._calibrate(calibration)
        else:
            watch.forget()
        return replace(output, calibrations=(calibration,))

    def _following(self, block: Block) -> tuple[list[Output], int]:
        """Return what the next samples make known, and how many of them were taken."""
        slip = self._slip
        assert slip is not None
        due, count = slip.due, len(block)
        if due is None and count > _PROMPT:
            before = self._pipeline.state(), slip.state()
            output = self._follow(block, slip)
            due = slip.due
            if due is None or due >= block.end_sample:
                return [output], count
            self._pipeline.restore(before[0])
            slip.restore(before[1])
        elif due is not None and due <= block.first_sample:
            return [self._slipped(block)], 0
        if due is not None:
            block = block[: due - block.first_sample]
        return [self._follow(block, slip)], len(block)

    def _follow(self, block: Block, slip: SlipStage) -> Output:
        output = self._pipeline.push(block)
        slip.push(output)
        return output

    def _slipped(self, block: Block) -> Output:
        """Go on from the start of `block` with another neutral posture."""
        assert self._slip is not None
        utc_ns = None if block.utc_ns is None else int(block.utc_ns[0])
        calibration = self._slip.renewed(self._origin, block.first_sample, utc_ns)
        assert calibration is not None
        self._calibrate(calibration)
        return replace(self._pipeline.push(block[:0]), calibrations=(calibration,))

    def _calibrate(self, calibration: Calibration) -> None:
        self._calibration = calibration
        self._pipeline.calibrate(calibration)
        self._slip = SlipStage(self._params.slip, calibration)

    def _search(self, watch: Watch, sample: int, utc_ns: int | None) -> Calibration | None:
        params = self._params
        patient = watch.total_seconds % _RARELY_S == 0
        if self._guided and (patient or watch.still_for(params.routine.slump_s)):
            routine = find_routine(watch.seen(), params.routine)
            if routine is not None:
                return _of_routine(routine, self._origin, sample, (self._first_utc_ns, utc_ns))
        if watch.seconds >= params.search_s:
            return self._from_data(sample, utc_ns)
        return None

    def _from_data(self, sample: int, utc_ns: int | None) -> Calibration:
        assert self._watch is not None
        seen = self._watch.seen()
        return _of_data(seen, self._origin, sample, (self._first_utc_ns, utc_ns), self._params.found)

    def state(self) -> SessionState:
        """Return what :meth:`restore` needs to go on exactly from here."""
        return SessionState(
            self._pipeline.state(),
            self._silence.state(),
            None if self._watch is None else self._watch.state(),
            self._first_utc_ns,
            self._calibration,
            None if self._slip is None else self._slip.state(),
        )

    def restore(self, state: SessionState) -> None:
        """Go on from `state`, which may be of another session of the same origin, start and parameters."""
        self._pipeline.restore(state.pipeline)
        self._silence.restore(state.silence)
        self._first_utc_ns = state.first_utc_ns
        self._calibration = state.calibration
        self._watch, self._slip = None, None
        if state.watch is not None:
            self._watch = Watch(self._params.watch)
            self._watch.restore(state.watch)
        if state.calibration is not None and state.slip is not None:
            self._slip = SlipStage(self._params.slip, state.calibration)
            self._slip.restore(state.slip)


def find_calibration(
    blocks: Iterable[Block],
    origin: Origin,
    params: SessionParams | None = None,
    remembered: Remembered | None = None,
) -> Calibration:
    """Return the calibration that a recording shows, for a second pass over it.

    That is the one of a complete routine, if there is one in it, else what the data show. Only the first
    `longest_search_s` of `blocks` are looked at; of a recording in which a pod falls silent, the part with
    more pods. What is found on the way is `remembered`, for a session to which the same blocks are pushed.

    Raises
    ------
    CalibrationError
        If there is not one whole second of samples, or the pods are swapped.
    """
    params = params or SessionParams()
    silence = Silence(params.silence)
    pieces = (
        piece for block in blocks for part in silence.push(block) for piece in in_pieces(part, LONGEST_PIECE)
    )
    pipeline = Pipeline(origin, params.pipeline, remembered)
    seen, first_utc_ns = looked_at(pieces, pipeline, Watch(params.watch), params.longest_search_s)
    if remembered is not None:
        remembered.rewind()
    if seen is None:
        raise CalibrationError(
            "no whole second of samples to calibrate from; a recording of some seconds is needed"
        )
    utc_ns = (first_utc_ns, first_utc_ns)
    routine = find_routine(seen, params.routine)
    # Bends that only look like a routine's, without its seat, say nothing of the pods.
    if routine is not None and routine.rejected == SWAPPED and routine.sit_deg is not None:
        raise CalibrationError(routine.rejected)
    if routine is not None and routine.is_complete:
        return _of_routine(routine, origin, 0, utc_ns)
    return _of_data(seen, origin, 0, utc_ns, params.found)


def _pod(matrix: Matrix | None) -> tuple[list[float], list[float]] | None:
    return None if matrix is None else (quat_of(matrix), list(_UP))


def _of_data(
    seen: Seen, origin: Origin, sample: int, utc_ns: tuple[int | None, int | None], params: FoundParams
) -> Calibration:
    found = find_posture(seen, params)
    return calibration_event(
        origin,
        sample=sample,
        utc_ns=utc_ns,
        upper=_pod(found.upper),
        lower=_pod(found.lower),
        quality=found.quality,
        reasons=found.reasons,
    )


def _of_routine(
    routine: Routine, origin: Origin, sample: int, utc_ns: tuple[int | None, int | None]
) -> Calibration:
    return calibration_event(
        origin,
        sample=sample,
        utc_ns=utc_ns,
        upper=_pod(routine.upper),
        lower=_pod(routine.lower),
        quality=routine.quality if routine.rejected is None else 0.0,
        reasons=routine.reasons if routine.rejected is None else [routine.rejected],
        lumbar_range_deg=routine.lumbar_range_deg,
        sit_deg=routine.sit_deg,
        slump_deg=routine.slump_deg,
        template=routine.template,
        gates=routine.gates,
        accepted=routine.rejected is None,
    )

"""Has the strip slipped? The neutral stand seen again and again, against the one of the calibration.

A stand is a few quiet seconds in the posture of the last walk, before anyone has sat down. Right after
walking it is one whatever the angles say, even when a slipped pod would make the posture look like a seat:
people do not walk sitting down. Later, between bends say, the other pod must speak for it. If a pod's up
direction at two stands in a row is more than 5 deg from the neutral one and the two agree, the pod has moved
on the back (CLINICAL.md B7), and these stands are its new neutral posture. Its heading on the back is taken
to be as before.

A slip counts from a sample that follows from the samples alone (:attr:`SlipStage.due`), late enough that
every cut of the samples knows of it by then.

Works badly on someone who stands differently for a while, leaning on a stick, say: the neutral posture
follows, and comes back later in the same way. A slip of someone who never walks is not seen.
"""

import math
from dataclasses import dataclass, field

import numpy as np

from analysis.events.calibration import Calibration, Neutral
from analysis.events.fields import utc_text
from analysis.motion.block import FloatArray
from analysis.motion.calibration import is_aligned, renewed
from analysis.motion.frames import Frames
from analysis.motion.origin import Origin
from analysis.motion.output import Output, SecondRun
from analysis.motion.rotation import Vector, angle_deg, applied, matrix_of, unit
from analysis.motion.seconds import SECOND
from analysis.motion.sightings import Sighting, Sightings, SightingsState

_PODS = ("lower", "upper")
Ups = tuple[Vector, ...]
"""The up direction in each pod's own axes, the lower pod first."""


@dataclass(frozen=True, slots=True)
class SlipParams:
    """What is a stand, and what a slip."""

    step_deg: float = 5.0
    """Larger steps of the neutral stand are slips, deg (CLINICAL.md B7)."""
    agree_deg: float = 3.0
    """Two stands this near to each other are one posture, deg [ours]."""
    stand_s: int = 2
    """Shortest stand, s [ours]."""
    enough_s: int = 8
    """Longer stands are cut here, s [ours]."""
    other_deg: float = 3.0
    """Later stands count only where the other pod is this near to its neutral posture, deg [ours]: who leans
    on a table or sits moves both."""
    calm_deg: float = 1.5
    """The up direction stays this near to its mean within a calm second, deg [ours]: sway is below 1."""
    walk_s: int = 3
    """Shortest walk that shows what is upright, s [ours]."""
    upright_deg: float = 12.0
    """Farther from the posture of the walk it may be a seat, deg [ours]: walkers lean by 3 (stands differ
    little), a seat turns the pelvis by 18."""
    late_s: int = 20
    """A second's posture is known so long after it, s: the decoder's lag and some more."""
    grid_s: int = 10
    """A slip counts from the next whole multiple of this, s [ours]."""
    quality_part: float = 0.7
    """Part of the quality that a slip leaves, 1 [ours]: only the neutral posture is new."""
    least_quality: float = 0.3
    """1 [ours], as for a posture found without knowing forward."""


@dataclass(frozen=True, slots=True)
class Stand:
    """One neutral stand as it was seen: the pods' up directions, and when it began."""

    ups: Ups
    utc_ns: int | None
    is_first: bool
    """Whether it came right after a walk."""


@dataclass(frozen=True, slots=True)
class Slip:
    """Pods that have slipped, the stands that showed it, and the sample from which it counts."""

    pods: tuple[str, ...]
    stands: tuple[Stand, ...]
    due: int


@dataclass(frozen=True, slots=True)
class SlipState:
    """All that the past has left behind. Never changed in place.

    Attributes
    ----------
    sightings
        Orientations of the seconds whose state (walking or not) is not known yet.
    walk
        Up directions in the seconds of the walk that goes on, in parts, (3, pods, k).
    upright
        Their medians in the walk before, (3, pods, 1); None once its wearer has sat or lain down.
    is_fresh
        Whether nothing but standing has followed that walk.
    has_stood
        Whether a stand was seen since the walk, or since the trunk left its posture.
    stand
        Up directions in the seconds of the stand that goes on, (3, pods) each.
    stand_utc_ns
        When it began.
    last
        The last whole stand.
    slipped
        What showed that pods have slipped since the calibration.
    """

    sightings: SightingsState = field(default_factory=SightingsState)
    walk: tuple[FloatArray, ...] = ()
    upright: FloatArray | None = None
    is_fresh: bool = False
    has_stood: bool = False
    stand: tuple[FloatArray, ...] = ()
    stand_utc_ns: int | None = None
    last: Stand | None = None
    slipped: Slip | None = None


class SlipStage:
    """Watches the pods of one calibration."""

    def __init__(self, params: SlipParams, calibration: Calibration) -> None:
        self._params, self._calibration = params, calibration
        frames = Frames.of(calibration)
        self._neutral = {
            pod: frame[2] for pod, frame in zip(_PODS, (frames.lower, frames.upper), strict=True) if frame
        }
        self._upright_cosine = math.cos(math.radians(params.upright_deg))
        self._is_fixed = is_aligned(calibration)
        self._sightings = Sightings(tuple(self._neutral))
        self._walk: list[FloatArray] = []
        self._upright: FloatArray | None = None
        self._stand: list[FloatArray] = []
        self._stand_utc_ns: int | None = None
        self._last: Stand | None = None
        self._slipped: Slip | None = None
        self._is_fresh, self._has_stood = False, False

    @property
    def due(self) -> int | None:
        """The sample from which another neutral posture should hold; None if the strip is where it was."""
        return None if self._slipped is None else self._slipped.due

    def push(self, output: Output) -> None:
        """Take what the core said of the next samples."""
        if self._is_fixed:
            return
        if len(output.angles):
            self._sightings.push(output.angles)
        runs = output.seconds.runs
        for run in runs:
            # Most seconds have no walk behind them and tell nothing.
            if run.state == "walking" or self._walk or self._stand or self._upright is not None:
                self._decided(run)
        if runs:
            self._sightings.forget(runs[-1].last_second)

    def renewed(self, origin: Origin, sample: int, utc_ns: int | None) -> Calibration | None:
        """Return the calibration that should hold from `sample` on, if the strip has slipped."""
        if self._slipped is None:
            return None
        pods, stands = self._slipped.pods, self._slipped.stands
        ups = dict(zip(self._neutral, _middle(np.array([stand.ups for stand in stands]).T), strict=True))
        neutral, moved = {}, []
        for pod in _PODS:
            quat = getattr(self._calibration, f"mounting_{pod}_quat")
            neutral[pod] = getattr(self._calibration.neutral, pod)
            if pod in pods:
                neutral[pod] = list(applied(matrix_of(quat), ups[pod]))
                moved.append(f"the {pod} pod by {angle_deg(self._neutral[pod], ups[pod]):.0f} degrees")
        params, quality = self._params, self._calibration.quality or 0.0
        return renewed(
            self._calibration,
            origin,
            sample=sample,
            start=None if stands[0].utc_ns is None else utc_text(stands[0].utc_ns),
            valid_from=None if utc_ns is None else utc_text(utc_ns),
            neutral=Neutral(upper=neutral["upper"], lower=neutral["lower"]),
            quality=min(quality, max(params.least_quality, params.quality_part * quality)),
            reasons=[f"The strip seems to have slipped: {' and '.join(moved)}. Please fit it again."],
        )

    def _decided(self, run: SecondRun) -> None:
        first = run.first_sample // SECOND
        for second, seen in self._sightings.between(first, first + len(run)):
            if seen is None or run.state in {"lying", "not_worn"}:
                self._end_stand(second)
                self._walk, self._upright = [], None
            elif run.state == "walking":
                self._end_stand(second)
                self._upright = None
                self._walk.append(seen.ups)
            else:
                if self._walk:
                    walk = np.concatenate(self._walk, axis=2)
                    is_long = walk.shape[2] >= self._params.walk_s
                    self._upright = np.array(_middle(walk)).T[..., None] if is_long else None
                    self._walk = []
                    self._is_fresh, self._has_stood = True, False
                if self._upright is not None:
                    self._rests(seen, run, self._upright)

    def _slip(self, pods: tuple[str, ...], stands: tuple[Stand, ...], second: int) -> None:
        """Note a slip that was seen by the end of `second`; the first one counts."""
        if self._slipped is None:
            grid = self._params.grid_s * SECOND
            known = max(second * SECOND, self._sightings.begun) + self._params.late_s * SECOND
            self._slipped = Slip(pods, stands, -(-known // grid) * grid)

    def _rests(self, seen: Sighting, run: SecondRun, upright: FloatArray) -> None:
        """Look for stands in seconds that were stood, or sat; those right after a walk were stood."""
        if run.state != "standing" and not self._is_fresh:
            self._end_stand(seen.first)
            self._upright = None
            return
        cosines = np.add.reduce(seen.ups * upright)
        near = (np.minimum.reduce(cosines) >= self._upright_cosine).tolist()
        if self._has_stood and all(near):
            return
        calm = (seen.spread_deg <= self._params.calm_deg).tolist()
        for second, (is_near, is_calm) in enumerate(zip(near, calm, strict=True), seen.first):
            if run.state != "standing" and not self._is_fresh:
                self._end_stand(second)
                self._upright = None
                return
            if not (is_near and is_calm):
                self._end_stand(second)
                if not is_near:
                    self._is_fresh, self._has_stood = False, False
            elif not self._has_stood:
                if not self._stand:
                    self._stand_utc_ns = run.utc_ns[second - run.first_sample // SECOND]
                self._stand.append(seen.ups[..., second - seen.first])
                if len(self._stand) >= self._params.enough_s:
                    self._end_stand(second)

    def _end_stand(self, second: int) -> None:
        params, stand = self._params, self._stand
        if not stand:
            return
        self._stand = []
        if len(stand) < params.stand_s:
            return
        self._has_stood = True
        here = Stand(_middle(np.stack(stand, axis=2)), self._stand_utc_ns, self._is_fresh)
        last = self._last
        self._last = here
        if last is None:
            return
        pods = tuple(zip(self._neutral, last.ups, here.ups, self._neutral.values(), strict=True))
        off_deg = {pod: (angle_deg(was, neutral), angle_deg(now, neutral)) for pod, was, now, neutral in pods}
        slipped = tuple(
            pod
            for pod, was, now, _ in pods
            if min(off_deg[pod]) > params.step_deg and angle_deg(was, now) <= params.agree_deg
        )
        if not slipped:
            return
        others_deg = [max(off_deg[pod]) for pod in self._neutral if pod not in slipped]
        if (last.is_first and here.is_first) or (others_deg and max(others_deg) <= params.other_deg):
            self._slip(slipped, (last, here), second)

    def state(self) -> SlipState:
        """Return what :meth:`restore` needs to go on exactly from here."""
        return SlipState(
            self._sightings.state(),
            tuple(self._walk),
            self._upright,
            self._is_fresh,
            self._has_stood,
            tuple(self._stand),
            self._stand_utc_ns,
            self._last,
            self._slipped,
        )

    def restore(self, state: SlipState) -> None:
        """Go on from `state`."""
        self._sightings.restore(state.sightings)
        self._walk, self._upright = list(state.walk), state.upright
        self._is_fresh, self._has_stood = state.is_fresh, state.has_stood
        self._stand, self._stand_utc_ns = list(state.stand), state.stand_utc_ns
        self._last, self._slipped = state.last, state.slipped


def _middle(ups: FloatArray) -> Ups:
    """Return the median of up directions, (3, pods, n), of each pod."""
    ordered, half = np.sort(ups, axis=2), ups.shape[2] // 2
    middle = ordered[..., half] if ups.shape[2] % 2 else 0.5 * (ordered[..., half - 1] + ordered[..., half])
    return tuple(unit(up) for up in middle.T.tolist())

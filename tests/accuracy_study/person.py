"""One simulated person: the samples go through the core, and what it says is held against what was done.

Guided: the session starts as the live one does and watches for the routine, from the first sample on.
Uncalibrated: it gets the same day without the routine before it, finds a calibration in those samples and
analyses them with it, as ``lumbar analyse`` does with a file.

What was said is scored against each truth of the simulator: the bones', which is what patient and therapist
mean, that of what the pods ride on, and that of a perfect strip, whose zero is how the person stood in the
routine.

A true lift is an upright squat, or a bend with a trunk peak of 30 deg or more, but within 2 deg of that limit
a bend is neither missed nor falsely told. Bends of the routine are no lifts of the day and not judged. A lift
that is no true one but meets a chair transition makes that transition one counted as a lift.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from analysis.events.calibration import Calibration
from analysis.events.movement import Lift
from analysis.motion.block import RATE_HZ, Block, PodSamples
from analysis.motion.origin import Origin
from analysis.motion.output import Angles
from analysis.motion.session import Given, Guided, Session, find_calibration
from firmware_sim.scenarios import Scenario
from firmware_sim.truth.angles import Carrier, angles_at
from firmware_sim.truth.day import Transition
from firmware_sim.truth.lifts import TrueLift
from firmware_sim.truth.record import Truth
from firmware_sim.truth.strategy import Verdict
from gateway.wire.frame import ACC_LSB_MPS2, GYR_LSB_RADPS
from tests.accuracy_study.circumstances import doings, traits
from tests.accuracy_study.matching import Span, match
from tests.accuracy_study.plots import Comparison
from tests.accuracy_study.statistics import FloatArray

Start = Literal["guided", "uncalibrated"]

LEAST_LIFT_DEG = 30.0
"""Trunk tilt of a lift (CLINICAL.md B2)."""
BAND_DEG = 2.0
"""So close to that, neither answer is wrong [ours]."""
_BLOCK = round(60 * RATE_HZ)
_MARGIN_S = 1.0


@dataclass(frozen=True, slots=True)
class Pair:
    """A true lift and the lift that was told of it."""

    true: TrueLift
    told: Lift
    verdict: Verdict
    """How it is truly to be called: by the person's own limits if their dowel hinges were seen."""
    start_error_s: float
    end_error_s: float

    @property
    def is_right(self) -> bool:
        """Whether the strategy is right."""
        return self.verdict.strategy == self.told.strategy

    @property
    def is_usual(self) -> bool:
        """Whether it is right by the usual limits, which no one's own hinges have set."""
        return self.true.usual.strategy == self.told.strategy


@dataclass(frozen=True, slots=True)
class Said:
    """What the core says of one person; samples count from `first_s` after the scenario's time zero."""

    first_s: float
    calibrations: list[Calibration]
    lifts: list[Lift]
    angles: list[Angles]

    @property
    def routine(self) -> Calibration | None:
        """The guided calibration, if one was accepted."""
        done = (one for one in self.calibrations if one.accepted and one.lumbar_range_deg is not None)
        return next(done, None)


@dataclass(frozen=True, slots=True)
class FalseLift:
    """A lift that was none."""

    start_s: float
    told: Lift
    during: str
    """What the person was doing."""


@dataclass(frozen=True, slots=True)
class Chair:
    """One chair transition, and whether a lift was told there."""

    true: Transition
    is_lift: bool


@dataclass(frozen=True, slots=True)
class Result:
    """How one person was told. Times in s from the scenario's time zero.

    Attributes
    ----------
    accepted
        Whether a routine was accepted.
    reasons
        Why routines were turned away.
    range_error_deg
        Lumbar range, found minus true; NaN without a routine.
    square_deg2, rows
        Sum of squared errors of lumbar flexion over the day, and over how many samples.
    lift_square_deg2, lift_rows
        The same within true lifts.
    unknown_rows
        Samples of the day without an angle.
    furthest
        The true lift in which lumbar flexion is furthest off, with a little around it.
    """

    seed: int
    start: Start
    carrier: Carrier
    accepted: bool
    reasons: tuple[str, ...]
    range_error_deg: float
    square_deg2: float
    rows: int
    lift_square_deg2: float
    lift_rows: int
    unknown_rows: int
    pairs: tuple[Pair, ...]
    missed: tuple[TrueLift, ...]
    false: tuple[FalseLift, ...]
    found_by_trait: tuple[tuple[str, bool], ...]
    """Of each true lift, for each thing that is special about it, whether it was found."""
    called_lift: tuple[tuple[str, bool], ...]
    """Of each thing done that is no lift, whether a false lift was told there."""
    slipped: bool
    """Whether a pod slipped and stayed so."""
    chairs: tuple[Chair, ...]
    furthest: Comparison | None

    @property
    def rmse_deg(self) -> float:
        """Root mean square error of lumbar flexion over the day."""
        return float(np.sqrt(self.square_deg2 / self.rows)) if self.rows else float("nan")


def say(scenario: Scenario, raw: NDArray[np.int16], start: Start) -> Said:
    """Return what the core says of a person.

    Parameters
    ----------
    scenario
        The person.
    raw
        What the strip measures, from power-on, (n, 12) as in ``SampleSource.read``.
    start
        How the core comes to its calibration.
    """
    origin = Origin("study", "study", 0)
    first = round(scenario.script.day_start_s * RATE_HZ) if start == "uncalibrated" else 0
    way = Guided() if start == "guided" else Given(find_calibration(blocks_of(raw[first:]), origin))
    session = Session(origin, way)
    outputs = [session.push(block) for block in blocks_of(raw[first:])]
    outputs.append(session.finish())
    return Said(
        first / RATE_HZ,
        [one for output in outputs for one in output.calibrations],
        [event for output in outputs for event in output.events if isinstance(event, Lift)],
        [output.angles for output in outputs if len(output.angles)],
    )


def scored(scenario: Scenario, truth: Truth, carrier: Carrier, said: Said, start: Start) -> Result:
    """Return how what was said compares with the truth by the angles of `carrier`."""
    first_s, lifts = said.first_s, said.lifts
    spans = [Span(first_s + one.first_sample / RATE_HZ, first_s + one.last_sample / RATE_HZ) for one in lifts]
    bends = truth.lifts
    matches = match([Span(one.start_s, one.end_s) for one in bends], spans)
    wanted = [_is_wanted(one) for one in bends]
    judged = [is_wanted is True for is_wanted in wanted]
    free = [
        Span(one.start_s, one.end_s)
        for one, is_wanted in zip(bends, wanted, strict=True)
        if is_wanted is None
    ]
    shallow = {j for i, j in matches.pairs if wanted[i] is False}
    extra = [j for j in sorted({*matches.extra, *shallow}) if not any(spans[j].meets(span) for span in free)]
    done = doings(scenario.script)
    lumbar = _LumbarError(
        scenario, carrier, [Span(one.start_s, one.end_s) for one in bends if one.context == "chores"]
    )
    for part in said.angles:
        lumbar.add(first_s, part)
    routine = said.routine
    return Result(
        seed=scenario.seed,
        start=start,
        carrier=carrier,
        accepted=routine is not None,
        reasons=tuple(reason for one in said.calibrations if not one.accepted for reason in one.reasons),
        range_error_deg=_range_error_deg(routine, truth),
        square_deg2=lumbar.square_deg2,
        rows=lumbar.rows,
        lift_square_deg2=lumbar.lift_square_deg2,
        lift_rows=lumbar.lift_rows,
        unknown_rows=lumbar.unknown_rows,
        pairs=tuple(
            Pair(
                bends[i],
                lifts[j],
                bends[i].verdict if start == "guided" else bends[i].usual,
                spans[j].start_s - bends[i].start_s,
                spans[j].end_s - bends[i].end_s,
            )
            for i, j in matches.pairs
            if judged[i]
        ),
        missed=tuple(bends[i] for i in matches.missed if judged[i]),
        false=tuple(FalseLift(spans[j].start_s, lifts[j], _during(done, spans[j])) for j in extra),
        found_by_trait=tuple(
            (trait, i not in matches.missed)
            for i, (bend, is_judged) in enumerate(zip(scenario.script.bends, judged, strict=True))
            if is_judged
            for trait in traits(bend.plan)
        ),
        called_lift=tuple((name, any(span.meets(spans[j]) for j in extra)) for name, span in done),
        slipped=bool(scenario.script.slips),
        chairs=tuple(
            Chair(one, any(Span(one.start_s, one.end_s).meets(spans[j]) for j in extra))
            for one in truth.transitions
        ),
        furthest=lumbar.furthest(f"person {scenario.seed}, {start}, {carrier}"),
    )


def _during(done: list[tuple[str, Span]], span: Span) -> str:
    return ", ".join(name for name, other in done if other.meets(span)) or "nothing in particular"


def _is_wanted(bend: TrueLift) -> bool | None:
    """Return whether a bend must be told as a lift; None if either will do."""
    if bend.context != "chores":
        return None
    if bend.kind == "upright_squat":
        return True
    above_deg = bend.trunk_peak_deg - LEAST_LIFT_DEG
    return None if abs(above_deg) < BAND_DEG else above_deg > 0.0


def _range_error_deg(routine: Calibration | None, truth: Truth) -> float:
    if routine is None or routine.lumbar_range_deg is None or truth.calibration is None:
        return math.nan
    return routine.lumbar_range_deg - truth.calibration.lumbar_range_deg


def blocks_of(raw: NDArray[np.int16]) -> Iterator[Block]:
    """Yield raw samples as the core takes them, in minutes."""
    scale = np.tile(np.repeat((ACC_LSB_MPS2, GYR_LSB_RADPS), 3), 2)
    for at in range(0, len(raw), _BLOCK):
        part = raw[at : at + _BLOCK]
        si = part * scale
        yield Block(
            at,
            PodSamples(si[:, 6:9].copy(), si[:, 9:12].copy()),
            PodSamples(si[:, 0:3].copy(), si[:, 3:6].copy()),
            None,
            np.abs(part.astype(np.int64)).max(axis=1) >= np.iinfo(np.int16).max,
        )


class _LumbarError:
    """Adds up the error of lumbar flexion over the day."""

    def __init__(self, scenario: Scenario, carrier: Carrier, lifts: list[Span]) -> None:
        self._scenario, self._carrier = scenario, carrier
        self._lifts = lifts
        self._worst: tuple[float, Span] | None = None
        self._parts: list[tuple[FloatArray, FloatArray, FloatArray]] = []
        self.square_deg2 = self.lift_square_deg2 = 0.0
        self.rows = self.lift_rows = self.unknown_rows = 0

    def add(self, first_s: float, angles: Angles) -> None:
        """Take the next angles; their samples count from `first_s`."""
        time_s = first_s - angles.delay_s + (angles.first_sample + np.arange(len(angles))) / RATE_HZ
        day = (time_s >= self._scenario.script.day_start_s) & (time_s < self._scenario.duration_s)
        if not day.any():
            return
        time_s, told = time_s[day], angles.lumbar_flexion_deg[day]
        self._parts.append((time_s, angles.pelvis_tilt_deg[day], told))
        error = told - angles_at(self._scenario, time_s, self._carrier).lumbar_deg
        known = np.isfinite(error)
        self.unknown_rows += int((~known).sum())
        self.rows += int(known.sum())
        self.square_deg2 += float(np.square(error[known]).sum())
        for span in self._lifts:
            within = known & (time_s >= span.start_s) & (time_s <= span.end_s)
            if within.any():
                self.lift_rows += int(within.sum())
                self.lift_square_deg2 += float(np.square(error[within]).sum())
                most = float(np.abs(error[within]).max())
                if self._worst is None or most > self._worst[0]:
                    self._worst = most, span

    def furthest(self, name: str) -> Comparison | None:
        """Return the lift that is furthest off."""
        if self._worst is None:
            return None
        span = self._worst[1]
        time_s, pelvis, lumbar = (np.concatenate(column) for column in zip(*self._parts, strict=True))
        around = (time_s >= span.start_s - _MARGIN_S) & (time_s <= span.end_s + _MARGIN_S)
        time_s = time_s[around]
        true = angles_at(self._scenario, time_s, self._carrier)
        return Comparison(name, time_s, pelvis[around], lumbar[around], true.pelvis_deg, true.lumbar_deg)

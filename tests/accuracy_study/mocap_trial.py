"""One captured trial: its true bends, what was said of it, and which lift is which bend."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from analysis.events.movement import Lift
from tests.accuracy_study.matching import Span, match
from tests.accuracy_study.recordings import Analysed, FloatArray, analysed, columns, recordings, rows, span_of
from tests.accuracy_study.statistics import rms

LEAST_PEAK_DEG = 32.0
"""Trunk tilt of a bend that must be found (acceptance [ours]: 2 deg above the least lift)."""
LEAST_LIFT_DEG = 30.0
"""Trunk tilt of any lift (CLINICAL.md B2)."""
ANGLES = ("trunk_tilt_deg", "pelvis_tilt_deg", "lumbar_flexion_deg")
_CHAIR = {"sit-to-stand", "stand-to-sit"}
_TRUTH_AT_PEAK = ("peak_trunk_tilt_deg", "pelvis_tilt_at_peak_deg", "lumbar_flexion_at_peak_deg")


@dataclass(frozen=True, slots=True)
class TrueBend:
    """One row of bends.csv."""

    recording: str
    span: Span
    peak_s: float
    at_peak_deg: tuple[float, float, float]
    """Trunk tilt, pelvis tilt, lumbar flexion."""
    kind: str
    complete: bool

    @property
    def counts(self) -> bool:
        """Whether it must be found."""
        return self.complete and self.kind not in _CHAIR and self.at_peak_deg[0] >= LEAST_PEAK_DEG


@dataclass(frozen=True, slots=True)
class FoundBend:
    """A true bend and its lift. Errors are found - true."""

    bend: TrueBend
    event_error_deg: tuple[float, float, float]
    angles_error_deg: tuple[float, float, float]
    start_error_s: float
    end_error_s: float

    @property
    def worst_deg(self) -> float:
        """Largest error of an angle that the event states, without sign."""
        return float(np.max(np.abs(self.event_error_deg)))


@dataclass(frozen=True, slots=True)
class Trial:
    """One recording: what was said of it, the truth, and how they compare."""

    said: Analysed
    truth: dict[str, FloatArray]
    found: list[FoundBend]
    missed: list[TrueBend]
    chairs: list[tuple[Span, bool]]
    """Each chair transition, and whether a lift was told there."""
    unlisted: list[Lift]
    """Lifts where the truth bends though no list says so."""
    false: list[Lift]

    @property
    def name(self) -> str:
        """The recording."""
        return self.said.name

    def errors_deg(self, angle: str) -> FloatArray:
        """Return the error of an angle at every row where it is known."""
        if not self.said.angles:
            return np.empty(0)
        error = self.said.angles[angle] - self.truth[angle]
        return error[np.isfinite(error)]

    @property
    def lumbar_rmse_deg(self) -> float:
        """Root mean square error of lumbar flexion; 0 where nothing is known."""
        errors = self.errors_deg("lumbar_flexion_deg")
        return rms(errors) if len(errors) else 0.0


def trials_in(folder: Path) -> list[Trial]:
    """Return every recording in `folder`, analysed."""
    bends = [_bend(row) for row in rows(folder / "bends.csv")]
    chairs = [
        (row["recording"], Span(float(row["start_s"]), float(row["end_s"])))
        for row in rows(folder / "chair_transitions.csv")
    ]
    return [_trial(path, bends, chairs) for path in recordings(folder)]


def _bend(row: dict[str, str]) -> TrueBend:
    trunk, pelvis, lumbar = (float(row[name]) for name in _TRUTH_AT_PEAK)
    return TrueBend(
        row["recording"],
        Span(float(row["start_s"]), float(row["end_s"])),
        float(row["peak_s"]),
        (trunk, pelvis, lumbar),
        row["kind"],
        complete=row["complete"] == "yes",
    )


def _trial(path: Path, bends: list[TrueBend], chairs: list[tuple[str, Span]]) -> Trial:
    said = analysed(path, is_aligned=True, with_angles=True)
    truth = columns(path.with_suffix(".truth.parquet"))
    here = [bend for bend in bends if bend.recording == said.name]
    wanted = [bend for bend in here if bend.counts]
    neutral = [bend.span for bend in here if not bend.counts and bend.kind not in _CHAIR]
    lifts = said.lifts
    matches = match([bend.span for bend in wanted], [span_of(lift) for lift in lifts])
    extra = [lifts[j] for j in matches.extra]
    apart = [lift for lift in extra if not any(bend.span.meets(span_of(lift)) for bend in here)]
    unlisted = [lift for lift in apart if _true_peak_deg(truth, span_of(lift)) >= LEAST_LIFT_DEG]
    return Trial(
        said,
        truth,
        [_found(wanted[i], lifts[j], said, truth) for i, j in matches.pairs],
        [wanted[i] for i in matches.missed],
        [
            (span, any(span.meets(span_of(lift)) for lift in extra))
            for name, span in chairs
            if name == said.name
        ],
        unlisted,
        [
            lift
            for lift in extra
            if lift not in unlisted and not any(span.meets(span_of(lift)) for span in neutral)
        ],
    )


def _true_peak_deg(truth: dict[str, FloatArray], span: Span) -> float:
    within = (truth["time_s"] >= span.start_s) & (truth["time_s"] <= span.end_s)
    return float(np.max(truth["trunk_tilt_deg"], where=within, initial=-np.inf))


def _found(bend: TrueBend, lift: Lift, said: Analysed, truth: dict[str, FloatArray]) -> FoundBend:
    stated = (lift.trunk_at_peak_deg, lift.pelvis_at_peak_deg, lift.lumbar_at_peak_deg)
    event = [
        np.nan if value is None else value - true
        for value, true in zip(stated, bend.at_peak_deg, strict=True)
    ]
    at = int(np.argmin(np.abs(truth["time_s"] - bend.peak_s)))
    angles = [float(said.angles[angle][at] - truth[angle][at]) for angle in ANGLES]
    span = span_of(lift)
    return FoundBend(
        bend,
        (event[0], event[1], event[2]),
        (angles[0], angles[1], angles[2]),
        span.start_s - bend.span.start_s,
        span.end_s - bend.span.end_s,
    )

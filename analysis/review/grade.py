"""How far a day's data can be trusted, as one letter and the reasons for it.

[ours], without published validation. The letter speaks of the data, never of the patient. Wear time is shown
beside it and lowers it only when there is too little to say anything at all.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from analysis.events.calibration import Calibration
from analysis.events.fields import Mode
from analysis.review.spans import Span, instant

Letter = Literal["A", "B", "C", "D"]


@dataclass(frozen=True, slots=True)
class GradeRule:
    """Limits of the letters [ours]; `min_worn_s` is ours too."""

    min_worn_s: float = 600.0
    """Below this much wear, s, the day says too little: D."""
    full_coverage: float = 0.95
    """Fraction of the recorded time with data that an A needs."""
    part_coverage: float = 0.80
    """The same for a B."""
    full_quality: float = 0.8
    """Median quality of the day's events that an A needs."""
    part_quality: float = 0.6
    """The same for a B."""
    calibration_age: timedelta = timedelta(hours=24)
    """An A needs a calibration at most this old ("every donning", CLINICAL.md B2)."""


@dataclass(frozen=True, slots=True)
class CalibrationView:
    """The calibration that held on this day."""

    since: datetime
    quality: float | None
    mode: Mode | None
    lumbar_range_deg: float | None
    template_pelvis_deg: tuple[float, ...]
    template_trunk_deg: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Grade:
    """A letter, and a sentence for each thing that kept it from an A."""

    letter: Letter
    reasons: tuple[str, ...]
    coverage: float | None
    quality: float | None


def calibration_view(events: Sequence[Calibration], bounds: Span) -> CalibrationView | None:
    """Return the last accepted calibration before the end of `bounds`, or None."""
    valid = [
        (instant(text), event)
        for event in events
        if event.accepted and (text := event.valid_from or event.end or event.start)
    ]
    held = [pair for pair in valid if pair[0] < bounds.end]
    if not held:
        return None
    since, event = max(held, key=lambda pair: pair[0])
    return CalibrationView(
        since,
        event.quality,
        event.mode,
        event.lumbar_range_deg,
        tuple(event.template.pelvis_deg),
        tuple(event.template.trunk_deg),
    )


def grade(
    *,
    worn_s: float,
    coverage: float | None,
    quality: float | None,
    modes: Sequence[Mode],
    calibration: CalibrationView | None,
    last_moment: datetime | None,
) -> Grade:
    """Return the day's letter: the lowest that any of its parts deserves."""
    rule = GradeRule()
    if worn_s < rule.min_worn_s:
        return Grade("D", ("The strip was worn too briefly to say much.",), coverage, quality)
    found: list[tuple[Letter, str]] = []
    if coverage is not None and coverage < rule.full_coverage:
        letter: Letter = "B" if coverage >= rule.part_coverage else "C"
        found.append((letter, f"{100 * (1 - coverage):.0f} % of the recorded time has no data."))
    if quality is not None and quality < rule.full_quality:
        letter = "B" if quality >= rule.part_quality else "C"
        found.append((letter, f"The middle quality of the measurements is {quality:.2f} of 1."))
    if any(mode != "dual" for mode in modes):
        found.append(("C", "Part of the day was measured with one pod or without gyroscopes."))
    if calibration is None:
        found.append(
            ("C", "The strip was not calibrated: bends are told apart by general limits or not at all.")
        )
    elif last_moment and last_moment - calibration.since > rule.calibration_age:
        hours = (last_moment - calibration.since) / timedelta(hours=1)
        found.append(("B", f"The calibration is {hours:.0f} hours old."))
    letter = max((each for each, _ in found), default="A")
    return Grade(letter, tuple(reason for _, reason in found), coverage, quality)

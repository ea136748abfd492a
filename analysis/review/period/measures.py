"""One number a day: what the trends are made of, and when a day has too little for it.

Smoothness comes before degrees: how a movement goes changes earlier, and means more to a patient, than how
far it goes (CLINICAL.md C). Studies give a smallest detectable change only for the lumbar share and the
range.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from statistics import fmean, median

from analysis.review.day import DayView
from analysis.review.lifts import SCORED, LiftView
from analysis.review.period.detectable import Trend, trend
from analysis.review.sentences import local_day


@dataclass(frozen=True, slots=True)
class MeasureParams:
    """When a day counts as a session."""

    least_bends: int = 5
    """Bends in daily life that a day's smoothness or share needs [ours]."""
    least_worn_s: float = 4 * 3600.0
    """Wear that a day's sitting and walking need, s [ours]."""
    share_change: float = 15.0
    """Smallest detectable change of the lumbar share, points (Laird 2016; CLINICAL.md, five facts)."""
    range_change_deg: float = 15.0
    """The same of the lumbar range, deg (Laird 2016)."""


_P = MeasureParams()


@dataclass(frozen=True, slots=True)
class Measure:
    """What is followed: its name and unit for people, how to read it, and its value on a day."""

    key: str
    name: str
    unit: str
    reading: str
    digits: int
    of_day: Callable[[DayView], float | None]
    study_change: float | None = None

    @property
    def step_unit(self) -> str:
        """Return the unit of a difference: of per cent, points."""
        return " points" if self.unit == " %" else self.unit


def _chores(view: DayView) -> list[LiftView]:
    return [lift for lift in view.lifts if lift.context == "chores"]


def _smoothness(view: DayView) -> float | None:
    known = [lift.smoothness_sparc for lift in _chores(view) if lift.smoothness_sparc is not None]
    return median(known) if len(known) >= _P.least_bends else None


def _hip_led_pct(view: DayView) -> float | None:
    share = view.chores.hip_led
    return 100 * share.value if share and share.total >= _P.least_bends else None


def _back_share_pct(view: DayView) -> float | None:
    known = [lift.share for lift in _chores(view) if lift.share is not None and lift.strategy in SCORED]
    return 100 * fmean(known) if len(known) >= _P.least_bends else None


def _full_bend_deg(view: DayView) -> float | None:
    held = view.calibration
    return held.lumbar_range_deg if held and view.bounds.holds(held.since) else None


def _longest_sit_min(view: DayView) -> float | None:
    longest = view.sitting.longest
    return longest.duration_s / 60 if longest and view.worn_s >= _P.least_worn_s else None


def _walking_min(view: DayView) -> float | None:
    return view.walking.duration_s / 60 if view.worn_s >= _P.least_worn_s else None


MEASURES = (
    Measure("smoothness", "Smoothness of bends", "", "nearer to zero is smoother", 2, _smoothness),
    Measure("hip_led", "Hip-led bends", " %", "of the bends told apart", 0, _hip_led_pct),
    Measure(
        "back_share",
        "Back\N{RIGHT SINGLE QUOTATION MARK}s share",
        " %",
        "of the trunk\N{RIGHT SINGLE QUOTATION MARK}s tilt",
        0,
        _back_share_pct,
        _P.share_change,
    ),
    Measure("full_bend", "Own full bend", "°", "of the lower back", 0, _full_bend_deg, _P.range_change_deg),
    Measure("longest_sit", "Longest sit of the day", " min", "", 0, _longest_sit_min),
    Measure("walking", "Walking in a day", " min", "", 0, _walking_min),
)
"""In the order in which they are shown."""


@dataclass(frozen=True, slots=True)
class Followed:
    """A measure and how it went."""

    measure: Measure
    trend: Trend


def follow(days: Sequence[DayView]) -> tuple[Followed, ...]:
    """Return how each measure went over `days`."""

    def points(measure: Measure) -> list[tuple[date, float]]:
        values = ((local_day(view), measure.of_day(view)) for view in days)
        return [(day, value) for day, value in values if value is not None]

    return tuple(
        Followed(measure, trend(points(measure), study_change=measure.study_change)) for measure in MEASURES
    )

"""Weeks and months of one patient from the sums of days: what is followed, and in which steps.

The same trends and bands as in the report, but from sums that a store has ready, so that a year is there at
once. Smoothness is not among them: it has no sum.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import groupby
from typing import Literal

from analysis.review.period.detectable import trend
from analysis.review.period.measures import Followed, Measure
from analysis.trends.daily import Day

Step = Literal["days", "weeks"]


@dataclass(frozen=True, slots=True)
class LongRunParams:
    """When a day or week counts [ours]."""

    least_min: int = 120
    """Minutes recorded on a day."""
    least_bends: int = 5
    """Bends told apart in a step."""


_P = LongRunParams()


def _hip_led_pct(days: Sequence[Day]) -> float | None:
    scored = sum(day.hip_hinge + day.shared + day.lumbar_flexion for day in days)
    return 100 * sum(day.hip_hinge for day in days) / scored if scored >= _P.least_bends else None


def _range_pct(days: Sequence[Day]) -> float | None:
    known = [(day.mean_lumbar_range_pct, day.lifts) for day in days if day.mean_lumbar_range_pct is not None]
    bends = sum(lifts for _, lifts in known)
    return sum(pct * lifts for pct, lifts in known) / bends if bends >= _P.least_bends else None


def _mean(of: Callable[[Day], float]) -> Callable[[Sequence[Day]], float | None]:
    return lambda days: sum(map(of, days)) / len(days)


_MEASURES: tuple[tuple[str, str, str, str, int, Callable[[Sequence[Day]], float | None]], ...] = (
    ("hip_led", "Hip-led bends", " %", "of the bends told apart", 0, _hip_led_pct),
    ("range", "Own range in use", " %", "mean of the bends", 0, _range_pct),
    ("bends", "Bends in a day", "", "", 0, _mean(lambda day: day.lifts)),
    ("long_sits", "Sits over 30 min in a day", "", "", 1, _mean(lambda day: day.long_sitting_bouts)),
    ("seated", "Seated in a day", " h", "", 1, _mean(lambda day: day.sitting_s / 3600)),
    ("walking", "Walking in a day", " min", "", 0, _mean(lambda day: day.walking_s / 60)),
)


def long_run(days: Iterable[Day], step: Step) -> tuple[Followed, ...]:
    """Return how each measure went; a week stands at its Monday, and is a mean of its worn days."""
    worn = [day for day in days if day.minutes - day.not_worn_s / 60 >= _P.least_min]
    groups = [(first, list(group)) for first, group in groupby(worn, key=lambda day: _begin(day.day, step))]
    followed: list[Followed] = []
    for key, name, unit, reading, digits, of_days in _MEASURES:
        values = [(first, of_days(group)) for first, group in groups]
        points = [(first, value) for first, value in values if value is not None]
        measure = Measure(key, name, unit, reading, digits, lambda _view: None)
        followed.append(Followed(measure, trend(points)))
    return tuple(followed)


def _begin(day: date, step: Step) -> date:
    return day if step == "days" else day - timedelta(days=day.weekday())

"""One sentence to begin a visit with, by rule; the therapist may put another in its place.

The first rule that holds speaks: what stands in the way comes before what could be done, what has most
evidence (long sitting, CLINICAL.md five facts) before what has less, what changed before what stayed. None of
the sentences judges a way of bending; each names one thing that the patient could do next, or none.
"""

from dataclasses import dataclass
from typing import Literal

from analysis.review.lifts import Tally
from analysis.review.period.measures import Followed
from analysis.review.period.period import PeriodView
from analysis.review.wording import counted, length, percent

Rule = Literal[
    "red_flag", "too_little", "not_told_apart", "long_sits", "transfer", "smoother", "morning", "steady"
]


@dataclass(frozen=True, slots=True)
class CoachingParams:
    """When a rule speaks [ours]."""

    least_worn_s: float = 6 * 3600.0
    """Wear below which nothing is suggested, s."""
    least_scored: int = 8
    """Bends told apart below which their kinds are not spoken of."""
    long_sit_days: float = 0.5
    """Part of the worn days with a sit up to the alert's limit that makes it the subject."""
    gap: float = 0.15
    """Difference of hip-led shares in practice and daily life; less is noise (CLINICAL.md, five facts)."""
    least_practice: int = 8
    """Practised bends that such a comparison needs."""
    early_flexion_s: float = 600.0
    """Early time over half of the lumbar range that is worth a word, s a day (Snook 1998)."""


@dataclass(frozen=True, slots=True)
class Coaching:
    """The sentence, and the rule that made it."""

    rule: Rule
    text: str


def coaching(period: PeriodView, params: CoachingParams | None = None) -> Coaching:
    """Return the sentence for these days."""
    p = params or CoachingParams()
    if period.diary.red_flags:
        return Coaching(
            "red_flag", "Suggestions are paused: the health check holds an answer to talk about first."
        )
    if period.worn_s < p.least_worn_s:
        return Coaching(
            "too_little",
            f"{_capital(length(period.worn_s))} of wear say little yet: "
            "a few full days with the strip will show more.",
        )
    if period.days_of_long_sits >= max(1.0, p.long_sit_days * len(period.worn)):
        return Coaching("long_sits", _long_sits(period))
    if period.chores.scored < p.least_scored:
        return Coaching("not_told_apart", _not_told_apart(period))
    return _of_bends(period, p)


def _of_bends(period: PeriodView, p: CoachingParams) -> Coaching:
    practised, lived = _hip_led(period.practice), _hip_led(period.chores)
    if period.practice.scored >= p.least_practice and practised - lived >= p.gap:
        return Coaching(
            "transfer",
            f"In practice {percent(practised)} of the bends are hip-led, in daily life {percent(lived)}: "
            "choose one chore of every day and hinge there first.",
        )
    smooth = _followed(period, "smoothness")
    if smooth is not None and smooth.trend.verdict == "higher":
        return Coaching(
            "smoother", "Bends have become smoother than before: go on as now, and let the pace stay easy."
        )
    early_s = period.exposure.early_flexion_s if period.exposure else None
    if early_s is not None and early_s >= p.early_flexion_s:
        return Coaching(
            "morning",
            f"In the first two hours of the day the lower back is bent far for {length(early_s)}: "
            "leave deep bends for later in the morning.",
        )
    return Coaching(
        "steady",
        f"{percent(lived)} of the bends in daily life are hip-led, with no detectable change: "
        "keep the practice short and regular.",
    )


def _not_told_apart(period: PeriodView) -> str:
    if "dual" not in period.modes:
        return "One pod counts bends but cannot tell hips from lower back: both pods would."
    return (
        f"{_capital(counted(period.chores.scored, 'bend'))} could be told apart: "
        "a fresh calibration each morning lets the strip say more."
    )


def _long_sits(period: PeriodView) -> str:
    longest = period.longest_sit
    assert longest is not None, "a day of long sits has a longest"
    rule = period.worn[0].sitting.rule
    days = f"{period.days_of_long_sits} of {counted(len(period.worn), 'day')}"
    return (
        f"On {days} a sit lasted {length(rule.alert_s)} or more "
        f"(the longest {length(longest.duration_s)}): get up for a minute after {length(rule.nudge_s)}."
    )


def _hip_led(bends: Tally) -> float:
    return bends.by_strategy["hip_hinge"] / bends.scored if bends.scored else 0.0


def _followed(period: PeriodView, key: str) -> Followed | None:
    return next((each for each in period.followed if each.measure.key == key), None)


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]

"""Today in one win, one suggestion and one number, for whoever has no more than a glance.

Rules, in order; the first that holds speaks. The win comes first and is something that was done, however
small. What has most evidence (breaks from sitting; CLINICAL.md, five facts) comes before what has less.
Nothing compares with other people or calls anything late, and a red flag leaves no suggestion.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from analysis.care.policy import CareNow
from analysis.review.day import DayView
from analysis.review.wording import counted, length

_S_PER_MIN = 60


@dataclass(frozen=True, slots=True)
class GlanceParams:
    """When a rule speaks [ours]."""

    least_walk_s: float = 10 * 60.0
    """Walking that is worth a word, s (CLINICAL.md C: walk most days, 10 min or more)."""
    least_hip_led: int = 3
    """Hip-led bends that are worth a word."""
    least_scored: int = 8
    """Bends told apart below which their kinds suggest nothing."""
    least_worn_s: float = 30 * 60.0
    """Wear that is worth a word, and below which nothing is suggested but to wear the strip, s."""
    walk_from_h: int = 14
    """Hour of the patient's day from which on a walk is suggested."""


@dataclass(frozen=True, slots=True)
class Glance:
    """The three lines; without a suggestion there is nothing to do."""

    win: str
    suggestion: str | None
    number: str
    number_says: str


def glance(view: DayView, care: CareNow, params: GlanceParams | None = None) -> Glance:
    """Return today at a glance; `view` is that of a day that is still going on."""
    p = params or GlanceParams()
    has_walked = view.walking.duration_s >= p.least_walk_s
    breaks = len(view.sitting.breaks)
    number = (str(breaks), "breaks from sitting so far" if breaks != 1 else "break from sitting so far")
    if breaks or not has_walked:
        minutes = int(view.walking.duration_s // _S_PER_MIN)
        number = (f"{minutes} min", "of walking so far; very short walks are not seen")
    return Glance(
        next(_wins(view, p)), None if care.red_flags else next(_suggestions(view, care, p), None), *number
    )


def _wins(view: DayView, p: GlanceParams) -> Iterator[str]:
    if breaks := len(view.sitting.breaks):
        yield f"You took {counted(breaks, 'break')} from sitting."
    if view.practice.total:
        yield f"You practised: {counted(view.practice.total, 'bend')}."
    if view.walking.duration_s >= p.least_walk_s:
        yield f"You walked for {length(view.walking.duration_s)}."
    if view.chores.hip_led and view.chores.hip_led.count >= p.least_hip_led:
        yield f"{view.chores.hip_led.count} of your bends came from the hips."
    if view.worn_s >= p.least_worn_s:
        yield f"You wore the strip for {length(view.worn_s)}."
    yield "A new day has begun."


def _suggestions(view: DayView, care: CareNow, p: GlanceParams) -> Iterator[str]:
    if view.worn_s < p.least_worn_s:
        yield "Clip on the strip and let the day come."
        return
    nudge_s = view.sitting.rule.nudge_s
    if care.is_sitting and care.sitting_s >= nudge_s:
        yield "Stand up now and walk for a minute."
    longest = view.sitting.longest
    if longest and longest.duration_s >= view.sitting.rule.alert_s:
        yield f"Next time you sit, get up once after {length(nudge_s)}."
    hour = view.now.astimezone(view.zone).hour if view.now else 0
    if view.walking.duration_s < p.least_walk_s and hour >= p.walk_from_h:
        yield "Ten minutes of walking would suit this day."
    hip_led = view.chores.hip_led
    if hip_led and hip_led.total >= p.least_scored and hip_led.high < 0.5:
        yield "Try five slow hip hinges with a stick along your back."
    yield "Go on as you do."

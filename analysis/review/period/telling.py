"""Whole sentences about several days: for each picture what it shows."""

from analysis.review.charts.week import busiest
from analysis.review.period.examples import Example, Why
from analysis.review.period.period import PeriodView
from analysis.review.wording import STRATEGY, clock, counted, length, percent

WHY: dict[Why, str] = {
    "most_hip_led": "Most hip-led",
    "typical": "Typical",
    "deepest": "Deepest",
}
_WEEKDAYS = ("Mondays", "Tuesdays", "Wednesdays", "Thursdays", "Fridays", "Saturdays", "Sundays")


def dates(period: PeriodView) -> str:
    """Return the days as people write them: 4 to 31 May 2026."""
    first, last = period.first, period.last
    if first == last:
        return f"{last:%A} {last.day} {last:%B %Y}"
    if first.year != last.year:
        return f"{first.day} {first:%B %Y} to {last.day} {last:%B %Y}"
    begin = f"{first.day}" if first.month == last.month else f"{first.day} {first:%B}"
    return f"{begin} to {last.day} {last:%B %Y}"


def wear(period: PeriodView) -> str:
    """Return how much was worn."""
    days = f"{len(period.worn)} of {counted(len(period.days), 'day')}"
    return f"{length(period.worn_s)} on {days}"


def calibration_age(period: PeriodView) -> str:
    """Return how old the newest calibration is."""
    age = period.calibration_age
    if age is None:
        return "none"
    hours = age.total_seconds() / 3600
    return f"{hours:.0f} h old" if hours < 48 else f"{hours / 24:.0f} days old"


def rhythm(period: PeriodView) -> str:
    """Return what the angle-angle plot shows."""
    deepest = period.descent[-1] if period.descent else period.ascent[-1]
    hips, back = f"{deepest.pelvis_deg:.0f}°", f"{deepest.lumbar_deg:.0f}°"
    return (
        f"At {deepest.trunk_deg:.0f}° of trunk tilt the hips give {hips} and the lower back {back} "
        f"on average of {counted(deepest.bends, 'bend')}; "
        f"the band is one standard deviation, ±{deepest.sd_deg:.0f}° there."
    )


def example(shown: Example, period: PeriodView) -> str:
    """Return the caption of one bend."""
    lift = shown.lift
    day = lift.at.astimezone(period.zone)
    said = f"{day.day} {day:%b} {clock(lift.at, period.zone)}, {STRATEGY[lift.strategy]}"
    share = "" if lift.share is None else f", lower back {percent(lift.share)} of it"
    return f"{said}: {lift.depth_deg:.0f}° deep{share}"


def practice_gap(period: PeriodView) -> str:
    """Return practice against chores."""
    if not period.practice.scored or not period.chores.scored:
        return (
            "no practice in these days" if not period.practice.scored else "no bend in daily life told apart"
        )
    practised = period.practice.by_strategy["hip_hinge"] / period.practice.scored
    lived = period.chores.by_strategy["hip_hinge"] / period.chores.scored
    return f"practice {percent(practised)}, daily life {percent(lived)}"


def week(period: PeriodView) -> str:
    """Return what the week by the hour shows."""
    most = busiest(period.hours)
    if most is None or not most.bent:
        return "No hour with the trunk bent beyond 30°."
    return (
        f"Most time bent beyond 30°: {_WEEKDAYS[most.weekday]} from {most.hour}:00, "
        f"{percent(most.bent)} of the worn time. The larger the square, the longer."
    )


def log(period: PeriodView) -> str:
    """Return what the patient's log holds."""
    entries = period.diary.entries
    if not entries:
        return "The patient wrote nothing down in these days."
    pain = [entry.log.pain_now for entry in entries if entry.log.pain_now is not None]
    said = counted(len(entries), "entry", "entries")
    return f"{said}; pain now {min(pain)} to {max(pain)} of 10." if pain else f"{said}."

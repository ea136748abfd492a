"""Whole sentences: the day in one, and for each chart what it shows."""

from datetime import date

from analysis.review.day import DayView
from analysis.review.wording import counted, length, percent


def day_name(view: DayView) -> str:
    """Return the day as people write it: Tuesday 5 May 2026."""
    day = local_day(view)
    return f"{day:%A} {day.day} {day:%B %Y}"


def local_day(view: DayView) -> date:
    """Return the date on the patient's calendar."""
    return view.bounds.start.astimezone(view.zone).date()


def headline(view: DayView) -> str:
    """Return the day in one sentence."""
    if view.is_empty and view.postures:
        return f"The strip {'has not been worn today' if view.is_today else 'was not worn on this day'}."
    if view.is_empty:
        return "Nothing measured yet today." if view.is_today else "Nothing was measured on this day."
    longest = view.sitting.longest
    if not longest:
        return f"{_bends(view)}, and {length(view.walking.duration_s)} of walking."
    breaks = counted(len(view.sitting.breaks), "break")
    return f"{_bends(view)}; the longest sit lasted {length(longest.duration_s)}, with {breaks} taken."


def _bends(view: DayView) -> str:
    total, hip_led = len(view.lifts), view.chores.hip_led
    said = counted(total, "bend").capitalize()
    if view.is_today:
        said += " so far today"
    return f"{said}, {hip_led.count} of {hip_led.total} hip-led" if hip_led else said


def hip_led_interval(view: DayView) -> str:
    """Return the range that the hip-led share may lie in."""
    share = view.chores.hip_led
    return (
        f"likely {percent(share.low)[:-2]} to {percent(share.high)}"
        if share
        else "no bend could be told apart"
    )


def timeline_sentence(view: DayView) -> str:
    """Return what the timeline shows."""
    times = {total.state: length(total.duration_s) for total in view.totals}
    shown = (
        f"Sitting {times['sitting']}, standing {times['standing']}, walking {times['walking']}, "
        f"lying {times['lying']}; {counted(len(view.lifts), 'bend')} and "
        f"{counted(len(view.prompts), 'prompt')} are marked."
    )
    if view.gaps:
        shown += f" {length(sum(gap.duration_s for gap in view.gaps))} without data are hatched."
    return shown


def angle_sentence(view: DayView) -> str:
    """Return what the angle plot shows."""
    scored = [lift for lift in view.lifts if lift.share is not None]
    below = sum(1 for lift in scored if lift.share is not None and lift.share < 0.5)
    return (
        f"Each line is one bend on its way down; {below} of {len(scored)} ended below the dashed line, "
        "where the hips tilted more than the back bent."
    )


def sitting_sentence(view: DayView) -> str:
    """Return what the chart of sitting shows."""
    sitting = view.sitting
    if not sitting.longest:
        return "No sitting was seen."
    nudge, alert = sitting.rule.nudge_s, sitting.rule.alert_s
    return (
        f"{counted(len(sitting.bouts), 'sit')}; {sitting.longer_than(nudge)} reached {length(nudge)}, "
        f"{sitting.longer_than(alert)} reached {length(alert)}; the longest lasted "
        f"{length(sitting.longest.duration_s)}."
    )


def lifts_sentence(view: DayView) -> str:
    """Return what the list of bends shows."""
    count = view.chores.by_strategy
    practice = view.practice.total
    shown = (
        f"In daily life {count['hip_hinge']} hip-led, {count['shared']} shared, {count['lumbar_flexion']} "
        f"back-led and {count['not_scored']} not scored"
    )
    return f"{shown}; {practice} more in practice." if practice else f"{shown}."


def bends_gist(view: DayView) -> str:
    """Return the bends in a few words."""
    hip_led = view.chores.hip_led
    said = counted(len(view.lifts), "bend")
    return f"{said}, {hip_led.count} hip-led" if hip_led else said


def sitting_gist(view: DayView) -> str:
    """Return the sitting in a few words."""
    if not view.sitting.longest:
        return "none seen"
    breaks = counted(len(view.sitting.breaks), "break")
    return f"longest {length(view.sitting.longest.duration_s)}, {breaks}"

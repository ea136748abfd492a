"""The words that people read.

CLINICAL.md, five facts: hip-led, shared, back-led; a "lift" is a bend-and-rise. No word here or in the
templates judges a bend: :data:`FORBIDDEN` is what a test keeps off every page.
"""

import re
from datetime import datetime, tzinfo
from typing import Final

from analysis.events.day import PostureState, SittingEnd
from analysis.events.entries import RedFlag
from analysis.events.facts import AlertAction, AlertKind, AlertLevel, LinkState
from analysis.events.fields import Mode
from analysis.events.movement import Legs, Strategy
from analysis.review.proportion import Proportion

FORBIDDEN: Final = frozenset(
    {"good", "bad", "better", "worse", "best", "worst", "safe", "unsafe", "right", "wrong"}
    | {"correct", "incorrect", "proper", "improper", "poor", "abnormal", "mistake", "fault", "faulty"}
    | {"fail", "failed", "failure", "danger", "dangerous", "harm", "harmful", "damage", "injury", "risk"}
)
"""Words that a page about a person's movement never uses."""

STRATEGY: Final[dict[Strategy, str]] = {
    "hip_hinge": "hip-led",
    "shared": "shared",
    "lumbar_flexion": "back-led",
    "not_scored": "not scored",
}
STRATEGY_MEANING: Final[dict[Strategy, str]] = {
    "hip_hinge": "most of the bend came from the hips",
    "shared": "hips and lower back bent together",
    "lumbar_flexion": "much of the bend came from the lower back",
    "not_scored": "seen and counted, but not told apart",
}
POSTURE: Final[dict[PostureState, str]] = {
    "lying": "lying",
    "sitting": "sitting",
    "standing": "standing",
    "walking": "walking",
    "not_worn": "not worn",
}
LEGS: Final[dict[Legs, str]] = {"straight": "straight", "bent": "bent", "unknown": "not known"}
LEVEL: Final[dict[AlertLevel, str]] = {"nudge": "nudge", "alert": "alert", "follower": "message to a helper"}
ALERT: Final[dict[AlertKind, str]] = {
    "prolonged_sitting": "long sitting",
    "sensor_silent": "strip not heard",
    "battery_low": "battery low",
}
ACTION: Final[dict[AlertAction, str]] = {
    "raised": "given",
    "repeated": "repeated",
    "snoozed": "snoozed",
    "acknowledged": "noted",
    "cleared": "over",
    "expired": "lapsed",
}
ENDED: Final[dict[SittingEnd, str]] = {
    "walk": "walked off",
    "stand": "stood up",
    "snack": "movement snack",
    "lie": "lay down",
    "not_worn": "strip taken off",
}
RED_FLAG: Final[dict[RedFlag, str]] = {
    "bladder_or_bowel": "new trouble with bladder or bowel",
    "saddle_numbness": "numbness of the saddle region",
    "weakness": "growing weakness of a leg",
    "numbness": "growing numbness of a leg",
    "fever": "fever",
    "weight_loss": "unexplained weight loss",
    "recent_trauma": "recent trauma",
}
MODE: Final[dict[Mode, str]] = {
    "dual": "two pods",
    "single": "one pod",
    "accelerometer": "without gyroscopes",
}
LINK: Final[dict[LinkState, str]] = {
    "waiting": "waiting for the strip",
    "scanning": "looking for the strip",
    "connecting": "connecting to the strip",
    "streaming": "strip connected",
    "stopped": "stopped",
}


def reason(text: str) -> str:
    """Return a reason given by the core as words: ``single_pod`` reads "single pod"."""
    return text.replace("_", " ")


def length(duration_s: float) -> str:
    """Return a duration as people say it: 40 s, 12 min, 1 h 05 min; none at all is 0 min."""
    if 0 < duration_s < 60:
        return f"{int(duration_s)} s"
    minutes = int(duration_s // 60)
    return f"{minutes} min" if minutes < 60 else f"{minutes // 60} h {minutes % 60:02d} min"


def clock(moment: datetime, zone: tzinfo) -> str:
    """Return the time on the wall: 09:05."""
    return moment.astimezone(zone).strftime("%H:%M")


def unbroken(text: str) -> str:
    """Return text whose lines do not end between a number and its unit."""
    return re.sub(r"(?<=\d) (?=h |min|s |%)", "\N{NO-BREAK SPACE}", text)


def surely(fraction: float) -> str:
    """Return a confidence as per cent; never a round hundred, which nothing measured deserves."""
    return percent(fraction) if fraction < 0.995 else "over 99 %"


def percent(fraction: float) -> str:
    """Return a fraction as whole per cent."""
    return f"{round(100 * fraction)} %"


def small_percent(fraction: float) -> str:
    """Return a small fraction as per cent, with a decimal while it needs one."""
    return f"{100 * fraction:.1f} %" if fraction < 0.095 else percent(fraction)


def points(difference: float) -> str:
    """Return a difference of two shares as signed percentage points."""
    return minus(f"{round(100 * difference):+d} points").replace("+0", "0")


def minus(number: str) -> str:
    """Return a written number with the minus sign that printers use."""
    return number.replace("-", "\N{MINUS SIGN}")


def interval(share: Proportion) -> str:
    """Return the interval of a share."""
    return f"{round(100 * share.low)} to {percent(share.high)}"


def known(value: float | None, unit: str = "") -> str:
    """Return a value with its unit; a dash where it was not given."""
    return "\N{EN DASH}" if value is None else f"{value:g}{unit}"


def plain(value: object) -> str:
    """Return a setting as one types it: 30, not 30.0; what is no number stays as it was typed."""
    return f"{value:g}" if isinstance(value, float) else str(value)


def counted(number: int, one: str, many: str | None = None) -> str:
    """Return a number with its noun in its form: no walks, 1 walk, 2 walks."""
    return f"{number or 'no'} {one if number == 1 else many or one + 's'}"

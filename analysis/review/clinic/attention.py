"""Which patient first: what in the last two weeks asks for a therapist's eye.

Pure: days, statuses and entries in, reasons out. What asks for most attention comes first; a patient without
a reason is not passed over, but stands below. No reason speaks of how somebody bends.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final, Literal

from analysis.trends.daily import Day

Urgency = Literal[0, 1, 2, 3]
WINDOW: Final = timedelta(days=14)


@dataclass(frozen=True, slots=True)
class AttentionParams:
    """When something is worth a word [ours]."""

    silent_days: int = 3
    """Days without any data."""
    long_sits_a_day: float = 2.0
    """Sits of half an hour or more on a mean day."""
    least_worn_min: int = 120
    """Minutes recorded below which a day was hardly worn."""
    pain_rise: int = 2
    """Points by which the latest pain is above the one before."""
    battery_pct: int = 15
    """Battery below which the strip may stop today, %."""


@dataclass(frozen=True, slots=True)
class Reason:
    """One thing to look at, in words."""

    urgency: Urgency
    text: str


@dataclass(frozen=True, slots=True)
class Seen:
    """What is known of a patient lately.

    Attributes
    ----------
    days
        Sums of the last two weeks, in order.
    red_flags
        Whether an answer of the health check is open.
    pain
        Pain now of the last entries, the latest last.
    battery_pct
        What the strip said last.
    """

    days: tuple[Day, ...] = ()
    red_flags: bool = False
    pain: tuple[int, ...] = ()
    battery_pct: int | None = None


@dataclass(frozen=True, slots=True)
class Attention:
    """Reasons, the most urgent first, and the figures of the list's line."""

    reasons: tuple[Reason, ...]
    last_day: date | None
    worn_days: int
    bends_a_day: float | None
    hip_led: tuple[int, int]
    """Bends led by the hips, of those told apart."""
    walking_min_a_day: float | None

    @property
    def urgency(self) -> int:
        """Return the greatest urgency; 0 without a reason."""
        return max((reason.urgency for reason in self.reasons), default=0)


def attention(seen: Seen, today: date, params: AttentionParams | None = None) -> Attention:
    """Return what is worth a look at `today`."""
    p = params or AttentionParams()
    worn = [day for day in seen.days if day.minutes - day.not_worn_s / 60 >= p.least_worn_min]
    last_day = max((day.day for day in seen.days if day.minutes), default=None)
    reasons = sorted(_reasons(seen, worn, last_day, today, p), key=lambda reason: -reason.urgency)
    count = len(worn)
    return Attention(
        reasons=tuple(reasons),
        last_day=last_day,
        worn_days=count,
        bends_a_day=sum(day.lifts + day.practice_lifts for day in worn) / count if count else None,
        hip_led=(
            sum(day.hip_hinge for day in worn),
            sum(day.hip_hinge + day.shared + day.lumbar_flexion for day in worn),
        ),
        walking_min_a_day=sum(day.walking_s for day in worn) / 60 / count if count else None,
    )


def _reasons(
    seen: Seen, worn: Sequence[Day], last_day: date | None, today: date, p: AttentionParams
) -> list[Reason]:
    found: list[Reason] = []
    if seen.red_flags:
        found.append(Reason(3, "an answer of the health check is open"))
    if len(seen.pain) > 1 and seen.pain[-1] - seen.pain[-2] >= p.pain_rise:
        found.append(Reason(2, f"pain went from {seen.pain[-2]} to {seen.pain[-1]} of 10"))
    if last_day is None:
        found.append(Reason(1, "nothing measured in two weeks"))
    elif (today - last_day).days >= p.silent_days:
        found.append(Reason(2, f"nothing measured for {(today - last_day).days} days"))
    if worn and sum(day.long_sitting_bouts for day in worn) / len(worn) >= p.long_sits_a_day:
        sits = sum(day.long_sitting_bouts for day in worn) / len(worn)
        found.append(Reason(1, f"{sits:.1f} sits of half an hour or more a day"))
    if seen.battery_pct is not None and seen.battery_pct < p.battery_pct:
        found.append(Reason(1, f"strip's battery at {seen.battery_pct} %"))
    return found

"""When in the week the back works: time bent and time seated for each hour of each weekday.

Hours of the same weekday are added up over the weeks; what is shown is a share of the worn time, so that an
hour worn once counts like one worn every week. Hours hardly worn say nothing.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import tzinfo
from typing import Final

from analysis.events.day import TILT_EDGES_DEG, Minute
from analysis.review.spans import instant

BENT_DEG: Final = 30
"""A trunk tilt beyond this counts as bent, deg (the least peak of a lift, DESIGN.md section 5)."""
LEAST_WORN_S: Final = 300.0
"""An hour worn for less than this is left blank, s [ours]."""
_BENT_FROM: Final = TILT_EDGES_DEG.index(BENT_DEG)


@dataclass(frozen=True, slots=True)
class Hour:
    """One hour of one weekday (Monday is 0); shares of the worn time."""

    weekday: int
    hour: int
    worn_s: float
    bent: float
    seated: float


def week_hours(minutes: Iterable[Minute], zone: tzinfo) -> tuple[Hour, ...]:
    """Return the hours that were worn for long enough, in order."""
    sums: dict[tuple[int, int], list[float]] = {}
    for minute in minutes:
        if minute.start is None:
            continue
        wall = instant(minute.start).astimezone(zone)
        cell = sums.setdefault((wall.weekday(), wall.hour), [0.0, 0.0, 0.0])
        cell[0] += minute.lying_s + minute.sitting_s + minute.standing_s + minute.walking_s
        cell[1] += sum(minute.tilt_hist_s[_BENT_FROM:]) if minute.lying_s == 0 else 0.0
        cell[2] += minute.sitting_s
    return tuple(
        Hour(weekday, hour, worn_s, min(1.0, bent_s / worn_s), min(1.0, seated_s / worn_s))
        for (weekday, hour), (worn_s, bent_s, seated_s) in sorted(sums.items())
        if worn_s >= LEAST_WORN_S
    )

"""When in the week the back works: time bent and time seated for each hour of each weekday.

Hours of the same weekday are added up over the weeks; what is shown is a share of the worn time, so that an
hour worn once counts like one worn every week. Hours hardly worn say nothing.
"""

from dataclasses import dataclass
from datetime import tzinfo
from typing import Final

import numpy as np

from analysis.events.day import TILT_EDGES_DEG
from analysis.review.period.minutes import Minutes, seconds

BENT_DEG: Final = 30
"""A trunk tilt beyond this counts as bent, deg (the least peak of a lift, DESIGN.md section 5)."""
LEAST_WORN_S: Final = 300.0
"""An hour worn for less than this is left blank, s [ours]."""
_BENT_FROM: Final = TILT_EDGES_DEG.index(BENT_DEG)
_HOUR_S: Final = 3600
_HOURS_A_DAY: Final = 24


@dataclass(frozen=True, slots=True)
class Hour:
    """One hour of one weekday (Monday is 0); shares of the worn time."""

    weekday: int
    hour: int
    worn_s: float
    bent: float
    seated: float


def week_hours(minutes: Minutes, zone: tzinfo) -> tuple[Hour, ...]:
    """Return the hours that were worn for long enough, in order."""
    hours = minutes.on_wall(zone) // _HOUR_S
    # 1 January 1970 was a Thursday, the fourth day of a week.
    of_week = (hours + 3 * _HOURS_A_DAY) % (7 * _HOURS_A_DAY)
    worn = minutes.lying + minutes.sitting + minutes.standing + minutes.walking
    bent = np.where(minutes.lying == 0, minutes.tilt[:, _BENT_FROM:].sum(axis=1), 0)
    found: list[Hour] = []
    for each in np.unique(of_week):
        here = of_week == each
        worn_s = seconds(worn[here].sum())
        if worn_s < LEAST_WORN_S:
            continue
        weekday, hour = divmod(int(each), _HOURS_A_DAY)
        bent_s, seated_s = seconds(bent[here].sum()), seconds(minutes.sitting[here].sum())
        found.append(Hour(weekday, hour, worn_s, min(1.0, bent_s / worn_s), min(1.0, seated_s / worn_s)))
    return tuple(found)

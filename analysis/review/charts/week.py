"""The week by the hour: a square for each hour, its side the share of worn time that was spent bent.

Size, not colour, carries the value, so that the picture is the same in grey and for every eye.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from analysis.review.period.hours import Hour
from analysis.review.wording import percent

DAYS: Final = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
CELL: Final = 20
LEFT: Final = 44
TOP: Final = 4
_EARLY, _LATE = 7, 21
_FULL = 0.25
"""Share of an hour that fills its square: a quarter of an hour bent in each worn hour is a lot [ours]."""


@dataclass(frozen=True, slots=True)
class Square:
    """One hour; `side` is in the chart's units."""

    x: float
    y: float
    side: float
    title: str


@dataclass(frozen=True, slots=True)
class WeekChart:
    """The chart: the hours that were worn, as squares about the middle of their cells."""

    width: int
    height: int
    rows: tuple[tuple[float, str], ...]
    columns: tuple[tuple[float, str], ...]
    squares: tuple[Square, ...]


def week_chart(hours: Sequence[Hour]) -> WeekChart | None:
    """Return the chart; None when no hour was worn for long enough."""
    if not hours:
        return None
    first = min(_EARLY, *(each.hour for each in hours))
    last = max(_LATE, *(each.hour for each in hours))
    squares = tuple(
        Square(
            LEFT + (each.hour - first + 0.5) * CELL,
            TOP + (each.weekday + 0.5) * CELL,
            round(max(2.0, (CELL - 3) * math.sqrt(min(1.0, each.bent / _FULL))), 1),
            f"{DAYS[each.weekday]} {each.hour:02d}:00: "
            f"bent {percent(each.bent)}, seated {percent(each.seated)}",
        )
        for each in hours
    )
    return WeekChart(
        width=LEFT + (last - first + 1) * CELL,
        height=TOP + 7 * CELL + 20,
        rows=tuple((TOP + (index + 0.5) * CELL, name) for index, name in enumerate(DAYS)),
        columns=tuple(
            (LEFT + (hour - first + 0.5) * CELL, str(hour))
            for hour in range(first, last + 1)
            if hour % 3 == 0
        ),
        squares=squares,
    )


def busiest(hours: Sequence[Hour]) -> Hour | None:
    """Return the hour with most time bent, or None."""
    return max(hours, key=lambda each: (each.bent, each.worn_s), default=None)

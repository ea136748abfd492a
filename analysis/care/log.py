"""When to ask for the log: every other day, at most three times in seven days."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

_WEEK: Final = 7


@dataclass(frozen=True, slots=True)
class LogParams:
    """How often to ask.

    Parameters
    ----------
    every_days
        Least days from an entry to the next question, days [ours].
    most_in_week
        Most entries asked for in seven days (CLINICAL.md C: the log, 2 to 3 times a week).
    """

    every_days: int = 2
    most_in_week: int = 3


def log_is_due(entries: Iterable[int], today: int, params: LogParams | None = None) -> bool:
    """Return whether to ask for an entry today.

    Parameters
    ----------
    entries
        The days of the entries so far, as numbers of the patient's calendar (``date.toordinal``), in any
        order; several a day count once.
    today
        The patient's day, as such a number.
    params
        How often to ask.
    """
    params = params or LogParams()
    days = {day for day in entries if day <= today}
    if not days:
        return True
    in_week = sum(day > today - _WEEK for day in days)
    return today - max(days) >= params.every_days and in_week < params.most_in_week

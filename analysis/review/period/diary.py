"""The patient's own words and ratings, beside the days that were measured."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, tzinfo

from analysis.care.safety import recalled
from analysis.events.entries import Log, Safety
from analysis.review.spans import instant


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of the log on the patient's calendar."""

    day: date
    log: Log


@dataclass(frozen=True, slots=True)
class Diary:
    """Entries in order of time, and the red flags that nobody has cleared yet."""

    entries: tuple[Entry, ...] = ()
    red_flags: tuple[str, ...] = ()

    @property
    def latest(self) -> Entry | None:
        """Return the last entry."""
        return self.entries[-1] if self.entries else None

    def latest_of(self, field: str) -> int | None:
        """Return the last rating that was given of `field`."""
        return next(
            (value for entry in reversed(self.entries) if (value := getattr(entry.log, field)) is not None),
            None,
        )

    @property
    def confidence(self) -> tuple[tuple[str, int], ...]:
        """Return each feared task with its latest rating, the least confident first."""
        latest = {each.task: each.confidence for entry in self.entries for each in entry.log.confidence}
        return tuple(sorted(latest.items(), key=lambda pair: (pair[1], pair[0])))


def diary(logs: Iterable[Log], safety: Iterable[Safety], zone: tzinfo) -> Diary:
    """Return the diary that these events make up; events without a time are left out."""
    dated = [(instant(log.start), log) for log in logs if log.start]
    dated.sort(key=lambda pair: (pair[0], pair[1].event_id))
    entries = tuple(Entry(moment.astimezone(zone).date(), log) for moment, log in dated)
    return Diary(entries, recalled(safety).red_flags)

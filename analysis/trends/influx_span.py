"""What to ask InfluxDB for, when events of an interval of time are wanted."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from analysis.trends.influx_lines import REACH, instant_ns, tag

MARGIN: Final = timedelta(minutes=10)
"""A later revision may move an event's start by this much, when the strip's clock is known better [ours]."""


class Span:
    """A half-open interval of time: what to ask the server for, and what of the answer lies in it."""

    def __init__(self, start: str | None, end: str | None) -> None:
        self._start, self._end = start, end
        self._since = None if start is None else datetime.fromisoformat(start)
        self._until = None if end is None else datetime.fromisoformat(end)

    def queries(self, patients: Iterable[str], kinds: set[str] | None, also: str = "") -> Iterator[str]:
        """Yield the queries for everything of some patients that may lie in it."""
        where = f"({any_of(patients)}){also}"
        if kinds is None or "status" in kinds:
            yield f"SELECT body FROM state WHERE {where}"
        if kinds is None or "minute" in kinds:
            yield from self._both(where, "minute")
        if kinds is None:
            yield from self._both(where, "event")
        elif kinds - {"status", "minute"}:
            others = sorted(kinds - {"status", "minute"})
            chosen = " OR ".join(f"kind = '{tag(kind)}'" for kind in others)
            yield from self._both(f"{where} AND ({chosen})", "event")

    def _both(self, where: str, name: str) -> Iterator[str]:
        before = "" if self._until is None else f" AND time < {_ns(self._until + MARGIN)}"
        after = "" if self._since is None else f" AND time >= {_ns(self._since - REACH[name] - MARGIN)}"
        yield f'SELECT body FROM "{name}" WHERE {where}{after}{before}'
        yield f'SELECT body FROM "{name}_long" WHERE {where}{before}'

    def holds(self, event: Mapping[str, Any]) -> bool:
        """Return whether an event shares time with the interval, or happens in it and takes no time."""
        if self._start is None and self._end is None:
            return True
        start, end = event["start"] or "", event["end"] or ""
        since, until = self._start or "0", self._end or "~"
        return (since <= start < until) or (end > since and "" < start < min(since, until))


def any_of(patients: Iterable[str]) -> str:
    """Return the condition that a point is of one of some patients, at least one."""
    return " OR ".join(f"patient = '{tag(patient)}'" for patient in patients)


def utc_text_of(moment: datetime) -> str:
    """Return an instant as the contract's text."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"


def _ns(moment: datetime) -> int:
    return instant_ns(utc_text_of(moment))

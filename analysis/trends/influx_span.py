"""What to ask InfluxDB for, when events of an interval of time are wanted."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from urllib.parse import quote

from analysis.trends.influx_lines import REACH, TIMELESS_NS, instant_ns, tag

MARGIN: Final = timedelta(minutes=10)
"""A later revision may move an event's start by this much, when the strip's clock is known better [ours]."""
_LONGEST_CONDITION: Final = 1500
"""Characters of the patients' names in one condition, as an address has them [ours]: servers take 8,000."""


class Span:
    """A half-open interval of time: what to ask the server for, and what of the answer lies in it."""

    def __init__(self, start: str | None, end: str | None) -> None:
        self._start, self._end = start, end
        self._since = None if start is None else datetime.fromisoformat(start)
        self._until = None if end is None else datetime.fromisoformat(end)

    def queries(self, patients: Iterable[str], kinds: set[str] | None, also: str = "") -> Iterator[str]:
        """Yield the queries for everything of some patients that may lie in it; none: of everybody."""
        where = f"{any_of(patients)}{also}"
        if kinds is None or "status" in kinds:
            # Without the bound the server would look through all the weeks of events.
            yield f"SELECT body FROM state WHERE {where} AND time < {TIMELESS_NS}"
        if kinds is None or "minute" in kinds:
            yield from self._both(where, "minute")
        if kinds is None:
            yield from self._both(where, "event")
        elif kinds - {"status", "minute"}:
            others = sorted(kinds - {"status", "minute"})
            yield from self._both(f"{_one_of('kind', others)} AND {where}", "event")

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
    """Return the condition that a point is of one of some patients; of anybody if none is named."""
    names = list(patients)
    return _one_of("patient", names) if names else "patient != ''"


def _one_of(key: str, values: Iterable[str]) -> str:
    """Return the condition that a tag has one of some values.

    Of several as one pattern: the server goes through its series once, not once for each value.
    """
    tags = [tag(value) for value in values]
    if len(tags) == 1:
        return f"{key} = '{tags[0]}'"
    pattern = "|".join(
        each.replace(".", r"\.") for each in tags
    )  # the only sign of a tag that means something
    return f"{key} =~ /^({pattern})$/"


def lots(patients: Iterable[str]) -> Iterator[list[str]]:
    """Yield patients in lots whose condition fits into an address several times."""
    lot: list[str] = []
    length = 0
    for patient in patients:
        length += len(quote(f"{tag(patient)}|"))
        if lot and length > _LONGEST_CONDITION:
            yield lot
            lot, length = [], len(quote(f"{tag(patient)}|"))
        lot.append(patient)
    if lot:
        yield lot


def utc_text_of(moment: datetime) -> str:
    """Return an instant as the contract's text."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"


def _ns(moment: datetime) -> int:
    return instant_ns(utc_text_of(moment))

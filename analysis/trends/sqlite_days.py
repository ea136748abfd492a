"""The days in sums, kept up to date inside the transaction that changes the events."""

import json
import sqlite3
from collections import defaultdict
from collections.abc import Iterator
from datetime import date, tzinfo
from typing import Any, Final

from analysis.trends.body import event_of
from analysis.trends.daily import (
    COUNTED_KINDS,
    Day,
    Event,
    Totals,
    contribution,
    day_of,
    local_day,
    overlapping,
)
from analysis.trends.resolution import kind_of

_NEVER: Final = "0000"


class DayBook:
    """Sums of days in `database`; the caller holds its lock and its transaction."""

    def __init__(self, database: sqlite3.Connection) -> None:
        self._database = database
        self._changes: defaultdict[tuple[str, date], Totals] = defaultdict(Totals)

    def count(self, event: Event, zone: tzinfo, sign: int) -> None:
        """Add what an event contributes (`sign` 1), or take it away (-1); :meth:`write` makes it stay."""
        if kind_of(event) not in COUNTED_KINDS:
            return
        day = local_day(event["start"], zone)
        if day is None:
            return
        part = contribution(event, self._corrections(event))
        change = self._changes[event["patient"], day]
        if sign > 0:
            change.update(part)
        else:
            change.subtract(part)

    def _corrections(self, event: Event) -> list[Event]:
        if kind_of(event) != "minute":
            return []
        rows = self._database.execute(
            "SELECT body FROM events WHERE patient = ? AND kind = 'correction' AND end > ? AND start < ?",
            (event["patient"], event["start"], event["end"] or _NEVER),
        )
        return overlapping(event, [json.loads(body) for (body,) in rows])

    def recount_minutes(self, correction: Event, zone: tzinfo, sign: int) -> None:
        """Count the minutes that share time with a correction, before (-1) and after (1) it is there."""
        rows = self._database.execute(
            "SELECT body FROM events WHERE patient = ? AND kind = 'minute' AND end > ? AND start < ?",
            (correction["patient"], correction["start"] or _NEVER, correction["end"] or _NEVER),
        )
        for (body,) in rows:
            self.count(json.loads(body), zone, sign)

    def write(self) -> None:
        """Add what was counted since to the days."""
        for (patient, day), change in self._changes.items():
            key = (patient, day.isoformat())
            row = self._database.execute(
                "SELECT totals FROM days WHERE patient = ? AND day = ?", key
            ).fetchone()
            totals = Totals(json.loads(row[0]) if row else {})
            totals.update(change)
            kept = {name: value for name, value in totals.items() if value}
            if kept:
                self._database.execute(
                    "INSERT OR REPLACE INTO days VALUES (?, ?, ?)", (*key, json.dumps(kept))
                )
            else:
                self._database.execute("DELETE FROM days WHERE patient = ? AND day = ?", key)
        self._changes.clear()

    def forget_changes(self) -> None:
        """Drop what was counted in a transaction that came to nothing."""
        self._changes.clear()

    def read(self, patient: str, first: date, last: date) -> list[Day]:
        """Return the days that are there."""
        rows = self._database.execute(
            "SELECT day, totals FROM days WHERE patient = ? AND day BETWEEN ? AND ? ORDER BY day",
            (patient, first.isoformat(), last.isoformat()),
        )
        return [day_of(date.fromisoformat(day), event_of(totals)) for day, totals in rows]

    def sum_again(self, zone: tzinfo, since: str) -> None:
        """Make the days after the UTC text `since` anew from the events, in `zone`; "" for all."""
        first = local_day(since, zone)
        self._database.execute("DELETE FROM days WHERE day > ?", (first.isoformat() if first else "",))
        for event in self._counted(since):
            day = local_day(event["start"], zone)
            if first is None or (day is not None and day > first):
                self.count(event, zone, 1)
        self.write()

    def _counted(self, since: str) -> Iterator[dict[str, Any]]:
        patients = [patient for (patient,) in self._database.execute("SELECT DISTINCT patient FROM devices")]
        for patient in patients:
            for kind in COUNTED_KINDS:
                rows = self._database.execute(
                    "SELECT body FROM events WHERE patient = ? AND kind = ? AND start >= ?",
                    (patient, kind, since),
                )
                for (body,) in rows:
                    yield json.loads(body)

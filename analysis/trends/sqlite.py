"""The embedded trend store: one SQLite file.

The contract's event is the schema: a row holds its JSON, and the columns only what is searched by
(:mod:`analysis.trends.sqlite_layout`). The days' sums change in the same transaction as the events.
"""

import json
import sqlite3
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from threading import Lock
from typing import Any, Final, NamedTuple

from analysis.trends.body import body_of, event_of, rows_of
from analysis.trends.daily import Day
from analysis.trends.database import explained, open_database, transaction
from analysis.trends.resolution import is_withdrawn, kind_of, sample_of
from analysis.trends.sqlite_days import DayBook
from analysis.trends.sqlite_layout import LAYOUT
from analysis.trends.store import KEEP_MINUTES_DAYS, StoreError, UnstorableEventError
from analysis.trends.zone import zone_named

_UNKNOWN: Final = ""
"""Stands for a null time in a key; before every time in order."""
_PAGE: Final = 1000
_TABLES: Final = ("events", "replacements", "days", "devices")
_COLUMNS: Final = "patient, kind, start, event_id, end, device, boot, first_sample, revision, body"


class _Row(NamedTuple):
    patient: str
    kind: str
    start: str
    event_id: str
    end: str
    device: str
    boot: int | None
    first_sample: int | None
    revision: int
    body: str


class SqliteStore:
    """A :class:`~analysis.trends.store.TrendStore` in one file, which is made if it is not there.

    Parameters
    ----------
    path
        The file.
    timezone
        Where days begin and end. None: as the file says; a new one says UTC. Another one than the file's has
        all days summed anew.
    keep_minutes_days
        How long :meth:`expire` keeps minutes, days.

    Raises
    ------
    StoreError
        If the file is no database, not a trend store, of a newer version, locked, or cannot be made.
    """

    def __init__(
        self, path: Path, *, timezone: str | None = None, keep_minutes_days: float = KEEP_MINUTES_DAYS
    ) -> None:
        self._path = path
        self._keep = timedelta(days=keep_minutes_days)
        self._lock = Lock()
        with explained(path, StoreError):
            self._database = open_database(path, LAYOUT)
            self._days = DayBook(self._database)
            known = self._fact("timezone")
            wanted = timezone or known or "UTC"
            self._zone = zone_named(wanted)
            if wanted != known:
                with transaction(self._database):
                    self._days.sum_again(self._zone, self._fact("minutes_since") or "")
                    self._state("timezone", wanted)

    def _fact(self, name: str) -> str | None:
        row = self._database.execute(
            "SELECT value FROM facts_of_the_store WHERE name = ?", (name,)
        ).fetchone()
        return str(row[0]) if row else None

    def _state(self, name: str, value: str) -> None:
        self._database.execute("INSERT OR REPLACE INTO facts_of_the_store VALUES (?, ?)", (name, value))

    def put(self, events: Iterable[Mapping[str, Any]]) -> None:
        """See :meth:`TrendStore.put`."""
        rows = [(_row(event), event) for event in events]
        if not rows:
            return
        with self._lock, explained(self._path, StoreError):
            try:
                with transaction(self._database):
                    since = self._fact("minutes_since") or ""
                    for row, event in rows:
                        if row.kind != "minute" or row.start == _UNKNOWN or row.start >= since:
                            self._put_row(row, event)
                    self._days.write()
            except sqlite3.IntegrityError as error:
                raise UnstorableEventError(f"an event at odds with one that is stored: {error}") from error
            finally:
                self._days.forget_changes()

    def _put_row(self, row: _Row, event: Mapping[str, Any]) -> None:
        for held in self._of_same_subject(row):
            if held.revision > row.revision or held.body == row.body:
                return
            self._remove(held)
        if self._is_withdrawn(row, event):
            return
        if row.kind == "correction":
            self._days.recount_minutes(event, self._zone, -1)
        self._database.execute("INSERT INTO events VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", row)
        self._database.execute("INSERT OR IGNORE INTO devices VALUES (?, ?)", (row.patient, row.device))
        if row.kind == "correction":
            self._days.recount_minutes(event, self._zone, 1)
        elif row.kind == "replace":
            self._replace(event)
        else:
            self._days.count(event, self._zone, 1)

    def _of_same_subject(self, row: _Row) -> list[_Row]:
        if row.kind == "status":
            return self._rows("patient = ? AND kind = 'status' AND device = ?", (row.patient, row.device))
        if row.boot is None:
            return self._facts(row.patient, row.event_id)
        where = "patient = ? AND device = ? AND boot = ? AND first_sample = ? AND kind = ?"
        return self._rows(where, (row.patient, row.device, row.boot, row.first_sample, row.kind))

    def _facts(self, patient: str, event_id: str) -> list[_Row]:
        where = "patient = ? AND event_id = ? AND boot IS NULL AND kind != 'status'"
        return self._rows(where, (patient, event_id))

    def _rows(self, where: str, arguments: tuple[object, ...]) -> list[_Row]:
        select = f"SELECT {_COLUMNS} FROM events WHERE {where}"  # noqa: S608 - constants of this file
        return [_Row(*values) for values in self._database.execute(select, arguments).fetchall()]

    def _remove(self, row: _Row) -> None:
        event = json.loads(row.body)
        if row.kind == "correction":
            self._days.recount_minutes(event, self._zone, -1)
        else:
            self._days.count(event, self._zone, -1)
        self._database.execute(
            "DELETE FROM events WHERE patient = ? AND kind = ? AND start = ? AND event_id = ?", row[:4]
        )
        if row.kind == "correction":
            self._days.recount_minutes(event, self._zone, 1)

    def _is_withdrawn(self, row: _Row, event: Mapping[str, Any]) -> bool:
        if row.boot is None:
            return False
        records = self._database.execute(
            "SELECT event_id FROM replacements WHERE patient = ? AND device = ? AND boot = ?"
            " AND first_sample <= ? AND last_sample >= ? AND revision > ?",
            (row.patient, row.device, row.boot, row.first_sample, row.first_sample, row.revision),
        ).fetchall()
        return any(
            is_withdrawn(event, json.loads(record.body))
            for (event_id,) in records
            for record in self._facts(row.patient, event_id)
        )

    def _replace(self, record: Mapping[str, Any]) -> None:
        names = ("patient", "device", "boot", "first_sample", "event_id", "last_sample", "revision")
        self._database.execute(
            "INSERT OR REPLACE INTO replacements VALUES (?, ?, ?, ?, ?, ?, ?)",
            tuple(record[name] for name in names),
        )
        span = tuple(record[name] for name in ("patient", "device", "boot", "first_sample", "last_sample"))
        where = "patient = ? AND device = ? AND boot = ? AND first_sample BETWEEN ? AND ?"
        for row in self._rows(where, span):
            if is_withdrawn(json.loads(row.body), record):
                self._remove(row)

    def events(
        self,
        patient: str,
        *,
        kinds: Collection[str] | None = None,
        start: str | None = None,
        end: str | None = None,
    ) -> list[dict[str, Any]]:
        """See :meth:`TrendStore.events`."""
        with self._lock, explained(self._path, StoreError):
            wanted = self._kinds(patient) if kinds is None else sorted(set(kinds))
            rows: list[tuple[str, str, str]] = []
            for kind in wanted:
                rows += self._overlapping(patient, kind, start, end)
        rows.sort(key=lambda row: row[:2])
        return [event_of(body) for _, _, body in rows]

    def rows(self, patient: str, kind: str, names: Sequence[str], *, start: str, end: str) -> list[list[Any]]:
        """See :meth:`TrendStore.rows`."""
        # Of one path the value itself comes back, and of several an array: so two more are asked for.
        paths = ["$.schema", "$.schema", *(f"$.{name}" for name in names)]
        what = f"json_extract(body{', ?' * len(paths)})"
        with self._lock, explained(self._path, StoreError):
            found = self._overlapping(patient, kind, start, end, what, paths)
        found.sort(key=lambda row: row[:2])
        return [values[2:] for values in rows_of(body for _, _, body in found)]

    def days_of(self, patients: Collection[str], first: date, last: date) -> dict[str, list[Day]]:
        """See :meth:`TrendStore.days_of`."""
        with self._lock, explained(self._path, StoreError):
            return {patient: self._days.read(patient, first, last) for patient in patients}

    def facts_of(
        self, patients: Collection[str], kinds: Collection[str], *, start: str | None = None
    ) -> dict[str, list[dict[str, Any]]]:
        """See :meth:`TrendStore.facts_of`."""
        return {patient: self.events(patient, kinds=kinds, start=start) for patient in patients}

    def _kinds(self, patient: str) -> list[str]:
        kinds: list[str] = []
        seek = "SELECT min(kind) FROM events WHERE patient = ? AND kind > ?"
        while (
            kind := self._database.execute(seek, (patient, kinds[-1] if kinds else "")).fetchone()[0]
        ) is not None:
            kinds.append(kind)
        return kinds

    def _overlapping(
        self,
        patient: str,
        kind: str,
        start: str | None,
        end: str | None,
        what: str = "body",
        how: Sequence[str] = (),
    ) -> list[tuple[str, str, str]]:
        # What to select is one of this file's own expressions; values go in as parameters.
        select = f"SELECT start, event_id, {what} FROM events WHERE patient = ? AND kind = ?"  # noqa: S608
        whole = (*how, patient, kind)
        if start is None and end is None:
            return self._database.execute(select, whole).fetchall()
        until = end if end is not None else "~"  # after every digit
        since = start if start is not None else "0"
        begun = self._database.execute(
            f"{select} AND start >= ? AND start < ?", (*whole, since, until)
        ).fetchall()
        going_on = f"{select} AND end > ? AND start < ? AND start < ? AND start != ?"
        return begun + self._database.execute(going_on, (*whole, since, since, until, _UNKNOWN)).fetchall()

    def patients(self) -> list[str]:
        """See :meth:`TrendStore.patients`."""
        return self._column("SELECT DISTINCT patient FROM devices ORDER BY patient")

    def devices(self, patient: str) -> list[str]:
        """See :meth:`TrendStore.devices`."""
        return self._column("SELECT device FROM devices WHERE patient = ? ORDER BY device", patient)

    def _column(self, query: str, *arguments: str) -> list[str]:
        with self._lock, explained(self._path, StoreError):
            return [value for (value,) in self._database.execute(query, arguments)]

    def days(self, patient: str, first: date, last: date) -> list[Day]:
        """See :meth:`TrendStore.days`."""
        with self._lock, explained(self._path, StoreError):
            return self._days.read(patient, first, last)

    def export(self, patient: str) -> Iterator[dict[str, Any]]:
        """See :meth:`TrendStore.export`."""
        after = ("", "", "")
        while True:
            with self._lock, explained(self._path, StoreError):
                rows = self._rows(
                    f"patient = ? AND (kind, start, event_id) > (?, ?, ?)"
                    f" ORDER BY kind, start, event_id LIMIT {_PAGE}",
                    (patient, *after),
                )
            if not rows:
                return
            after = rows[-1].kind, rows[-1].start, rows[-1].event_id
            for row in rows:
                yield event_of(row.body)

    def erase(self, patient: str) -> int:
        """See :meth:`TrendStore.erase`; the file's free pages and its log are overwritten too."""
        with self._lock, explained(self._path, StoreError):
            self._database.execute("PRAGMA secure_delete = ON")
            with transaction(self._database):
                (count,) = self._database.execute(
                    "SELECT count(*) FROM events WHERE patient = ?", (patient,)
                ).fetchone()
                for table in _TABLES:
                    self._database.execute(f"DELETE FROM {table} WHERE patient = ?", (patient,))  # noqa: S608
            self._database.execute("PRAGMA secure_delete = OFF")
            self._database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        return int(count)

    def expire(self, now: str) -> int:
        """See :meth:`TrendStore.expire`."""
        horizon = f"{datetime.fromisoformat(now).astimezone(UTC) - self._keep:%Y-%m-%dT%H:%M:%S}.000Z"
        with self._lock, explained(self._path, StoreError), transaction(self._database):
            since = max(horizon, self._fact("minutes_since") or "")
            self._state("minutes_since", since)
            patients = self._database.execute("SELECT DISTINCT patient FROM devices").fetchall()
            delete = "DELETE FROM events WHERE patient = ? AND kind = 'minute' AND start < ? AND start != ?"
            return sum(
                self._database.execute(delete, (patient, since, _UNKNOWN)).rowcount for (patient,) in patients
            )

    def close(self) -> None:
        """See :meth:`TrendStore.close`."""
        with self._lock, explained(self._path, StoreError):
            self._database.close()


def _row(event: Mapping[str, Any]) -> _Row:
    body = body_of(event)
    boot, first_sample = sample_of(event) or (None, None)
    return _Row(
        patient=event["patient"],
        kind=kind_of(event),
        start=event["start"] or _UNKNOWN,
        event_id=event["event_id"],
        end=event["end"] or _UNKNOWN,
        device=event["device"],
        boot=boot,
        first_sample=first_sample,
        revision=event.get("revision", 0),
        body=body,
    )

"""The embedded trend store: one SQLite file.

Rows lie in the order in which they are read (patient, kind, start), with the event's JSON as the body: the
contract is the schema, the columns are only what is searched by. A second key names the thing that an event
speaks of, whatever its revision; it decides what replaces what.
"""

import json
import sqlite3
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path
from threading import Lock
from typing import Any, Final, NamedTuple

from analysis.trends.database import Layout, explained, open_database, transaction
from analysis.trends.store import StoreError, UnstorableEventError

_LAYOUT: Final = Layout(
    name="a trend store",
    application_id=0x4C4D7472,  # "LMtr"
    version=1,
    script="""
        CREATE TABLE events (
            patient TEXT NOT NULL, kind TEXT NOT NULL, start TEXT NOT NULL, event_id TEXT NOT NULL,
            end TEXT NOT NULL, subject TEXT NOT NULL, revision INTEGER NOT NULL, body TEXT NOT NULL,
            PRIMARY KEY (patient, kind, start, event_id)
        ) STRICT, WITHOUT ROWID;
        CREATE UNIQUE INDEX events_by_subject ON events (subject);
        CREATE INDEX events_by_end ON events (patient, kind, end);
        CREATE TABLE devices (
            patient TEXT NOT NULL, device TEXT NOT NULL, PRIMARY KEY (patient, device)
        ) STRICT, WITHOUT ROWID;
    """,
)
_UNKNOWN: Final = ""
"""Stands for a null time in a key; before every time in order."""


class _Row(NamedTuple):
    patient: str
    kind: str
    start: str
    event_id: str
    end: str
    subject: str
    revision: int
    body: str
    device: str


class SqliteStore:
    """A :class:`~analysis.trends.store.TrendStore` in one file, which is made if it is not there.

    Raises
    ------
    StoreError
        If the file is no database, not a trend store, of a newer version, locked, or cannot be made.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = Lock()
        with explained(path, StoreError):
            self._database = open_database(path, _LAYOUT)

    def put(self, events: Iterable[Mapping[str, Any]]) -> None:
        """See :meth:`TrendStore.put`."""
        rows = [_row(event) for event in events]
        if not rows:
            return
        with self._lock, explained(self._path, StoreError):
            try:
                with transaction(self._database):
                    for row in rows:
                        self._put_row(row)
            except sqlite3.IntegrityError as error:
                raise UnstorableEventError(f"an event at odds with one that is stored: {error}") from error

    def _put_row(self, row: _Row) -> None:
        held = self._database.execute(
            "SELECT revision FROM events WHERE subject = ?", (row.subject,)
        ).fetchone()
        if held is not None:
            if held[0] > row.revision:
                return
            self._database.execute("DELETE FROM events WHERE subject = ?", (row.subject,))
        self._database.execute("INSERT INTO events VALUES (?, ?, ?, ?, ?, ?, ?, ?)", row[:8])
        self._database.execute("INSERT OR IGNORE INTO devices VALUES (?, ?)", (row.patient, row.device))

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
        return [json.loads(body) for _, _, body in rows]

    def _kinds(self, patient: str) -> list[str]:
        kinds: list[str] = []
        seek = "SELECT min(kind) FROM events WHERE patient = ? AND kind > ?"
        while (
            kind := self._database.execute(seek, (patient, kinds[-1] if kinds else "")).fetchone()[0]
        ) is not None:
            kinds.append(kind)
        return kinds

    def _overlapping(
        self, patient: str, kind: str, start: str | None, end: str | None
    ) -> list[tuple[str, str, str]]:
        select = "SELECT start, event_id, body FROM events WHERE patient = ? AND kind = ?"
        whole = (patient, kind)
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

    def close(self) -> None:
        """See :meth:`TrendStore.close`."""
        with self._lock, explained(self._path, StoreError):
            self._database.close()


def _row(event: Mapping[str, Any]) -> _Row:
    try:
        kind = event["schema"].removeprefix("lumbar.").partition("/")[0]
        body = json.dumps(event, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
        revision = event.get("revision", 0)
        row = _Row(
            patient=event["patient"],
            kind=kind,
            start=event["start"] or _UNKNOWN,
            event_id=event["event_id"],
            end=event["end"] or _UNKNOWN,
            subject=_subject(event, kind),
            revision=revision,
            body=body,
            device=event["device"],
        )
        body.encode()
        is_sound = -(2**63) <= revision < 2**63 and all(isinstance(value, str) for value in row[:6])
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise UnstorableEventError(f"an event that cannot be stored: {error!r}") from error
    if not is_sound:
        raise UnstorableEventError("an event with a text that is none, or a revision beyond 63 bits")
    return row


def _subject(event: Mapping[str, Any], kind: str) -> str:
    if kind == "status":
        return f"{event['patient']}/{event['device']}/status"
    if "first_sample" in event:
        return f"{event['patient']}/{event['device']}/{kind}/{event['boot']}/{event['first_sample']}"
    return f"{event['patient']}//{event['event_id']}"

"""The review database: accounts, the names behind the pseudonyms, sessions, settings sent, sentences, audit.

One SQLite file of mode 600. Names are only here: never on MQTT, in the trend store, in an address or a log.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import RLock
from typing import Any, Final, Literal

from analysis.events.errors import LumbarError
from analysis.review.clinic.audit import AuditLine, next_line
from analysis.trends.database import Layout, explained, open_database, transaction

Role = Literal["therapist", "patient"]

_LAYOUT: Final = Layout(
    name="a review database",
    application_id=0x4C4D7276,  # "LMrv"
    version=1,
    script="""
        CREATE TABLE accounts (
            login TEXT PRIMARY KEY, name TEXT NOT NULL, role TEXT NOT NULL, hash TEXT NOT NULL,
            patient TEXT, is_open INTEGER NOT NULL DEFAULT 1
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE patients (
            patient TEXT PRIMARY KEY, name TEXT NOT NULL, therapist TEXT NOT NULL, timezone TEXT NOT NULL
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX patients_by_therapist ON patients (therapist);
        CREATE TABLE sessions (
            token_hash TEXT PRIMARY KEY, login TEXT NOT NULL, csrf TEXT NOT NULL, began_s REAL NOT NULL,
            seen_s REAL NOT NULL
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE settings (
            patient TEXT NOT NULL, revision INTEGER NOT NULL, at TEXT NOT NULL, by TEXT NOT NULL,
            body TEXT NOT NULL, PRIMARY KEY (patient, revision)
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE sentences (
            patient TEXT NOT NULL, first TEXT NOT NULL, last TEXT NOT NULL, text TEXT NOT NULL,
            PRIMARY KEY (patient, first, last)
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE audit (
            number INTEGER PRIMARY KEY, at TEXT NOT NULL, who TEXT, did TEXT NOT NULL, patient TEXT,
            detail TEXT NOT NULL, digest TEXT NOT NULL
        ) STRICT;
    """,
)


class RegisterError(LumbarError):
    """The review database cannot do what was asked; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class Account:
    """Somebody who may come in; a patient's account names the pseudonym it belongs to."""

    login: str
    name: str
    role: Role
    hash: str
    patient: str | None
    is_open: bool


@dataclass(frozen=True, slots=True)
class Patient:
    """A patient under treatment: the pseudonym, the name behind it, and whose patient it is."""

    patient: str
    name: str
    therapist: str
    timezone: str


@dataclass(frozen=True, slots=True)
class Prescribed:
    """Settings as they were sent to a home."""

    revision: int
    at: str
    by: str
    body: str


class Register:
    """The review database in one file, which is made if it is not there. Safe from several threads.

    Raises
    ------
    RegisterError
        If the file cannot be used.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = RLock()
        with explained(path, RegisterError):
            path.touch(mode=0o600)
            self._database = open_database(path, _LAYOUT)

    def close(self) -> None:
        """Release the file."""
        with self._lock:
            self._database.close()

    @contextmanager
    def _changing(self) -> Iterator[sqlite3.Connection]:
        with self._lock, explained(self._path, RegisterError), transaction(self._database):
            yield self._database

    def _rows(self, query: str, *values: Any) -> list[tuple[Any, ...]]:
        with self._lock, explained(self._path, RegisterError):
            return self._database.execute(query, values).fetchall()

    # Who may come in.

    def add_account(self, account: Account) -> None:
        """Add an account, or give the one of that login a new password, name and role; its sessions end."""
        with self._changing() as database:
            database.execute(
                "INSERT OR REPLACE INTO accounts (login, name, role, hash, patient, is_open) "
                "VALUES (?, ?, ?, ?, ?, ?)",
                (account.login, account.name, account.role, account.hash, account.patient, account.is_open),
            )
            database.execute("DELETE FROM sessions WHERE login = ?", (account.login,))

    def close_account(self, login: str) -> None:
        """Let nobody in by that login any more."""
        with self._changing() as database:
            done = database.execute("UPDATE accounts SET is_open = 0 WHERE login = ?", (login,))
            database.execute("DELETE FROM sessions WHERE login = ?", (login,))
            if not done.rowcount:
                raise RegisterError(f"there is no account {login!r}")

    def account(self, login: str) -> Account | None:
        """Return the account of that login, or None."""
        rows = self._rows(
            "SELECT login, name, role, hash, patient, is_open FROM accounts WHERE login = ?", login
        )
        return _account(rows[0]) if rows else None

    def accounts(self) -> list[Account]:
        """Return all accounts by login."""
        rows = self._rows("SELECT login, name, role, hash, patient, is_open FROM accounts ORDER BY login")
        return [_account(row) for row in rows]

    # Whose patient is who.

    def add_patient(self, patient: Patient) -> None:
        """Add a patient, or change name, therapist and time zone of the one with that pseudonym.

        Raises
        ------
        RegisterError
            If there is no such therapist.
        """
        account = self.account(patient.therapist)
        if account is None or account.role != "therapist":
            raise RegisterError(
                f"there is no therapist {patient.therapist!r}; make the account first: lumbar account add"
            )
        with self._changing() as database:
            database.execute(
                "INSERT OR REPLACE INTO patients (patient, name, therapist, timezone) VALUES (?, ?, ?, ?)",
                (patient.patient, patient.name, patient.therapist, patient.timezone),
            )

    def patient(self, patient: str) -> Patient | None:
        """Return the patient of that pseudonym, or None."""
        rows = self._rows(
            "SELECT patient, name, therapist, timezone FROM patients WHERE patient = ?", patient
        )
        return Patient(*rows[0]) if rows else None

    def forget(self, patient: str) -> bool:
        """Remove a patient's name, settings, sentences and account; return whether there was a name.

        The audit log stays: it holds the pseudonym, which then belongs to nobody.
        """
        known = self.patient(patient) is not None
        with self._lock, explained(self._path, RegisterError):
            self._database.execute("PRAGMA secure_delete = ON")
            with self._changing() as database:
                sessions = (
                    "DELETE FROM sessions WHERE login IN (SELECT login FROM accounts WHERE patient = ?)"
                )
                database.execute(sessions, (patient,))
                for table in ("accounts", "patients", "settings", "sentences"):
                    delete = f"DELETE FROM {table} WHERE patient = ?"  # noqa: S608 - constants
                    database.execute(delete, (patient,))
            self._database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        return known

    def patients_of(self, therapist: str) -> list[Patient]:
        """Return a therapist's patients by name."""
        rows = self._rows(
            "SELECT patient, name, therapist, timezone FROM patients WHERE therapist = ? "
            "ORDER BY name, patient",
            therapist,
        )
        return [Patient(*row) for row in rows]

    # Sessions.

    def begin_session(self, token_hash: str, login: str, csrf: str, now_s: float) -> None:
        """Keep a session that begins now."""
        with self._changing() as database:
            database.execute(
                "INSERT INTO sessions VALUES (?, ?, ?, ?, ?)", (token_hash, login, csrf, now_s, now_s)
            )

    def session(self, token_hash: str) -> tuple[str, str, float, float] | None:
        """Return login, CSRF token, beginning and last use of a session, or None."""
        rows = self._rows(
            "SELECT login, csrf, began_s, seen_s FROM sessions WHERE token_hash = ?", token_hash
        )
        return (str(rows[0][0]), str(rows[0][1]), float(rows[0][2]), float(rows[0][3])) if rows else None

    def touch_session(self, token_hash: str, now_s: float) -> None:
        """Note that a session was used."""
        with self._changing() as database:
            database.execute("UPDATE sessions SET seen_s = ? WHERE token_hash = ?", (now_s, token_hash))

    def end_session(self, token_hash: str) -> None:
        """End a session."""
        with self._changing() as database:
            database.execute("DELETE FROM sessions WHERE token_hash = ?", (token_hash,))

    # What was prescribed, and said.

    def prescribe(self, patient: str, *, at: str, by: str, body: str) -> Prescribed:
        """Keep new settings of a patient under the next revision, and return them."""
        with self._changing() as database:
            (newest,) = database.execute(
                "SELECT coalesce(max(revision), 0) FROM settings WHERE patient = ?", (patient,)
            ).fetchone()
            database.execute(
                "INSERT INTO settings VALUES (?, ?, ?, ?, ?)", (patient, newest + 1, at, by, body)
            )
        return Prescribed(newest + 1, at, by, body)

    def prescribed(self, patient: str) -> list[Prescribed]:
        """Return all settings that were sent to a patient's home, the newest first."""
        rows = self._rows(
            "SELECT revision, at, by, body FROM settings WHERE patient = ? ORDER BY revision DESC", patient
        )
        return [Prescribed(*row) for row in rows]

    def prescribed_patients(self) -> list[str]:
        """Return the patients for whom settings were sent."""
        return [str(row[0]) for row in self._rows("SELECT DISTINCT patient FROM settings ORDER BY patient")]

    def say(self, patient: str, first: str, last: str, text: str) -> None:
        """Keep the therapist's own sentence for a report; an empty one gives the rule its word back."""
        with self._changing() as database:
            database.execute(
                "DELETE FROM sentences WHERE patient = ? AND first = ? AND last = ?", (patient, first, last)
            )
            if text:
                database.execute("INSERT INTO sentences VALUES (?, ?, ?, ?)", (patient, first, last, text))

    def said(self, patient: str, first: str, last: str) -> str | None:
        """Return the therapist's own sentence for a report, or None."""
        rows = self._rows(
            "SELECT text FROM sentences WHERE patient = ? AND first = ? AND last = ?", patient, first, last
        )
        return str(rows[0][0]) if rows else None

    # Audit.

    def note(self, at: str, who: str | None, did: str, patient: str | None = None, detail: str = "") -> None:
        """Add a line to the audit log."""
        with self._changing() as database:
            row = database.execute("SELECT * FROM audit ORDER BY number DESC LIMIT 1").fetchone()
            before = None if row is None else AuditLine(*row)
            line = next_line(before, at=at, who=who, did=did, patient=patient, detail=detail)
            database.execute(
                "INSERT INTO audit VALUES (?, ?, ?, ?, ?, ?, ?)",
                (line.number, line.at, line.who, line.did, line.patient, line.detail, line.digest),
            )

    def audit(self, newest: int | None = None) -> list[AuditLine]:
        """Return the audit log in order, or its newest lines."""
        rows = self._rows(
            "SELECT * FROM audit ORDER BY number DESC LIMIT ?", -1 if newest is None else newest
        )
        return [AuditLine(*row) for row in reversed(rows)]


def _account(row: tuple[Any, ...]) -> Account:
    login, name, role, kept, patient, is_open = row
    return Account(login, name, role, kept, patient, bool(is_open))

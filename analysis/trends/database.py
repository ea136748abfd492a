"""Opening a SQLite file so that what was committed stays: the outbox and the stores all do it this way.

Write-ahead log, because a reader (a page, a report) must not stop the writer; ``synchronous = FULL``, because
a commit that a power cut can undo is no ground for an acknowledgement. A file names its kind by SQLite's
application id and its layout by ``user_version``; a file of another kind, or of a newer program, is refused
before anything is written to it.
"""

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

_LOCK_WAIT_S = 5.0
"""How long to wait for another program's transaction before calling the file locked [ours]."""


@dataclass(frozen=True, slots=True)
class Layout:
    """What a kind of database file looks like.

    Parameters
    ----------
    name
        What to call such a file in a message ("a trend store").
    application_id
        32-bit number that marks the kind, see SQLite's ``PRAGMA application_id``.
    version
        Version of the tables, positive.
    script
        SQL that makes the tables in an empty file.
    migrations
        SQL that turns each older version into the next, by the older version's number.
    """

    name: str
    application_id: int
    version: int
    script: str
    migrations: Mapping[int, str] = field(default_factory=dict)


class _WrongFileError(sqlite3.DatabaseError):
    """A sound SQLite file that is not the one we want."""


@contextmanager
def explained(path: Path, error_type: type[Exception]) -> Iterator[None]:
    """Turn SQLite's errors inside the block into `error_type`, saying what is wrong and what to do."""
    try:
        yield
    except (sqlite3.Error, OSError) as error:
        raise error_type(f"{path}: {_reason(error)}") from error


def _reason(error: Exception) -> str:
    if not isinstance(error, sqlite3.Error) or isinstance(error, _WrongFileError):
        return str(error)
    match getattr(error, "sqlite_errorcode", 0) & 0xFF:
        case sqlite3.SQLITE_NOTADB | sqlite3.SQLITE_CORRUPT:
            return "not a sound SQLite database; move the file away or restore it from a backup"
        case sqlite3.SQLITE_BUSY | sqlite3.SQLITE_LOCKED:
            return "locked by another program; stop the other one, or wait and try again"
        case sqlite3.SQLITE_FULL:
            return "the disk is full; free some space"
        case sqlite3.SQLITE_CANTOPEN:
            return "cannot be opened or made; does its folder exist, and may this user write there?"
        case sqlite3.SQLITE_READONLY | sqlite3.SQLITE_PERM:
            return "may not be written; check the rights of the file and of its folder"
        case _:
            return str(error)


def open_database(path: Path, layout: Layout) -> sqlite3.Connection:
    """Open or make a database file; use inside :func:`explained`.

    The connection may be passed between threads, one at a time: the caller holds a lock. Transactions are
    explicit (:func:`transaction`). An older layout is brought up to date, all of it or nothing.
    """
    database = sqlite3.connect(path, timeout=_LOCK_WAIT_S, isolation_level=None, check_same_thread=False)
    try:
        if _version(database, layout) != layout.version:
            database.execute("PRAGMA journal_mode = WAL")
            with transaction(database):  # another process may have been quicker
                _bring_up_to_date(database, layout, _version(database, layout))
        database.execute("PRAGMA synchronous = FULL")
    except BaseException:
        database.close()
        raise
    return database


def _bring_up_to_date(database: sqlite3.Connection, layout: Layout, version: int) -> None:
    scripts = [layout.script] if version == 0 else []
    scripts += [layout.migrations[older] for older in range(version, layout.version) if version > 0]
    for script in scripts:
        for statement in filter(str.strip, script.split(";")):
            database.execute(statement)
    database.execute(f"PRAGMA application_id = {layout.application_id}")
    database.execute(f"PRAGMA user_version = {layout.version}")


def _version(database: sqlite3.Connection, layout: Layout) -> int:
    """Return the version of the file's tables; 0 for an empty file."""
    (application_id,) = database.execute("PRAGMA application_id").fetchone()
    (version,) = database.execute("PRAGMA user_version").fetchone()
    (tables,) = database.execute("SELECT count(*) FROM sqlite_schema").fetchone()
    if (application_id, version, tables) == (0, 0, 0):
        return 0
    if application_id != layout.application_id:
        raise _WrongFileError(f"a SQLite database, but not {layout.name} of this program; name another file")
    if version > layout.version:
        raise _WrongFileError(
            f"written by a newer version (layout {version}, this program knows {layout.version}); update it"
        )
    return int(version)


@contextmanager
def transaction(database: sqlite3.Connection) -> Iterator[None]:
    """Run the block as one transaction: all of it stays, or nothing."""
    database.execute("BEGIN IMMEDIATE")
    try:
        yield
        database.execute("COMMIT")
    except BaseException:
        with suppress(sqlite3.Error):  # a full disk may have rolled back already
            database.execute("ROLLBACK")
        raise

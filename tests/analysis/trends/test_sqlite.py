"""What only a file can suffer."""

import json
import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from analysis.events.day import TILT_EDGES_DEG, VELOCITY_EDGES_DPS
from analysis.events.event import derived_id
from analysis.trends.sqlite import SqliteStore
from analysis.trends.store import StoreError, UnstorableEventError
from gateway.delivery.outbox import Outbox

Make = Callable[..., dict[str, Any]]
DAY = date(2026, 3, 1)


def test_reopened(tmp_path: Path, make_walk: Make) -> None:
    first = SqliteStore(tmp_path / "s.db")
    first.put([make_walk()])
    first.close()
    second = SqliteStore(tmp_path / "s.db")
    assert second.events("p-01") == [make_walk()]
    second.close()


def test_committed_survives_a_process_that_never_closes(tmp_path: Path, make_walk: Make) -> None:
    writer = SqliteStore(tmp_path / "s.db")
    writer.put([make_walk()])
    reader = SqliteStore(tmp_path / "s.db")
    assert reader.events("p-01") == [make_walk()]
    reader.close()
    writer.close()


def test_write_ahead_log_and_full_sync(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "s.db")
    assert store._database.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    assert store._database.execute("PRAGMA synchronous").fetchone() == (2,)
    store.close()


def test_no_database(tmp_path: Path) -> None:
    path = tmp_path / "s.db"
    path.write_bytes(b"an old letter" * 100)
    with pytest.raises(StoreError, match=r"s\.db: not a sound SQLite database; move the file away"):
        SqliteStore(path)
    assert path.read_bytes().startswith(b"an old letter")


def test_truncated(tmp_path: Path, make_mark: Make) -> None:
    path = tmp_path / "s.db"
    store = SqliteStore(path)
    store.put(make_mark(number) for number in range(500))
    store.close()
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    with pytest.raises(StoreError, match="not a sound SQLite database"):
        SqliteStore(path).events("p-01")


def test_another_kind_of_database(tmp_path: Path) -> None:
    Outbox(tmp_path / "o.db").close()
    with pytest.raises(StoreError, match="not a trend store of this program; name another file"):
        SqliteStore(tmp_path / "o.db")


def test_newer_layout(tmp_path: Path) -> None:
    SqliteStore(tmp_path / "s.db").close()
    database = sqlite3.connect(tmp_path / "s.db")
    database.execute("PRAGMA user_version = 99")
    database.close()
    with pytest.raises(StoreError, match=r"newer version \(layout 99, this program knows 2\); update it"):
        SqliteStore(tmp_path / "s.db")


_FIRST_LAYOUT = """
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
    PRAGMA application_id = 1280144498;
    PRAGMA user_version = 1;
"""


def _store_of_the_first_layout(path: Path, events: list[dict[str, Any]]) -> None:
    database = sqlite3.connect(path)
    database.executescript(_FIRST_LAYOUT)
    for event in events:
        kind = event["schema"].removeprefix("lumbar.").partition("/")[0]
        subject = str((event["device"], event["event_id"]))
        times = event["start"] or "", event["event_id"], event["end"] or ""
        row = (event["patient"], kind, *times, subject, event.get("revision", 0), json.dumps(event))
        database.execute("INSERT INTO events VALUES (?, ?, ?, ?, ?, ?, ?, ?)", row)
        database.execute("INSERT OR IGNORE INTO devices VALUES (?, ?)", (event["patient"], event["device"]))
    database.commit()
    database.close()


def test_first_layout_is_brought_up_to_date(
    tmp_path: Path, make_minute: Make, make_mark: Make, make_status: Make
) -> None:
    minutes = [make_minute(number, steps=10) for number in range(90)]
    statuses = [make_status(), make_status(device="LM-2", event_id="other")]
    facts = [make_mark(1), make_mark(2, start=None, end=None), *statuses]
    _store_of_the_first_layout(tmp_path / "s.db", minutes + facts)
    with closing(SqliteStore(tmp_path / "s.db", timezone="Europe/Vienna")) as store:
        assert store.events("p-01", kinds=["minute"]) == minutes
        assert len(store.events("p-01")) == 94
        assert [(day.minutes, day.steps) for day in store.days("p-01", DAY, DAY)] == [(90, 900)]
        store.put([*minutes, *facts, make_minute(0, 1, steps=0)])
    with closing(SqliteStore(tmp_path / "s.db")) as store:
        assert [(day.minutes, day.steps) for day in store.days("p-01", DAY, DAY)] == [(90, 890)]
        assert len(store.events("p-01")) == 94


def test_migration_that_fails_leaves_the_file_as_it_was(tmp_path: Path, make_mark: Make) -> None:
    path = tmp_path / "s.db"
    _store_of_the_first_layout(path, [make_mark(1)])
    database = sqlite3.connect(path)
    database.execute("CREATE TABLE days (mine TEXT)")
    database.commit()
    with pytest.raises(StoreError, match="already exists"):
        SqliteStore(path)
    assert database.execute("PRAGMA user_version").fetchone() == (1,)
    assert database.execute("SELECT count(*) FROM events").fetchone() == (1,)
    database.close()


def test_erased_texts_are_not_left_in_the_file(tmp_path: Path, make_mark: Make) -> None:
    store = SqliteStore(tmp_path / "s.db")
    store.put(make_mark(number, algorithm="private-words") for number in range(50))
    store.put([make_mark(1, "p-02")])
    store.erase("p-01")
    store.close()
    assert b"private-words" not in (tmp_path / "s.db").read_bytes()


def test_locked(tmp_path: Path, make_mark: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("analysis.trends.database._LOCK_WAIT_S", 0.05)
    store = SqliteStore(tmp_path / "s.db")
    other = sqlite3.connect(tmp_path / "s.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(StoreError, match="locked by another program"):
        store.put([make_mark(1)])
    assert store.events("p-01") == [], "reading goes on"
    other.execute("ROLLBACK")
    store.put([make_mark(1)])
    assert len(store.events("p-01")) == 1
    other.close()
    store.close()


def test_disk_full(tmp_path: Path, make_mark: Make) -> None:
    store = SqliteStore(tmp_path / "s.db")
    store.put([make_mark(1)])
    store._database.execute("PRAGMA max_page_count = 12")
    with pytest.raises(StoreError, match="the disk is full; free some space") as caught:
        store.put(make_mark(number) for number in range(2, 2000))
    assert not isinstance(caught.value, UnstorableEventError)
    assert store.events("p-01") == [make_mark(1)], "all or nothing"
    store._database.execute("PRAGMA max_page_count = 100000")
    store.put([make_mark(2)])
    assert len(store.events("p-01")) == 2
    store.close()


def test_folder_missing(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="does its folder exist"):
        SqliteStore(tmp_path / "nowhere" / "s.db")


def test_same_id_for_two_things_blocks_nobody(tmp_path: Path, make_walk: Make) -> None:
    store = SqliteStore(tmp_path / "s.db")
    store.put([make_walk(0, event_id="x")])
    with pytest.raises(UnstorableEventError, match="at odds"):
        store.put([make_walk(0, event_id="x", boot=2)])
    assert store.events("p-01") == [make_walk(0, event_id="x")]
    store.close()


def _minute(number: int, base: dict[str, Any]) -> dict[str, Any]:
    start = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=number)
    return base | {
        "schema": "lumbar.minute/1",
        "event_id": derived_id("p-01", "LM-1", "minute", boot=1, first_sample=number * 6000),
        "start": f"{start:%Y-%m-%dT%H:%M:%S}.000Z",
        "end": f"{start + timedelta(minutes=1):%Y-%m-%dT%H:%M:%S}.000Z",
        "first_sample": number * 6000,
        "last_sample": number * 6000 + 5999,
        "tilt_hist_s": [0.0] * (len(TILT_EDGES_DEG) - 1),
        "velocity_hist_s": [0.0] * (len(VELOCITY_EDGES_DPS) - 1),
    }


def test_a_day_among_ten_is_read_quickly(tmp_path: Path, make_walk: Make) -> None:
    store = SqliteStore(tmp_path / "s.db")
    store.put(_minute(number, make_walk()) for number in range(10 * 1440))
    begun_s = time.perf_counter()
    day = store.events("p-01", start="2026-01-05T00:00:00.000Z", end="2026-01-06T00:00:00.000Z")
    took_s = time.perf_counter() - begun_s
    assert len(day) == 1440
    assert took_s < 0.5
    store.close()

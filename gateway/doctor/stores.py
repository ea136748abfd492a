"""What is kept: the trend store, the outbox, what was set aside. Files are opened for reading only."""

import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Final

from analysis.trends.influx import InfluxStore
from analysis.trends.sqlite_layout import LAYOUT
from analysis.trends.store import StoreError
from gateway.config import ConfigError, InfluxConfig
from gateway.doctor.finding import Finding, fault, not_checked, ok, warning
from gateway.stores import influx_settings

_LONG_BACKLOG: Final = 5000
"""A day of one patient makes some 1,500 events [ours]."""


def sqlite_store(path: Path) -> Finding:
    """Look at a trend store in a file."""
    if not path.exists():
        return not_checked("store", f"{path} is not there yet; it is made at the first start")
    try:
        with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)) as database:
            (application_id,) = database.execute("PRAGMA application_id").fetchone()
            (layout,) = database.execute("PRAGMA user_version").fetchone()
            if application_id != LAYOUT.application_id:
                return fault("store", f"{path} is not a trend store", "name another file")
            (patients,) = database.execute("SELECT count(DISTINCT patient) FROM devices").fetchone()
            (sound,) = database.execute("PRAGMA quick_check(1)").fetchone()
    except sqlite3.Error as error:
        return fault("store", f"{path} cannot be read: {error}", "move it away and restore a backup")
    if sound != "ok":
        return fault("store", f"{path} is damaged: {sound}", "move it away and restore a backup")
    if layout > LAYOUT.version:
        return fault("store", f"{path} was written by a newer version", "update this program")
    return ok("store", f"{path}, sound, {patients} patients, layout {layout}")


def influx_store(config: InfluxConfig) -> Finding:
    """Look at a trend store in InfluxDB."""
    try:
        settings = influx_settings(config)
        with closing(InfluxStore(settings)) as store:
            version = store.check()
    except (StoreError, ConfigError) as error:
        advice = "is InfluxDB running, is url right, may the token read and write the bucket?"
        return fault("store", str(error), advice)
    if not version.startswith("2.7"):
        return warning("store", f"InfluxDB {version}; tried with 2.7", "use InfluxDB 2.7")
    return ok("store", f"InfluxDB {version}, bucket {config.bucket}")


def outbox(path: Path) -> Finding:
    """Look at what waits for the clinic."""
    if not path.exists():
        return not_checked("outbox", "nothing was ever sent to a clinic")
    waiting = "SELECT count(*) FROM messages WHERE committed_utc_ns IS NULL AND refused IS NULL"
    refused = "SELECT topic, refused FROM messages WHERE refused IS NOT NULL ORDER BY seq DESC LIMIT 1"
    try:
        with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)) as database:
            (backlog,) = database.execute(waiting).fetchone()
            last_refused = database.execute(refused).fetchone()
    except sqlite3.Error as error:
        return fault("outbox", f"{path} cannot be read: {error}", "move it away; a new one is made")
    if last_refused is not None:
        what = f"the broker refused {last_refused[0]}: {last_refused[1]}"
        return warning(
            "outbox", what, "put the rights in order and start the gateway again, which tries them anew"
        )
    if backlog > _LONG_BACKLOG:
        return warning("outbox", f"{backlog} events wait for the clinic", "is the clinic's recorder running?")
    return ok("outbox", f"{backlog} events wait for the clinic")


def poison(path: Path) -> Finding:
    """Look at what the recorder set aside."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        return ok("set-aside", "no message was ever set aside")
    except OSError as error:
        return fault(
            "set-aside", f"{path} cannot be read: {error.strerror}", "give the service's user the right to"
        )
    last = json.loads(lines[-1]) if lines else {}
    if not last:
        return ok("set-aside", "no message was ever set aside")
    what = f"{len(lines)} messages were no events, the last on {last['topic']}: {last['reason']}"
    return warning("set-aside", what, f"read {path}; delete it when the cause is clear")

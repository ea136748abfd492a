"""The tables of the embedded trend store, and how the older layouts become this one.

All tables are ``WITHOUT ROWID``, so that rows lie on disk in the order in which they are read: a patient's
minutes of a year are neighbours, whichever strips they came from, and no lift with its curve lies among them.
The body is the event's JSON; the columns beside it are only what is searched by.
"""

from typing import Final

from analysis.trends.database import Layout

_TABLES = """
    CREATE TABLE events (
        patient TEXT NOT NULL, kind TEXT NOT NULL, start TEXT NOT NULL, event_id TEXT NOT NULL,
        end TEXT NOT NULL, device TEXT NOT NULL, boot INTEGER, first_sample INTEGER,
        revision INTEGER NOT NULL, body TEXT NOT NULL,
        PRIMARY KEY (patient, kind, start, event_id)
    ) STRICT, WITHOUT ROWID;
    CREATE UNIQUE INDEX derived_by_sample ON events (patient, device, boot, first_sample, kind)
        WHERE boot IS NOT NULL;
    CREATE UNIQUE INDEX facts_by_id ON events (patient, event_id)
        WHERE boot IS NULL AND kind != 'status';
    CREATE INDEX events_by_end ON events (patient, kind, end);
    CREATE TABLE replacements (
        patient TEXT NOT NULL, device TEXT NOT NULL, boot INTEGER NOT NULL, first_sample INTEGER NOT NULL,
        event_id TEXT NOT NULL, last_sample INTEGER NOT NULL, revision INTEGER NOT NULL,
        PRIMARY KEY (patient, device, boot, first_sample, event_id)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE days (
        patient TEXT NOT NULL, day TEXT NOT NULL, totals TEXT NOT NULL, PRIMARY KEY (patient, day)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE facts_of_the_store (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
"""
_DEVICES = """
    CREATE TABLE devices (
        patient TEXT NOT NULL, device TEXT NOT NULL, PRIMARY KEY (patient, device)
    ) STRICT, WITHOUT ROWID;
"""

LAYOUT: Final = Layout(
    name="a trend store",
    application_id=0x4C4D7472,  # "LMtr"
    version=2,
    script=_TABLES + _DEVICES,
    migrations={
        # 1: no days, no replacements; a text named what an event speaks of.
        1: f"""
            DROP INDEX events_by_subject;
            DROP INDEX events_by_end;
            ALTER TABLE events RENAME TO older_events;
            {_TABLES}
            INSERT OR IGNORE INTO events
                SELECT patient, kind, start, event_id, end, json_extract(body, '$.device'),
                    json_extract(body, '$.boot'), json_extract(body, '$.first_sample'), revision, body
                FROM older_events WHERE typeof(json_extract(body, '$.boot')) != 'real';
            DROP TABLE older_events;
        """,  # noqa: S608 - constants of this file
    },
)
"""A store whose days were never summed has no zone among its facts: they are summed when it is opened."""

"""The outbox: every event of the home on disk until the clinic's store has it.

A broker's PUBACK is not the end of the way: the message can still die with the broker. So a message stays
here until the recorder says that *it* committed it (DESIGN.md section 9). What is sent but not committed
within 30 s is sent again. While no commit comes at all (the recorder is down, the broker keeps the messages
for it) that pause doubles from round to round, so that an absent recorder does not find its queue full of
repetitions; the first commit shows that it is back and restores the pause.

The window, not time alone, bounds what is under way: only the first `window` uncommitted messages are ever
due. A message that the broker refuses is set aside with the reason and does not block the others.

Pure of clocks: `now_s` is any clock that never steps back and counts the computer's own seconds, since a
resend waits for machines, not for life; `utc_ns` is the time of the home's clock and decides what is kept.
"""

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import Final, NamedTuple

from analysis.events.errors import LumbarError
from analysis.trends.database import Layout, explained, open_database, transaction

_NS_PER_S: Final = 1_000_000_000
_NS_PER_DAY: Final = 86_400 * _NS_PER_S

_LAYOUT: Final = Layout(
    name="an outbox",
    application_id=0x4C4D6F62,  # "LMob"
    version=1,
    script="""
        CREATE TABLE outbox (outbox_id TEXT NOT NULL) STRICT;
        CREATE TABLE messages (
            seq INTEGER PRIMARY KEY AUTOINCREMENT, topic TEXT NOT NULL, payload BLOB NOT NULL,
            put_utc_ns INTEGER NOT NULL, committed_utc_ns INTEGER, refused TEXT
        ) STRICT;
        CREATE INDEX messages_waiting ON messages (seq) WHERE committed_utc_ns IS NULL AND refused IS NULL;
        CREATE INDEX messages_committed ON messages (committed_utc_ns) WHERE committed_utc_ns IS NOT NULL;
    """,
)
_WAITING: Final = "committed_utc_ns IS NULL AND refused IS NULL"


class OutboxError(LumbarError):
    """The outbox cannot do it; the message says why and what to do."""


class Message(NamedTuple):
    """One message as it was put."""

    seq: int
    topic: str
    payload: bytes


@dataclass(frozen=True, slots=True)
class OutboxParams:
    """How long and how much.

    Parameters
    ----------
    window
        Most messages under way at once [ours].
    resend_s
        Pause before an uncommitted message is sent again, s (DESIGN.md section 9).
    resend_longest_s
        What the pause may grow to while no commit comes, s [ours].
    keep_days
        How long committed messages are kept for ``cmd/resend`` (DESIGN.md section 9).
    max_ranges
        Most ranges of one commit that are looked at; the rest is sent again and committed again [ours].
    """

    window: int = 200
    resend_s: float = 30.0
    resend_longest_s: float = 120.0
    keep_days: float = 14.0
    max_ranges: int = 1000


class Outbox:
    """Messages in a SQLite file, numbered from 1. Safe to use from several threads.

    Raises
    ------
    OutboxError
        From every method, if the file is no outbox, locked, or cannot be written.
    """

    def __init__(self, path: Path, params: OutboxParams | None = None) -> None:
        self._path = path
        self._params = params or OutboxParams()
        self._lock = Lock()
        self._sent_s: dict[int, float] = {}
        self._pause_s = self._params.resend_s
        with explained(path, OutboxError):
            self._database = open_database(path, _LAYOUT)
            self.outbox_id = self._identity()

    def _identity(self) -> str:
        """Return the UUID made with the database."""
        with transaction(self._database):
            row = self._database.execute("SELECT outbox_id FROM outbox").fetchone()
            if row is None:
                row = (str(uuid.uuid4()),)
                self._database.execute("INSERT INTO outbox VALUES (?)", row)
        return str(row[0])

    def put(self, topic: str, payload: bytes, utc_ns: int) -> int:
        """Keep one message and return its number."""
        return self.put_all([(topic, payload)], utc_ns)[0]

    def put_all(self, messages: Iterable[tuple[str, bytes]], utc_ns: int) -> list[int]:
        """Keep several messages, all or none, and return their numbers in order."""
        insert = "INSERT INTO messages (topic, payload, put_utc_ns) VALUES (?, ?, ?)"
        with self._lock, explained(self._path, OutboxError), transaction(self._database):
            return [
                int(self._database.execute(insert, (topic, payload, utc_ns)).lastrowid or 0)
                for topic, payload in messages
            ]

    def due(self, now_s: float, kind: str | None = None) -> list[Message]:
        """Return what is to be sent now, in order, and take it as sent now; with `kind` only that."""
        with self._lock, explained(self._path, OutboxError):
            rows = self._database.execute(
                f"SELECT seq FROM messages WHERE {_WAITING} AND topic LIKE ? ORDER BY seq LIMIT ?",  # noqa: S608 - a constant
                (f"%/{kind}" if kind else "%", self._params.window),
            ).fetchall()
            window = [seq for (seq,) in rows]
            self._sent_s = {seq: self._sent_s[seq] for seq in window if seq in self._sent_s}
            fresh = [seq for seq in window if seq not in self._sent_s]
            overdue = [seq for seq, sent_s in self._sent_s.items() if now_s - sent_s >= self._pause_s]
            if overdue:
                self._pause_s = min(2 * self._pause_s, self._params.resend_longest_s)
            due = sorted(fresh + overdue)
            self._sent_s.update(dict.fromkeys(due, now_s))
            return [self._message(seq) for seq in due]

    def _message(self, seq: int) -> Message:
        row = self._database.execute("SELECT topic, payload FROM messages WHERE seq = ?", (seq,)).fetchone()
        return Message(seq, *row)

    def unsend(self) -> None:
        """Take nothing as sent: the connection is new, and what was under way may be lost."""
        with self._lock:
            self._sent_s.clear()

    def commit(self, outbox_id: str, ranges: Sequence[object], utc_ns: int) -> int:
        """Note what the clinic's store has, and return how many messages that settled.

        Anything may arrive here: another outbox's id, reversed or endless ranges, no ranges at all.
        Only pairs ``[first, last]`` of whole numbers count, cut to the numbers that were given out.
        """
        if outbox_id != self.outbox_id:
            return 0
        update = (
            "UPDATE messages SET committed_utc_ns = ?, refused = NULL"
            " WHERE seq BETWEEN ? AND ? AND committed_utc_ns IS NULL"
        )
        settled = 0
        with self._lock, explained(self._path, OutboxError), transaction(self._database):
            (last,) = self._database.execute("SELECT coalesce(max(seq), 0) FROM messages").fetchone()
            for pair in ranges[: self._params.max_ranges]:
                match pair:
                    case [int(a), int(b)] if max(a, 1) <= min(b, last):
                        settled += self._database.execute(update, (utc_ns, max(a, 1), min(b, last))).rowcount
            horizon_ns = utc_ns - round(self._params.keep_days * _NS_PER_DAY)
            self._database.execute("DELETE FROM messages WHERE committed_utc_ns < ?", (horizon_ns,))
        if settled:
            self._pause_s = self._params.resend_s
        return settled

    def refuse(self, seq: int, reason: str) -> None:
        """Set a message aside that the broker will not take, so that it does not block the others."""
        with self._lock, explained(self._path, OutboxError), transaction(self._database):
            self._database.execute("UPDATE messages SET refused = ? WHERE seq = ?", (reason, seq))

    def refused(self) -> list[tuple[int, str, str]]:
        """Return number, topic and reason of what was set aside."""
        with self._lock, explained(self._path, OutboxError):
            return self._database.execute(
                "SELECT seq, topic, refused FROM messages WHERE refused IS NOT NULL ORDER BY seq"
            ).fetchall()

    def refused_count(self) -> int:
        """Return how many messages are set aside."""
        with self._lock, explained(self._path, OutboxError):
            (count,) = self._database.execute(
                "SELECT count(*) FROM messages WHERE refused IS NOT NULL"
            ).fetchone()
            return int(count)

    def retry_refused(self) -> int:
        """Make due again what was set aside, since the broker's rights may be other now; return how much."""
        with self._lock, explained(self._path, OutboxError), transaction(self._database):
            retry = "UPDATE messages SET refused = NULL WHERE refused IS NOT NULL"
            return self._database.execute(retry).rowcount

    def resend(self, *, first_seq: int = 1, since_utc_ns: int = 0) -> int:
        """Make what is kept from `first_seq` and `since_utc_ns` on due again, and return how much it is."""
        with self._lock, explained(self._path, OutboxError), transaction(self._database):
            count = self._database.execute(
                "UPDATE messages SET committed_utc_ns = NULL, refused = NULL"
                " WHERE seq >= ? AND put_utc_ns >= ?"
                " AND (committed_utc_ns IS NOT NULL OR refused IS NOT NULL)",
                (first_seq, since_utc_ns),
            ).rowcount
        self.unsend()
        return count

    def backlog(self) -> int:
        """Return how many messages the clinic has not committed and the broker not refused."""
        with self._lock, explained(self._path, OutboxError):
            (count,) = self._database.execute(
                f"SELECT count(*) FROM messages WHERE {_WAITING}"  # noqa: S608 - a constant
            ).fetchone()
            return int(count)

    def close(self) -> None:
        """Close the file; what is in it stays."""
        with self._lock, explained(self._path, OutboxError):
            self._database.close()

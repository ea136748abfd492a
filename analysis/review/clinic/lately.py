"""What the list of patients knows of each, read from the store and kept for a minute.

A list of a hundred patients takes hundreds of reads, too many for every click; nothing on it changes from one
minute to the next that could not wait for the third.
"""

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime
from typing import Final

from analysis.events.entries import Log, Safety
from analysis.events.facts import Status
from analysis.review.clinic.attention import WINDOW, Seen
from analysis.trends.store import TrendStore

KEPT_S: Final = 60.0
"""How long a patient's line is kept, s [ours]."""
_AT_ONCE: Final = 8
"""Patients read at the same time [ours]: a database elsewhere is mostly waited for."""


class Lately:
    """Reads and keeps; safe from several threads.

    Parameters
    ----------
    store
        The clinic's trends.
    now_s
        Seconds, from any origin.
    """

    def __init__(self, store: TrendStore, now_s: Callable[[], float]) -> None:
        self._store, self._now_s = store, now_s
        self._kept: dict[str, tuple[float, date, Seen]] = {}
        self._lock = threading.Lock()

    def all(self, patients: Sequence[tuple[str, date]]) -> list[Seen]:
        """Return what is known of several patients, each with the day that it is where they are."""
        with ThreadPoolExecutor(_AT_ONCE) as readers:
            return list(readers.map(lambda one: self.seen(*one), patients))

    def seen(self, patient: str, today: date) -> Seen:
        """Return what is known of a patient in the two weeks up to `today`."""
        now_s = self._now_s()
        with self._lock:
            kept = self._kept.get(patient)
        if kept is not None and now_s - kept[0] < KEPT_S and kept[1] == today:
            return kept[2]
        seen = self._read(patient, today)
        with self._lock:
            self._kept[patient] = (now_s, today, seen)
        return seen

    def _read(self, patient: str, today: date) -> Seen:
        first = today - WINDOW
        since = datetime(first.year, first.month, first.day, tzinfo=UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")
        entered = self._store.events(patient, kinds={Safety.topic_kind(), Status.topic_kind()})
        safety = [event for event in entered if event["schema"] == Safety.SCHEMA]
        status = [event for event in entered if event["schema"] == Status.SCHEMA]
        logs = self._store.events(patient, kinds={Log.topic_kind()}, start=since)
        pain = tuple(log["pain_now"] for log in logs if isinstance(log.get("pain_now"), int))
        battery = status[-1].get("battery_pct") if status else None
        return Seen(
            days=tuple(self._store.days(patient, first, today)),
            red_flags=bool(safety) and safety[-1].get("action") == "raised",
            pain=pain,
            battery_pct=battery if isinstance(battery, int) else None,
        )

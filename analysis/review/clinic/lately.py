"""What the list of patients knows of each, read from the store and kept for a minute.

The store is asked for all patients of a list together, not for one after the other: a hundred take a few
questions instead of three hundred. Even so it is too much for every click, and nothing on the list changes
from one minute to the next that could not wait for the third.
"""

import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from typing import Any, Final

from analysis.events.entries import Log, Safety
from analysis.events.facts import Status
from analysis.review.clinic.attention import WINDOW, Seen
from analysis.trends.daily import Day
from analysis.trends.store import TrendStore

KEPT_S: Final = 60.0
"""How long a patient's line is kept, s [ours]."""


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
        now_s = self._now_s()
        with self._lock:
            stale = dict(pair for pair in patients if not self._is_fresh(*pair, now_s))
        if stale:
            read = self._read(stale)
            with self._lock:
                self._kept.update((patient, (now_s, stale[patient], seen)) for patient, seen in read.items())
        with self._lock:
            return [self._kept[patient][2] for patient, _ in patients]

    def seen(self, patient: str, today: date) -> Seen:
        """Return what is known of a patient in the two weeks up to `today`."""
        (seen,) = self.all([(patient, today)])
        return seen

    def _is_fresh(self, patient: str, today: date, now_s: float) -> bool:
        kept = self._kept.get(patient)
        return kept is not None and now_s - kept[0] < KEPT_S and kept[1] == today

    def _read(self, todays: Mapping[str, date]) -> dict[str, Seen]:
        # Days of patients far apart on the globe differ by one: what is read is cut for each of them.
        since, until = min(todays.values()) - WINDOW, max(todays.values())
        days = self._store.days_of(todays, since, until)
        entered = self._store.facts_of(todays, {Safety.topic_kind(), Status.topic_kind()})
        logs = self._store.facts_of(todays, {Log.topic_kind()}, start=f"{since}T00:00:00.000Z")
        return {
            patient: _seen(today, days[patient], entered[patient], logs[patient])
            for patient, today in todays.items()
        }


def _seen(
    today: date, days: Iterable[Day], entered: Iterable[Mapping[str, Any]], logs: Iterable[Mapping[str, Any]]
) -> Seen:
    first = today - WINDOW
    safety = [event for event in entered if event["schema"] == Safety.SCHEMA]
    status = [event for event in entered if event["schema"] == Status.SCHEMA]
    lately = [log for log in logs if (log["start"] or "") >= f"{first}T"]
    battery = status[-1].get("battery_pct") if status else None
    return Seen(
        days=tuple(day for day in days if first <= day.day <= today),
        red_flags=bool(safety) and safety[-1].get("action") == "raised",
        pain=tuple(log["pain_now"] for log in lately if isinstance(log.get("pain_now"), int)),
        battery_pct=battery if isinstance(battery, int) else None,
    )

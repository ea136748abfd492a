"""The log as the page shows it: what the strip saw as a suggestion, the patient's tasks, earlier entries."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo
from typing import Final

from analysis.care.log import log_is_due
from analysis.events.catalogue import EventError, parse_event
from analysis.events.entries import MAX_TASKS, Log
from analysis.review.day import DayView
from analysis.review.home.log_form import LENGTHS, PAINS
from analysis.review.spans import instant
from analysis.review.wording import clock, length
from analysis.trends.store import TrendStore

REACH: Final = timedelta(days=56)
"""How far back entries are shown and tasks remembered [ours]: what was not rated for so long is done with."""
SHOWN_TASKS: Final = 5
"""Tasks asked for again, the latest; a longer list would not be filled in within a minute [ours]."""
_S_PER_MIN: Final = 60


@dataclass(frozen=True, slots=True)
class Hints:
    """What the strip saw today, beside the questions: whole minutes to start from, and sentences."""

    walking_min: int | None = None
    walking: str = ""
    sitting: str = ""


@dataclass(frozen=True, slots=True)
class Shown:
    """One earlier entry: when, its answers by name, and the note."""

    day: date
    time: str
    answers: tuple[tuple[str, str], ...]
    note: str | None

    @property
    def when(self) -> str:
        """The day as people say it."""
        return f"{self.day:%A} {self.day.day} {self.day:%B}, {self.time}"


def read_logs(store: TrendStore, patient: str, now: datetime) -> list[Log]:
    """Return the entries of the last weeks, the latest first."""
    start = (now - REACH).strftime("%Y-%m-%dT%H:%M:%S.000Z")
    logs: list[Log] = []
    for value in store.events(patient, kinds={Log.topic_kind()}, start=start):
        with suppress(EventError):
            event = parse_event(value)
            if isinstance(event, Log) and event.start is not None:
                logs.append(event)
    return sorted(logs, key=lambda log: str(log.start), reverse=True)


def hints(view: DayView) -> Hints:
    """Return what today's movement suggests; nothing where nothing was measured."""
    if view.is_empty:
        return Hints()
    minutes = int(view.walking.duration_s // _S_PER_MIN)
    longest = view.sitting.longest
    return Hints(
        walking_min=minutes,
        walking=f"The strip saw {minutes} min of walking today. Change it if your day was different.",
        sitting=f"The strip saw your longest sit today: {length(longest.duration_s)}." if longest else "",
    )


def tasks(logs: Sequence[Log]) -> list[str]:
    """Return the tasks that the patient named, the latest first; `logs` in the same order."""
    named: dict[str, str] = {}
    for log in logs:
        for each in log.confidence:
            named.setdefault(each.task.casefold(), each.task)
    return list(named.values())[: min(SHOWN_TASKS, MAX_TASKS - 1)]


def is_due(logs: Iterable[Log], today: date, zone: tzinfo) -> bool:
    """Return whether to ask for an entry today."""
    days = (instant(log.start).astimezone(zone).date() for log in logs if log.start)
    return log_is_due((day.toordinal() for day in days), today.toordinal())


def shown(logs: Iterable[Log], zone: tzinfo) -> list[Shown]:
    """Return entries as they are read."""
    return [
        Shown(
            instant(log.start).astimezone(zone).date(),
            clock(instant(log.start), zone),
            tuple(_answers(log)),
            log.note,
        )
        for log in logs
        if log.start
    ]


def _answers(log: Log) -> Iterator[tuple[str, str]]:
    labels = {**PAINS, "pain_worst": "Strongest pain", "pain_least": "Mildest pain"}
    for name, label in labels.items():
        if (score := getattr(log, name)) is not None:
            yield label, f"{score} of 10"
    for name, label in LENGTHS.items():
        if (minutes := getattr(log, name)) is not None:
            yield label, length(minutes * _S_PER_MIN)
    for each in log.confidence:
        yield each.task, f"sure {each.confidence} of 10"

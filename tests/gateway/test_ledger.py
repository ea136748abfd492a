"""The ledger: the outbox first, then the home's store; counted once both have it."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

from analysis.events.event import ALGORITHM, Event, fact_id
from analysis.events.facts import Mark
from analysis.trends.sqlite import SqliteStore
from analysis.trends.store import StoreError
from gateway.delivery.outbox import OutboxError
from gateway.ledger import Ledger


def mark(second: int) -> Mark:
    at = f"2026-03-02T08:00:{second:02d}.000Z"
    return Mark(
        event_id=fact_id("p-1", "LM-1", "mark", at),
        patient="p-1",
        device="LM-1",
        start=at,
        end=at,
        mode=None,
        algorithm=ALGORITHM,
        quality=None,
    )


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqliteStore]:
    made = SqliteStore(tmp_path / "home.sqlite")
    yield made
    made.close()


def starts(store: SqliteStore) -> list[str]:
    return [event["start"][17:19] for event in store.events("p-1")]


def test_a_home_without_a_clinic_is_complete(store: SqliteStore) -> None:
    ledger = Ledger(store)
    ledger.record([mark(1), mark(2)])
    assert starts(store) == ["01", "02"]
    assert ledger.recorded == 2


def test_the_clinics_copy_is_kept_before_the_homes(store: SqliteStore) -> None:
    ledger, seen = Ledger(store), list[tuple[Sequence[Event], list[str]]]()
    ledger.deliver_with(lambda events: seen.append((events, starts(store))))
    ledger.record([mark(1), mark(2)])
    ledger.record([mark(3)])
    assert seen == [([mark(1), mark(2)], []), ([mark(3)], ["01", "02"])]
    assert starts(store) == ["01", "02", "03"]


def test_what_is_recorded_again_is_there_once(store: SqliteStore) -> None:
    ledger = Ledger(store)
    ledger.record([mark(1)])
    ledger.record([mark(1), mark(2)])
    assert starts(store) == ["01", "02"]


def test_no_events_disturb_nobody(store: SqliteStore) -> None:
    ledger = Ledger(store)
    ledger.deliver_with(_must_not_be_called)
    ledger.record([])
    assert ledger.recorded == 0


def _must_not_be_called(events: Sequence[Event]) -> None:
    raise AssertionError(events)


def _full(events: Sequence[Event]) -> None:
    raise OutboxError("no space left on device")


def test_what_the_outbox_could_not_keep_is_not_taken_as_recorded(store: SqliteStore) -> None:
    ledger = Ledger(store)
    ledger.deliver_with(_full)
    with pytest.raises(OutboxError):
        ledger.record([mark(1)])
    assert (starts(store), ledger.recorded) == ([], 0)


def test_a_store_that_fails_is_told(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "home.sqlite")
    ledger, kept = Ledger(store), list[Event]()
    deliver: Callable[[Sequence[Event]], None] = kept.extend
    ledger.deliver_with(deliver)
    store.close()
    with pytest.raises(StoreError):
        ledger.record([mark(1)])
    assert (kept, ledger.recorded) == ([mark(1)], 0)

"""One suite that every trend store passes."""

import random
import threading
import uuid
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from analysis.trends.sqlite import SqliteStore
from analysis.trends.store import StoreError, TrendStore, UnstorableEventError
from tests.analysis.trends.one_day import DAY, At, Make, the_day


def test_empty(store: TrendStore) -> None:
    assert store.patients() == []
    assert store.devices("p-01") == []
    assert store.events("p-01") == []
    store.put([])


def test_event_comes_back_as_it_was(store: TrendStore, make_walk: Make) -> None:
    store.put([make_walk()])
    assert store.events("p-01") == [make_walk()]
    assert list(store.events("p-01")[0]) == list(make_walk()), "fields in their order too"


def test_putting_again_changes_nothing(store: TrendStore, make_walk: Make, make_mark: Make) -> None:
    events = [make_walk(0), make_mark(1), make_walk(500)]
    store.put(events + events)
    store.put(reversed(events))
    assert len(store.events("p-01")) == 3


def test_ordered_by_start_then_id(
    store: TrendStore, make_mark: Make, make_walk: Make, clock_text: At
) -> None:
    events = [make_mark(3), make_walk(300), make_mark(1), make_mark(2, start=clock_text(1))]
    random.Random(1).shuffle(events)
    store.put(events)
    keys = [(event["start"], event["event_id"]) for event in store.events("p-01")]
    assert keys == sorted(keys)


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 2, 0)])
def test_higher_revision_wins_in_any_order(
    store: TrendStore, make_walk: Make, order: tuple[int, ...]
) -> None:
    for revision in order:
        store.put([make_walk(0, revision, steps=20 + revision)])
    assert [event["steps"] for event in store.events("p-01")] == [22]


def test_higher_revision_may_move_the_start(store: TrendStore, make_walk: Make, clock_text: At) -> None:
    store.put([make_walk(0)])
    store.put([make_walk(0, 1, start=clock_text(0.5))])
    assert [event["start"] for event in store.events("p-01")] == [clock_text(0.5)]


def test_same_sample_of_another_boot_or_device_is_another_event(store: TrendStore, make_walk: Make) -> None:
    store.put([make_walk(), make_walk(boot=2, event_id="b"), make_walk(device="LM-2", event_id="c")])
    assert len(store.events("p-01")) == 3
    assert store.devices("p-01") == ["LM-1", "LM-2"]


def test_half_open_interval(store: TrendStore, make_walk: Make, make_mark: Make, clock_text: At) -> None:
    """A walk from 10 to 20 s, and a press of the button at 10 s, which takes no time."""
    store.put([make_walk(1000), make_mark(10)])

    def kinds(start: float | None, end: float | None) -> list[str]:
        found = store.events(
            "p-01",
            start=None if start is None else clock_text(start),
            end=None if end is None else clock_text(end),
        )
        return sorted(event["schema"].removeprefix("lumbar.").partition("/")[0] for event in found)

    assert kinds(0, 10) == []
    assert kinds(0, 10.001) == ["mark", "walk"]
    assert kinds(10, 11) == ["mark", "walk"]
    assert kinds(10.001, 11) == ["walk"]
    assert kinds(19.999, 30) == ["walk"]
    assert kinds(20, 30) == []
    assert kinds(12, 13) == ["walk"], "an event longer than the interval"
    assert kinds(None, 10) == []
    assert kinds(None, 11) == ["mark", "walk"]
    assert kinds(20, None) == []
    assert kinds(5, None) == ["mark", "walk"]


def test_kinds(store: TrendStore, make_walk: Make, make_mark: Make) -> None:
    store.put([make_walk(), make_mark(1)])
    assert [event["schema"] for event in store.events("p-01", kinds=["walk", "walk", "lift"])] == [
        "lumbar.walk/1"
    ]
    assert store.events("p-01", kinds=[]) == []
    assert len(store.events("p-01", kinds={"walk", "mark"})) == 2


def test_unknown_times_are_kept_and_left_out_of_intervals(
    store: TrendStore, make_walk: Make, clock_text: At
) -> None:
    timeless = make_walk(start=None, end=None, event_id="x", first_sample=7)
    store.put([make_walk(0), timeless])
    assert store.events("p-01")[0] == timeless
    assert store.events("p-01", start=clock_text(0)) == [make_walk(0)]
    assert store.events("p-01", end=clock_text(60)) == [make_walk(0)]


def test_latest_status_of_each_device(store: TrendStore, make_status: Make, clock_text: At) -> None:
    store.put([make_status(battery_pct=80), make_status(device="LM-2", event_id="other")])
    store.put([make_status(event_id="will", presence="offline", start=None, end=None)])
    found = store.events("p-01", kinds=["status"])
    assert {(event["device"], event["presence"]) for event in found} == {
        ("LM-1", "offline"),
        ("LM-2", "online"),
    }
    store.put(
        [make_status(battery_pct=70, start=clock_text(60)), make_status(battery_pct=69, start=clock_text(61))]
    )
    found = store.events("p-01", kinds=["status"])
    assert {(event["device"], event["battery_pct"]) for event in found} == {("LM-1", 69), ("LM-2", 80)}


def test_patients_are_apart(store: TrendStore, make_mark: Make) -> None:
    store.put([make_mark(1, "p-02"), make_mark(1, "p-01"), make_mark(2, "p-02")])
    assert store.patients() == ["p-01", "p-02"]
    assert len(store.events("p-01")) == 1
    assert len(store.events("p-02")) == 2
    assert store.devices("p-03") == []


def test_quotes_and_other_scripts(store: TrendStore, make_mark: Make) -> None:
    odd = make_mark(1, algorithm="o'\"; DROP TABLE events; -- \u00e4\u6f22\U0001f9a5\x00\n")
    store.put([odd])
    assert store.events("p-01") == [odd]
    assert store.events("p-01' OR '1'='1") == []


@pytest.mark.parametrize(
    "broken",
    [
        {"algorithm": "\ud800"},
        {"quality": float("nan")},
        {"revision": 10**30, "boot": 1, "first_sample": 1},
        {"schema": 7},
        {"event_id": None},
        {"start": 12},
    ],
)
def test_what_cannot_be_kept_is_named_and_nothing_of_its_batch_is_put(
    store: TrendStore, make_mark: Make, broken: dict[str, Any]
) -> None:
    with pytest.raises(UnstorableEventError):
        store.put([make_mark(1), make_mark(2, **broken)])
    assert store.events("p-01") == []
    with pytest.raises(UnstorableEventError):
        store.put([{}])


def test_closed_store_is_an_error(store: TrendStore, make_mark: Make) -> None:
    store.close()
    with pytest.raises(StoreError):
        store.put([make_mark(1)])
    with pytest.raises(StoreError):
        store.patients()


def test_several_threads(store: TrendStore, make_mark: Make) -> None:
    def work(patient: str) -> None:
        for number in range(20):
            store.put([make_mark(number, patient)])
            store.events(patient)

    threads = [threading.Thread(target=work, args=(f"p-{number}",)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [len(store.events(patient)) for patient in store.patients()] == [20] * 4


def test_many_events_without_a_time_do_not_overwrite_each_other(store: TrendStore, make_mark: Make) -> None:
    ids = [str(uuid.uuid5(uuid.NAMESPACE_URL, f"{number}")) for number in range(5000)]
    store.put(make_mark(1, event_id=event_id, start=None, end=None) for event_id in ids)
    assert len(store.events("p-01")) == 5000


def test_replacing_leaves_alone_what_it_does_not_name(
    store: TrendStore, make_minute: Make, make_walk: Make, make_mark: Make, make_replace: Make
) -> None:
    others = [
        make_minute(1, boot=2, event_id="another boot"),
        make_minute(1, device="LM-2", event_id="another strip"),
        make_minute(1, patient="p-02"),
        make_minute(1, 1, first_sample=6001, event_id="as new as the record"),
        make_walk(6000),
        make_mark(60),
    ]
    store.put([make_minute(1), *others, make_replace(0, 10_000)])
    left = [*store.events("p-01"), *store.events("p-02")]
    assert {event["event_id"] for event in left} == {
        *(event["event_id"] for event in others),
        make_replace(0, 10_000)["event_id"],
    }


def test_erased_is_one_patient_and_all_of_it(
    store: TrendStore, make_minute: Make, make_mark: Make, make_status: Make, make_replace: Make
) -> None:
    store.put(
        [make_minute(0), make_mark(1), make_status(), make_replace(6000, 9000), make_mark(2, start=None)]
    )
    store.put([make_minute(0, patient="p-02"), make_mark(1, "p-02")])
    assert store.erase("p-01") == 5
    assert store.events("p-01") == []
    assert list(store.export("p-01")) == []
    assert store.devices("p-01") == []
    assert store.days("p-01", DAY, DAY) == []
    assert store.patients() == ["p-02"]
    assert len(store.events("p-02")) == 2
    assert the_day(store, "p-02").minutes == 1
    assert store.erase("p-01") == 0
    assert store.erase("p-01' OR '1'='1") == 0
    store.put([make_minute(1)])
    assert the_day(store).minutes == 1, "nothing of what was replaced or summed is left"


def test_export_is_everything_once(
    store: TrendStore, make_minute: Make, make_mark: Make, make_status: Make
) -> None:
    store.put(make_minute(number) for number in range(2500))
    store.put([make_mark(1), make_mark(2, start=None, end=None), make_status(), make_mark(1, "p-02")])
    exported = list(store.export("p-01"))
    assert len(exported) == 2503
    assert sorted(map(str, exported)) == sorted(map(str, store.events("p-01")))


def test_a_field_may_change_its_type(store: TrendStore, make_minute: Make, make_mark: Make) -> None:
    """A later version of a sender may write 2.5 where an earlier one wrote 2, or a text."""
    odd = [
        make_minute(0, steps=2),
        make_minute(1, steps=2.5),
        make_minute(2, steps="many"),
        make_minute(3, steps=None, sitting_s=60, quality=1),
        make_minute(4, sitting_s=[1.0], quality="good", tilt_hist_s="none"),
    ]
    for event in odd:
        store.put([event])
    store.put([make_mark(1, level=3), make_mark(2, level="nudge"), make_mark(3, level=True)])
    assert store.events("p-01", kinds=["minute"]) == odd
    assert len(store.events("p-01", kinds=["mark"])) == 3
    assert the_day(store).minutes == 5
    assert the_day(store).sitting_s == 240.0


_put = st.tuples(st.integers(0, 3), st.integers(0, 3), st.integers(0, 5))


@given(puts=st.lists(_put, max_size=12), cut=st.integers(0, 12))
@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_history_ends_in_the_same_store(
    tmp_path_factory: pytest.TempPathFactory, make_walk: Make, puts: list[tuple[int, int, int]], cut: int
) -> None:
    """The highest revision of each walk is there once, however the puts are ordered and batched."""
    events = [make_walk(sample, revision) for sample, revision, _ in puts]
    expected = {}
    for event in sorted(events, key=lambda event: event["revision"]):
        expected[event["first_sample"]] = event
    for history in (events, sorted(events, key=lambda event: event["event_id"])):
        store = SqliteStore(tmp_path_factory.mktemp("s") / "store.db")
        store.put(history[:cut])
        store.put(history[cut:])
        assert store.events("p-01") == sorted(expected.values(), key=lambda event: event["start"])
        store.close()

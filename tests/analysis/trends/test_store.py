"""One suite that every trend store passes."""

import os
import random
import statistics
import threading
import time
import uuid
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from itertools import islice
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from analysis.trends.daily import Day
from analysis.trends.sqlite import SqliteStore
from analysis.trends.store import StoreError, TrendStore, UnstorableEventError

WORN_MIN = 12 * 60
"""A day's minutes; from nine o'clock on, so that they are one day in every zone of Europe."""

Make = Callable[..., dict[str, Any]]
At = Callable[[float], str]
Open = Callable[..., TrendStore]


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


DAY = date(2026, 3, 1)


def _day(store: TrendStore, patient: str = "p-01", day: date = DAY) -> Day:
    (found,) = store.days(patient, day, day)
    return found


def test_a_day_is_the_sum_of_its_minutes_and_bends(
    store: TrendStore, make_minute: Make, make_mark: Make
) -> None:
    store.put([make_minute(0), make_minute(1, sitting_s=20.1, walking_s=39.9, steps=70, slumped_s=None)])
    bends = [("hip_hinge", 30.0), ("hip_hinge", 41.1), ("lumbar_flexion", None), ("not_scored", 90.0)]
    for number, (strategy, range_pct) in enumerate(bends):
        bend = {"strategy": strategy, "context": "chores", "lumbar_range_pct": range_pct}
        store.put([make_mark(number + 10, schema="lumbar.lift/1", **bend)])
    store.put([make_mark(20, schema="lumbar.lift/1", strategy="hip_hinge", context="practice")])
    store.put([make_mark(30 + n, schema="lumbar.sitting/1", duration_s=d) for n, d in enumerate((600, 1800))])
    alert = {"schema": "lumbar.alert/1", "kind": "prolonged_sitting", "level": "nudge"}
    store.put([make_mark(40, **alert, action="raised"), make_mark(41, **alert, action="cleared")])
    day = _day(store)
    assert (day.minutes, day.sitting_s, day.walking_s, day.steps) == (2, 80.1, 39.9, 70)
    assert (day.slumped_s, day.lumbar_over_half_s, day.standing_extension_s) == (30.0, 7.0, None)
    assert day.back_bends == 2
    assert (day.lifts, day.hip_hinge, day.shared, day.lumbar_flexion, day.not_scored) == (4, 2, 0, 1, 1)
    assert (day.practice_lifts, day.mean_lumbar_range_pct) == (1, 35.5)
    assert (day.sitting_bouts, day.long_sitting_bouts, day.nudges, day.alerts) == (2, 1, 1, 0)
    assert day.tilt_hist_s[6:8] == (119.98, 0.02)
    assert sum(day.velocity_hist_s) == 120.0
    assert store.days("p-01", DAY + timedelta(days=1), DAY + timedelta(days=9)) == []
    assert store.days("p-02", DAY, DAY) == []


@pytest.mark.parametrize("seed", range(4))
def test_delivered_twice_and_out_of_order_a_day_counts_once(
    store: TrendStore, make_minute: Make, seed: int
) -> None:
    dice = random.Random(seed)
    minutes = [make_minute(n, r, steps=r + 1) for n in range(20) for r in range(3)] * 2
    dice.shuffle(minutes)
    while minutes:
        size = dice.randrange(1, 9)
        store.put(minutes[:size])
        minutes = minutes[size:]
    day = _day(store)
    assert (day.minutes, day.steps, day.sitting_s) == (20, 60, 1200.0)
    assert len(store.events("p-01")) == 20


def test_late_data_changes_the_day_it_belongs_to(store: TrendStore, make_minute: Make) -> None:
    store.put([make_minute(3 * 1440)])
    store.put([make_minute(0)])
    store.put([make_minute(1)])
    found = store.days("p-01", DAY, DAY + timedelta(days=5))
    assert [(day.day.day, day.minutes) for day in found] == [(1, 2), (4, 1)]


def _replaced(make_minute: Make, make_replace: Make) -> list[dict[str, Any]]:
    """Minutes 0 to 5, of which 2 to 4 are made anew: 3 stays as it was, 4 is not there any more."""
    kept = make_minute(3)
    record = make_replace(2 * 6000, 4 * 6000, event_ids=[kept["event_id"], make_minute(2, 1)["event_id"]])
    return [*(make_minute(n) for n in range(6)), make_minute(2, 1, steps=9), record]


@pytest.mark.parametrize("is_timed", [True, False])
@pytest.mark.parametrize("seed", range(4))
def test_what_is_replaced_goes_in_whichever_order_things_arrive(
    store: TrendStore, make_minute: Make, make_replace: Make, seed: int, is_timed: bool
) -> None:
    events = _replaced(make_minute, make_replace)
    if not is_timed:
        events[-1] |= {"start": None, "end": None}
    random.Random(seed).shuffle(events)
    for event in events:
        store.put([event])
    store.put(reversed(events))
    found = store.events("p-01", kinds=["minute"])
    assert [event["first_sample"] // 6000 for event in found] == [0, 1, 2, 3, 5]
    assert [event["revision"] for event in found] == [0, 0, 1, 0, 0]
    assert (_day(store).minutes, _day(store).steps) == (5, 9)
    assert len(store.events("p-01", kinds=["replace"])) == 1, "the record is kept"
    assert len(list(store.export("p-01"))) == 6


def test_replacing_changes_a_day_that_was_summed_already(
    store: TrendStore, make_minute: Make, make_replace: Make
) -> None:
    store.put(make_minute(number) for number in range(6))
    store.expire("2026-03-02T00:00:00.000Z")
    store.put([make_replace(0, 2 * 6000, start=None, end=None)])
    assert _day(store).minutes == 3
    store.expire("2026-03-02T00:00:00.000Z")
    assert _day(store).minutes == 3


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


@pytest.mark.parametrize("seed", range(6))
def test_a_correction_counts_in_the_day_and_rewrites_no_event(
    store: TrendStore, make_minute: Make, make_correction: Make, seed: int
) -> None:
    """Of ten sat minutes the patient stood from 1:30 to 4:00, and says later that it was lying up to 2:00."""
    minutes = [make_minute(number) for number in range(10)]
    corrections = [make_correction(90, 240, "standing", 700), make_correction(90, 120, "lying", 800)]
    events = minutes + corrections
    random.Random(seed).shuffle(events)
    for event in events:
        store.put([event, event])
    day = _day(store)
    assert (day.sitting_s, day.standing_s, day.lying_s) == (450.0, 120.0, 30.0)
    assert day.slumped_s == 300.0 - 75.0
    assert store.events("p-01", kinds=["minute"]) == minutes
    assert len(store.events("p-01", kinds=["correction"])) == 2


def test_days_are_those_of_the_wall_clock(open_store: Open, make_minute: Make) -> None:
    """In Vienna the clock goes forward on 29 March and back on 25 October 2026."""
    store = open_store(timezone="Europe/Vienna")
    for number, day in ((0, date(2026, 3, 29)), (1, date(2026, 10, 25))):
        start = datetime(day.year, day.month, day.day, tzinfo=UTC) - timedelta(hours=6)
        for hour in range(36):
            text = f"{start + timedelta(hours=hour):%Y-%m-%dT%H:30:00.000Z}"
            store.put([make_minute(1000 * number + hour, start=text, end=f"{text[:14]}31:00.000Z")])
        assert _day(store, day=day).minutes == (23, 25)[number]


def test_another_time_zone_sums_the_days_anew(open_store: Open, make_minute: Make) -> None:
    first = open_store()
    first.put([make_minute(0), make_minute(15 * 60 + 1)])
    assert [day.minutes for day in first.days("p-01", DAY, DAY + timedelta(days=1))] == [1, 1]
    first.close()
    second = open_store(timezone="America/New_York")
    second.expire("2026-03-03T00:00:00.000Z")
    assert [day.minutes for day in second.days("p-01", DAY, DAY + timedelta(days=1))] == [2]
    second.close()
    assert [day.minutes for day in open_store().days("p-01", DAY, DAY + timedelta(days=1))] == [2]


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
    assert _day(store, "p-02").minutes == 1
    assert store.erase("p-01") == 0
    assert store.erase("p-01' OR '1'='1") == 0
    store.put([make_minute(1)])
    assert _day(store).minutes == 1, "nothing of what was replaced or summed is left"


def test_export_is_everything_once(
    store: TrendStore, make_minute: Make, make_mark: Make, make_status: Make
) -> None:
    store.put(make_minute(number) for number in range(2500))
    store.put([make_mark(1), make_mark(2, start=None, end=None), make_status(), make_mark(1, "p-02")])
    exported = list(store.export("p-01"))
    assert len(exported) == 2503
    assert sorted(map(str, exported)) == sorted(map(str, store.events("p-01")))


def test_minutes_expire_and_their_days_stay(open_store: Open, make_minute: Make, make_walk: Make) -> None:
    store = open_store(keep_minutes_days=2)
    minutes = [make_minute(1440 * day) for day in range(5)]
    store.put([*minutes, make_walk(0)])
    assert store.expire("2026-03-05T09:00:00.000Z") == 2
    assert store.events("p-01", kinds=["minute"]) == minutes[2:]
    assert len(store.events("p-01", kinds=["walk"])) == 1, "only minutes expire"
    assert [day.minutes for day in store.days("p-01", DAY, DAY + timedelta(days=9))] == [1] * 5
    store.put(minutes)
    assert [day.minutes for day in store.days("p-01", DAY, DAY + timedelta(days=9))] == [1] * 5
    assert len(store.events("p-01", kinds=["minute"])) == 3
    assert store.expire("2026-03-05T09:00:00.000Z") == 0
    assert store.expire("2026-02-01T09:00:00.000Z") == 0, "a clock that went back brings nothing back"


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
    assert _day(store).minutes == 5
    assert _day(store).sitting_s == 240.0


def test_a_year_of_days_is_read_at_once(store: TrendStore, make_minute: Make) -> None:
    store.put(make_minute(day * 1440) for day in range(365))
    store.expire("2027-02-28T00:00:00.000Z")
    took_s: list[float] = []
    for _ in range(5):
        begun_s = time.perf_counter()
        year = store.days("p-01", DAY, DAY + timedelta(days=364))
        took_s.append(time.perf_counter() - begun_s)
        assert len(year) == 365
    assert min(took_s) < 0.2, "a page may take 200 ms; the least of five, because others use this machine too"


def test_a_year_of_minutes_of_twenty_patients(store: TrendStore, make_minute: Make) -> None:
    """Two minutes of each day, which is enough to see each day; with ``make year`` all of twelve hours."""
    is_whole = "LUMBAR_TEST_WHOLE_YEAR" in os.environ
    worn = range(0, WORN_MIN, 1 if is_whole else WORN_MIN // 2)
    patients = [f"p-{number:02}" for number in range(20)]
    begun_s = time.monotonic()
    for patient in patients:
        minutes = (
            make_minute(day * 1440 + minute, patient=patient, steps=day)
            for day in range(365)
            for minute in worn
        )
        while batch := list(islice(minutes, 5000)):
            store.put(batch)
        if is_whole:
            print(f"{type(store).__name__}, {patient}: {time.monotonic() - begun_s:.0f} s", flush=True)
    if is_whole:
        store.expire("2027-03-01T00:00:00.000Z")
    assert store.patients() == patients
    took_s = []
    for patient in patients if is_whole else (patients[0], patients[-1]):
        begun_s = time.perf_counter()
        year = store.days(patient, DAY, DAY + timedelta(days=364))
        took_s.append(time.perf_counter() - begun_s)
        assert [(day.minutes, day.steps) for day in year] == [
            (len(worn), len(worn) * number) for number in range(365)
        ]
    start, end = "2026-08-01T00:00:00.000Z", "2026-08-02T00:00:00.000Z"
    assert len(store.events("p-07", start=start, end=end)) == len(worn)
    if is_whole:
        median_ms, most_ms = 1000 * statistics.median(took_s), 1000 * max(took_s)
        print(f"a year of days: median {median_ms:.0f} ms, at most {most_ms:.0f} ms")


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

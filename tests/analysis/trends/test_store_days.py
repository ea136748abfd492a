"""The sums of days in every trend store: however late, twice or out of order things come."""

import os
import random
import statistics
import time
from datetime import UTC, date, datetime, timedelta
from itertools import islice
from typing import Any

import pytest

from analysis.trends.store import TrendStore
from tests.analysis.trends.one_day import DAY, Make, Open, the_day

WORN_MIN = 12 * 60
"""A day's minutes; from nine o'clock on, so that they are one day in every zone of Europe."""


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
    day = the_day(store)
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
    day = the_day(store)
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
    assert (the_day(store).minutes, the_day(store).steps) == (5, 9)
    assert len(store.events("p-01", kinds=["replace"])) == 1, "the record is kept"
    assert len(list(store.export("p-01"))) == 6


def test_replacing_changes_a_day_that_was_summed_already(
    store: TrendStore, make_minute: Make, make_replace: Make
) -> None:
    store.put(make_minute(number) for number in range(6))
    store.expire("2026-03-02T00:00:00.000Z")
    store.put([make_replace(0, 2 * 6000, start=None, end=None)])
    assert the_day(store).minutes == 3
    store.expire("2026-03-02T00:00:00.000Z")
    assert the_day(store).minutes == 3


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
    day = the_day(store)
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
        assert the_day(store, day=day).minutes == (23, 25)[number]


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

"""What pages read of many patients and many events at once is what one by one would give, in every store."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest

from analysis.trends.store import TrendStore

Make = Callable[..., dict[str, Any]]
At = Callable[[float], str]
NAMES = ("start", "tilt_hist_s", "steps", "slumped_s", "nowhere")


@pytest.mark.parametrize("span_s", [(0, 600), (61, 400), (0, 30)])
def test_rows_are_the_fields_of_the_events(
    store: TrendStore, make_minute: Make, make_walk: Make, clock_text: At, span_s: tuple[int, int]
) -> None:
    slumped = [None, 1.25]
    minutes = [make_minute(at, steps=at, slumped_s=slumped[at % 2]) for at in range(12)]
    replaced = make_minute(3, 1, steps=99)
    store.put([*minutes, make_walk(), replaced, make_minute(5, patient="p-02")])
    start, end = map(clock_text, span_s)
    events = store.events("p-01", kinds={"minute"}, start=start, end=end)
    rows = store.rows("p-01", "minute", NAMES, start=start, end=end)
    assert rows == [[event.get(name) for name in NAMES] for event in events]
    assert store.rows("p-01", "minute", ["steps"], start=start, end=end) == [[e["steps"]] for e in events]
    assert store.rows("p-9", "minute", NAMES, start=start, end=end) == []
    assert store.rows("p-01", "minute", [], start=start, end=end) == [[] for _ in events]


def test_days_of_many_are_those_of_each(store: TrendStore, make_minute: Make, make_walk: Make) -> None:
    patients = [f"p-{number:02}" for number in range(45)]
    store.put([make_minute(number, patient=patient) for patient in patients[:-1] for number in (0, 1)])
    store.expire("2026-03-20T00:00:00.000Z")
    store.put([make_minute(2, patient="p-07"), make_minute(0, 1, patient="p-08", steps=500)])
    first, last = date(2026, 1, 1), date(2026, 12, 31)
    days = store.days_of(patients, first, last)
    assert list(days) == patients
    assert days == {patient: store.days(patient, first, last) for patient in patients}
    assert [len(days[patient]) for patient in ("p-06", "p-07", "p-44")] == [1, 1, 0]
    assert days["p-07"][0].minutes == 3
    assert store.days_of(["p-06"], last - timedelta(days=1), last) == {"p-06": []}
    assert store.days_of([], first, last) == {}


def test_facts_of_many_are_those_of_each(
    store: TrendStore, make_mark: Make, make_status: Make, clock_text: At
) -> None:
    patients = [f"p-{number:02}" for number in range(45)]
    events = [make_mark(second, patient=patient) for patient in patients[:-1] for second in (30, 10, 20)]
    store.put([*events, *(make_status(patient=patient) for patient in patients[:3])])
    kinds = {"mark", "status"}
    for start in (None, clock_text(20)):
        found = store.facts_of(patients, kinds, start=start)
        assert found == {patient: store.events(patient, kinds=kinds, start=start) for patient in patients}
    assert [event["start"] for event in found["p-05"]] == [clock_text(20), clock_text(30)]
    assert found["p-44"] == []
    assert store.facts_of([], kinds) == {}


def test_names_that_look_like_patterns_are_names(
    store: TrendStore, make_minute: Make, make_mark: Make
) -> None:
    """Many patients are one pattern to a server: what means something in one must mean itself."""
    odd = ["p.1", "a|b", "(x)", "[y]", "ü/'%", "$^", "p-1~"]
    store.put([make_minute(0, patient=name) for name in [*odd, "pa1", "a", "x", "y"]])
    store.put([make_mark(1, patient=name) for name in [*odd, "pa1", "a"]])
    first, last = date(2026, 1, 1), date(2026, 12, 31)
    days = store.days_of(odd, first, last)
    assert {name: len(of_name) for name, of_name in days.items()} == dict.fromkeys(odd, 1)
    facts = store.facts_of(odd[:4], {"mark", "log"})
    assert {name: len(of_name) for name, of_name in facts.items()} == dict.fromkeys(odd[:4], 1)
    assert store.facts_of(odd, {"mark"}) == {name: store.events(name, kinds={"mark"}) for name in odd}

"""True events are events of the product: every one validates, and says what the truth says."""

import json
from collections import Counter
from datetime import UTC, datetime
from typing import Any

import pytest

from analysis.events.catalogue import parse_event
from firmware_sim.scenarios import SCENARIOS, scenario
from firmware_sim.truth.events import truth_events
from firmware_sim.truth.record import Truth, truth_of

START_NS = int(datetime(2025, 3, 3, 8, tzinfo=UTC).timestamp()) * 1_000_000_000


def utc_ns(at_s: float) -> int:
    return START_NS + round(at_s * 1e9)


def written(truth: Truth) -> list[dict[str, Any]]:
    events = truth_events(truth, patient="p-1", device="SIM-0001", utc_ns_of=utc_ns)
    return [json.loads(json.dumps(event)) for event in events]


@pytest.fixture(scope="module")
def morning() -> tuple[Truth, list[dict[str, Any]]]:
    truth = truth_of(scenario("morning", 0))
    return truth, written(truth)


@pytest.mark.parametrize("name", sorted(SCENARIOS.keys() - {"day"}))
def test_every_event_is_one_of_the_products(name: str) -> None:
    for event in written(truth_of(scenario(name, 1))):
        parsed = parse_event(event)
        assert parsed.to_dict() == event


def test_there_is_an_event_for_each_truth_but_the_bends_of_the_calibration(
    morning: tuple[Truth, list[dict[str, Any]]],
) -> None:
    truth, events = morning
    counts = Counter(event["schema"] for event in events)
    assert counts == {
        "lumbar.calibration/1": 1,
        "lumbar.lift/1": 14,
        "lumbar.posture/1": len(truth.spans),
        "lumbar.sitting/1": len(truth.sitting),
        "lumbar.transition/1": len(truth.transitions),
        "lumbar.walk/1": len(truth.walks),
        "lumbar.minute/1": len(truth.minutes),
        "lumbar.alert/1": len(truth.alerts),
    }


def test_ids_are_unique_and_the_same_each_time(morning: tuple[Truth, list[dict[str, Any]]]) -> None:
    truth, events = morning
    ids = [event["event_id"] for event in events]
    assert len(set(ids)) == len(ids)
    assert ids == [event["event_id"] for event in written(truth)]


def test_times_are_those_of_the_given_clock(morning: tuple[Truth, list[dict[str, Any]]]) -> None:
    truth, events = morning
    second = [event for event in events if event["schema"] == "lumbar.minute/1"][1]
    assert (second["start"], second["end"]) == ("2025-03-03T08:03:00.000Z", "2025-03-03T08:04:00.000Z")
    alert = next(event for event in events if event["schema"] == "lumbar.alert/1")
    at_s = datetime.fromisoformat(alert["start"]).timestamp() - START_NS / 1e9
    assert at_s == pytest.approx(truth.alerts[0].at_s, abs=0.0015)


def test_a_lift_says_its_numbers(morning: tuple[Truth, list[dict[str, Any]]]) -> None:
    truth, events = morning
    lift = next(lift for lift in truth.lifts if lift.context == "chores")
    event = next(event for event in events if event["schema"] == "lumbar.lift/1")
    assert event["strategy"] == lift.verdict.strategy
    assert event["lumbar_share"] == pytest.approx(lift.share, abs=0.0005)
    assert event["trunk_peak_deg"] == pytest.approx(lift.trunk_peak_deg, abs=0.05)
    assert event["descent_s"] + event["ascent_s"] == pytest.approx(event["duration_s"], abs=0.011)
    assert event["smoothness_sparc"] is None

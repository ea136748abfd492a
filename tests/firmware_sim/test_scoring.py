"""The demo's judge: what counts as found, agreeing, extra, late."""

from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from firmware_sim.scoring import Tolerances, score

MORNING = datetime(2026, 3, 2, 8, tzinfo=UTC)


def at(second: float) -> str:
    return (MORNING + timedelta(seconds=second)).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def lift(start_s: float, end_s: float, strategy: str = "shared") -> dict[str, Any]:
    return {"schema": "lumbar.lift/1", "start": at(start_s), "end": at(end_s), "strategy": strategy}


def posture(start_s: float, end_s: float, state: str = "sitting") -> dict[str, Any]:
    return {"schema": "lumbar.posture/1", "start": at(start_s), "end": at(end_s), "state": state}


def alert(second: float, level: str = "nudge", action: str = "raised") -> dict[str, Any]:
    return {
        "schema": "lumbar.alert/1",
        "kind": "prolonged_sitting",
        "start": at(second),
        "end": at(second),
        "level": level,
        "action": action,
    }


def test_the_truth_itself_has_no_faults() -> None:
    events = [lift(0, 3), lift(10, 14, "hip_hinge"), posture(20, 3000), alert(1820), alert(2720, "alert")]
    result = score(events, events)
    assert result.faults() == []
    assert result.agreeing_lifts == {"shared": 1, "hip_hinge": 1}
    assert [one.error_s for one in result.alerts] == [0.0, 0.0]


def test_a_lift_is_found_if_half_of_the_longer_one_is_shared() -> None:
    assert score([lift(0, 4)], [lift(2.1, 6.1)]).found_lifts.total() == 0
    assert score([lift(0, 4)], [lift(1, 4.5)]).found_lifts.total() == 1
    assert score([lift(0, 4)], [lift(0, 9)]).found_lifts.total() == 0


def test_one_true_lift_found_twice_is_one_extra() -> None:
    result = score([lift(0, 4)], [lift(0, 2.1), lift(2.1, 4)])
    assert (result.found_lifts.total(), result.extra_lifts) == (1, 1)
    assert "never happened" in result.faults()[0]


def test_each_miss_is_a_sentence() -> None:
    truth = [lift(10 * i, 10 * i + 3) for i in range(12)] + [
        posture(200, 3200),
        alert(2000),
        alert(2900, "alert"),
    ]
    detected = [lift(10 * i, 10 * i + 3, "hip_hinge") for i in range(10)]
    detected += [posture(200, 3000), alert(2031), alert(100, action="cleared"), alert(40)]
    faults = score(truth, detected).faults()
    assert faults == [
        "only 10 of 12 lifts were found",
        "only 0 of 10 lifts got the right strategy",
        "sitting was 46.7 min, truly 50.0 min",
        "the nudge due at 2026-03-02T08:33:20.000Z came +31 s off",
        "the alert due at 2026-03-02T08:48:20.000Z never came",
        "1 nudges or alerts came that were not due",
    ]


def test_seconds_of_sitting_count_only_beyond_the_rise_after_the_calibration() -> None:
    assert score([], [posture(0, 15)]).faults() == []
    assert score([], [posture(0, 16)]).faults() == ["sitting was 0.3 min, truly 0.0 min"]


def test_one_miss_and_one_wrong_strategy_are_tolerated() -> None:
    truth = [lift(10 * i, 10 * i + 3) for i in range(12)]
    detected = [lift(10 * i, 10 * i + 3, "hip_hinge" if i == 0 else "shared") for i in range(11)]
    assert score(truth, detected).faults() == []
    assert score(truth, detected).faults(Tolerances(missed_lifts=0)) != []


@given(st.permutations(range(8)))
def test_order_does_not_matter(order: list[int]) -> None:
    truth = [lift(10 * i, 10 * i + 3) for i in range(8)]
    result = score(truth, [truth[i] for i in order])
    assert result.agreeing_lifts.total() == 8

"""Practice at home: begun and ended by the patient, kept in the archive, and not lost with the process."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from analysis.care.wish import RefusedError
from analysis.recording.journal import PracticeBegun, PracticeEnded
from analysis.recording.raw import RawSamples
from analysis.replay import analyse_archive
from firmware_sim.scenarios import scenario
from firmware_sim.truth.lifts import TrueLift
from firmware_sim.truth.record import truth_of
from gateway.exercise import HomeExercise

Worn = Callable[..., RawSamples]
Homes = Any  # the fixture's type lives in conftest.py


class _Clock:
    def utc_ns(self) -> int:
        return 1_800_000_000_000_000_000


def exercise(home: Any) -> HomeExercise:
    return HomeExercise(_Clock(), home.strip, home.care, is_guided=home.mode != "aligned")  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def hinges() -> list[TrueLift]:
    return [lift for lift in truth_of(scenario("practice", 1)).lifts if lift.context == "practice"]


def begin_at(hinges: list[TrueLift]) -> int:
    return round(hinges[0].start_s * 100) - 800


def sets(home: Any) -> list[dict[str, Any]]:
    return list(home.stored("practice"))


def lines(events: Any) -> list[str]:
    return sorted(json.dumps(event, sort_keys=True) for event in events)


def test_a_set_is_recorded_and_repeated_by_the_archive(
    homes: Homes, worn: Worn, hinges: list[TrueLift]
) -> None:
    home, samples = homes(), worn("practice")
    begin, end = begin_at(hinges), round(hinges[-1].end_s * 100) + 300
    home.push(samples[:begin])
    asked = exercise(home)
    assert asked.now().open_set is None
    asked.begin(10)
    home.push(samples[begin:end])
    (one,) = asked.now().sets
    assert [hinge.strategy for hinge in one.hinges] == [hinge.verdict.strategy for hinge in hinges]
    asked.end()
    home.push(samples[end:])
    assert asked.now().sets == ()
    home.segments.finish()
    (practised,) = sets(home)
    assert practised["ended_by"] == "patient"
    assert [each["strategy"] for each in practised["repetitions"]] == [h.verdict.strategy for h in hinges]
    assert [one["context"] for one in home.stored("lift")] == ["practice"] * 10
    entries = [e for e in home.read().entries if isinstance(e, PracticeBegun | PracticeEnded)]
    assert entries == [PracticeBegun(1, begin, 10), PracticeEnded(1, end)]
    again = [event.to_dict() for event in analyse_archive(home.read())]
    derived = {event["schema"] for event in again}
    assert lines(again) == lines(event for event in home.stored() if event["schema"] in derived)


def test_a_set_outlives_the_process(homes: Homes, worn: Worn, hinges: list[TrueLift]) -> None:
    home, samples = homes(), worn("practice")
    begin, killed = begin_at(hinges), round(hinges[4].end_s * 100) + 150
    home.push(samples[:begin])
    exercise(home).begin(10)
    home.push(samples[begin:killed])
    after = homes(homes.as_a_crash_leaves_it(home))
    # The crash ended it, as far as anybody could know; the next samples show that it goes on.
    assert [one["ended_by"] for one in sets(after)] == ["interrupted"]
    after.push(samples[killed:])
    after.segments.finish()
    (practised,) = sets(after)
    assert [each["strategy"] for each in practised["repetitions"]] == [h.verdict.strategy for h in hinges]
    assert practised["revision"] == 1
    assert {one["context"] for one in after.stored("lift")} == {"practice"}


def test_the_open_set_is_there_again_after_a_restart(
    homes: Homes, worn: Worn, hinges: list[TrueLift]
) -> None:
    home, samples = homes(), worn("practice")
    begin, killed = begin_at(hinges), round(hinges[4].end_s * 100) + 150
    home.push(samples[:begin])
    exercise(home).begin(10)
    home.push(samples[begin:killed])
    after = homes(homes.as_a_crash_leaves_it(home))
    after.push(samples[killed : killed + 100])
    going = exercise(after).now().open_set
    assert going is not None
    assert (going.target, len(going.hinges)) == (10, 5)


def test_what_comes_first_is_asked_for(homes: Homes, worn: Worn) -> None:
    home = homes()
    asked = exercise(home)
    with pytest.raises(RefusedError, match="put on the strip first"):
        asked.begin(10)
    home.push(worn("quiet", seconds=5))
    with pytest.raises(RefusedError, match="show the strip how you move first"):
        asked.begin(10)
    with pytest.raises(RefusedError, match="at most 50"):
        asked.begin(51)
    routine = asked.now().routine
    assert routine is not None
    assert routine.step == "stand"
    home.care.answer_check("e-1", ["fever"], _Clock().utc_ns())
    with pytest.raises(RefusedError, match="your therapist has looked"):
        asked.begin(10)
    asked.end()
    assert not [e for e in home.read().entries if isinstance(e, PracticeBegun)]


def test_axes_that_are_given_leave_nothing_to_calibrate(homes: Homes, worn: Worn) -> None:
    home = homes(mode="aligned")
    home.push(worn("quiet", seconds=5))
    assert not exercise(home).now().is_guided
    with pytest.raises(RefusedError, match="there is no routine"):
        exercise(home).calibrate()

"""Each scenario holds what its users rely on, whoever its seed makes the person."""

import re
from collections import Counter
from itertools import pairwise

import numpy as np
import pytest

from firmware_sim.body import feel
from firmware_sim.person.path import Joint
from firmware_sim.scenarios import SCENARIOS, Scenario, ScenarioError, scenario
from firmware_sim.truth.lifts import TrueLift
from firmware_sim.truth.record import Truth, truth_of

SEEDS = (0, 1, 2, 3)


@pytest.fixture(scope="module", params=SEEDS, ids=lambda seed: f"seed{seed}")
def morning(request: pytest.FixtureRequest) -> tuple[Scenario, Truth]:
    life = scenario("morning", request.param)
    return life, truth_of(life)


def chores(truth: Truth) -> list[TrueLift]:
    return [lift for lift in truth.lifts if lift.context == "chores"]


def test_an_unknown_name_lists_the_known_ones() -> None:
    with pytest.raises(
        ScenarioError, match=re.escape(f"no scenario 'night'; there are: {', '.join(SCENARIOS)}")
    ):
        scenario("night")


@pytest.mark.parametrize("name", SCENARIOS)
def test_every_scenario_begins_with_the_whole_calibration(name: str) -> None:
    phases = scenario(name, 7).script.phases
    counts = Counter(phase.kind for phase in phases)
    assert counts == {"stand": 3, "walk": 1, "full_bend": 3, "dowel_hinge": 5, "sit": 1, "slump": 1}
    assert phases[0].start_s <= 15.0
    assert phases[-1].end_s <= 180.0


@pytest.mark.parametrize("name", SCENARIOS)
def test_the_length_is_about_what_is_announced(name: str) -> None:
    announced = re.match(r"(\d+) min", SCENARIOS[name])
    assert announced is not None
    assert scenario(name, 7).duration_s / 60 == pytest.approx(float(announced[1]), rel=0.2, abs=0.5)


@pytest.mark.parametrize("name", sorted(SCENARIOS.keys() - {"day"}))
def test_joints_and_sensors_stay_within_human_limits(name: str) -> None:
    life = scenario(name, 8)
    for first_s in np.arange(0.0, life.duration_s, 60.0):
        pose = life.motion.pose(first_s + np.arange(3000) / 50)
        trunk = pose[Joint.TILT].value + pose[Joint.FLEXION].value
        assert -95 < trunk.min() <= trunk.max() < 125
        assert pose[Joint.FLEXION].value.max() < 1.03 * life.anatomy.lumbar_range_deg
        assert np.abs(pose[Joint.LIST].value).max() < 15
        for felt in feel(pose, life.anatomy):
            assert np.abs(felt.acc_mps2).max() < 25
            assert np.degrees(np.abs(felt.gyr_radps).max()) < 300


def test_morning_has_lifts_of_three_strategies_beyond_doubt(morning: tuple[Scenario, Truth]) -> None:
    lifts = chores(morning[1])
    counts = Counter(lift.verdict.strategy for lift in lifts)
    assert 12 <= len(lifts) <= 14
    assert all(counts[label] >= 4 for label in ("hip_hinge", "shared", "lumbar_flexion")), counts
    assert sum(lift.verdict.borderline for lift in lifts) == 0
    assert {lift.legs for lift in lifts} == {"straight", "bent"}
    assert min(lift.trunk_peak_deg for lift in lifts) < 50
    assert max(lift.trunk_peak_deg for lift in lifts) > 100
    assert all(1.5 < lift.end_s - lift.start_s < 6.5 for lift in lifts)


def test_mornings_hip_led_lifts_pass_the_persons_own_gate_too(morning: tuple[Scenario, Truth]) -> None:
    calibration = morning[1].calibration
    assert calibration is not None
    for lift in chores(morning[1]):
        if lift.verdict.strategy == "hip_hinge":
            assert lift.share < calibration.hip_share
            assert lift.range_pct < calibration.hip_range_pct


def test_morning_has_two_lifts_in_quick_succession(morning: tuple[Scenario, Truth]) -> None:
    lifts = chores(morning[1])
    assert min(b.start_s - a.end_s for a, b in pairwise(lifts)) < 3.0


def test_morning_holds_a_sit_long_enough_for_nudge_and_alert(morning: tuple[Scenario, Truth]) -> None:
    truth = morning[1]
    longest = max(truth.sitting, key=lambda bout: bout.end_s - bout.start_s)
    assert 47 * 60 < longest.end_s - longest.start_s < 49 * 60
    assert longest.postural_shifts >= 4
    assert 300 < longest.slumped_s < 1800
    assert longest.ended_by == "walk"
    assert [(alert.level, alert.action) for alert in truth.alerts] == [
        ("nudge", "raised"),
        ("alert", "raised"),
        ("alert", "cleared"),
    ]
    assert truth.alerts[0].at_s == pytest.approx(longest.start_s + 1800)
    assert truth.alerts[1].at_s == pytest.approx(longest.start_s + 2700)
    assert truth.alerts[2].at_s == pytest.approx(longest.end_s + 60)


def test_morning_has_a_rest_and_ends_on_the_feet(morning: tuple[Scenario, Truth]) -> None:
    truth = morning[1]
    lying_s = sum(span.duration_s for span in truth.spans if span.state == "lying")
    assert 115 < lying_s < 130
    assert truth.spans[-1].state == "standing"
    assert truth.spans[-2].state == "walking"


def test_lifts_has_twelve() -> None:
    counts = Counter(lift.verdict.strategy for lift in chores(truth_of(scenario("lifts", 4))))
    assert counts == {"hip_hinge": 4, "shared": 4, "lumbar_flexion": 4}


def test_desk_nudges_and_walks_it_off() -> None:
    truth = truth_of(scenario("desk", 4))
    assert [(alert.level, alert.action) for alert in truth.alerts] == [
        ("nudge", "raised"),
        ("nudge", "cleared"),
    ]


def test_quiet_has_neither_lift_nor_alert() -> None:
    truth = truth_of(scenario("quiet", 4))
    assert not chores(truth)
    assert not truth.alerts


def test_snack_is_one_and_marching_alone_is_none() -> None:
    life = scenario("snack", 4)
    truth = truth_of(life)
    (bout,) = truth.sitting
    assert bout.ended_by == "snack"
    assert len(life.script.snacks) == 1
    assert len(truth.walks) == 3

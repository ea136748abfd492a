"""Days of anyone: the same for the same seed, possible, long, and with the truth of them."""

from collections import Counter
from functools import partial
from itertools import pairwise

import numpy as np
import pytest

from analysis.events.catalogue import parse_event
from firmware_sim.body import feel
from firmware_sim.days import day
from firmware_sim.imu import ADVERSE
from firmware_sim.person.path import Joint
from firmware_sim.person.source import PersonSource
from firmware_sim.scenarios import Scenario
from firmware_sim.truth import day as true_day
from firmware_sim.truth.events import truth_events
from firmware_sim.truth.record import truth_of

SEEDS = (0, 1, 2)
MANY = range(8)


@pytest.fixture(scope="module", params=SEEDS, ids=lambda seed: f"seed{seed}")
def life(request: pytest.FixtureRequest) -> Scenario:
    return day(request.param)


@pytest.fixture(scope="module")
def many() -> list[Scenario]:
    return [day(seed) for seed in MANY]


def test_the_same_seed_is_the_same_day() -> None:
    assert day(3, 1.0).script == day(3, 1.0).script
    assert day(3, 1.0).script != day(4, 1.0).script
    assert day(3, 1.0).anatomy == day(3, 2.0).anatomy


def test_it_lasts_as_long_as_was_asked_for(many: list[Scenario]) -> None:
    for life in many:
        hours = (life.duration_s - life.script.day_start_s) / 3600
        assert 7.95 < hours < 8.3
    assert 0.9 < (day(9, 1.0).duration_s - day(9, 1.0).script.day_start_s) / 3600 < 1.3


def test_postures_cover_the_day_without_gaps(life: Scenario) -> None:
    spans = true_day.spans(life)
    assert spans[0].start_s == life.script.day_start_s
    assert spans[-1].end_s == life.duration_s
    assert all(a.end_s == b.start_s for a, b in pairwise(spans))
    assert all(span.duration_s > 0.0 for span in spans)
    assert ("sitting", "walking") not in {(a.state, b.state) for a, b in pairwise(spans)}


def test_people_spend_their_days_in_all_the_ways_there_are(many: list[Scenario]) -> None:
    kinds = Counter(one.kind for life in many for one in life.script.pastimes)
    assert len(kinds) == 18
    assert min(kinds.values()) >= 2, kinds
    seated = []
    for life in many:
        spans = true_day.spans(life)
        sat_s = sum(span.duration_s for span in spans if span.state == "sitting")
        seated.append(sat_s / sum(span.duration_s for span in spans))
    assert 0.4 < np.mean(seated) < 0.7
    assert {span.state for life in many for span in true_day.spans(life)} == {
        "lying",
        "sitting",
        "standing",
        "walking",
        "not_worn",
    }


def test_every_day_is_due_a_nudge_and_an_alert(many: list[Scenario]) -> None:
    for life in many:
        due = Counter((one.level, one.action) for one in true_day.alerts_due(life, true_day.spans(life)))
        assert due["nudge", "raised"] >= 1
        assert due["alert", "raised"] >= 1


def test_no_one_is_in_doubt_whether_it_was_a_break(many: list[Scenario]) -> None:
    """Between two sits no one is on the feet for about a minute, or for longer with about ten steps."""
    for life in many:
        upright_s, since_s = 0.0, 0.0
        strikes_s = true_day.steps_s(life)
        for span in true_day.spans(life):
            if span.state in {"standing", "walking"}:
                since_s = span.start_s if upright_s == 0.0 else since_s
                upright_s += span.duration_s
                continue
            if span.state == "sitting" and upright_s > 50.0 and since_s > life.script.day_start_s:
                steps = int(((strikes_s >= since_s) & (strikes_s < span.start_s)).sum())
                assert steps <= 6 or (steps >= 14 and upright_s > 70.0), (
                    life.seed,
                    since_s,
                    upright_s,
                    steps,
                )
            upright_s = 0.0


def test_joints_and_sensors_stay_within_human_limits(life: Scenario) -> None:
    knocks_s = [knock.at_s for knock in life.script.knocks]
    spans = true_day.spans(life)
    starts_s = np.array([span.start_s for span in spans])
    for first_s in np.arange(life.script.day_start_s, life.duration_s - 60.0, 300.0):
        t_s = first_s + np.arange(3000) / 50
        pose = life.motion.pose(t_s)
        worn = np.array([span.state != "not_worn" for span in spans])[
            np.maximum(np.searchsorted(starts_s, t_s, "right") - 1, 0)
        ]
        quiet = np.all([(t_s < at_s) | (t_s > at_s + 0.3) for at_s in (*knocks_s, -9.0)], axis=0)
        lying = np.abs(pose[Joint.LIST].value) > 30.0
        assert np.abs(pose[Joint.TILT].value[worn & ~lying]).max(initial=0.0) < 95.0
        assert pose[Joint.FLEXION].value[worn].max(initial=0.0) < 1.05 * life.anatomy.lumbar_range_deg
        for felt in feel(pose, life.anatomy):
            assert np.abs(felt.acc_mps2[quiet]).max(initial=0.0) < 40.0
            assert np.degrees(np.abs(felt.gyr_radps[quiet]).max(initial=0.0)) < 700.0


def test_sensors_feel_the_same_whichever_way_they_are_read(life: Scenario) -> None:
    source, other = PersonSource(life, ADVERSE), PersonSource(life, ADVERSE)
    whole = source.read(400_000, 3000)
    np.testing.assert_array_equal(
        np.concatenate([other.read(400_000 + at, 500) for at in range(0, 3000, 500)]), whole
    )


def test_true_events_are_valid() -> None:
    life = next(life for life in map(partial(day, hours=1.0), range(20)) if life.script.snacks)
    events = truth_events(truth_of(life), patient="p", device="s", utc_ns_of=lambda at_s: round(at_s * 1e9))
    kinds = set()
    for event in events:
        assert parse_event(event).to_dict() == event
        kinds.add(event["schema"])
    assert "lumbar.snack/1" in kinds

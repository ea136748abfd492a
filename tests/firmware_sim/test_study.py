"""Participants of the study: the same for the same seed, possible people, and the truth of them."""

import json
from collections import Counter
from itertools import pairwise

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from numpy.typing import NDArray

from analysis.events.catalogue import parse_event
from firmware_sim.body import feel, orientations
from firmware_sim.imu import ADVERSE
from firmware_sim.person.anatomy import Mounting
from firmware_sim.person.path import Joint
from firmware_sim.person.source import PersonSource
from firmware_sim.scenarios import Scenario
from firmware_sim.study import participant, recorded
from firmware_sim.truth.angles import angles_at, angles_between, lumbar_range_deg, zero_deg
from firmware_sim.truth.events import truth_events
from firmware_sim.truth.record import Truth, truth_of
from tests.firmware_sim.dropouts import gaps_drawn, runs

SEEDS = (0, 1, 2, 3)
MANY = range(60)


@pytest.fixture(scope="module", params=SEEDS, ids=lambda seed: f"seed{seed}")
def person(request: pytest.FixtureRequest) -> tuple[Scenario, Truth]:
    life = participant(request.param)
    return life, truth_of(life)


@pytest.fixture(scope="module")
def one() -> tuple[Scenario, NDArray[np.int16]]:
    life = participant(5)
    return life, recorded(life)


def test_the_same_seed_is_the_same_participant(one: tuple[Scenario, NDArray[np.int16]]) -> None:
    assert_array_equal(recorded(participant(5))[::7], one[1][::7])
    assert participant(6).script != one[0].script


def test_samples_do_not_depend_on_how_they_are_read(one: tuple[Scenario, NDArray[np.int16]]) -> None:
    life, whole = one
    source = PersonSource(life, ADVERSE)
    for first, count in ((9000, 3), (100, 5000), (31_000, 1), (0, 2049)):
        assert_array_equal(source.read(first, count), whole[first : first + count])


def test_the_mounting_changes_nothing_but_the_mounting() -> None:
    drawn, given = participant(2), participant(2, mounting=Mounting())
    assert given.mounting == Mounting()
    assert drawn.mounting != given.mounting
    assert drawn.script == given.script
    assert participant(2, mounting="tilted").script == given.script


def test_everyone_does_what_was_asked_for() -> None:
    kinds: Counter[str] = Counter()
    for seed in MANY:
        life = participant(seed)
        day_s = life.duration_s - life.script.day_start_s
        assert 4.5 * 60 < day_s < 9.5 * 60
        lifts = [bend for bend in life.script.bends if bend.context == "chores"]
        assert 10 <= len(lifts) <= 14
        moves = [move for move in life.script.seat_moves if move.start_s >= life.script.day_start_s]
        assert 6 <= len(moves) <= 10
        assert [move.kind for move in moves] == ["stand_to_sit", "sit_to_stand"] * (len(moves) // 2)
        kinds.update(deed.kind for deed in life.script.deeds)
        kinds.update(move.style for move in moves)
        kinds.update(bend.plan.kind for bend in lifts)
        kinds["slip"] += len(life.script.slips)
        kinds["knock"] += len(life.script.knocks)
        kinds["series"] += any(bend.plan.rise_to > 0.0 for bend in lifts)
    assert kinds["series"] == len(MANY)
    assert 2 < kinds["slip"] < 20
    rare = [kind for kind, count in kinds.items() if count < 3]
    assert not rare
    # Car and bed are deeds and styles of sitting down.
    assert len(kinds) == 15 + 10 - 2 + 2 + 3


def test_unguided_there_is_no_calibration_and_the_day_begins_at_once() -> None:
    life = participant(1, guided=False)
    assert not life.script.phases
    assert life.script.day_start_s == 0.0
    assert truth_of(life).calibration is None


def test_joints_and_sensors_stay_within_human_limits(person: tuple[Scenario, Truth]) -> None:
    life, _ = person
    knocks_s = [knock.at_s for knock in life.script.knocks]
    t_s = np.arange(0.0, life.duration_s, 0.02)
    pose = life.motion.pose(t_s)
    quiet = np.all([(t_s < at_s) | (t_s > at_s + 0.3) for at_s in (*knocks_s, -9.0)], axis=0)
    trunk_deg = pose[Joint.TILT].value + pose[Joint.FLEXION].value
    assert -95.0 < trunk_deg.min() <= trunk_deg.max() < 150.0
    assert pose[Joint.FLEXION].value.max() < 1.05 * life.anatomy.lumbar_range_deg
    assert pose[Joint.UP].value.min() > -0.75 * life.anatomy.leg_m
    for felt in feel(pose, life.anatomy):
        assert np.abs(felt.acc_mps2[quiet]).max() < 30.0
        assert np.degrees(np.abs(felt.gyr_radps[quiet]).max()) < 500.0


def test_lifts_are_what_was_planned_and_clear_of_what_is_no_lift(person: tuple[Scenario, Truth]) -> None:
    life, truth = person
    for bend, found in zip(life.script.bends, truth.lifts, strict=True):
        # In a series the trough between two may lie in the pause between their plans.
        assert bend.start_s - 0.6 < found.start_s < found.peak_s < found.end_s < bend.end_s + 0.6
        assert found.kind == bend.plan.kind
        assert found.legs == ("bent" if bend.plan.knee_drop_m > 0.1 else "straight")
        if found.kind == "bend":
            assert found.trunk_peak_deg > 32.0
            assert found.trunk_peak_deg == pytest.approx(bend.plan.depth_deg, abs=4.0)
            assert 0.85 < found.end_s - found.start_s < 15.0
        else:
            assert found.trunk_peak_deg < 29.0
            assert found.verdict.strategy == "not_scored"
            assert found.drop_m > 0.2
        for deed in life.script.deeds:
            assert found.end_s <= deed.start_s or found.start_s >= deed.end_s
    for earlier, later in pairwise(truth.lifts):
        assert earlier.end_s <= later.start_s


def test_standing_posture_spans_cover_the_day(person: tuple[Scenario, Truth]) -> None:
    life, truth = person
    assert truth.spans[0].start_s == life.script.day_start_s
    assert truth.spans[-1].end_s == life.duration_s
    assert all(a.end_s == b.start_s for a, b in pairwise(truth.spans))
    assert {"sitting", "standing", "walking"} <= {span.state for span in truth.spans}


def test_true_angles_of_pods_are_their_gravity_tilts_when_nothing_is_askew(
    person: tuple[Scenario, Truth],
) -> None:
    life, _ = person
    t_s = np.arange(0.0, life.duration_s, 0.05)
    slipped_s = min((slip.start_s for slip in life.script.slips), default=np.inf)
    pose = life.motion.pose(t_s)
    askew_deg = sum(np.abs(pose[j].value) for j in (Joint.LIST, Joint.SIDE, Joint.TWIST))
    plain = (askew_deg < 3.0) & (t_s < slipped_s)
    assert plain.mean() > 0.1
    angles = angles_at(life, t_s, "pod")
    for turns, expected_deg in zip(orientations(pose), (angles.trunk_deg, angles.pelvis_deg), strict=True):
        up = turns.inv().apply([0.0, 0.0, 1.0])
        tilt_deg = np.degrees(np.arctan2(-up[:, 0], up[:, 2]))
        assert_allclose(tilt_deg[plain], expected_deg[plain], atol=0.3)


def test_bones_and_pods_differ_by_a_few_degrees(person: tuple[Scenario, Truth]) -> None:
    life, _ = person
    bone, pod = (angles_between(life, 0.0, life.duration_s, carrier) for carrier in ("bone", "pod"))
    knocks_s = [-9.0, *(knock.at_s for knock in life.script.knocks)]
    quiet = np.all([np.abs(bone.t_s - at_s) > 0.5 for at_s in knocks_s], axis=0)
    apart_deg = (pod.lumbar_deg - bone.lumbar_deg)[quiet]
    assert 0.1 < np.sqrt(np.mean(apart_deg**2)) < 4.0
    assert np.abs(apart_deg).max() < 16.0


def test_the_strip_counts_from_the_guided_stands(person: tuple[Scenario, Truth]) -> None:
    life, _ = person
    stands = [phase for phase in life.script.phases if phase.kind == "stand"]
    for part in ("pelvis_deg", "lumbar_deg"):
        means = [np.mean(getattr(angles_between(life, s.start_s, s.end_s, "strip"), part)) for s in stands]
        assert np.median(means) == pytest.approx(0.0, abs=1.0)
    pod, strip = (angles_between(life, 200.0, 260.0, carrier) for carrier in ("pod", "strip"))
    assert_allclose(pod.lumbar_deg - strip.lumbar_deg, zero_deg(life, "strip")[1])
    assert lumbar_range_deg(life, "strip") == pytest.approx(
        lumbar_range_deg(life, "pod") - zero_deg(life, "strip")[1]
    )


def test_unguided_the_strip_has_no_zero_of_its_own() -> None:
    assert zero_deg(participant(1, guided=False), "strip") == (0.0, 0.0)


def test_the_pods_range_is_what_they_see_in_the_guided_bends(person: tuple[Scenario, Truth]) -> None:
    life, _ = person
    calibration = truth_of(life, "pod").calibration
    assert calibration is not None
    bends = [phase for phase in life.script.phases if phase.kind == "full_bend"]
    seen_deg = [angles_between(life, b.start_s, b.end_s, "pod").lumbar_deg.max() for b in bends]
    assert np.median(seen_deg) == pytest.approx(calibration.lumbar_range_deg, rel=0.06)


def test_the_true_neutral_is_the_median_stand(person: tuple[Scenario, Truth]) -> None:
    life, truth = person
    assert truth.calibration is not None
    stands = [stance.lumbar_deg for stance in life.script.stances if stance.at_s < life.script.day_start_s]
    assert abs(truth.calibration.neutral_lumbar_deg) <= max(map(abs, stands)) + 1.5


def test_true_events_are_valid(person: tuple[Scenario, Truth]) -> None:
    _, truth = person
    events = truth_events(truth, patient="p-1", device="SIM-1", utc_ns_of=lambda at_s: round(at_s * 1e9))
    counts: Counter[str] = Counter()
    for made in events:
        event = json.loads(json.dumps(made))
        assert parse_event(event).to_dict() == event
        counts[event["schema"]] += 1
    assert counts["lumbar.lift/1"] >= 10
    assert counts["lumbar.transition/1"] >= 6


def test_gaps_leave_the_rest_as_it_was(one: tuple[Scenario, NDArray[np.int16]]) -> None:
    raw = one[1]
    gaps = gaps_drawn(np.random.default_rng(1), raw.shape[0] / 100, 30.0, 4.0)
    pieces = list(runs(raw, gaps))
    assert len(pieces) == len(gaps) + 1
    for first, piece in pieces:
        assert_array_equal(piece, raw[first : first + piece.shape[0]])
    lost = raw.shape[0] - sum(piece.shape[0] for _, piece in pieces)
    assert lost == pytest.approx(100 * sum(end_s - start_s for start_s, end_s in gaps), abs=len(gaps))

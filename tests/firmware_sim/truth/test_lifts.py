"""The truth of a lift is what was asked of the body."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firmware_sim.body import Motion
from firmware_sim.person.anatomy import Anatomy, Mounting
from firmware_sim.person.choreographer import Choreographer
from firmware_sim.person.gait import GaitStyle
from firmware_sim.person.lifting import lift
from firmware_sim.person.script import Halt, LiftPlan, Regrip
from firmware_sim.person.skin import Hold, Skin
from firmware_sim.person.sway import Sway
from firmware_sim.person.upright import stand_still
from firmware_sim.scenarios import Scenario, scenario
from firmware_sim.truth.angles import true_angles
from firmware_sim.truth.lifts import CURVE_STEP_S, TrueLift, true_lifts

ANATOMY = Anatomy()


def lived(*plans: LiftPlan, pause_s: float = 2.0, swaying: bool = True) -> Scenario:
    rng = np.random.default_rng(11)
    person = Choreographer(ANATOMY, GaitStyle(), rng)
    stand_still(person, 3.0)
    for plan in plans:
        lift(person, plan)
        person.wait(pause_s)
    stand_still(person, 3.0)
    script = person.script()
    motion = Motion(script.strokes, script.walks, Sway.drawn(rng) if swaying else None)
    return Scenario("made up", 0, ANATOMY, Mounting(), script, motion)


def only(life: Scenario) -> TrueLift:
    (found,) = true_lifts(life)
    return found


@given(
    share=st.floats(0.1, 0.8),
    depth_deg=st.floats(32.0, 110.0),
    descent_s=st.floats(0.8, 4.0),
    hold_s=st.floats(0.0, 2.0),
    lead=st.floats(-0.3, 0.4),
)
@settings(max_examples=60)
def test_share_and_depth_are_those_asked_for(
    share: float, depth_deg: float, descent_s: float, hold_s: float, lead: float
) -> None:
    plan = LiftPlan(share, depth_deg, descent_s, hold_s, descent_s, lead=lead)
    found = only(lived(plan, swaying=False))
    assert found.share == pytest.approx(share, abs=0.005)
    assert found.trunk_peak_deg == pytest.approx(depth_deg, abs=0.05)
    assert found.lumbar_at_peak_deg + found.pelvis_at_peak_deg == pytest.approx(depth_deg, abs=0.05)
    assert found.range_pct == pytest.approx(100 * share * depth_deg / ANATOMY.lumbar_range_deg, abs=1.0)


@pytest.mark.parametrize("name", ["lifts", "morning"])
def test_scripted_lifts_keep_their_share_in_a_living_body(name: str) -> None:
    life = scenario(name, 9)
    for bend, found in zip(life.script.bends, true_lifts(life), strict=True):
        assert found.share == pytest.approx(bend.plan.share, abs=0.02)
        assert found.trunk_peak_deg == pytest.approx(bend.plan.depth_deg, abs=2.0)
        assert found.legs == ("bent" if bend.plan.knee_drop_m > 0.1 else "straight")
        assert bend.start_s < found.start_s < found.peak_s < found.end_s < bend.end_s


def test_it_starts_and_ends_as_the_trunk_crosses_ten_degrees() -> None:
    life = lived(LiftPlan(0.4, 60.0, 1.5, 0.5, 1.5))
    found = only(life)
    for at_s in (found.start_s, found.end_s):
        around = true_angles(life, round(at_s * 100) - 1, 3)
        assert np.interp(at_s, around.t_s, around.trunk_deg) == pytest.approx(10.0, abs=0.2)


def test_two_that_do_not_come_back_meet_at_their_trough() -> None:
    half_way = lived(
        LiftPlan(0.4, 60.0, lead=0.0), LiftPlan(0.6, 60.0, lead=0.0), pause_s=-1.2, swaying=False
    )
    one, other = true_lifts(half_way)
    assert one.end_s == other.start_s
    assert one.peak_s < one.end_s < other.peak_s
    assert one.curve_trunk_deg[-1] > 10.0


def test_lifts_of_a_scenario_do_not_overlap() -> None:
    for one, other in pairwise(true_lifts(scenario("morning", 5))):
        assert one.end_s <= other.start_s


def test_moving_together_is_in_phase_throughout() -> None:
    found = only(lived(LiftPlan(0.5, 60.0, lead=0.0), swaying=False))
    assert found.coupling_descent is not None
    assert found.coupling_ascent is not None
    assert found.coupling_descent.in_phase == 1.0
    assert found.coupling_ascent.in_phase == 1.0


def test_the_lumbar_spine_leads_down_and_follows_up() -> None:
    life = lived(LiftPlan(0.5, 70.0, lead=0.3), swaying=False)
    angles = true_angles(life, 0, round(life.duration_s * 100))
    found = only(life)
    down, up = angles.t_s < found.peak_s, angles.t_s > found.peak_s + 0.4
    half_down = [
        angles.t_s[down][np.argmax(part[down] > 17.5)] for part in (angles.lumbar_deg, angles.pelvis_deg)
    ]
    half_up = [angles.t_s[up][np.argmax(part[up] < 17.5)] for part in (angles.lumbar_deg, angles.pelvis_deg)]
    assert half_down[0] < half_down[1]
    assert half_up[1] < half_up[0]


def test_a_squat_sinks_and_a_stoop_does_not() -> None:
    squat = only(lived(LiftPlan(0.2, 45.0, knee_drop_m=0.3)))
    stoop = only(lived(LiftPlan(0.6, 80.0, knee_drop_m=0.02)))
    assert squat.drop_m == pytest.approx(0.25, abs=0.06)
    assert stoop.drop_m < 0.03


def test_an_upright_squat_is_a_lift_by_the_hips_alone() -> None:
    life = lived(LiftPlan(0.3, 14.0, 1.2, 0.5, 1.2, knee_drop_m=0.4, lead=0.0, kind="upright_squat"))
    found = only(life)
    assert found.kind == "upright_squat"
    assert found.verdict.strategy == "not_scored"
    assert found.legs == "bent"
    assert found.share == pytest.approx(0.3, abs=0.05)
    for at_s in (found.start_s, found.end_s):
        around = true_angles(life, round(at_s * 100) - 1, 3)
        assert np.interp(at_s, around.t_s, around.hip_up_m) == pytest.approx(-0.05, abs=0.003)


def test_pods_on_skin_tell_another_lift_than_the_bones() -> None:
    firm = lived(LiftPlan(0.5, 80.0, lead=0.0), swaying=False)
    skin = Skin(Hold(per_flexion=-0.10), Hold(per_flexion=0.05))
    soft = replace(firm, skin=skin, motion=Motion(firm.script.strokes, [], None, skin))
    (bone,), (pod,) = true_lifts(soft), true_lifts(soft, "pod")
    assert bone == only(firm)
    assert pod.lumbar_at_peak_deg == pytest.approx(40.0 * 0.85, abs=0.01)
    assert pod.pelvis_at_peak_deg == pytest.approx(40.0 + 2.0, abs=0.01)
    assert pod.range_pct == pytest.approx(bone.range_pct, abs=0.01)
    assert pod.share == pytest.approx(34.0 / 76.0, abs=0.001)


def test_regrips_and_halts_leave_one_lift() -> None:
    plan = LiftPlan(
        0.4,
        70.0,
        2.0,
        0.5,
        2.0,
        halts=(Halt(0.5, 0.7),),
        rise_halts=(Halt(0.4, 0.7),),
        regrips=(Regrip(0.2, 0.5, 0.3),),
    )
    found = only(lived(plan))
    assert found.end_s - found.start_s == pytest.approx(plan.duration_s, rel=0.25)
    assert found.trunk_peak_deg == pytest.approx(70.0, abs=2.0)


def test_lifts_of_a_series_meet_at_the_trough_between_them() -> None:
    plans = (LiftPlan(0.4, 60.0, rise_to=0.3), LiftPlan(0.5, 80.0, rise_to=0.3), LiftPlan(0.4, 50.0))
    one, two, three = true_lifts(lived(*plans, pause_s=0.2))
    assert one.end_s == two.start_s
    assert two.end_s == three.start_s
    assert [lift.trunk_peak_deg for lift in (one, two, three)] == pytest.approx([60, 80, 50], abs=2.0)


def test_twisting_far_is_not_scored() -> None:
    found = only(lived(LiftPlan(0.3, 60.0, twist_deg=30.0)))
    assert found.verdict.strategy == "not_scored"
    assert found.verdict.reason == "twisted or bent sideways"
    assert found.twist_velocity_peak_dps > 20


def test_the_curve_is_the_lift_at_twenty_points_a_second() -> None:
    found = only(lived(LiftPlan(0.4, 60.0)))
    points = len(found.curve_trunk_deg)
    assert points == len(found.curve_pelvis_deg)
    assert (points - 1) * CURVE_STEP_S <= found.end_s - found.start_s <= points * CURVE_STEP_S
    assert max(found.curve_trunk_deg) == pytest.approx(found.trunk_peak_deg, abs=1.0)


def test_the_curve_of_a_very_long_lift_is_cut() -> None:
    assert len(only(lived(LiftPlan(0.4, 60.0, hold_s=30.0))).curve_trunk_deg) == 400

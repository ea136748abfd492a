"""Lifts halt, regrip, turn and follow each other as planned, and take the time they say."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firmware_sim.body import Motion
from firmware_sim.person.anatomy import Anatomy
from firmware_sim.person.choreographer import Choreographer
from firmware_sim.person.gait import GaitStyle
from firmware_sim.person.jet import FloatArray, Jet
from firmware_sim.person.lifting import lift
from firmware_sim.person.path import Joint
from firmware_sim.person.script import Halt, LiftPlan, Regrip

START_S = 1.0


def someone() -> Choreographer:
    person = Choreographer(Anatomy(), GaitStyle(), np.random.default_rng(4))
    person.wait(START_S)
    return person


def lived(*plans: LiftPlan) -> tuple[FloatArray, dict[Joint, Jet]]:
    person = someone()
    for plan in plans:
        lift(person, plan)
    t_s = np.arange(0.0, person.now_s + 1.0, 0.01)
    return t_s, dict(Motion(person.script().strokes, [], None).pose(t_s))


def trunk_deg(pose: dict[Joint, Jet]) -> FloatArray:
    return pose[Joint.TILT].value + pose[Joint.FLEXION].value


halts = st.lists(st.builds(Halt, st.floats(0.1, 0.9), st.floats(-0.1, 1.0)), max_size=3).map(
    lambda found: tuple(sorted(found, key=lambda halt: halt.fraction))
)
regrips = st.lists(
    st.builds(Regrip, st.floats(0.05, 0.2), st.floats(0.2, 0.7), st.floats(0.0, 0.5)), max_size=2
).map(tuple)


@given(halts, halts, regrips, st.floats(-0.3, 0.4))
@settings(max_examples=40)
def test_a_plan_lasts_as_long_as_it_says_and_ends_upright(
    down: tuple[Halt, ...], up: tuple[Halt, ...], at_bottom: tuple[Regrip, ...], lead: float
) -> None:
    plan = LiftPlan(0.4, 70.0, lead=lead, halts=down, rise_halts=up, regrips=at_bottom)
    person = someone()
    lift(person, plan)
    assert person.now_s == pytest.approx(START_S + plan.duration_s)
    (bend,) = person.script().bends
    assert bend.end_s == pytest.approx(person.now_s)
    end = Motion(person.script().strokes, [], None).pose(np.array([person.now_s, person.now_s + 0.01]))
    assert end[Joint.TILT].value[0] + end[Joint.FLEXION].value[0] == pytest.approx(0.0, abs=1e-9)


def test_a_halt_holds_still_part_of_the_way() -> None:
    plan = LiftPlan(0.5, 80.0, descent_s=2.0, lead=0.0, halts=(Halt(0.5, 1.0),))
    t_s, pose = lived(plan)
    still = (t_s > START_S + 1.01) & (t_s < START_S + 1.99)
    assert trunk_deg(pose)[still] == pytest.approx(40.0)


def test_a_negative_pause_slows_without_stopping() -> None:
    plan = LiftPlan(0.5, 80.0, descent_s=2.0, lead=0.0, halts=(Halt(0.5, -0.2),))
    t_s, pose = lived(plan)
    speed_dps = pose[Joint.TILT].rate + pose[Joint.FLEXION].rate
    between = (t_s > START_S + 0.5) & (t_s < START_S + 1.3)
    assert 5.0 < speed_dps[between].min() < 0.5 * speed_dps[between].max()


def test_a_regrip_rises_by_its_share_and_goes_back() -> None:
    _, pose = lived(LiftPlan(0.5, 80.0, 1.8, 0.4, 1.8, lead=0.0, regrips=(Regrip(0.15, 0.5, 0.3),)))
    trunk = trunk_deg(pose)
    top_s = START_S + 1.8 + 0.4 + 0.5
    assert trunk[round(100 * top_s)] == pytest.approx(0.85 * 80.0, abs=0.01)
    assert trunk[round(100 * (top_s + 0.6))] == pytest.approx(80.0, abs=0.01)


def test_the_next_of_a_series_begins_where_the_last_stopped() -> None:
    one, other = LiftPlan(0.5, 60.0, rise_to=0.3, lead=0.0), LiftPlan(0.4, 80.0, lead=0.0)
    t_s, pose = lived(one, other)
    between = (t_s > START_S + 2.5) & (t_s < START_S + one.duration_s + 1.0)
    assert trunk_deg(pose)[between].min() == pytest.approx(18.0, abs=0.01)
    assert trunk_deg(pose).max() == pytest.approx(80.0, abs=0.01)


def test_turning_changes_the_heading_while_rising() -> None:
    plan = LiftPlan(0.4, 60.0, turn_deg=90.0)
    t_s, pose = lived(plan)
    down = t_s < START_S + plan.down_s
    heading_deg = pose[Joint.HEADING].value
    assert np.abs(heading_deg[down]).max() < 6.0
    assert heading_deg[-1] == pytest.approx(90.0, abs=6.0)


def test_the_pelvis_lags_more_on_the_way_up_if_told() -> None:
    plan = LiftPlan(0.5, 80.0, 2.0, 0.0, 2.0, lead=0.3, rise_lead=-0.3)
    t_s, pose = lived(plan)
    up = t_s > START_S + 2.0
    half_s = [t_s[up][np.argmax(pose[joint].value[up] < 20.0)] for joint in (Joint.TILT, Joint.FLEXION)]
    assert half_s[0] - half_s[1] == pytest.approx(0.6, abs=0.05)


def test_a_plan_of_nothing_special_is_a_simple_bend() -> None:
    plan = LiftPlan(0.5, 60.0)
    assert math.isclose(plan.duration_s, plan.descent_s + plan.hold_s + plan.ascent_s)

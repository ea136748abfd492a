"""Postures, bouts, transitions and alerts from made-up days."""

from collections.abc import Callable
from itertools import pairwise

import numpy as np
import pytest

from firmware_sim.body import Motion
from firmware_sim.person.anatomy import Anatomy, Mounting
from firmware_sim.person.choreographer import Choreographer
from firmware_sim.person.gait import GaitStyle
from firmware_sim.person.routine import calibrate
from firmware_sim.person.seated import get_up, lie, lie_down, reclined, rise_from_bed, sit, sit_down, slumped
from firmware_sim.person.snack import no_snack, snack
from firmware_sim.person.strip_off import clip_on_again, lie_about, take_off
from firmware_sim.person.upright import stand, stand_still, walk
from firmware_sim.scenarios import Scenario
from firmware_sim.truth.angles import angles_between
from firmware_sim.truth.day import alerts_due, sitting_bouts, spans, steps_s, transitions, walks
from firmware_sim.truth.minutes import minutes

MINUTE_S = 60.0


def lived(act: Callable[[Choreographer], None]) -> Scenario:
    person = Choreographer(Anatomy(), GaitStyle(), np.random.default_rng(3))
    stand_still(person, 5.0)
    act(person)
    script = person.script()
    return Scenario(
        "made up", 0, person.anatomy, Mounting(), script, Motion(script.strokes, script.movers, None)
    )


def sitting_for(person: Choreographer, duration_s: float) -> None:
    sit_down(person)
    person.wait(duration_s)
    get_up(person)


def alerts(life: Scenario) -> list[tuple[str, str]]:
    return [(alert.level, alert.action) for alert in alerts_due(life, spans(life))]


def test_spans_follow_each_other_to_the_end() -> None:
    def act(person: Choreographer) -> None:
        walk(person, 12)
        sitting_for(person, 20.0)
        stand(person, 10.0)
        lie_down(person)
        lie(person, 30.0)
        rise_from_bed(person)

    life = lived(act)
    day = spans(life)
    states = [
        "standing",
        "walking",
        "standing",
        "sitting",
        "standing",
        "sitting",
        "lying",
        "sitting",
        "standing",
    ]
    assert [span.state for span in day] == states
    assert day[0].start_s == 0.0
    assert day[-1].end_s == life.duration_s
    assert all(one.end_s == other.start_s for one, other in pairwise(day))


def test_sitting_is_while_the_seat_carries() -> None:
    life = lived(lambda person: sitting_for(person, 20.0))
    (seat,) = [span for span in spans(life) if span.state == "sitting"]
    drop_m = life.anatomy.seat_drop_m
    for at_s in (seat.start_s, seat.end_s):
        hip_m = angles_between(life, at_s, at_s + 0.02).hip_up_m[0]
        assert hip_m == pytest.approx(0.01 - drop_m, abs=0.004)
    assert angles_between(life, seat.start_s, seat.end_s).hip_up_m.max() < 0.02 - drop_m


def test_chair_transitions_lean_thirty_to_fortyfive_degrees() -> None:
    def act(person: Choreographer) -> None:
        for _ in range(10):
            sitting_for(person, 15.0)

    found = list(transitions(lived(act)))
    assert [transition.kind for transition in found] == ["stand_to_sit", "sit_to_stand"] * 10
    assert all(30.0 < transition.trunk_peak_deg < 45.0 for transition in found)
    assert all(1.5 < transition.end_s - transition.start_s < 4.0 for transition in found)


def test_a_bout_counts_shifts_and_slumping() -> None:
    def act(person: Choreographer) -> None:
        sit_down(person)
        person.wait(30.0)
        sit(person, 60.0, slumped(person.anatomy))
        sit(person, 30.0, reclined(person.anatomy))
        get_up(person)
        walk(person, 20)

    life = lived(act)
    (bout,) = sitting_bouts(life, spans(life))
    assert bout.postural_shifts == 2
    assert bout.slumped_s == pytest.approx(60.0, abs=3.0)
    assert bout.ended_by == "walk"


@pytest.mark.parametrize(
    ("after", "ended_by"),
    [
        (lambda person: walk(person, 12), "walk"),
        (lambda person: stand_still(person, 90.0), "stand"),
        (lambda person: sitting_for(person, 20.0), "stand"),
    ],
)
def test_what_ended_a_bout(after: Callable[[Choreographer], None], ended_by: str) -> None:
    def act(person: Choreographer) -> None:
        sitting_for(person, 20.0)
        after(person)

    life = lived(act)
    assert next(sitting_bouts(life, spans(life))).ended_by == ended_by


def test_a_sit_that_has_not_ended_is_no_bout() -> None:
    def act(person: Choreographer) -> None:
        sit_down(person)
        person.wait(30.0)

    life = lived(act)
    assert not list(sitting_bouts(life, spans(life)))


def test_a_long_sit_is_due_a_nudge_and_an_alert_to_the_second() -> None:
    life = lived(lambda person: sitting_for(person, 46 * MINUTE_S))
    start_s = next(span.start_s for span in spans(life) if span.state == "sitting")
    due = list(alerts_due(life, spans(life)))
    assert [(alert.level, alert.action) for alert in due] == [("nudge", "raised"), ("alert", "raised")]
    assert [alert.at_s - start_s for alert in due] == pytest.approx([1800.0, 2700.0])


def test_a_walk_of_a_minute_clears_and_starts_anew() -> None:
    def act(person: Choreographer) -> None:
        sitting_for(person, 31 * MINUTE_S)
        walk(person, 130)
        sitting_for(person, 29 * MINUTE_S)

    assert alerts(lived(act)) == [("nudge", "raised"), ("nudge", "cleared")]


@pytest.mark.parametrize(
    "pause",
    [
        lambda person: stand_still(person, 90.0),
        lambda person: walk(person, 40),
        lambda person: walk(person, 8),
    ],
)
def test_standing_long_or_walking_shortly_alone_is_no_break(pause: Callable[[Choreographer], None]) -> None:
    def act(person: Choreographer) -> None:
        sitting_for(person, 20 * MINUTE_S)
        pause(person)
        sitting_for(person, 11 * MINUTE_S)

    assert alerts(lived(act)) == [("nudge", "raised")]


def test_steps_taken_early_and_standing_on_is_a_break_at_sixty_seconds() -> None:
    def act(person: Choreographer) -> None:
        sitting_for(person, 31 * MINUTE_S)
        walk(person, 12)
        stand_still(person, 80.0)

    life = lived(act)
    _, cleared = alerts_due(life, spans(life))
    seat_off_s = next(span.end_s for span in spans(life) if span.state == "sitting")
    assert cleared.at_s == pytest.approx(seat_off_s + 60.0)


def test_the_day_begins_after_the_calibration() -> None:
    def act(person: Choreographer) -> None:
        calibrate(person)
        stand_still(person, 20.0)
        walk(person, 30)

    life = lived(act)
    day = spans(life)
    begin_s = life.script.day_start_s
    assert 100.0 < begin_s < life.duration_s - 30.0
    assert day[0].start_s == begin_s
    assert [span.state for span in day] == ["standing", "walking"]
    assert not list(transitions(life))
    assert [taken.steps for taken in walks(life)] == [30]
    found = list(minutes(life, day, []))
    assert found[0].start_s == begin_s
    assert sum(minute.steps for minute in found) == 30


def test_minutes_add_up_to_the_day() -> None:
    def act(person: Choreographer) -> None:
        walk(person, 77)
        sit_down(person)
        sit(person, 100.0, slumped(person.anatomy))
        get_up(person)

    life = lived(act)
    day = spans(life)
    found = list(minutes(life, day, []))
    assert sum(minute.steps for minute in found) == 77 == steps_s(life).size
    for state in ("lying", "sitting", "standing", "walking"):
        spent_s = sum(span.duration_s for span in day if span.state == state)
        assert sum(getattr(minute, f"{state}_s") for minute in found) == pytest.approx(spent_s, abs=0.02)
    for minute in found:
        assert sum(minute.tilt_hist_s) == pytest.approx(minute.end_s - minute.start_s, abs=0.011)
        assert sum(minute.velocity_hist_s) == pytest.approx(minute.end_s - minute.start_s, abs=0.011)
    slumped_s = sum(bout.slumped_s for bout in sitting_bouts(life, day))
    assert sum(minute.slumped_s for minute in found) == pytest.approx(slumped_s, abs=0.1)


def test_a_snack_ends_the_sitting_and_clears_the_alert_when_it_is_over() -> None:
    def act(person: Choreographer) -> None:
        sitting_for(person, 31 * MINUTE_S)
        stand(person, 2.0)
        snack(person)
        stand(person, 30.0)

    life = lived(act)
    (bout,) = sitting_bouts(life, spans(life))
    assert bout.ended_by == "snack"
    assert alerts(life) == [("nudge", "raised"), ("nudge", "cleared")]
    cleared = list(alerts_due(life, spans(life)))[-1]
    assert cleared.at_s <= life.script.snacks[0].end_s


def test_part_of_a_snack_is_a_walk_at_most() -> None:
    def act(person: Choreographer) -> None:
        sitting_for(person, 60.0)
        no_snack(person, "march")

    life = lived(act)
    (bout,) = sitting_bouts(life, spans(life))
    assert bout.ended_by == "walk"


def test_a_strip_taken_off_is_neither_sitting_nor_a_break() -> None:
    def act(person: Choreographer) -> None:
        sitting_for(person, 31 * MINUTE_S)
        take_off(person)
        lie_about(person, 300.0)
        clip_on_again(person)

    life = lived(act)
    assert [span.state for span in spans(life)] == ["standing", "sitting", "standing", "not_worn", "standing"]
    assert alerts(life) == [("nudge", "raised")]
    told = list(minutes(life, spans(life), []))
    off = next(span for span in spans(life) if span.state == "not_worn")
    assert sum(minute.not_worn_s for minute in told) == pytest.approx(off.duration_s)

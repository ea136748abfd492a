"""The life of an alert: every step from every state, then any walk through them."""

from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.care.life import LEVELS, Life, NoSuchStepError, Phase, rank
from analysis.events.facts import AlertAction, AlertLevel

LIVES: dict[Phase, Life] = {
    "none": Life(),
    "open": Life("open", "nudge", 100, 100),
    "acknowledged": Life("acknowledged", "nudge", 100, 100),
    "snoozed": Life("snoozed", "nudge", 100, 100, 500),
}
AFTER: dict[tuple[Phase, AlertAction], Phase] = {
    ("none", "raised"): "open",
    ("open", "raised"): "open",
    ("open", "repeated"): "open",
    ("open", "snoozed"): "snoozed",
    ("open", "acknowledged"): "acknowledged",
    ("open", "cleared"): "none",
    ("open", "expired"): "none",
    ("acknowledged", "raised"): "open",
    ("acknowledged", "cleared"): "none",
    ("acknowledged", "expired"): "none",
    ("snoozed", "raised"): "open",
    ("snoozed", "repeated"): "open",
    ("snoozed", "snoozed"): "snoozed",
    ("snoozed", "acknowledged"): "acknowledged",
    ("snoozed", "cleared"): "none",
    ("snoozed", "expired"): "none",
}


@pytest.mark.parametrize("action", get_args(AlertAction))
@pytest.mark.parametrize("phase", get_args(Phase))
def test_every_step_from_every_state(phase: Phase, action: AlertAction) -> None:
    life = LIVES[phase]
    after = AFTER.get((phase, action))
    assert life.can(action) == (after is not None)
    if after is None:
        with pytest.raises(NoSuchStepError, match=f"that is {phase} cannot be {action}"):
            life.step(action, 200)
    else:
        assert life.step(action, 200, level="alert", until_ns=900).phase == after


def test_what_is_remembered_of_a_life() -> None:
    nudged = Life().step("raised", 100, level="nudge")
    snoozed = nudged.step("snoozed", 200, until_ns=500)
    assert (snoozed.is_asleep(499), snoozed.is_asleep(500)) == (True, False)
    alerted = snoozed.step("raised", 500, level="alert")
    assert alerted == Life("open", "alert", since_ns=100, spoken_ns=500)
    assert alerted.step("cleared", 600) == Life()


def test_an_alert_rises_but_does_not_sink() -> None:
    alerted = Life("open", "alert", 100, 100)
    for level in ("nudge", "alert", None):
        with pytest.raises(NoSuchStepError, match="cannot be raised to"):
            alerted.step("raised", 200, level=level)
    assert [rank(level) for level in (None, *LEVELS)] == [0, 1, 2, 3]


_steps = st.tuples(st.sampled_from(get_args(AlertAction)), st.sampled_from(LEVELS), st.integers(0, 1000))


@given(st.lists(_steps, max_size=30))
def test_any_walk_keeps_an_alert_sound(steps: list[tuple[AlertAction, AlertLevel, int]]) -> None:
    life, now_ns = Life(), 0
    for action, level, wait_ns in steps:
        now_ns += wait_ns
        before = life
        try:
            life = life.step(action, now_ns, level=level, until_ns=now_ns + 10)
        except NoSuchStepError:
            assert life is before
        assert life.is_there == (life.level is not None) == (life.since_ns is not None)
        assert (life.until_ns is not None) == (life.phase == "snoozed")
        if before.is_there and life.is_there:
            assert rank(life.level) >= rank(before.level)
            assert life.since_ns == before.since_ns

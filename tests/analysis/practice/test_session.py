"""Sets of hinges: which bends belong to one, what ends it, and that no cut of the samples shows."""

import itertools
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.events.calibration import Gates
from analysis.events.event import Derived
from analysis.events.movement import Lift, Practice
from analysis.motion.block import Block
from analysis.motion.calibration import aligned
from analysis.motion.origin import Origin
from analysis.motion.session import Given, Session
from analysis.practice.followed import PracticeParams
from analysis.practice.session import PractisedSession
from analysis.practice.sets import Asked, Sets
from tests.analysis.motion.conftest import bump, planar

ORIGIN = Origin("patient-7", "strip-3", 4)
CALIBRATION = aligned(ORIGIN, dual=True).model_copy(
    update={"lumbar_range_deg": 50.0, "quality": 1.0, "gates": Gates(hip_share=0.38, hip_range_pct=50.0)}
)
BENDS_S = (10.0, 40.0, 50.0, 60.0, 90.0)
"""Bends of 4 s: from the hips, but the one at 60 s is from the back."""
QUICK = PracticeParams(idle_s=45.0, longest_s=120.0)


def motion(duration_s: float) -> Block:
    t_s = np.arange(0.0, duration_s, 0.01)
    hips = sum(bump(t_s, at, 4.0) for at in BENDS_S if at != 60.0)
    back = bump(t_s, 60.0, 4.0)
    return planar(45.0 * hips + 12.0 * back, 55.0 * hips + 57.0 * back)


WHOLE = motion(200.0)


def run(sets: Sets, cuts: list[int], params: PracticeParams = QUICK, whole: Block = WHOLE) -> list[Derived]:
    session = PractisedSession(Session(ORIGIN, Given(CALIBRATION)), ORIGIN, sets, 0, params)
    told: list[Derived] = []
    edges = [0, *sorted({cut for cut in cuts if 0 < cut < len(whole)}), len(whole)]
    for first, end in itertools.pairwise(edges):
        told += session.push(whole[first:end]).events
    return told + list(session.finish().events)


def practised(told: list[Derived]) -> list[Practice]:
    return [event for event in told if isinstance(event, Practice)]


def contexts(told: list[Derived]) -> list[str]:
    return [event.context for event in told if isinstance(event, Lift)]


def test_the_bends_of_a_set_are_practice_and_the_others_chores() -> None:
    told = run(Sets([Asked(3000, 10, 8000)]), [])
    assert contexts(told) == ["chores", "practice", "practice", "practice", "chores"]
    (one,) = practised(told)
    assert [each.strategy for each in one.repetitions] == ["hip_hinge", "hip_hinge", "lumbar_flexion"]
    assert [each.after_s for each in one.repetitions] == pytest.approx([10.56, 20.56, 30.55], abs=0.05)
    assert (one.first_sample, one.last_sample, one.duration_s) == (3000, 7999, 50.0)
    assert (one.target, one.ended_by, one.mode, one.quality) == (10, "patient", "dual", 1.0)
    assert one.start == "2026-01-01T10:00:30.000Z"
    assert one.end == "2026-01-01T10:01:20.000Z"
    shares = [each.lumbar_share for each in one.repetitions]
    assert shares == pytest.approx([10 / 55, 10 / 55, 45 / 57], abs=0.02)


def test_without_a_set_nothing_is_practice() -> None:
    told = run(Sets(), [])
    assert practised(told) == []
    assert set(contexts(told)) == {"chores"}


@pytest.mark.parametrize(
    ("sets", "ends"),
    [
        ([Asked(500, None)], ["limit"]),
        ([Asked(5500, None)], ["idle"]),
        ([Asked(7000, None)], ["idle"]),
        ([Asked(500, None, 2000), Asked(3500, 5, 7000)], ["patient", "patient"]),
        ([Asked(16000, None)], []),
        ([Asked(3000, None, 3000)], []),
    ],
    ids=str,
)
def test_what_ends_a_set(sets: list[Asked], ends: list[str]) -> None:
    assert [one.ended_by for one in practised(run(Sets(sets), []))] == ends


def test_the_end_of_the_samples_ends_a_set_too() -> None:
    told = run(Sets([Asked(3000, None)]), [], whole=WHOLE[:7000])
    (one,) = practised(told)
    assert (one.ended_by, one.last_sample, len(one.repetitions)) == ("interrupted", 6999, 3)


def test_sets_of_before_the_segment_are_none_of_it() -> None:
    session = PractisedSession(
        Session(ORIGIN, Given(CALIBRATION)), ORIGIN, Sets([Asked(100, None)]), 3000, QUICK
    )
    told = [*session.push(WHOLE[3000:]).events, *session.finish().events]
    assert practised(told) == []


@settings(max_examples=25, deadline=None)
@given(
    st.lists(st.integers(1, 19_999), max_size=40),
    st.lists(st.tuples(st.integers(0, 15_000), st.integers(1, 6_000)), max_size=3),
)
def test_cuts_and_when_the_word_came_change_nothing(cuts: list[int], asked: list[tuple[int, int]]) -> None:
    """Live the end of a set is not known before it comes; offline all is known from the start."""
    known, live = Sets(), Sets()
    inputs: list[tuple[int, bool]] = []
    at = 0
    for pause, lasts in asked:
        inputs += [(at + pause, True), (at + pause + lasts, False)]
        at += pause + lasts
    for sample, begins in inputs:
        if begins:
            known.begin(sample, 10)
        else:
            known.end(sample)
    expected = [event.to_json() for event in run(known, [])]

    session = PractisedSession(Session(ORIGIN, Given(CALIBRATION)), ORIGIN, live, 0, QUICK)
    told: list[str] = []
    edges = sorted({0, len(WHOLE), *cuts, *(s for s, _ in inputs if s < len(WHOLE))})
    for first, end in itertools.pairwise(edges):
        for sample, begins in inputs:
            if sample == first:
                live.begin(sample, 10) if begins else live.end(sample)
        told += [event.to_json() for event in session.push(WHOLE[first:end]).events]
        state = session.state()
        session = PractisedSession(Session(ORIGIN, Given(CALIBRATION)), ORIGIN, live, 0, QUICK)
        session.restore(state)
    told += [event.to_json() for event in session.finish().events]
    assert told == expected


def test_a_hinge_is_counted_at_once_and_what_was_none_goes_again() -> None:
    """A bend that ends is a hinge within 2 s; the lift comes later and takes its place."""
    session = PractisedSession(
        Session(ORIGIN, Given(CALIBRATION)), ORIGIN, Sets([Asked(3000, None)]), 0, QUICK
    )
    counted_s: list[float] = []
    decided_s: list[float] = []
    for first in range(0, len(WHOLE), 10):
        session.push(WHOLE[first : first + 10])
        for one in session.followed:
            if len(one.hinges) > len(counted_s):
                counted_s.append(first / 100)
            if len(one.lifts) > len(decided_s):
                decided_s.append(first / 100)
            assert len(one.hinges) <= 4
    ends_s = [at + 4.0 for at in BENDS_S[1:]]
    lags_s = [at - end for at, end in zip(counted_s, ends_s, strict=True)]
    assert max(lags_s) < 1.6
    assert all(later - at > 8.0 for at, later in zip(counted_s, decided_s, strict=True))


def test_an_undecided_bend_is_dropped_when_no_lift_comes() -> None:
    session = PractisedSession(
        Session(ORIGIN, Given(CALIBRATION)), ORIGIN, Sets([Asked(500, None)]), 0, QUICK
    )
    for first in range(0, 1700, 100):
        session.push(WHOLE[first : first + 100])
    (one,) = session.followed
    (bend,) = one.bends
    assert one.at(bend.last_sample + 2500, None, QUICK).bends == (bend,)
    assert one.at(bend.last_sample + 2600, None, QUICK).bends == ()
    assert replace(one, end_sample=900).holds(bend) is (bend.first_sample < 900)

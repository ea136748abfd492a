"""The sitting rule: stories told second by second, then what holds for any story."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.care.breaks import BreakParams, BreakPolicy, BreakState
from analysis.care.policy import CareState
from analysis.care.sitting import Moment
from analysis.care.statement import Reminder, Vibration
from analysis.events.catalogue import parse_event_json
from analysis.events.day import PostureState
from analysis.events.fields import utc_ns
from tests.analysis.care.story import (
    AGAIN,
    ALERT,
    FOLLOWED,
    FOLLOWER,
    LAST,
    MIN,
    NS,
    NUDGE,
    T0_NS,
    Story,
    brief,
)


def test_nudge_alert_two_repetitions_and_silence() -> None:
    assert Story().sit(3 * 60 * MIN).told() == [NUDGE, ALERT, AGAIN, LAST]


def test_nothing_before_30_min() -> None:
    assert Story().sit(30 * MIN - 1).told() == []


def test_break_clears_and_the_count_starts_anew() -> None:
    story = Story().sit(31 * MIN).walk(2 * MIN).sit(30 * MIN)
    assert story.told() == [
        NUDGE,
        (32 * MIN, "nudge", "cleared", "tick"),
        (63 * MIN, "nudge", "raised", "nudge"),
    ]


def test_alert_is_cleared_as_an_alert() -> None:
    assert Story().sit(46 * MIN).walk(61).told()[-1] == (47 * MIN, "alert", "cleared", "tick")


def test_break_before_any_reminder_says_nothing() -> None:
    assert Story().sit(29 * MIN).walk(MIN).sit(29 * MIN).told() == []


def test_short_standing_does_not_reset() -> None:
    story = Story().sit(20 * MIN).spend("standing", 40, 1).sit(10 * MIN)
    assert story.told() == [(30 * MIN + 40, "nudge", "raised", "nudge")]


def test_long_standing_without_steps_does_not_reset() -> None:
    story = Story().sit(20 * MIN).spend("standing", 10 * MIN).sit(10 * MIN)
    assert story.told() == [(40 * MIN, "nudge", "raised", "nudge")]


def test_break_needs_60_s_and_10_steps_and_is_told_in_the_second_it_is_complete() -> None:
    standing = Story().sit(30 * MIN).spend("standing", 50).spend("walking", 5, 2).spend("standing", 10)
    assert standing.told() == [NUDGE, (31 * MIN, "nudge", "cleared", "tick")]
    late_steps = Story().sit(30 * MIN).spend("standing", 100).spend("walking", 5, 2)
    assert late_steps.told() == [NUDGE, (31 * MIN + 45, "nudge", "cleared", "tick")]
    too_short = Story().sit(30 * MIN).walk(59).sit(MIN)
    assert too_short.told() == [NUDGE]


def test_two_short_walks_are_no_break() -> None:
    assert Story().sit(30 * MIN).walk(40).sit(10).walk(40).told() == [NUDGE]


def test_gap_is_neither_sitting_nor_a_break() -> None:
    silence = Story().sit(20 * MIN).lose(10 * MIN).sit(10 * MIN)
    assert silence.told() == [(40 * MIN, "nudge", "raised", "nudge")]
    unknown = Story().sit(20 * MIN).spend(None, 10 * MIN).sit(10 * MIN)
    assert unknown.told() == [(40 * MIN, "nudge", "raised", "nudge")]


def test_sensor_silent_for_an_hour() -> None:
    assert Story().sit(31 * MIN).lose(60 * MIN).walk(MIN + 1).told() == [
        NUDGE,
        (92 * MIN, "nudge", "cleared", "tick"),
    ]


def test_walk_with_a_long_hole_is_no_break_and_with_a_short_one_it_is() -> None:
    assert Story().sit(30 * MIN).walk(40).lose(MIN).walk(40).told() == [NUDGE]
    assert Story().sit(30 * MIN).walk(40).lose(3).walk(21).told()[-1][2] == "cleared"
    assert Story().sit(30 * MIN).walk(40).spend(None, 3).walk(21).told()[-1][2] == "cleared"


def test_sitting_told_before_a_gap_is_not_claimed_through_it() -> None:
    """Even if the core says that the bout began before the gap."""
    story = Story().sit(20 * MIN).lose(9 * MIN)
    story.moments += [
        Moment(T0_NS + (29 * MIN + second) * NS, "sitting", 0, T0_NS) for second in range(1, 10 * MIN)
    ]
    assert story.told() == []


@pytest.mark.parametrize("state", ["lying", "not_worn"])
def test_nothing_is_said_while_lying_or_not_worn(state: PostureState) -> None:
    assert Story().sit(29 * MIN).spend(state, 60 * MIN).told() == []
    assert Story().sit(46 * MIN).spend(state, 60 * MIN).told() == [NUDGE, ALERT]


def test_reminder_expires_and_sitting_is_forgotten_after_two_hours_away() -> None:
    story = Story().sit(31 * MIN).spend("lying", 8 * 60 * MIN).sit(29 * MIN)
    assert story.told() == [NUDGE, (31 * MIN + 120 * MIN, "nudge", "expired", None)]
    silent = Story().sit(31 * MIN).lose(8 * 60 * MIN).sit(29 * MIN)
    assert silent.told() == [NUDGE, (31 * MIN + 8 * 60 * MIN + 1, "nudge", "expired", None)]


def test_late_word_of_sitting_counts_from_when_it_began() -> None:
    """The core knows 20 s later that the patient sat down, and nudges on time all the same."""
    story = Story().walk(5 * MIN)
    began_ns = T0_NS + story.now_s * NS
    story.spend("standing", 20)
    story.moments += [
        Moment(began_ns + second * NS, "sitting", 0, began_ns) for second in range(21, 31 * MIN)
    ]
    assert story.told() == [(35 * MIN, "nudge", "raised", "nudge")]


def test_first_moment_may_already_be_long_overdue() -> None:
    policy = BreakPolicy("p-01", "LM-1")
    moment = Moment(T0_NS + 70 * MIN * NS, "sitting", 0, T0_NS)
    assert [brief(reminder) for reminder in policy.push([moment])] == [(70 * MIN, "alert", "raised", "alert")]
    assert policy.push([moment]) == [], "the same moment again"


def test_clock_steps() -> None:
    forward = Story().sit(20 * MIN).lose(60 * MIN).sit(5 * MIN)
    assert forward.told() == []
    back = Story().sit(20 * MIN)
    back.moments += [replace(moment, utc_ns=moment.utc_ns - 30 * NS) for moment in back.moments[-30:]]
    assert back.told() == []


def test_midnight_and_summer_time_are_no_matter() -> None:
    for start in ("2026-03-28T23:45:00.000Z", "2026-03-29T00:45:00.000Z"):
        start_ns = utc_ns(start)
        policy = BreakPolicy("p-01", "LM-1")
        moments = [Moment(start_ns + second * NS, "sitting", 0, start_ns) for second in range(1, 46 * MIN)]
        assert [reminder.vibration for reminder in policy.push(moments)] == [Vibration.NUDGE, Vibration.ALERT]


def test_params_are_the_therapists() -> None:
    params = BreakParams(nudge_s=60, alert_s=120, repeat_s=30, repeats=1, break_s=10, break_steps=0)
    assert [second for second, *_ in Story().sit(300).spend("standing", 10).told(params)] == [
        60,
        120,
        150,
        310,
    ]


def test_alert_is_an_event_of_the_contract() -> None:
    story = Story().sit(30 * MIN)
    ((alert, *_),) = BreakPolicy("p-01", "LM-1", "dual").push(story.moments)
    assert parse_event_json(alert.to_json()) == alert
    assert alert.to_dict() == {
        "schema": "lumbar.alert/1",
        "event_id": "e1010fc6-70e7-52b6-98e4-d3e75e2b0d10",
        "patient": "p-01",
        "device": "LM-1",
        "start": "2026-03-01T09:30:00.000Z",
        "end": "2026-03-01T09:30:00.000Z",
        "mode": "dual",
        "algorithm": alert.algorithm,
        "quality": None,
        "kind": "prolonged_sitting",
        "level": "nudge",
        "action": "raised",
    }


def test_ids_differ_within_a_day() -> None:
    story = Story()
    for _ in range(3):
        story.sit(60 * MIN).walk(2 * MIN)
    ids = [alert.event_id for alert, *_ in BreakPolicy("p-01", "LM-1").push(story.moments)]
    assert len(ids) == len(set(ids)) == 12


def written_and_read(state: BreakState) -> BreakState:
    return CareState.from_json(CareState(state).to_json()).breaks


def _restarting(moments: list[Moment], at: int) -> Iterator[Reminder]:
    first = BreakPolicy("p-01", "LM-1")
    yield from first.push(moments[:at])
    second = BreakPolicy("p-01", "LM-1", state=written_and_read(first.state))
    yield from second.push(moments[at:])


@pytest.mark.parametrize("minute", [10, 30, 40, 45, 50, 60, 66, 67])
def test_restart_neither_repeats_nor_forgets(minute: int) -> None:
    story = Story().sit(66 * MIN).walk(2 * MIN)
    whole = BreakPolicy("p-01", "LM-1").push(story.moments)
    assert len(whole) == 5
    assert list(_restarting(story.moments, minute * MIN)) == whole


_piece = st.tuples(
    st.sampled_from(["sitting", "sitting", "standing", "walking", "lying", "not_worn", None, "silence"]),
    st.integers(1, 50 * MIN),
    st.integers(0, 2),
)


def _story(pieces: list[tuple[str | None, int, int]]) -> Story:
    story = Story()
    for state, duration_s, steps in pieces:
        if state == "silence":
            story.lose(duration_s)
        else:
            story.spend(state, duration_s, steps)  # type: ignore[arg-type]
    return story


@settings(max_examples=30, deadline=None)
@given(st.lists(_piece, max_size=8), st.lists(st.integers(0, 10_000), max_size=4))
def test_batches_and_restarts_change_nothing(
    pieces: list[tuple[str | None, int, int]], cuts: list[int]
) -> None:
    moments = _story(pieces).moments
    whole = BreakPolicy("p-01", "LM-1").push(moments)
    state, parts, begin = BreakState(), [], 0
    for cut in [*sorted(cuts), len(moments)]:
        policy = BreakPolicy("p-01", "LM-1", state=state)
        parts += policy.push(moments[begin:cut])
        state, begin = written_and_read(policy.state), max(begin, cut)
    assert parts == whole


@settings(max_examples=30, deadline=None)
@given(st.lists(_piece, max_size=8))
def test_any_story_obeys_the_rule(pieces: list[tuple[str | None, int, int]]) -> None:
    """A reminder comes only while sitting; never more than four, nor two of a kind, before it is closed."""
    story = _story(pieces)
    states = {moment.utc_ns: moment.state for moment in story.moments}
    out: list[tuple[str, str]] = []
    for alert, vibration, _ in BreakPolicy("p-01", "LM-1").push(story.moments):
        assert alert.start is not None
        if alert.action in {"raised", "repeated"}:
            assert states[utc_ns(alert.start)] == "sitting"
            assert vibration is (Vibration.NUDGE if alert.level == "nudge" else Vibration.ALERT)
            out.append((alert.level, alert.action))
        else:
            assert out, "what is closed was open"
            out = []
        assert (
            out
            == [("nudge", "raised"), ("alert", "raised"), ("alert", "repeated"), ("alert", "repeated")][
                : len(out)
            ]
        )


@settings(max_examples=30, deadline=None)
@given(st.lists(_piece, max_size=8))
def test_sitting_is_never_more_than_was_sat(pieces: list[tuple[str | None, int, int]]) -> None:
    story = _story(pieces)
    policy = BreakPolicy("p-01", "LM-1")
    policy.push(story.moments)
    sat_s = sum(moment.state == "sitting" for moment in story.moments)
    assert policy.state.sitting.sitting_ns <= sat_s * NS
    assert policy.state.sitting.bout_ns <= policy.state.sitting.sitting_ns


def test_follower_is_told_of_90_min_if_there_is_one() -> None:
    assert Story().sit(3 * 60 * MIN).told(FOLLOWED) == [NUDGE, ALERT, AGAIN, LAST, FOLLOWER]
    cleared = Story().sit(91 * MIN).walk(61).told(FOLLOWED)[-1]
    assert cleared == (92 * MIN, "follower", "cleared", "tick")


def test_messages_are_for_what_is_raised_or_repeated() -> None:
    story = Story().sit(66 * MIN).walk(2 * MIN)
    told = BreakPolicy("p-01", "LM-1").push(story.moments)
    assert [reminder.is_message for reminder in told] == [True, True, True, True, False]


def test_snack_is_a_break() -> None:
    policy = BreakPolicy("p-01", "LM-1")
    story = Story().sit(31 * MIN).spend("standing", 65)
    told = policy.push(story.moments) + policy.take_snack(T0_NS + story.now_s * NS, T0_NS + story.now_s * NS)
    assert [brief(one) for one in told] == [NUDGE, (31 * MIN + 65, "nudge", "cleared", "tick")]
    assert policy.sitting_s == 0
    assert policy.take_snack(T0_NS + story.now_s * NS, T0_NS + story.now_s * NS) == []


def test_snack_is_known_late_and_sitting_since_it_counts() -> None:
    policy = BreakPolicy("p-01", "LM-1")
    story = Story().sit(31 * MIN).spend("standing", 65)
    end_ns = T0_NS + story.now_s * NS
    told = policy.push(story.spend("standing", 5).sit(40).moments)
    told += policy.take_snack(end_ns, T0_NS + story.now_s * NS)
    assert [brief(one)[2] for one in told] == ["raised", "cleared"]
    assert policy.sitting_s == 40
    begin = len(story.moments)
    told = policy.push(story.sit(30 * MIN).moments[begin:])
    assert [brief(one)[0] for one in told] == [31 * MIN + 70 + 30 * MIN]


def test_snack_before_a_bout_whose_word_comes_late() -> None:
    """The core says only after 20 s that the patient sat down again; all of it counts, and no more."""
    policy = BreakPolicy("p-01", "LM-1")
    story = Story().sit(20 * MIN).spend("standing", 60)
    end_ns = T0_NS + story.now_s * NS
    policy.push(story.spend("standing", 20).moments)
    assert policy.take_snack(end_ns, T0_NS + story.now_s * NS) == []
    policy.push([Moment(end_ns + 30 * NS, "sitting", 0, end_ns - 5 * NS)])
    assert policy.sitting_s <= 30


def _shifting(story: Story) -> list[Moment]:
    """The story, with a shift in the seat in its 20th minute."""
    return [replace(moment, shifts=int(moment.utc_ns > T0_NS + 20 * MIN * NS)) for moment in story.moments]


def test_shift_in_the_seat_resets_only_if_the_therapist_says_so() -> None:
    moments = _shifting(Story().sit(55 * MIN))
    said = [brief(one) for one in BreakPolicy("p-01", "LM-1").push(moments)]
    assert said == [NUDGE, ALERT, AGAIN]
    params = BreakParams(stretch_resets=True)
    said = [brief(one) for one in BreakPolicy("p-01", "LM-1", params=params).push(moments)]
    assert said == [(50 * MIN + 1, "nudge", "raised", "nudge")]

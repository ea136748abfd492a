"""The sitting rule and a patient who answers: snoozes, acknowledges, was not sitting at all."""

from dataclasses import replace

import pytest

from analysis.care.breaks import BreakParams, BreakPolicy, NothingToAnswerError
from tests.analysis.care.story import AGAIN, ALERT, FOLLOWED, LAST, MIN, NS, NUDGE, T0_NS, Story, brief


class Answering:
    """A patient who presses buttons while the story goes on."""

    def __init__(self, params: BreakParams | None = None) -> None:
        self.policy = BreakPolicy("p-01", "LM-1", params=params)
        self.story = Story()
        self.told: list[tuple[int, str, str, str | None]] = []

    def sit(self, duration_s: int) -> "Answering":
        begin = len(self.story.moments)
        since_ns = T0_NS + self.story.now_s * NS
        for moment in self.story.sit(duration_s).moments[begin:]:
            self.told += map(brief, self.policy.push([replace(moment, sitting_since_utc_ns=since_ns)]))
        return self

    def walk(self, duration_s: int) -> "Answering":
        begin = len(self.story.moments)
        self.told += map(brief, self.policy.push(self.story.walk(duration_s).moments[begin:]))
        return self

    @property
    def now_ns(self) -> int:
        return T0_NS + self.story.now_s * NS

    def snooze(self, minutes: int) -> "Answering":
        self.told += map(brief, self.policy.snooze(self.now_ns + minutes * MIN * NS, self.now_ns))
        return self

    def acknowledge(self) -> "Answering":
        self.told += map(brief, self.policy.acknowledge(self.now_ns))
        return self


def test_snoozed_nudge_comes_back_as_what_is_due_then() -> None:
    short = Answering().sit(31 * MIN).snooze(10).sit(13 * MIN)
    assert short.told == [
        NUDGE,
        (31 * MIN, "nudge", "snoozed", None),
        (41 * MIN, "nudge", "repeated", "nudge"),
    ]
    long = Answering().sit(31 * MIN).snooze(30).sit(35 * MIN)
    assert long.told[2:] == [(61 * MIN, "alert", "raised", "alert"), LAST]


def test_snoozed_alert_is_repeated_once_when_the_time_is_over() -> None:
    late = Answering().sit(66 * MIN).snooze(15).sit(60 * MIN)
    assert late.told[4:] == [(66 * MIN, "alert", "snoozed", None), (81 * MIN, "alert", "repeated", "alert")]


def test_snooze_can_be_made_longer_and_ends_with_a_break() -> None:
    twice = Answering().sit(31 * MIN).snooze(15).sit(5 * MIN).snooze(60).sit(20 * MIN).walk(61)
    assert [(action, at) for at, _, action, _ in twice.told] == [
        ("raised", 30 * MIN),
        ("snoozed", 31 * MIN),
        ("snoozed", 36 * MIN),
        ("cleared", 57 * MIN),
    ]
    assert twice.sit(31 * MIN).told[-1] == (57 * MIN + 1 + 30 * MIN, "nudge", "raised", "nudge")


def test_acknowledging_ends_repetitions_but_not_what_is_higher() -> None:
    nudged = Answering().sit(31 * MIN).acknowledge().sit(30 * MIN)
    assert nudged.told == [NUDGE, (31 * MIN, "nudge", "acknowledged", None), ALERT, AGAIN]
    alerted = Answering().sit(46 * MIN).acknowledge().sit(60 * MIN).walk(61)
    assert alerted.told[2:] == [
        (46 * MIN, "alert", "acknowledged", None),
        (107 * MIN, "alert", "cleared", "tick"),
    ]


def test_follower_is_told_whatever_the_patient_pressed_and_the_strip_keeps_silent() -> None:
    snoozed = Answering(FOLLOWED).sit(66 * MIN).snooze(60).sit(30 * MIN)
    assert snoozed.told[5:] == [(90 * MIN, "follower", "raised", None)]
    noted = Answering(FOLLOWED).sit(66 * MIN).acknowledge().sit(30 * MIN)
    assert noted.told[5:] == [(90 * MIN, "follower", "raised", None)]


def test_there_must_be_something_to_answer() -> None:
    nobody = Answering().sit(20 * MIN)
    with pytest.raises(NothingToAnswerError):
        nobody.snooze(15)
    with pytest.raises(NothingToAnswerError):
        nobody.acknowledge()
    noted = Answering().sit(31 * MIN).acknowledge()
    with pytest.raises(NothingToAnswerError):
        noted.snooze(15)
    assert len(noted.told) == 2


def test_what_was_no_sitting_is_taken_back() -> None:
    stood = Answering().sit(10 * MIN).walk(30).sit(31 * MIN)
    assert stood.told == [(30 * MIN + 30, "nudge", "raised", "nudge")]
    told = stood.policy.take_back_bout(stood.now_ns)
    assert [brief(one)[2:] for one in told] == [("cleared", "tick")]
    assert stood.policy.sitting_s == 10 * MIN
    assert stood.policy.take_back_bout(stood.now_ns) == []


def test_what_nobody_hears_of_expires_as_time_passes() -> None:
    policy = BreakPolicy("p-01", "LM-1")
    policy.push(Story().sit(31 * MIN).moments)
    assert policy.pass_time(T0_NS + (31 + 119) * MIN * NS) == []
    (expired,) = policy.pass_time(T0_NS + (31 + 120) * MIN * NS)
    assert brief(expired) == ((31 + 120) * MIN, "nudge", "expired", None)
    assert policy.pass_time(T0_NS + 300 * MIN * NS) == []

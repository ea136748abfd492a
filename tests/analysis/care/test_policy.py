"""Whole days of care, second by second: alerts through meetings, nights, clock changes and restarts."""

import zoneinfo
from collections.abc import Callable
from dataclasses import dataclass, field

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.care.breaks import NothingToAnswerError
from analysis.care.heed import HeedState
from analysis.care.policy import AlertNow, BadCareStateError, CarePolicy, CareState
from analysis.care.settings import CareSettings
from analysis.care.sitting import Moment
from analysis.care.statement import Reminder
from analysis.care.strip import StripReport
from analysis.events.day import PostureState
from analysis.events.fields import utc_ns
from analysis.events.local import LocalTime

VIENNA = LocalTime(zoneinfo.ZoneInfo("Europe/Vienna"))
NS = 10**9
MIN = 60


@dataclass
class Day:
    """A patient's day from `start` on: what happens is given to a policy as it happens.

    `restarts` are seconds after the start at which the process dies and another one goes on from what was
    written down.
    """

    start: str = "2026-03-02T08:00:00.000Z"
    settings: CareSettings = field(default_factory=CareSettings)
    restarts: set[int] = field(default_factory=set)
    now_s: int = 0
    told: list[Reminder] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.policy = self._policy(None)

    def _policy(self, state: CareState | None) -> CarePolicy:
        return CarePolicy("p-1", "LM-1", self.settings, VIENNA, state)

    @property
    def now_ns(self) -> int:
        return utc_ns(self.start) + self.now_s * NS

    def pass_seconds(self, count: int, heard: Callable[[], Moment] | None) -> "Day":
        for _ in range(count):
            self.now_s += 1
            if heard is not None:
                self.told += self.policy.push([heard()])
            if self.now_s % 15 == 0:
                self.told += self.policy.tick(self.now_ns)
            if self.now_s in self.restarts:
                self.policy = self._policy(CareState.from_json(self.policy.state.to_json()))
        return self

    def be(self, state: PostureState | None, seconds: int, steps: int = 0) -> "Day":
        since_ns = self.now_ns if state == "sitting" else None
        return self.pass_seconds(seconds, lambda: Moment(self.now_ns, state, steps, since_ns))

    def sit(self, minutes: float) -> "Day":
        return self.be("sitting", round(minutes * MIN))

    def walk(self, minutes: float) -> "Day":
        return self.be("walking", round(minutes * MIN), 2)

    def lose(self, minutes: float) -> "Day":
        """Let nothing be heard of the strip."""
        return self.pass_seconds(round(minutes * MIN), None)

    def sleep(self, minutes: float) -> "Day":
        """Let the gateway be off: nobody even listens."""
        self.now_s += round(minutes * MIN)
        return self

    def snooze(self, minutes: int) -> "Day":
        self.told += self.policy.snooze(minutes, self.now_ns)
        return self

    def acknowledge(self) -> "Day":
        self.told += self.policy.acknowledge(self.now_ns)
        return self

    def meet(self, minutes: int) -> "Day":
        self.policy.mute(minutes, self.now_ns)
        return self

    def report(self, battery_pct: int, *, is_worn: bool = True, is_charging: bool = False) -> "Day":
        report = StripReport(battery_pct, is_charging, is_worn)
        self.told += self.policy.report(report, self.now_ns)
        return self

    def said(self) -> list[str]:
        """What was told: minute of the run, level and action; the kind too, if it is not about sitting."""
        lines = []
        for one in self.told:
            alert = one.alert
            assert alert.start is not None
            minute = (utc_ns(alert.start) - utc_ns(self.start)) / (MIN * NS)
            kind = "" if alert.kind == "prolonged_sitting" else f"{alert.kind} "
            lines.append(f"{minute:g} {kind}{alert.level} {alert.action}")
        return lines

    def felt(self) -> list[str]:
        return [one.vibration.value for one in self.told if one.vibration is not None]


def test_the_whole_life_of_an_alert() -> None:
    day = Day().sit(31).snooze(15).sit(15).acknowledge().sit(20).walk(2)
    day.sit(66).walk(2)
    assert day.said() == [
        "30 nudge raised",
        "31 nudge snoozed",
        "46 alert raised",
        "46 alert acknowledged",
        "67 alert cleared",
        "98 nudge raised",
        "113 alert raised",
        "123 alert repeated",
        "133 alert repeated",
        "135 alert cleared",
    ]
    assert day.felt() == ["nudge", "alert", "tick", "nudge", "alert", "alert", "alert", "tick"]
    ids = [one.alert.event_id for one in day.told]
    assert len(ids) == len(set(ids))


def test_a_meeting_holds_what_is_due_and_says_it_once_afterwards() -> None:
    assert Day().sit(20).meet(60).sit(70).said() == ["80 alert raised"]
    over_early = Day().sit(20).meet(240).sit(15).meet(0).sit(1)
    assert over_early.said() == ["35.0167 nudge raised"]


def test_at_the_wheel_not_even_the_tick_is_felt() -> None:
    day = Day().sit(31).meet(30).sit(1).walk(2)
    assert day.said() == ["30 nudge raised", "33 nudge cleared"]
    assert day.felt() == ["nudge"]


def test_quiet_hours_hold_until_morning() -> None:
    """From 21:20 to 22:20 in Vienna, and from 05:30 on."""
    assert Day("2026-03-02T20:20:00.000Z").sit(60).said() == ["30 nudge raised"]
    assert Day("2026-03-03T04:30:00.000Z").sit(100).said() == ["90 alert raised"]


def test_the_day_has_room_for_eight_alerts_and_the_next_for_eight_more() -> None:
    awake = CareSettings(quiet_from="00:00", quiet_to="00:00")
    day = Day("2026-03-02T17:00:00.000Z", awake)  # 18:00 in Vienna
    for _ in range(8):
        day.sit(31).walk(2)
    assert day.now_s == 264 * MIN
    day.sit(95)  # until one minute before midnight
    assert [line.split()[2] for line in day.said()] == ["raised", "cleared"] * 8
    assert day.sit(2).said()[16:] == ["360 alert raised"]


def test_every_other_alert_is_passed_over_until_the_patient_wants_them_all() -> None:
    state = CareState(heed=HeedState(is_halved=True, is_asking=True))
    day = Day()
    day.policy = CarePolicy("p-1", "LM-1", day.settings, VIENNA, state)
    for _ in range(4):
        day.sit(31).walk(2)
    assert day.said() == [
        "30 nudge raised",
        "32 nudge cleared",
        "96 nudge raised",
        "98 nudge cleared",
    ]
    assert day.policy.now(day.now_ns).is_asking
    day.policy.set_pace(every=False)
    now = day.policy.now(day.now_ns)
    assert (now.is_halved, now.is_asking) == (True, False)
    day.policy.set_pace(every=True)
    assert not day.policy.now(day.now_ns).is_halved
    assert day.sit(31).walk(2).sit(31).said()[4:] == [
        "162 nudge raised",
        "164 nudge cleared",
        "195 nudge raised",
    ]


@pytest.mark.parametrize("state", ["lying", "not_worn"])
def test_none_while_lying_or_not_worn(state: PostureState) -> None:
    day = Day().sit(46).be(state, 60 * MIN)
    assert day.said() == ["30 nudge raised", "45 alert raised"]


@pytest.mark.parametrize(
    "start",
    [
        "2026-03-28T22:30:00.000Z",  # midnight comes at 30 min, the change to summer time after 2.5 h
        "2026-03-29T00:20:00.000Z",  # clocks go forward after 40 min
        "2026-10-25T00:20:00.000Z",  # clocks go back after 40 min
        "2026-12-31T22:30:00.000Z",  # a new year
    ],
)
def test_time_is_time_across_midnight_and_clock_changes(start: str) -> None:
    awake = CareSettings(quiet_from="00:00", quiet_to="00:00")
    assert Day(start, awake).sit(68).walk(2).said() == [
        "30 nudge raised",
        "45 alert raised",
        "55 alert repeated",
        "65 alert repeated",
        "69 alert cleared",
    ]


def test_the_night_of_the_clock_change_is_quiet_to_the_minute() -> None:
    """From seven o'clock on: 05:00 by UTC when clocks went forward, 06:00 when they went back."""
    assert Day("2026-03-29T04:00:00.000Z").sit(61).said() == ["60 alert raised"]
    assert Day("2026-10-25T05:00:00.000Z").sit(61).said() == ["60 alert raised"]


def test_a_sensor_silent_for_an_hour() -> None:
    day = Day().sit(31).lose(60).sit(1).walk(2)
    assert day.said() == [
        "30 nudge raised",
        "46 sensor_silent nudge raised",
        "61 sensor_silent alert raised",
        "91.0167 sensor_silent alert cleared",
        "93 nudge cleared",
    ]
    assert day.felt() == ["nudge", "tick"], "silence is status, not alarm"
    unbroken = Day().sit(20).lose(60).sit(9.5)
    assert [line for line in unbroken.said() if "sensor" not in line] == [], "silence is no sitting"
    assert unbroken.sit(1).said()[-1] == "90 nudge raised", "silence is no break"


def test_what_a_silence_leaves_open_expires() -> None:
    assert Day().sit(31).lose(150).said()[-1] == "151 nudge expired"


def test_a_snack_clears() -> None:
    day = Day().sit(31).be("standing", 70)
    day.told += day.policy.take_snack(day.now_ns, day.now_ns)
    assert day.said() == ["30 nudge raised", "32.1667 nudge cleared"]


def test_what_can_be_answered_is_answered_at_once() -> None:
    day = Day().sit(31).report(15).acknowledge()
    assert day.said()[1:] == [
        "31 battery_low nudge raised",
        "31 battery_low nudge acknowledged",
        "31 nudge acknowledged",
    ]
    with pytest.raises(NothingToAnswerError):
        day.acknowledge()
    with pytest.raises(NothingToAnswerError):
        Day().sit(10).snooze(15)


def test_what_is_shown_of_it() -> None:
    day = Day().sit(12)
    now = day.policy.now(day.now_ns)
    assert (now.sitting_s, now.is_sitting, now.alerts) == (12 * MIN, True, ())
    assert now.next_break_ns == utc_ns("2026-03-02T08:30:00.000Z")
    day.sit(20).snooze(15)
    now = day.policy.now(day.now_ns)
    raised_ns, until_ns = (utc_ns(f"2026-03-02T08:{minute}:00.000Z") for minute in (30, 47))
    assert now.alerts == (AlertNow("prolonged_sitting", "nudge", "snoozed", raised_ns, until_ns),)
    assert now.next_break_ns == raised_ns
    day.walk(2).meet(60)
    now = day.policy.now(day.now_ns)
    assert (now.sitting_s, now.is_sitting, now.next_break_ns) == (0, False, None)
    assert now.muted_until_ns == day.now_ns + 60 * MIN * NS
    day.lose(5)
    assert not day.policy.now(day.now_ns).is_sitting
    night = Day("2026-03-02T22:00:00.000Z")
    assert night.policy.now(night.now_ns).is_quiet_hour


def test_a_long_sit_is_not_called_present_when_nothing_is_heard() -> None:
    day = Day().sit(12).lose(3)
    assert not day.policy.now(day.now_ns).is_sitting
    assert day.policy.now(day.now_ns).sitting_s == 12 * MIN


def _busy(day: Day) -> Day:
    """Everything that can happen, in an hour and a half or so of day and night."""
    day.sit(29).report(18).sit(3).snooze(15).sit(16).walk(0.5).sit(8).lose(20).sit(3).walk(1.2)
    return day.meet(30).sit(33).acknowledge().be("lying", 90).sit(5).report(50, is_charging=True).walk(2)


@pytest.mark.parametrize("start", ["2026-03-02T08:00:00.000Z", "2026-03-02T22:20:00.000Z"])
def test_a_restart_at_any_point_equals_no_restart(start: str) -> None:
    awake = CareSettings(quiet_from="01:00", quiet_to="01:20")
    whole = _busy(Day(start, awake))
    assert len(whole.told) >= 9
    often = _busy(Day(start, awake, restarts=set(range(0, whole.now_s, 7))))
    assert often.told == whole.told
    assert often.policy.state == whole.policy.state


STATES: dict[str, PostureState | None] = {
    "stand": "standing",
    "lie": "lying",
    "off": "not_worn",
    "unknown": None,
}
_whats = st.sampled_from(["sit", "sit", "walk", "lose", "meet", "snooze", "ack", *STATES])
_pieces = st.lists(st.tuples(_whats, st.integers(1, 35)), max_size=8)


def _live(day: Day, pieces: list[tuple[str, int]]) -> Day:
    for what, minutes in pieces:
        try:
            match what:
                case "sit":
                    day.sit(minutes)
                case "walk":
                    day.walk(minutes / 10)
                case "lose":
                    day.lose(minutes)
                case "meet":
                    day.meet(30 if minutes % 2 else 0)
                case "snooze":
                    day.snooze(15)
                case "ack":
                    day.acknowledge()
                case _:
                    day.be(STATES[what], minutes * MIN)
        except NothingToAnswerError:
            pass
    return day


@settings(max_examples=12, deadline=None)
@given(_pieces, st.sets(st.integers(1, 200 * MIN), max_size=6), st.integers(0, 23))
def test_any_day_with_restarts_is_the_day_without(
    pieces: list[tuple[str, int]], restarts: set[int], hour: int
) -> None:
    start = f"2026-03-28T{hour:02}:10:00.000Z"
    followed = CareSettings(follower=True)
    whole = _live(Day(start, followed), pieces)
    cut = _live(Day(start, followed, restarts=restarts), pieces)
    assert cut.told == whole.told
    assert cut.policy.state == whole.policy.state


@settings(max_examples=12, deadline=None)
@given(_pieces, st.integers(0, 23))
def test_any_day_speaks_only_when_it_may(pieces: list[tuple[str, int]], hour: int) -> None:
    day = _live(Day(f"2026-03-28T{hour:02}:10:00.000Z"), pieces)
    for one in day.told:
        assert one.alert.start is not None
        minute = VIENNA.at(utc_ns(one.alert.start)).minute
        is_night = minute >= 22 * 60 or minute < 7 * 60
        if one.vibration is not None or one.is_message:
            assert not is_night
        if one.alert.action in {"raised", "repeated"}:
            assert not is_night


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "null",
        "7",
        '{"x": 1}',
        '{"breaks": {"sitting": {"sitting_ns": -1}}}',
        '{"breaks": {"sitting": {"sitting_ns": 1.5}}}',
        '{"breaks": {"sitting": {"now_ns": true}}}',
        '{"breaks": {"life": {"phase": "asleep"}}}',
        "[" * 10_000,
    ],
)
def test_damaged_state_is_refused(text: str) -> None:
    with pytest.raises(BadCareStateError, match="not a state of the care policy"):
        CareState.from_json(text)


def test_an_empty_state_is_a_fresh_one() -> None:
    assert CareState.from_json("{}") == CareState()


def test_a_red_flag_holds_every_reminder_over_restarts_until_it_is_cleared() -> None:
    day = Day(restarts={10 * MIN, 50 * MIN})
    day.policy.answer_check(["fever"], day.now_ns)
    raised_ns = day.now_ns
    day.policy.report(StripReport(3, is_charging=False, is_worn=True), day.now_ns)
    day.sit(100)
    now = day.policy.now(day.now_ns)
    assert (day.told, now.next_break_ns, now.red_flags) == ([], None, ("fever",))
    assert day.policy.clear_red_flags(raised_ns - 1, day.now_ns) == ()
    day.sit(1)
    assert day.told == []
    assert day.policy.clear_red_flags(raised_ns, day.now_ns) == ("fever",)
    day.sit(0.5)
    told = {(one.alert.kind, one.alert.action) for one in day.told}
    assert told == {("prolonged_sitting", "raised"), ("battery_low", "raised")}

"""The strip itself: its battery runs low, it falls silent while worn, it was not put on this morning.

All three are status, not alarm (CLINICAL.md D): they stand where people look, and never vibrate. A low
battery is also a message to the phone, since something can be done about it; a silence becomes one only for a
follower who opted in.

- *Battery* has hysteresis: told at 20 % and again at 10 %, taken back from 30 % on or on the charger.
- *Silence* counts only while somebody listens: time between two ticks further apart than `tick_s` (the
  gateway was off) is not silence. A strip that was last seen off the body, or on the charger, may be silent.
- *Not worn by mid-morning* is no alert at all. The policy says so once a day, and the home tells its status
  anew, whose field `worn` holds it.
"""

from dataclasses import dataclass, field, replace
from typing import Final, NamedTuple

from analysis.care.hush import Hush
from analysis.care.life import Life, rank
from analysis.care.sitting import NS_PER_S
from analysis.care.statement import Reminder, Speaker
from analysis.events.day import PostureState
from analysis.events.facts import AlertAction, AlertLevel
from analysis.events.local import LocalTime

_S_PER_MIN: Final = 60.0


@dataclass(frozen=True, slots=True)
class StripParams:
    """When the strip's own state is worth a word.

    Parameters
    ----------
    battery_nudge_pct, battery_alert_pct, battery_clear_pct
        Charge at or below which the battery is told as low and as nearly empty, and from which on it is not
        low any more, % [ours].
    silent_nudge_s, silent_alert_s
        Silence of a worn strip that is told, s (CLINICAL.md D: stale after 15 and 30 min).
    follower_s
        Silence of which the follower is told, s; None: nobody follows.
    silent_forget_s
        Silence after which nobody waits any more, s [ours]: the strip lies in a drawer.
    worn_by_min
        Minute of the patient's day by which the strip is usually worn [ours: ten o'clock].
    tick_s
        Ticks further apart than this have a hole between them, s [ours]: a restart takes less.
    """

    battery_nudge_pct: int = 20
    battery_alert_pct: int = 10
    battery_clear_pct: int = 30
    silent_nudge_s: float = 15 * _S_PER_MIN
    silent_alert_s: float = 30 * _S_PER_MIN
    follower_s: float | None = None
    silent_forget_s: float = 4 * 60 * _S_PER_MIN
    worn_by_min: int = 10 * 60
    tick_s: float = 5 * _S_PER_MIN


class StripReport(NamedTuple):
    """What the strip said of itself."""

    battery_pct: int
    is_charging: bool
    is_worn: bool


@dataclass(frozen=True, slots=True)
class StripState:
    """All that is remembered of the strip.

    Parameters
    ----------
    battery, silence
        The two alerts.
    battery_pct, is_charging
        As last reported.
    is_worn
        Whether it was on the body when last heard; None: nobody knows.
    silent_ns
        How long it has been silent while somebody listened.
    tick_ns
        The last tick, or word from the strip.
    worn_day, missed_day
        The patient's day in which it was last worn, and the last for which it was said that it was not.
    """

    battery: Life = field(default_factory=Life)
    silence: Life = field(default_factory=Life)
    battery_pct: int | None = None
    is_charging: bool = False
    is_worn: bool | None = None
    silent_ns: int = 0
    tick_ns: int | None = None
    worn_day: str = ""
    missed_day: str = ""


class StripCare:
    """Looks after one strip; `state` can be read at any time and given to a new one."""

    def __init__(
        self,
        patient: str,
        device: str,
        params: StripParams,
        hush: Hush,
        local: LocalTime | None,
        state: StripState | None = None,
    ) -> None:
        self._battery = Speaker(patient, device, "battery_low")
        self._silence = Speaker(patient, device, "sensor_silent")
        self._params, self._hush, self._local = params, hush, local
        self.state = state or StripState()

    def hear(self, now_ns: int, posture: PostureState | None) -> list[Reminder]:
        """Take note that the strip was heard, and on whom."""
        state = self.state
        is_worn = state.is_worn if posture is None else posture != "not_worn"
        self.state = replace(
            state,
            is_worn=is_worn,
            silent_ns=0,
            tick_ns=now_ns if state.tick_ns is None else max(now_ns, state.tick_ns),
            worn_day=self._local.at(now_ns).day if posture and is_worn and self._local else state.worn_day,
        )
        return self._end_silence("cleared", now_ns)

    def report(self, report: StripReport, now_ns: int) -> list[Reminder]:
        """Take what the strip says of itself."""
        self.state = replace(
            self.state,
            battery_pct=report.battery_pct,
            is_charging=report.is_charging,
            is_worn=self.state.is_worn if report.is_worn else False,
        )
        silence = [] if report.is_worn else self._end_silence("cleared", now_ns)
        return silence + self._judge_battery(now_ns)

    def tick(self, now_ns: int) -> list[Reminder]:
        """Let time pass; call it at least every `tick_s`."""
        state = self.state
        elapsed_ns = 0 if state.tick_ns is None else now_ns - state.tick_ns
        if not 0 < elapsed_ns <= self._params.tick_s * NS_PER_S or not self._is_expected:
            elapsed_ns = 0
        silent_ns = state.silent_ns + elapsed_ns if self._is_expected else 0
        self.state = replace(state, tick_ns=now_ns, silent_ns=silent_ns)
        return self._judge_silence(now_ns) + self._judge_battery(now_ns)

    def misses_wearer(self, now_ns: int) -> bool:
        """Return True once a day: when it is mid-morning and the strip has not been worn yet."""
        if self._local is None:
            return False
        day, minute = self._local.at(now_ns)
        if minute < self._params.worn_by_min or day in {self.state.worn_day, self.state.missed_day}:
            return False
        self.state = replace(self.state, missed_day=day)
        return True

    def is_missed(self, now_ns: int) -> bool:
        """Return whether it was said today that the strip was not worn, and still is so."""
        if self._local is None:
            return False
        day = self._local.at(now_ns).day
        return day == self.state.missed_day != self.state.worn_day

    @property
    def _is_expected(self) -> bool:
        return self.state.is_worn is True and not self.state.is_charging

    def _judge_silence(self, now_ns: int) -> list[Reminder]:
        params, silent_s = self._params, self.state.silent_ns / NS_PER_S
        if silent_s >= params.silent_forget_s:
            self.state = replace(self.state, is_worn=None)
            return self._end_silence("expired", now_ns)
        level: AlertLevel | None = None
        if params.follower_s is not None and silent_s >= params.follower_s:
            level = "follower"
        elif silent_s >= params.silent_alert_s:
            level = "alert"
        elif silent_s >= params.silent_nudge_s:
            level = "nudge"
        life = self.state.silence
        if rank(level) <= rank(life.level) or self._hush.holds(now_ns):
            return []
        life = life.step("raised", now_ns, level=level)
        self.state = replace(self.state, silence=life)
        alert = self._silence.tell(life, "raised", now_ns)
        return [Reminder(alert, is_message=level == "follower")]

    def _end_silence(self, action: AlertAction, now_ns: int) -> list[Reminder]:
        life = self.state.silence
        if not life.is_there:
            return []
        self.state = replace(self.state, silence=life.step(action, now_ns))
        return [Reminder(self._silence.tell(life, action, now_ns))]

    def _judge_battery(self, now_ns: int) -> list[Reminder]:
        state, params = self.state, self._params
        charge_pct, life = state.battery_pct, state.battery
        if charge_pct is None:
            return []
        if life.is_there and (state.is_charging or charge_pct >= params.battery_clear_pct):
            self.state = replace(state, battery=life.step("cleared", now_ns))
            return [Reminder(self._battery.tell(life, "cleared", now_ns))]
        level: AlertLevel | None = None
        if charge_pct <= params.battery_alert_pct:
            level = "alert"
        elif charge_pct <= params.battery_nudge_pct:
            level = "nudge"
        asleep = life.is_asleep(now_ns)
        if state.is_charging or asleep or rank(level) <= rank(life.level) or self._hush.holds(now_ns):
            return []
        life = life.step("raised", now_ns, level=level)
        self.state = replace(state, battery=life)
        return [Reminder(self._battery.tell(life, "raised", now_ns), is_message=True)]

    def answer(self, action: AlertAction, now_ns: int, until_ns: int | None = None) -> list[Reminder]:
        """Snooze or acknowledge what is there of the strip's alerts; nothing if there is none."""
        told = []
        battery, silence = self.state.battery, self.state.silence
        if battery.can(action):
            battery = battery.step(action, now_ns, until_ns=until_ns)
            told.append(Reminder(self._battery.tell(battery, action, now_ns)))
        if silence.can(action):
            silence = silence.step(action, now_ns, until_ns=until_ns)
            told.append(Reminder(self._silence.tell(silence, action, now_ns)))
        self.state = replace(self.state, battery=battery, silence=silence)
        return told

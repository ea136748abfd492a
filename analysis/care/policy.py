"""All of care for one patient with one strip: the sitting alert, the strip's own alerts, and when to hush.

Everything that can happen is a method, with its time; what comes back is to be recorded, felt and sent. The
state is a value: written down before acting on what a method returned, and given back after a restart, it
makes the restart invisible.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Final, Literal

from pydantic import ConfigDict, TypeAdapter, ValidationError

from analysis.care.breaks import BreakPolicy, BreakState, NothingToAnswerError
from analysis.care.heed import Heed, HeedState
from analysis.care.hush import Hush, HushState
from analysis.care.life import Life, Phase
from analysis.care.safety import SafetyState
from analysis.care.settings import CareSettings
from analysis.care.sitting import NS_PER_S, Moment
from analysis.care.statement import Reminder
from analysis.care.strip import StripCare, StripReport, StripState
from analysis.events.entries import RedFlag
from analysis.events.facts import AlertKind, AlertLevel
from analysis.events.local import LocalTime

_NS_PER_MIN: Final = 60 * NS_PER_S
_FRESH_NS: Final = 120 * NS_PER_S
"""A posture older than this is not called the present one [ours]."""


class BadCareStateError(ValueError):
    """A text that is not a state of the care policy."""


@dataclass(frozen=True, slots=True)
class CareState:
    """All that care remembers."""

    __pydantic_config__ = ConfigDict(extra="forbid")

    breaks: BreakState = field(default_factory=BreakState)
    strip: StripState = field(default_factory=StripState)
    hush: HushState = field(default_factory=HushState)
    safety: SafetyState = field(default_factory=SafetyState)
    heed: HeedState = field(default_factory=HeedState)

    def to_json(self) -> str:
        """Return the state as one line of JSON."""
        return _STATE.dump_json(self).decode()

    @classmethod
    def from_json(cls, text: str | bytes) -> "CareState":
        """Return the state that :meth:`to_json` wrote.

        Raises
        ------
        BadCareStateError
            If the text is anything else; start with a new state then.
        """
        try:
            return _STATE.validate_json(text, strict=True)
        except ValidationError as error:
            first = error.errors()[0]
            place = ".".join(map(str, first["loc"])) or "the whole"
            raise BadCareStateError(f"not a state of the care policy: {place}: {first['msg']}") from error


_STATE: Final = TypeAdapter(CareState)


@dataclass(frozen=True, slots=True)
class AlertNow:
    """An alert that is there."""

    kind: AlertKind
    level: AlertLevel
    phase: Phase
    since_ns: int
    until_ns: int | None


@dataclass(frozen=True, slots=True)
class CareNow:
    """How care stands, for whoever shows it.

    Parameters
    ----------
    sitting_s
        Sitting since the last break, s.
    is_sitting
        Whether the patient sits now.
    next_break_ns
        When a break is due if the patient stays seated, or since when it has been (UTC); None: not sitting.
    alerts
        What is there.
    muted_until_ns
        A meeting or a drive lasts until then (UTC); None: there is none.
    is_quiet_hour, is_full
        Whether nothing is said because of the hour, or because the day has had its alerts.
    is_missed
        Whether it is past mid-morning and the strip has not been worn today.
    is_halved, is_asking
        Whether every other reminder is passed over, since they rarely led to a break, and whether the patient
        is yet to say what they think of that.
    red_flags
        What pauses everything until a therapist has cleared it.
    asks_check
        Whether it is time for the questions about red flags.
    """

    sitting_s: float = 0.0
    is_sitting: bool = False
    next_break_ns: int | None = None
    alerts: tuple[AlertNow, ...] = ()
    muted_until_ns: int | None = None
    is_quiet_hour: bool = False
    is_full: bool = False
    is_missed: bool = False
    is_halved: bool = False
    is_asking: bool = False
    red_flags: tuple[RedFlag, ...] = ()
    asks_check: bool = False


class CarePolicy:
    """Looks after one patient.

    Parameters
    ----------
    patient, device
        Whose alerts these are.
    settings
        The therapist's.
    local
        The patient's clock; None: no quiet hours and no cap.
    state
        Where to go on from.
    """

    def __init__(
        self,
        patient: str,
        device: str,
        settings: CareSettings,
        local: LocalTime | None = None,
        state: CareState | None = None,
    ) -> None:
        state = state or CareState()
        self._rule = settings.rule
        self._hush = Hush(settings.hush, local, state.hush)
        self._heed = Heed(local, None, state.heed)
        self._set_safety(state.safety)
        self._breaks = BreakPolicy(patient, device, None, self._rule, state.breaks, self._hush, self._heed)
        self._strip = StripCare(patient, device, settings.strip, self._hush, local, state.strip)

    @property
    def state(self) -> CareState:
        """All that care remembers."""
        return CareState(
            self._breaks.state, self._strip.state, self._hush.state, self._safety, self._heed.state
        )

    def push(self, moments: Iterable[Moment]) -> list[Reminder]:
        """Take the next moments, in order of time."""
        told: list[Reminder] = []
        for moment in moments:
            told += self._strip.hear(moment.utc_ns, moment.state)
            told += self._breaks.push([moment])
        return told

    def take_snack(self, end_ns: int, now_ns: int) -> list[Reminder]:
        """Take a movement snack that ended then; call it after the moments by which it was known."""
        return self._breaks.take_snack(end_ns, now_ns)

    @property
    def bout_since_ns(self) -> int | None:
        """When the bout of sitting that is going on began; None: there is none."""
        sitting = self._breaks.state.sitting
        return sitting.since_ns if sitting.posture == "sitting" else None

    def take_back_bout(self, now_ns: int) -> list[Reminder]:
        """Take the patient's word that the bout that is going on is no sitting."""
        return self._breaks.take_back_bout(now_ns)

    def report(self, report: StripReport, now_ns: int) -> list[Reminder]:
        """Take what the strip says of itself."""
        return self._strip.report(report, now_ns)

    def tick(self, now_ns: int) -> list[Reminder]:
        """Let time pass; call it every minute or more often, whether the strip is heard or not."""
        return self._breaks.pass_time(now_ns) + self._strip.tick(now_ns)

    def misses_wearer(self, now_ns: int) -> bool:
        """Return True once a day: when it is mid-morning and the strip has not been worn yet."""
        return self._strip.misses_wearer(now_ns)

    def snooze(self, minutes: int, now_ns: int) -> list[Reminder]:
        """Hold what is there for some minutes.

        Raises
        ------
        NothingToAnswerError
            If there is no alert that can be snoozed.
        """
        return self._answer("snoozed", now_ns, now_ns + minutes * _NS_PER_MIN)

    def acknowledge(self, now_ns: int) -> list[Reminder]:
        """Take the patient's word that what is there was heard.

        Raises
        ------
        NothingToAnswerError
            If there is no alert that waits for it.
        """
        return self._answer("acknowledged", now_ns, None)

    def _answer(
        self, action: Literal["snoozed", "acknowledged"], now_ns: int, until_ns: int | None
    ) -> list[Reminder]:
        told = self._strip.answer(action, now_ns, until_ns)
        if self._breaks.life.can(action):
            if until_ns is not None:
                told += self._breaks.snooze(until_ns, now_ns)
            else:
                told += self._breaks.acknowledge(now_ns)
        if not told:
            raise NothingToAnswerError
        return told

    def mute(self, minutes: int, now_ns: int) -> None:
        """Say nothing for some minutes, as in a meeting or at the wheel; 0: speak again."""
        self._hush.mute(now_ns + minutes * _NS_PER_MIN if minutes else None)

    def set_pace(self, *, every: bool) -> None:
        """Take the patient's word on how many reminders to give: every one, or as it is now."""
        self._heed.answer(every=every)

    @property
    def safety(self) -> SafetyState:
        """The answers to the questions about red flags."""
        return self._safety

    def answer_check(self, red_flags: Iterable[RedFlag], now_ns: int) -> None:
        """Take the answers to the questions about red flags: those with a yes."""
        self._set_safety(self._safety.answered(red_flags, now_ns))

    def clear_red_flags(self, up_to_ns: int, now_ns: int) -> tuple[RedFlag, ...]:
        """Take a therapist's word on what was raised until `up_to_ns`, and return what that cleared."""
        before = self._safety
        self._set_safety(before.cleared(up_to_ns, now_ns))
        return () if self._safety.is_paused else before.red_flags

    def recall(self, safety: SafetyState) -> None:
        """Take what the events say of red flags, which outlive a state that was lost."""
        checked = [at_ns for at_ns in (safety.checked_ns, self._safety.checked_ns) if at_ns is not None]
        self._set_safety(replace(safety, checked_ns=max(checked, default=None)))

    def _set_safety(self, safety: SafetyState) -> None:
        self._safety = safety
        self._hush.is_paused = safety.is_paused

    def now(self, now_ns: int) -> CareNow:
        """Return how things stand."""
        sitting = self._breaks.state.sitting
        is_fresh = sitting.now_ns is not None and now_ns - sitting.now_ns < _FRESH_NS
        is_sitting = is_fresh and sitting.posture == "sitting"
        strip = self._strip.state
        lives: tuple[tuple[AlertKind, Life], ...] = (
            ("prolonged_sitting", self._breaks.life),
            ("battery_low", strip.battery),
            ("sensor_silent", strip.silence),
        )
        return CareNow(
            sitting_s=self._breaks.sitting_s,
            is_sitting=is_sitting,
            next_break_ns=self._next_break_ns() if is_sitting and not self._safety.is_paused else None,
            alerts=tuple(
                AlertNow(kind, life.level, life.phase, life.since_ns, life.until_ns)
                for kind, life in lives
                if life.level is not None and life.since_ns is not None
            ),
            muted_until_ns=self._hush.state.muted_until_ns if self._hush.is_muted(now_ns) else None,
            is_quiet_hour=self._hush.is_quiet_hour(now_ns),
            is_full=self._hush.is_full(now_ns),
            is_missed=self._strip.is_missed(now_ns),
            is_halved=self._heed.state.is_halved,
            is_asking=self._heed.state.is_asking,
            red_flags=self._safety.red_flags,
            asks_check=self._safety.is_due(now_ns),
        )

    def _next_break_ns(self) -> int | None:
        sitting = self._breaks.state.sitting
        if sitting.now_ns is None:
            return None
        return sitting.now_ns + round(self._rule.nudge_s * NS_PER_S) - sitting.sitting_ns

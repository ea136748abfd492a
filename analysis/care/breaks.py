"""When to remind a patient that sitting has lasted too long: the best-evidenced thing the product can do.

Active breaks cut new back pain from 33 % to 9 % (Waongenngarm et al. 2021; CLINICAL.md B4, B5). The rule is
a nudge after 30 min of sitting, an alert after 45 min, repeated twice at 10 min, and silence after that; who
opted in has a follower told after 90 min. A break starts the count anew (:mod:`analysis.care.sitting` says
what one is), and if a reminder was out it is cleared with a short tick of the motor, so that the patient
feels that it counted.

- Reminders are due only in a second of sitting, so there are none while lying or with the strip off.
- Of several things due at once the highest is said; what it overtook is not made up for.
- Acknowledging ends the repetitions; a higher level still comes. A snooze holds everything but the follower,
  who is told of 90 min whatever the patient pressed; when it is over and the patient still sits, it is said
  again.
- Quiet hours, a meeting or a drive hold everything (:mod:`analysis.care.hush`).
- After two hours without sitting or being upright an open reminder expires.

Pure: the state is a value that can be written down after each push and given back after a restart. To be
sure that a restart repeats nothing, write it down before acting on what a push returned.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final

from analysis.care.heed import Heed
from analysis.care.hush import Hush, HushParams
from analysis.care.life import Life, rank
from analysis.care.sitting import Moment, SittingCount, SittingParams, SittingState, Turn
from analysis.care.statement import Reminder, Speaker, Vibration
from analysis.events.facts import AlertAction, AlertLevel
from analysis.events.fields import Count, Mode

_S_PER_MIN: Final = 60.0
_NUDGED, _ALERTED = 1, 2  # values of BreakState.reminders


class NothingToAnswerError(ValueError):
    """There is no alert that could be snoozed or acknowledged."""


@dataclass(frozen=True, slots=True)
class BreakParams(SittingParams):
    """The rule's numbers, besides what a break is.

    Parameters
    ----------
    nudge_s, alert_s
        Sitting time at which to nudge and to alert, s (CLINICAL.md B5).
    repeat_s, repeats
        Sitting time between repetitions of the alert, s, and how many there are (CLINICAL.md D).
    follower_s
        Sitting time at which the follower is told, s (CLINICAL.md D: 90 min); None: nobody follows.
    """

    nudge_s: float = 30 * _S_PER_MIN
    alert_s: float = 45 * _S_PER_MIN
    repeat_s: float = 10 * _S_PER_MIN
    repeats: int = 2
    follower_s: float | None = None


@dataclass(frozen=True, slots=True)
class BreakState:
    """All that the policy remembers.

    Parameters
    ----------
    sitting
        The count.
    life
        The alert.
    reminders
        How much of what is due has been said: 0, then 1 the nudge, 2 the alert, 3 and more its repetitions.
    """

    sitting: SittingState = field(default_factory=SittingState)
    life: Life = field(default_factory=Life)
    reminders: Count = 0


class BreakPolicy:
    """The rule applied to one patient.

    Parameters
    ----------
    patient, device, mode
        Whose alerts these are.
    params
        The rule.
    state
        Where to go on from: `state` of another policy.
    hush
        When nothing is said; None: there are no such times.
    heed
        Which alerts are passed over because they are rarely acted on; None: none.
    """

    def __init__(
        self,
        patient: str,
        device: str,
        mode: Mode | None = None,
        params: BreakParams | None = None,
        state: BreakState | None = None,
        hush: Hush | None = None,
        heed: Heed | None = None,
    ) -> None:
        self._speaker = Speaker(patient, device, "prolonged_sitting", mode)
        self._params = params or BreakParams()
        self._hush = hush or Hush(HushParams(), None)
        self._heed = heed or Heed(None)
        state = state or BreakState()
        self._count = SittingCount(self._params, state.sitting)
        self._life, self._reminders = state.life, state.reminders

    @property
    def state(self) -> BreakState:
        """All that the policy remembers."""
        return BreakState(self._count.state, self._life, self._reminders)

    @property
    def life(self) -> Life:
        """The sitting alert."""
        return self._life

    @property
    def sitting_s(self) -> float:
        """Sitting since the last break, s."""
        return self._count.sitting_s

    def push(self, moments: Iterable[Moment]) -> list[Reminder]:
        """Take the next moments, in order of time, and return what is to be said."""
        return [reminder for moment in moments for reminder in self._take(moment)]

    def pass_time(self, now_ns: int) -> list[Reminder]:
        """Let time pass in which nothing is heard: what is of long ago expires."""
        return list(self._after(self._count.pass_time(now_ns), now_ns))

    def take_snack(self, end_ns: int, now_ns: int) -> list[Reminder]:
        """Take a movement snack, which is a break; it is known a while after its end."""
        if not self._count.state.sitting_ns:
            return []
        self._count.reset_since(end_ns)
        return list(self._after([Turn.BREAK], now_ns))

    def take_back_bout(self, now_ns: int) -> list[Reminder]:
        """Take the patient's word that the bout was no sitting; a reminder without ground is cleared."""
        self._count.take_back_bout(now_ns)
        if self._life.is_there and self.sitting_s < self._params.nudge_s:
            return list(self._close("cleared", now_ns))
        return []

    def snooze(self, until_ns: int, now_ns: int) -> list[Reminder]:
        """Hold the alert until then.

        Raises
        ------
        NothingToAnswerError
            If there is none that can be held.
        """
        return self._answer("snoozed", now_ns, until_ns=until_ns)

    def acknowledge(self, now_ns: int) -> list[Reminder]:
        """Take the patient's word that the alert was heard.

        Raises
        ------
        NothingToAnswerError
            If there is none that waits for it.
        """
        return self._answer("acknowledged", now_ns)

    def _answer(self, action: AlertAction, now_ns: int, until_ns: int | None = None) -> list[Reminder]:
        if not self._life.can(action):
            raise NothingToAnswerError
        return [self._step(action, now_ns, until_ns=until_ns)]

    def _take(self, moment: Moment) -> Iterator[Reminder]:
        if moment.utc_ns == self._count.state.now_ns:
            return
        yield from self._after(self._count.push(moment), moment.utc_ns)
        if moment.state == "sitting":
            yield from self._due(moment.utc_ns)

    def _after(self, turns: Iterable[Turn], now_ns: int) -> Iterator[Reminder]:
        for turn in turns:
            yield from self._close("cleared" if turn is Turn.BREAK else "expired", now_ns)

    def _due(self, now_ns: int) -> Iterator[Reminder]:
        level, due = self._level_due(), self._reminders_due()
        if level is None or self._hush.holds(now_ns):
            return
        is_asleep = self._life.is_asleep(now_ns)
        if is_asleep and level != "follower":
            return
        if rank(level) > rank(self._life.level):
            if not self._life.is_there:
                if self._hush.is_full(now_ns) or self._heed.passes_over():
                    return
                self._hush.count(now_ns)
                self._heed.give()
            is_answered = is_asleep or self._life.phase == "acknowledged"
            self._reminders = due
            told = self._step("raised", now_ns, level=level)
            yield told._replace(vibration=None) if level == "follower" and is_answered else told
        elif self._life.phase == "snoozed" or (
            self._life.phase == "open" and self._life.level == "alert" and due > self._reminders
        ):
            self._reminders = max(due, self._reminders)
            yield self._step("repeated", now_ns)

    def _level_due(self) -> AlertLevel | None:
        params, sitting_s = self._params, self.sitting_s
        if params.follower_s is not None and sitting_s >= params.follower_s:
            return "follower"
        if sitting_s >= params.alert_s:
            return "alert"
        return "nudge" if sitting_s >= params.nudge_s else None

    def _reminders_due(self) -> int:
        params, sitting_s = self._params, self.sitting_s
        if sitting_s >= params.alert_s:
            return _ALERTED + min(int((sitting_s - params.alert_s) // params.repeat_s), params.repeats)
        return _NUDGED if sitting_s >= params.nudge_s else 0

    def _close(self, action: AlertAction, now_ns: int) -> Iterator[Reminder]:
        if self._life.is_there:
            self._heed.end(self._life, action, now_ns)
            yield self._step(action, now_ns)
        self._heed.turn()
        self._reminders = 0

    def _step(
        self,
        action: AlertAction,
        now_ns: int,
        *,
        level: AlertLevel | None = None,
        until_ns: int | None = None,
    ) -> Reminder:
        was = self._life
        self._life = was.step(action, now_ns, level=level, until_ns=until_ns)
        alert = self._speaker.tell(self._life if self._life.is_there else was, action, now_ns)
        match action:
            case "raised" | "repeated":
                vibration = Vibration.NUDGE if alert.level == "nudge" else Vibration.ALERT
                return Reminder(alert, vibration, is_message=True)
            case "cleared" if not self._hush.holds(now_ns):
                return Reminder(alert, Vibration.TICK)
            case _:
                return Reminder(alert)

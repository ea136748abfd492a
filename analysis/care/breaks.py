"""When to remind a patient that sitting has lasted too long: the best-evidenced thing the product can do.

Active breaks cut new back pain from 33 % to 9 % (Waongenngarm et al. 2021; CLINICAL.md B4, B5). The rule is
a nudge after 30 min of sitting, an alert after 45 min, repeated twice at 10 min, and silence after that. A
break is 60 s upright with at least 10 steps; then the count starts anew, and if a reminder was out it is
cleared with a short tick of the motor, so that the patient feels that it counted.

The method is book-keeping over one :class:`Moment` a second:

- *Sitting* is added up. Standing up briefly stops the sum but does not reset it.
- A posture is known late, and the core then says since when the patient has been sitting. Time between the
  watermark (up to where time has been accounted for as sitting, or closed by a break or a gap) and now can
  still be claimed by such a late word.
- *Unknown* time, a hole between moments or a clock that jumped, is neither sitting nor a break. An upright
  stretch with a hole in it longer than `bridge_s` starts anew.
- Reminders are due only in a second of sitting, so there are none while lying or with the strip off.
- After `forget_s` without sitting or being upright (a night, a day in the drawer) the sum means nothing any
  more: it is forgotten, and an open reminder expires.

Pure: the state is a value that can be written down after each push and given back after a restart. To be
sure that a restart repeats nothing, write it down before acting on what a push returned. Time is counted in
whole nanoseconds, so that it makes no difference how the moments are batched.

Works badly where the posture is wrong: it cannot see that a "sitting" second was a crouch.
"""

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from enum import Enum
from typing import Final, NamedTuple

from analysis.events.day import PostureState
from analysis.events.event import ALGORITHM, fact_id
from analysis.events.facts import Alert, AlertAction, AlertLevel
from analysis.events.fields import Mode, utc_text

_NS_PER_S: Final = 1_000_000_000
_S_PER_MIN: Final = 60.0
_NUDGED, _ALERTED = 1, 2  # values of BreakState.reminders


class Vibration(Enum):
    """How the strip's motor should speak."""

    NUDGE = "nudge"
    ALERT = "alert"
    TICK = "tick"


@dataclass(frozen=True, slots=True)
class BreakParams:
    """The rule's numbers.

    Parameters
    ----------
    nudge_s, alert_s
        Sitting time at which to nudge and to alert, s (CLINICAL.md B5).
    repeat_s, repeats
        Sitting time between repetitions of the alert, s, and how many there are (CLINICAL.md D).
    break_s, break_steps
        Least time upright, s, and least steps in it, of a break (CLINICAL.md B5).
    step_s
        Moments further apart than this have a hole between them, s [ours]: they come once a second, and one
        may be missing.
    bridge_s
        Longest time of unknown posture that an upright stretch survives, s [ours].
    forget_s
        Time without sitting or upright posture after which sitting before it no longer counts, s [ours].
    """

    nudge_s: float = 30 * _S_PER_MIN
    alert_s: float = 45 * _S_PER_MIN
    repeat_s: float = 10 * _S_PER_MIN
    repeats: int = 2
    break_s: float = 60.0
    break_steps: int = 10
    step_s: float = 2.5
    bridge_s: float = 5.0
    forget_s: float = 120 * _S_PER_MIN


@dataclass(frozen=True, slots=True)
class Moment:
    """What is known of one second.

    Parameters
    ----------
    utc_ns
        The second's end.
    state
        The posture in it; None: unknown.
    steps
        Steps that became known in it.
    sitting_since_utc_ns
        While sitting: when it began, as known by now; None: in this second.
    """

    utc_ns: int
    state: PostureState | None
    steps: int = 0
    sitting_since_utc_ns: int | None = None


@dataclass(frozen=True, slots=True)
class BreakState:
    """All that the policy remembers.

    Parameters
    ----------
    now_ns
        The last moment's time; None: there was none yet.
    watermark_ns
        Time up to here is accounted for; None: nothing is.
    sitting_ns
        Sitting since the last break.
    upright_ns, upright_steps
        The present upright stretch, as far as it was seen.
    known_ns
        The last moment of sitting or upright posture.
    reminders
        How many reminders are out: 0, then 1 the nudge, 2 the alert, 3 and more its repetitions.
    """

    now_ns: int | None = None
    watermark_ns: int | None = None
    sitting_ns: int = 0
    upright_ns: int = 0
    upright_steps: int = 0
    known_ns: int | None = None
    reminders: int = 0

    def to_json(self) -> str:
        """Return the state as one line of JSON."""
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> "BreakState":
        """Return the state that :meth:`to_json` wrote.

        Raises
        ------
        BadBreakStateError
            If the text is anything else; start with a new state then.
        """
        try:
            state = cls(**json.loads(text))
        except (TypeError, ValueError, RecursionError) as error:
            raise BadBreakStateError(f"not a state of the break policy: {error}") from error
        nullable = (state.now_ns, state.watermark_ns, state.known_ns)
        counts = (state.sitting_ns, state.upright_ns, state.upright_steps, state.reminders)
        if not all(type(value) is int and value >= 0 for value in (*filter(_is_given, nullable), *counts)):
            raise BadBreakStateError("not a state of the break policy: its values are whole and not negative")
        return state


def _is_given(value: int | None) -> bool:
    return value is not None


class BadBreakStateError(ValueError):
    """A text that is not a break policy's state."""


class Reminder(NamedTuple):
    """One change in the life of the sitting alert, and how the strip should tell it."""

    alert: Alert
    vibration: Vibration | None


class BreakPolicy:
    """The rule applied to one patient; `state` can be read after any push and given to a new policy."""

    def __init__(
        self,
        patient: str,
        device: str,
        mode: Mode | None = None,
        params: BreakParams | None = None,
        state: BreakState | None = None,
    ) -> None:
        self._patient = patient
        self._device = device
        self._mode = mode
        self._params = params or BreakParams()
        self.state = state or BreakState()

    def push(self, moments: Iterable[Moment]) -> list[Reminder]:
        """Take the next moments, in order of time, and return what is to be said."""
        return [reminder for moment in moments for reminder in self._take(moment)]

    def _take(self, moment: Moment) -> Iterable[Reminder]:
        if moment.utc_ns == self.state.now_ns:
            return
        if self._is_long_away(moment):
            yield from self._close(moment, "expired", None)
            self.state = replace(self.state, known_ns=None)
        self.state = replace(self._accounted(moment), now_ns=moment.utc_ns)
        if moment.state == "sitting":
            yield from self._due(moment)
        elif self.state.sitting_ns and self._is_break():
            yield from self._close(moment, "cleared", Vibration.TICK)

    def _is_long_away(self, moment: Moment) -> bool:
        known_ns = self.state.known_ns
        return known_ns is not None and moment.utc_ns - known_ns >= self._params.forget_s * _NS_PER_S

    def _accounted(self, moment: Moment) -> BreakState:
        """Return the state with the time since the last moment booked where it belongs."""
        state, now_ns = self.state, moment.utc_ns
        elapsed_ns = _NS_PER_S if state.now_ns is None else now_ns - state.now_ns
        is_hole = not 0 < elapsed_ns <= self._params.step_s * _NS_PER_S
        if is_hole:  # then the moment speaks for its own second only
            elapsed_ns = _NS_PER_S
        if is_hole or moment.state is None:
            state = replace(state, watermark_ns=now_ns - elapsed_ns)
            if self._is_torn(now_ns - elapsed_ns):
                state = replace(state, upright_ns=0, upright_steps=0)
        match moment.state:
            case "sitting":
                return self._sat(state, moment, elapsed_ns)
            case "standing" | "walking":
                return replace(
                    state,
                    upright_ns=state.upright_ns + elapsed_ns,
                    upright_steps=state.upright_steps + moment.steps,
                    known_ns=now_ns,
                )
            case "lying" | "not_worn":
                return replace(state, upright_ns=0, upright_steps=0)
            case None:
                return replace(state, watermark_ns=now_ns)

    def _is_torn(self, until_ns: int) -> bool:
        known_ns = self.state.known_ns
        return known_ns is None or not 0 <= until_ns - known_ns <= self._params.bridge_s * _NS_PER_S

    def _sat(self, state: BreakState, moment: Moment, elapsed_ns: int) -> BreakState:
        now_ns = moment.utc_ns
        since_ns = moment.sitting_since_utc_ns
        if since_ns is None:
            since_ns = now_ns - elapsed_ns
        from_ns = since_ns if state.watermark_ns is None else max(since_ns, state.watermark_ns)
        return replace(
            state,
            watermark_ns=now_ns,
            sitting_ns=state.sitting_ns + max(now_ns - from_ns, 0),
            upright_ns=0,
            upright_steps=0,
            known_ns=now_ns,
        )

    def _due(self, moment: Moment) -> Iterable[Reminder]:
        """Remind of the latest thing that is due; what it overtook is not made up for."""
        params, sitting_s = self._params, self.state.sitting_ns / _NS_PER_S
        due = _NUDGED if sitting_s >= params.nudge_s else 0
        if sitting_s >= params.alert_s:
            due = _ALERTED + min(int((sitting_s - params.alert_s) // params.repeat_s), params.repeats)
        if due <= self.state.reminders:
            return
        action: AlertAction = "raised" if self.state.reminders < _ALERTED else "repeated"
        self.state = replace(self.state, reminders=due)
        yield self._reminder(moment, action, Vibration.NUDGE if due == _NUDGED else Vibration.ALERT)

    def _is_break(self) -> bool:
        params, state = self._params, self.state
        return state.upright_ns >= params.break_s * _NS_PER_S and state.upright_steps >= params.break_steps

    def _close(self, moment: Moment, action: AlertAction, vibration: Vibration | None) -> Iterable[Reminder]:
        """Start the count anew; time before this moment can no longer be claimed as sitting."""
        if self.state.reminders:
            yield self._reminder(moment, action, vibration)
        self.state = replace(self.state, sitting_ns=0, watermark_ns=moment.utc_ns, reminders=0)

    def _reminder(self, moment: Moment, action: AlertAction, vibration: Vibration | None) -> Reminder:
        level: AlertLevel = "nudge" if self.state.reminders == _NUDGED else "alert"
        now = utc_text(moment.utc_ns)
        alert = Alert(
            event_id=fact_id(self._patient, self._device, "alert", "prolonged_sitting", level, action, now),
            patient=self._patient,
            device=self._device,
            start=now,
            end=now,
            mode=self._mode,
            algorithm=ALGORITHM,
            quality=None,
            kind="prolonged_sitting",
            level=level,
            action=action,
        )
        return Reminder(alert, vibration)

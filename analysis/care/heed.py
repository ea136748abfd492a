"""Whether reminders lead to breaks; if they rarely do, half as many are given, and the patient is asked.

A reminder that is not acted on is noise, and noise makes people take a strip off (CLINICAL.md D). Each
sitting alert is counted at its end, by the patient's day: acted on if a break cleared it soon after it was
last said. When fewer than a fifth of a week's alerts were, every other one is passed over, from its first
nudge to the next break, until the patient wants them all again.
"""

from dataclasses import dataclass, replace
from typing import Final

from analysis.care.life import Life
from analysis.care.sitting import NS_PER_S
from analysis.events.facts import AlertAction
from analysis.events.fields import Count
from analysis.events.local import LocalTime

_NS_PER_DAY: Final = 86_400 * NS_PER_S


@dataclass(frozen=True, slots=True)
class HeedParams:
    """When reminders count as heeded.

    Parameters
    ----------
    days
        How many of the patient's days are looked at (CLINICAL.md D: a week).
    least
        Fewer alerts say nothing [ours].
    share
        Below this share of alerts acted on, half as many are given (CLINICAL.md D).
    soon_s
        An alert is acted on if the break was complete so long after it was last said, s [ours].
    """

    days: int = 7
    least: int = 10
    share: float = 0.2
    soon_s: float = 15 * 60.0


@dataclass(frozen=True, slots=True)
class DayOfAlerts:
    """One of the patient's days: alerts that ended in it, and how many of them were acted on."""

    day: str
    ended: Count
    acted: Count


@dataclass(frozen=True, slots=True)
class HeedState:
    """What is remembered.

    Parameters
    ----------
    days
        The last days with alerts, oldest first.
    is_halved
        Whether every other alert is passed over.
    is_asking
        Whether the patient has not yet said what they think of that.
    is_passing, gave_last
        Whether the alert that is due now is passed over, and whether the last one was given.
    """

    days: tuple[DayOfAlerts, ...] = ()
    is_halved: bool = False
    is_asking: bool = False
    is_passing: bool = False
    gave_last: bool = False


class Heed:
    """Watches what becomes of sitting alerts; `state` can be read at any time and given to a new one.

    Without the patient's clock (`local` is None) nothing is counted, and every alert is given.
    """

    def __init__(
        self, local: LocalTime | None, params: HeedParams | None = None, state: HeedState | None = None
    ) -> None:
        self._local, self._params = local, params or HeedParams()
        self.state = state or HeedState()

    def passes_over(self) -> bool:
        """Return whether the alert that is due is passed over; it then is until :meth:`turn`."""
        if self.state.is_halved and self.state.gave_last:
            self.state = replace(self.state, is_passing=True)
        return self.state.is_passing

    def give(self) -> None:
        """Note that an alert is given."""
        self.state = replace(self.state, gave_last=True)

    def turn(self) -> None:
        """Note that the count of sitting starts anew: what was passed over is past."""
        if self.state.is_passing:
            self.state = replace(self.state, is_passing=False, gave_last=False)

    def end(self, life: Life, action: AlertAction, now_ns: int) -> None:
        """Count an alert that was cleared or has expired; `life` is what it was."""
        if self._local is None or life.spoken_ns is None:
            return
        is_acted = action == "cleared" and now_ns - life.spoken_ns <= self._params.soon_s * NS_PER_S
        oldest = self._local.at(now_ns - (self._params.days - 1) * _NS_PER_DAY).day
        today = self._local.at(now_ns).day
        days = [day for day in self.state.days if day.day >= oldest]
        if not days or days[-1].day != today:
            days.append(DayOfAlerts(today, 0, 0))
        last = days[-1]
        days[-1] = DayOfAlerts(today, last.ended + 1, last.acted + is_acted)
        self.state = replace(self.state, days=tuple(days))
        ended, acted = sum(day.ended for day in days), sum(day.acted for day in days)
        if not self.state.is_halved and ended >= self._params.least and acted < self._params.share * ended:
            self.state = replace(self.state, is_halved=True, is_asking=True)

    def answer(self, *, every: bool) -> None:
        """Take the patient's word: every reminder again, or as it is now. What was counted is past."""
        self.state = replace(
            self.state,
            days=(),
            is_halved=self.state.is_halved and not every,
            is_asking=False,
            is_passing=False,
        )

"""The life of one alert, as a state machine: what can follow what, and nothing else.

::

    none          raised -> open
    open          repeated -> open        snoozed -> snoozed       acknowledged -> acknowledged
    snoozed       repeated -> open        snoozed -> snoozed       acknowledged -> acknowledged
    acknowledged  no way but those below
    all but none  raised higher -> open   cleared -> none          expired -> none

Cleared: the patient moved, the battery is charged. Expired: nobody will know any more. Each arrow is one
``lumbar.alert/1``; what makes it be taken is the policies' business.
"""

from dataclasses import dataclass, replace
from typing import Final, Literal

from analysis.events.facts import AlertAction, AlertLevel

Phase = Literal["none", "open", "acknowledged", "snoozed"]

LEVELS: Final[tuple[AlertLevel, ...]] = ("nudge", "alert", "follower")
"""From the mildest on."""

_FROM: Final[dict[AlertAction, frozenset[Phase]]] = {
    "raised": frozenset({"none", "open", "acknowledged", "snoozed"}),
    "repeated": frozenset({"open", "snoozed"}),
    "snoozed": frozenset({"open", "snoozed"}),
    "acknowledged": frozenset({"open", "snoozed"}),
    "cleared": frozenset({"open", "acknowledged", "snoozed"}),
    "expired": frozenset({"open", "acknowledged", "snoozed"}),
}


class NoSuchStepError(ValueError):
    """An alert cannot take this step from where it is."""


@dataclass(frozen=True, slots=True)
class Life:
    """Where an alert is.

    Parameters
    ----------
    phase
        The state.
    level
        How far it has risen; None: it is not there.
    since_ns, spoken_ns
        When it was first raised, and last raised or repeated (UTC).
    until_ns
        When a snooze is over (UTC).
    """

    phase: Phase = "none"
    level: AlertLevel | None = None
    since_ns: int | None = None
    spoken_ns: int | None = None
    until_ns: int | None = None

    @property
    def is_there(self) -> bool:
        """Whether there is an alert at all."""
        return self.phase != "none"

    def is_above(self, level: AlertLevel | None) -> bool:
        """Return whether the alert has risen higher than `level`."""
        return rank(self.level) > rank(level)

    def is_asleep(self, now_ns: int) -> bool:
        """Return whether a snooze is going on."""
        return self.phase == "snoozed" and self.until_ns is not None and now_ns < self.until_ns

    def can(self, action: AlertAction) -> bool:
        """Return whether the alert can take this step."""
        return self.phase in _FROM[action]

    def step(
        self,
        action: AlertAction,
        now_ns: int,
        *,
        level: AlertLevel | None = None,
        until_ns: int | None = None,
    ) -> "Life":
        """Return the life after a step.

        Parameters
        ----------
        action
            The step.
        now_ns
            When it is taken.
        level
            For ``raised``: to which level; it must be higher than the present one.
        until_ns
            For ``snoozed``: until when.

        Raises
        ------
        NoSuchStepError
            If the step is none that the alert can take.
        """
        if not self.can(action):
            raise NoSuchStepError(f"an alert that is {self.phase} cannot be {action}")
        match action:
            case "raised":
                if rank(level) <= rank(self.level):
                    raise NoSuchStepError(f"an alert at level {self.level} cannot be raised to {level}")
                since_ns = now_ns if self.since_ns is None else self.since_ns
                return Life("open", level, since_ns, now_ns)
            case "repeated":
                return replace(self, phase="open", spoken_ns=now_ns, until_ns=None)
            case "snoozed":
                return replace(self, phase="snoozed", until_ns=until_ns)
            case "acknowledged":
                return replace(self, phase="acknowledged", until_ns=None)
            case "cleared" | "expired":
                return Life()


def rank(level: AlertLevel | None) -> int:
    """Return the height of a level: 0 none, 1 nudge, 2 alert, 3 follower."""
    return 0 if level is None else 1 + LEVELS.index(level)

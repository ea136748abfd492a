"""Red flags: what a person should see somebody about before any exercise (CLINICAL.md C).

A yes to any question pauses everything that the home would say, until a therapist has looked into it. A
therapist clears what was raised up to a moment, so that an answer which the therapist has not seen yet stays.
No later "no" of the patient's clears anything.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Final

from analysis.events.entries import RedFlag, Safety
from analysis.events.fields import utc_ns

CHECK_EVERY_NS: Final = 7 * 86_400 * 1_000_000_000
"""How often the questions are asked (CLINICAL.md C: weekly, and on demand)."""
_NS_PER_MS: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class SafetyState:
    """What is remembered of the answers.

    Parameters
    ----------
    red_flags
        What is raised and not cleared, in the order in which it was raised.
    raised_ns
        When the last of it was raised (UTC, whole milliseconds, as its event says).
    checked_ns
        When the questions were last answered, or answers cleared.
    """

    red_flags: tuple[RedFlag, ...] = ()
    raised_ns: int | None = None
    checked_ns: int | None = None

    @property
    def is_paused(self) -> bool:
        """Whether everything that the home would say is paused."""
        return bool(self.red_flags)

    def is_due(self, now_ns: int) -> bool:
        """Return whether to ask the questions now."""
        return self.checked_ns is None or now_ns - self.checked_ns >= CHECK_EVERY_NS

    def answered(self, red_flags: Iterable[RedFlag], now_ns: int) -> "SafetyState":
        """Return the state after the questions were answered; `red_flags` are those with a yes."""
        raised = tuple(red_flags)
        if not raised:
            return replace(self, checked_ns=now_ns)
        all_of_them = tuple(dict.fromkeys((*self.red_flags, *raised)))
        return SafetyState(all_of_them, now_ns // _NS_PER_MS * _NS_PER_MS, now_ns)

    def cleared(self, up_to_ns: int, now_ns: int) -> "SafetyState":
        """Return the state after a therapist cleared what was raised until `up_to_ns`."""
        if self.raised_ns is None or self.raised_ns > up_to_ns:
            return self
        return SafetyState(checked_ns=now_ns)


def recalled(events: Iterable[Safety]) -> SafetyState:
    """Return what the events say, in any order; those without a time say nothing."""
    state = SafetyState()
    dated = [(utc_ns(event.start), event.event_id, event) for event in events if event.start]
    for at_ns, _, event in sorted(dated, key=lambda each: each[:2]):
        if event.action == "raised":
            state = state.answered(event.red_flags, at_ns)
        else:
            state = state.cleared(at_ns, at_ns)
    return state

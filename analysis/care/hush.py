"""When nothing is said: red flags, quiet hours, a meeting or a drive; and when a day has had enough.

What is due meanwhile is held, not dropped: if it still is due afterwards it is said then, once.
"""

from dataclasses import dataclass, replace

from analysis.events.local import LocalTime

MINUTES_PER_DAY = 24 * 60


@dataclass(frozen=True, slots=True)
class HushParams:
    """The limits of speaking up.

    Parameters
    ----------
    quiet_from_min, quiet_to_min
        Quiet hours, in minutes after midnight of the patient's own clock; equal: none. May span midnight.
    daily_cap
        Sitting alerts in one of the patient's days, each with all its repetitions (CLINICAL.md D).
    """

    quiet_from_min: int = 22 * 60
    quiet_to_min: int = 7 * 60
    daily_cap: int = 8


@dataclass(frozen=True, slots=True)
class HushState:
    """What is remembered of it.

    Parameters
    ----------
    muted_until_ns
        Meeting or driving mode lasts until then (UTC).
    day, raised
        The patient's day, and how many sitting alerts were raised in it.
    """

    muted_until_ns: int | None = None
    day: str = ""
    raised: int = 0


class Hush:
    """Says whether something may be said; `state` can be read at any time and given to a new one.

    Without the patient's clock (`local` is None) there are no quiet hours and no cap. `is_paused` is for the
    time in which a red flag is raised (:mod:`analysis.care.safety`, which remembers it).
    """

    def __init__(self, params: HushParams, local: LocalTime | None, state: HushState | None = None) -> None:
        self.params, self._local = params, local
        self.state = state or HushState()
        self.is_paused = False

    def is_muted(self, now_ns: int) -> bool:
        """Return whether a meeting or a drive is going on."""
        return self.state.muted_until_ns is not None and now_ns < self.state.muted_until_ns

    def is_quiet_hour(self, now_ns: int) -> bool:
        """Return whether the patient's clock stands within the quiet hours."""
        if self._local is None:
            return False
        from_min, to_min = self.params.quiet_from_min, self.params.quiet_to_min
        minute = self._local.at(now_ns).minute
        if from_min <= to_min:
            return from_min <= minute < to_min
        return minute >= from_min or minute < to_min

    def holds(self, now_ns: int) -> bool:
        """Return whether nothing may be said or felt now."""
        return self.is_paused or self.is_muted(now_ns) or self.is_quiet_hour(now_ns)

    def is_full(self, now_ns: int) -> bool:
        """Return whether the day has had all the sitting alerts that it may have."""
        return self._local is not None and self.raised_today(now_ns) >= self.params.daily_cap

    def raised_today(self, now_ns: int) -> int:
        """Return how many sitting alerts were raised today."""
        if self._local is None or self._local.at(now_ns).day != self.state.day:
            return 0
        return self.state.raised

    def count(self, now_ns: int) -> None:
        """Count a sitting alert that is raised now."""
        if self._local is not None:
            raised = self.raised_today(now_ns) + 1
            self.state = replace(self.state, day=self._local.at(now_ns).day, raised=raised)

    def mute(self, until_ns: int | None) -> None:
        """Say nothing until then; None: speak again."""
        self.state = replace(self.state, muted_until_ns=until_ns)

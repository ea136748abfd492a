"""A patient's day, told piece by piece, and what the sitting rule says of it."""

from analysis.care.breaks import BreakParams, BreakPolicy
from analysis.care.sitting import Moment
from analysis.care.statement import Reminder
from analysis.events.day import PostureState
from analysis.events.fields import utc_ns

T0_NS = utc_ns("2026-03-01T09:00:00.000Z")
NS = 1_000_000_000
MIN = 60


class Story:
    """A patient's day, appended piece by piece; positions are seconds after nine o'clock."""

    def __init__(self) -> None:
        self.moments: list[Moment] = []
        self.now_s = 0

    def spend(self, state: PostureState | None, duration_s: int, steps_per_s: int = 0) -> "Story":
        since_ns = T0_NS + self.now_s * NS if state == "sitting" else None
        for _ in range(duration_s):
            self.now_s += 1
            self.moments.append(Moment(T0_NS + self.now_s * NS, state, steps_per_s, since_ns))
        return self

    def sit(self, duration_s: int) -> "Story":
        return self.spend("sitting", duration_s)

    def walk(self, duration_s: int) -> "Story":
        return self.spend("walking", duration_s, 2)

    def lose(self, duration_s: int) -> "Story":
        """Let nothing be heard."""
        self.now_s += duration_s
        return self

    def told(self, params: BreakParams | None = None) -> list[tuple[int, str, str, str | None]]:
        policy = BreakPolicy("p-01", "LM-1", "dual", params)
        return [brief(reminder) for reminder in policy.push(self.moments)]


def brief(reminder: Reminder) -> tuple[int, str, str, str | None]:
    alert, vibration, _ = reminder
    assert alert.start is not None
    assert alert.start == alert.end
    second = (utc_ns(alert.start) - T0_NS) // NS
    return second, alert.level, alert.action, None if vibration is None else vibration.value


NUDGE = (30 * MIN, "nudge", "raised", "nudge")
ALERT = (45 * MIN, "alert", "raised", "alert")
AGAIN = (55 * MIN, "alert", "repeated", "alert")
LAST = (65 * MIN, "alert", "repeated", "alert")
FOLLOWED = BreakParams(follower_s=90 * MIN)
FOLLOWER = (90 * MIN, "follower", "raised", "alert")

"""What the care policy says: an alert event, and how it is to reach the patient."""

from enum import Enum
from typing import NamedTuple

from analysis.care.life import Life
from analysis.events.event import ALGORITHM, fact_id
from analysis.events.facts import Alert, AlertAction, AlertKind, AlertLevel
from analysis.events.fields import Mode, utc_text


class Vibration(Enum):
    """How the strip's motor should speak."""

    NUDGE = "nudge"
    ALERT = "alert"
    TICK = "tick"


class Reminder(NamedTuple):
    """One step in the life of an alert, and how to tell it.

    `vibration` is for the strip's motor; `is_message` if it goes to phone and desktop too (for level
    "follower": to the follower's).
    """

    alert: Alert
    vibration: Vibration | None = None
    is_message: bool = False


class Speaker(NamedTuple):
    """Whose alerts these are, and of which kind."""

    patient: str
    device: str
    kind: AlertKind
    mode: Mode | None = None

    def tell(self, life: Life, action: AlertAction, now_ns: int) -> Alert:
        """Return the event of a step; `life` is the alert while it has the level to be told."""
        level: AlertLevel = life.level or "nudge"
        now = utc_text(now_ns)
        return Alert(
            event_id=fact_id(self.patient, self.device, "alert", self.kind, level, action, now),
            patient=self.patient,
            device=self.device,
            start=now,
            end=now,
            mode=self.mode,
            algorithm=ALGORITHM,
            quality=None,
            kind=self.kind,
            level=level,
            action=action,
        )

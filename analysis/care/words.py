"""What a message to a phone says of an alert: plain, short, and nothing that a stranger may not read."""

from dataclasses import dataclass
from typing import Final

from analysis.events.facts import Alert

_S_PER_MIN: Final = 60.0


@dataclass(frozen=True, slots=True)
class Words:
    """A message, and for how long it is of use."""

    title: str
    body: str
    useful_s: float


def words(alert: Alert, sitting_s: float) -> Words:
    """Return how to tell an alert; `sitting_s` is how long the patient has been sitting."""
    minutes = int(sitting_s / _S_PER_MIN)
    match alert.kind, alert.level:
        case "prolonged_sitting", "follower":
            return Words(
                "Sitting for a long time",
                f"{alert.patient} has been sitting for {minutes} minutes, in spite of reminders.",
                60 * _S_PER_MIN,
            )
        case "prolonged_sitting", "alert":
            return Words(
                "Please take a break",
                f"You have been sitting for {minutes} minutes. Stand up, and walk for a minute.",
                10 * _S_PER_MIN,
            )
        case "prolonged_sitting", _:
            return Words(
                "Time for a break",
                f"You have been sitting for {minutes} minutes. Get up, and walk for a minute.",
                10 * _S_PER_MIN,
            )
        case "battery_low", level:
            much = "nearly empty" if level == "alert" else "low"
            return Words("Strip: battery", f"The battery of the strip is {much}. Charge it soon.", 3600.0)
        case _:
            return Words(
                "Strip: no data",
                f"Nothing has been heard from the strip of {alert.patient} for a while.",
                60 * _S_PER_MIN,
            )

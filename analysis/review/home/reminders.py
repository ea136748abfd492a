"""How reminders stand, in plain words, and which answers make sense now."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from typing import Any, Final

from analysis.care.policy import AlertNow, CareNow
from analysis.events.fields import utc_text
from analysis.review.wording import clock, length

_NS_PER_S: Final = 1_000_000_000
_ANSWERS: Final = ("snooze", "acknowledge", "standing", "pace", "half", "mute", "speak")
_PAUSED: Final = "You said yes to a health question. All is quiet until your therapist has looked at it."


@dataclass(frozen=True, slots=True)
class Reminders:
    """What the page says of reminders.

    Parameters
    ----------
    title, text
        The most important thing, and what to do about it.
    notes
        What else there is, as one text.
    is_urgent
        Whether somebody is waited for.
    answers
        Which buttons make sense: "snooze", "acknowledge", "standing", "pace", "half",
        "mute", "speak".
    is_paused
        Whether red flags are raised, so that nothing is said.
    """

    title: str
    text: str
    notes: str
    is_urgent: bool
    answers: dict[str, bool]
    is_paused: bool = False


def reminders(care: CareNow, now: datetime, zone: tzinfo) -> Reminders:
    """Return how reminders stand."""
    if care.red_flags:
        answers = dict.fromkeys(_ANSWERS, False)
        return Reminders("Reminders are paused", _PAUSED, "", False, answers, is_paused=True)
    sitting = next((alert for alert in care.alerts if alert.kind == "prolonged_sitting"), None)
    title, text = _sitting(care, sitting, now, zone)
    is_open = any(alert.phase == "open" for alert in care.alerts)
    is_answerable = any(alert.phase in {"open", "snoozed"} for alert in care.alerts)
    return Reminders(
        title=title,
        text=text,
        notes=" ".join(_notes(care, now, zone)),
        is_urgent=is_open,
        answers={
            "snooze": is_open,
            "acknowledge": is_answerable,
            "standing": care.is_sitting,
            "pace": care.is_halved,
            "half": care.is_asking,
            "mute": care.muted_until_ns is None,
            "speak": care.muted_until_ns is not None,
        },
    )


def _sitting(care: CareNow, alert: AlertNow | None, now: datetime, zone: tzinfo) -> tuple[str, str]:
    sat = f"Sitting for {length(care.sitting_s)} since the last break."
    if alert is not None:
        if alert.phase == "open":
            title = "Time for a break" if alert.level == "nudge" else "Please take a break"
            return title, f"{sat} Stand up and walk for a minute; the strip ticks when it counted."
        if alert.phase == "snoozed" and alert.until_ns is not None:
            return f"Reminder again at {clock(_moment(alert.until_ns), zone)}", sat
        return "Noted", f"{sat} The count starts anew with the next break."
    if care.next_break_ns is not None:
        due = _moment(care.next_break_ns)
        if due > now:
            return f"Next break at {clock(due, zone)}", sat
        return "A break is due", sat
    if care.sitting_s > 0:
        return "No reminder", f"{length(care.sitting_s)} of sitting count until the next break."
    return "No reminder", "The count begins when you sit down."


def _notes(care: CareNow, now: datetime, zone: tzinfo) -> Iterator[str]:
    for alert in care.alerts:
        match alert.kind:
            case "battery_low":
                much = "nearly empty" if alert.level == "alert" else "low"
                yield f"The battery of the strip is {much}; please charge it."
            case "sensor_silent":
                since = length((now - _moment(alert.since_ns)).total_seconds() + 15 * 60)
                yield f"The strip has not been heard for about {since}. Is it near, and charged?"
            case "prolonged_sitting":
                pass
    if care.is_asking:
        yield "Few reminders led to a break lately, so only every other one is given. Is that all right?"
    elif care.is_halved:
        yield "Every other reminder is given."
    if care.is_missed:
        yield "The strip has not been worn today."
    if care.muted_until_ns is not None:
        yield f"Silent until {clock(_moment(care.muted_until_ns), zone)}: a meeting, or at the wheel."
    elif care.is_quiet_hour:
        yield "Quiet hours: nothing is said."
    elif care.is_full:
        yield "Today has had its reminders; nothing more is said."


def _moment(utc_ns: int) -> datetime:
    return datetime.fromtimestamp(utc_ns / _NS_PER_S, UTC)


def care_json(care: CareNow, now: datetime, zone: tzinfo) -> dict[str, Any]:
    """Return how care stands for a program, with UTC texts, and whose clock the patient lives by."""

    def text(utc_ns: int | None) -> str | None:
        return None if utc_ns is None else utc_text(utc_ns)

    return {
        "time": utc_text(round(now.timestamp() * _NS_PER_S)),
        "timezone": str(zone),
        "sitting_s": round(care.sitting_s, 1),
        "is_sitting": care.is_sitting,
        "next_break": text(care.next_break_ns),
        "alerts": [
            {
                "kind": alert.kind,
                "level": alert.level,
                "phase": alert.phase,
                "since": text(alert.since_ns),
                "until": text(alert.until_ns),
            }
            for alert in care.alerts
        ],
        "muted_until": text(care.muted_until_ns),
        "quiet_hours": care.is_quiet_hour,
        "enough_for_today": care.is_full,
        "not_worn_today": care.is_missed,
        "every_other": care.is_halved,
        "red_flags": list(care.red_flags),
    }

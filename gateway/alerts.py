"""``lumbar alerts``: how reminders stand, what was said before, and answers from the command line."""

import contextlib
from collections.abc import Iterable, Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from pathlib import Path
from typing import Any, Final

from analysis.events.fields import utc_text
from analysis.trends.sqlite import SqliteStore
from gateway.config import time_zone
from gateway.control import NotRunningError, RunningGateway

_NS_PER_S: Final = 1_000_000_000
_KINDS: Final = {
    "prolonged_sitting": "long sitting",
    "battery_low": "battery low",
    "sensor_silent": "strip not heard",
}


@dataclass(frozen=True, slots=True)
class Standing:
    """What the command shows: the present if a gateway runs, and alerts of the last days."""

    folder: Path
    now: dict[str, Any] | None
    history: list[dict[str, Any]]

    def to_json(self) -> dict[str, Any]:
        """Return it for a program."""
        return {"running": self.now is not None, "now": self.now, "history": self.history}


def standing(folder: Path, days: int, now: datetime) -> Standing:
    """Return how things stand in the home of `folder`.

    Raises
    ------
    NotRunningError
        If there is neither a gateway nor what one left.
    StoreError
        If the store cannot be read.
    """
    present: dict[str, Any] | None = None
    with contextlib.suppress(NotRunningError):
        present = RunningGateway.of(folder).ask("/api/alerts")
    if present is not None:
        now = datetime.fromisoformat(present["time"])  # a demo's clock is another one
    elif not (folder / "home.sqlite").exists():
        raise NotRunningError(f"there is no home in {folder}; name one with --config or --folder")
    return Standing(folder, present, _history(folder, now - timedelta(days=days)))


def _history(folder: Path, since: datetime) -> list[dict[str, Any]]:
    path = folder / "home.sqlite"
    start = utc_text(round(since.timestamp()) * _NS_PER_S)
    with closing(SqliteStore(path)) as store:
        alerts = [
            alert
            for patient in store.patients()
            for alert in store.events(patient, kinds={"alert"}, start=start)
        ]
    return sorted(alerts, key=lambda alert: str(alert["start"]))


def in_words(shown: Standing, zone: tzinfo | None) -> Iterable[str]:
    """Yield lines for a person.

    Times are those of `zone`; None: the patient's if a gateway runs, else this computer's.
    """
    if zone is None and shown.now is not None:
        zone = time_zone(shown.now["timezone"])
    if shown.now is None:
        yield f"No gateway runs in {shown.folder}; this is what it said before."
    else:
        yield from _present(shown.now, zone)
    yield ""
    if not shown.history:
        yield "No alerts in this time."
    for alert in shown.history:
        kind = _KINDS.get(alert["kind"], alert["kind"])
        yield f"{_clock(alert['start'], zone)}  {kind:15}  {alert['level']:8}  {alert['action']}"


def _present(now: Mapping[str, Any], zone: tzinfo | None) -> Iterable[str]:
    minutes = int(now["sitting_s"] // 60)
    yield f"Sitting since the last break: {minutes} min{'' if now['is_sitting'] else ', not sitting now'}."
    if now["next_break"] is not None:
        yield f"A break is due at {_clock(now['next_break'], zone)}."
    for alert in now["alerts"]:
        until = f" until {_clock(alert['until'], zone)}" if alert["until"] else ""
        kind = _KINDS.get(alert["kind"], alert["kind"])
        yield f"{kind.capitalize()}: {alert['level']}, {alert['phase']}{until}."
    if not now["alerts"]:
        yield "No alert."
    if now["red_flags"]:
        flags = ", ".join(flag.replace("_", " ") for flag in now["red_flags"])
        yield f"All reminders are paused: a yes to a health question ({flags}) waits for the therapist."
    if now["muted_until"] is not None:
        yield f"Silent until {_clock(now['muted_until'], zone)}: a meeting, or at the wheel."
    if now["quiet_hours"]:
        yield "Quiet hours: nothing is said."
    if now["enough_for_today"]:
        yield "Today has had its reminders; nothing more is said."
    if now["not_worn_today"]:
        yield "The strip has not been worn today."


def _clock(text: str, zone: tzinfo | None) -> str:
    return datetime.fromisoformat(text).astimezone(zone).strftime("%Y-%m-%d %H:%M")

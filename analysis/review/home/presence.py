"""The present in words and angles, as the page shows it and as the stream sends it.

The words are made here, once; the page's script only puts them in their places.
"""

from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Final

from analysis.review.home.live import LiveState
from analysis.review.home.reminders import Reminders, reminders
from analysis.review.postures import OpenPosture
from analysis.review.spans import Span
from analysis.review.wording import LINK, POSTURE, clock, counted, length

_SILENT_S: Final = 60.0
"""Older than this, the newest sample is told by its age, s [ours]."""
_LOST_S: Final = 3600.0
"""A strip that is silent for longer is looked for, s [ours]."""
_DAY_S: Final = 86_400.0


@dataclass(frozen=True, slots=True)
class Angles:
    """Tilts now, deg; None where unknown."""

    pelvis: float | None
    trunk: float | None
    lumbar: float | None


@dataclass(frozen=True, slots=True)
class Presence:
    """What the top of the page says; `revision` grows when the day below has changed."""

    posture: str
    since: str
    link: str
    strip: str
    heard: str
    pelvis_text: str
    trunk_text: str
    lumbar_text: str
    angles: Angles
    reminders: Reminders
    revision: str


def presence(state: LiveState, now: datetime, zone: tzinfo) -> Presence:
    """Return the present in words."""
    posture, since = _posture(state, now, zone)
    # What the strip said of itself before it fell silent may have changed since.
    is_told = state.link == "streaming" or _silence_s(state, now) < _SILENT_S
    strip = [f"battery {state.battery_pct} %"] if is_told and state.battery_pct is not None else []
    if is_told and state.worn is not None:
        strip.append("worn" if state.worn else "not worn")
    return Presence(
        posture=posture,
        since=since,
        link=LINK[state.link].capitalize(),
        strip=", ".join(strip),
        heard=_heard(state, now),
        pelvis_text=_degrees(state.pelvis_deg),
        trunk_text=_degrees(state.trunk_deg),
        lumbar_text=_degrees(state.lumbar_deg),
        angles=Angles(state.pelvis_deg, state.trunk_deg, state.lumbar_deg),
        reminders=reminders(state.care, now, zone),
        revision=f"{state.stored_events}/{state.posture}/{state.since}",
    )


def open_posture(state: LiveState, now: datetime) -> OpenPosture | None:
    """Return the posture that is still going on, as far as samples reach."""
    if state.posture is None or state.since is None:
        return None
    until = min(now, state.last_sample) if state.last_sample else now
    return OpenPosture(state.posture, state.since, max(until, state.since))


def _posture(state: LiveState, now: datetime, zone: tzinfo) -> tuple[str, str]:
    going_on = open_posture(state, now)
    if going_on:
        word = POSTURE[going_on.state]
        lasted = length(Span(going_on.since, going_on.until).duration_s)
        silent = _silence_s(state, now) >= _SILENT_S
        seen = f"Last seen {word}" if silent else word.capitalize()
        return seen, f"since {clock(going_on.since, zone)}, {lasted}"
    if state.worn is False:
        return "Not worn", "clip on the strip and the day goes on"
    if state.last_sample is not None and _silence_s(state, now) >= _LOST_S:
        return "Strip not heard", f"for {_ago(_silence_s(state, now))}: is it charged, switched on, and near?"
    if state.link != "streaming":
        return "No strip yet", "switch it on and keep it near"
    return "Getting to know you", "the first posture shows after a minute or so"


def _silence_s(state: LiveState, now: datetime) -> float:
    return max(0.0, (now - state.last_sample).total_seconds()) if state.last_sample else 0.0


def _heard(state: LiveState, now: datetime) -> str:
    if state.last_sample is None:
        return "no data yet"
    if (ago_s := _silence_s(state, now)) >= _SILENT_S:
        return f"last data {_ago(ago_s)} ago"
    said = "data up to now" if state.lag_s is None else f"data up to now, {state.lag_s:.1f} s behind"
    missing = state.counters.get("missing_samples", 0)
    return f"{said}, {missing} samples missing" if missing else said


def _ago(duration_s: float) -> str:
    """Return a length of time as people say it of what is past: days where it is days."""
    days = int(duration_s // _DAY_S)
    return counted(days, "day") if days else length(duration_s)


def _degrees(angle_deg: float | None) -> str:
    # A true minus sign: a hyphen beside digits is hard to see.
    return "\N{EN DASH}" if angle_deg is None else f"{round(angle_deg)}°".replace("-", "\N{MINUS SIGN}")

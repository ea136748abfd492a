"""An event as a point of InfluxDB's line protocol: measurements, tags, fields, time.

=========== ====================== ==========================================================================
measurement tags                   what
=========== ====================== ==========================================================================
minute      patient, device        ``lumbar.minute/1``
event       patient, device, kind  every other event
state       patient, device        the latest ``lumbar.status/1``, at time 0
day         patient                a day in sums, at midnight UTC of its date, whatever the time zone
due         patient                1 where a day is to be summed again
store       -                      time zone, and since when minutes are kept
=========== ====================== ==========================================================================

An event that takes longer than its measurement's reach lies in ``minute_long`` or ``event_long``: so one that
shares time with an interval is found without reading a patient's whole history.

**Cardinality**: a patient with d strips has at most 14 d + 2 series. Ids are in no tag.

**Time** is the start in milliseconds, plus the event id modulo 10^6 nanoseconds: two events of one kind in
one millisecond do not overwrite each other, and one that comes again overwrites itself. An event without a
time lies in the first days of 1970, at its id modulo 10^15 nanoseconds.

**Fields**: ``body`` is the event itself. Beside it a few numbers for dashboards, always as floats, and only
when they are numbers: a field's type can never be at odds with what was written before.
"""

import hashlib
import math
import uuid
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final
from urllib.parse import quote

from analysis.trends.resolution import kind_of

NS_PER_MS: Final = 1_000_000
TIMELESS_NS: Final = 10**15
"""Before this time (12 January 1970) lie the events without one: room for many, which only ids part."""
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
REACH: Final = {"minute": timedelta(minutes=2), "event": timedelta(days=1)}
"""A longer event lies in the measurement of long ones [ours]."""
MEASUREMENTS: Final = ("minute", "minute_long", "event", "event_long", "state")
"""Where events lie."""

_SAMPLE: Final = ("boot", "first_sample")
_NUMBERS: Final = {
    "minute": (
        *_SAMPLE,
        *("lying_s", "sitting_s", "standing_s", "walking_s", "not_worn_s", "steps", "slumped_s"),
    ),
    "lift": (*_SAMPLE, "trunk_at_peak_deg", "lumbar_share", "lumbar_range_pct", "confidence", "duration_s"),
    "sitting": (*_SAMPLE, "duration_s", "slumped_s"),
    "transition": ("duration_s",),
    "walk": ("steps", "cadence_spm", "duration_s"),
    "status": ("battery_pct", "backlog"),
    "replace": _SAMPLE,
}
_UNKNOWN_STATE: Final = -1.0
"""A status without a battery level must not leave the last one standing."""


def tag(text: str) -> str:
    """Return a text as a tag's value: pseudonyms as they are, everything unusual percent-encoded.

    So nothing in it needs quoting, in the line protocol or in a query.
    """
    return quote(text, safe="")


def measurement_of(event: Mapping[str, Any]) -> str:
    """Return where an event lies."""
    kind = kind_of(event)
    if kind == "status":
        return "state"
    name = "minute" if kind == "minute" else "event"
    return name if _length(event) <= REACH[name] else f"{name}_long"


def _length(event: Mapping[str, Any]) -> timedelta:
    try:
        return datetime.fromisoformat(event["end"]) - datetime.fromisoformat(event["start"])
    except (TypeError, ValueError):
        return timedelta()


def instant_ns(text: str) -> int:
    """Return a UTC text as nanoseconds since 1970; ValueError if it is none."""
    return (datetime.fromisoformat(text) - _EPOCH) // timedelta(milliseconds=1) * NS_PER_MS


def event_line(event: Mapping[str, Any], body: str, *, with_numbers: bool = True) -> str:
    """Return the point of one event, whose JSON is `body`.

    Raises
    ------
    ValueError
        If its start is no UTC text, or before 12 January 1970.
    """
    kind, name = kind_of(event), measurement_of(event)
    tags = f"patient={tag(event['patient'])},device={tag(event['device'])}"
    if name.startswith("event"):
        tags += f",kind={tag(kind)}"
    fields = [f'body="{_escaped(body)}"']
    if with_numbers:
        for field in _NUMBERS.get(kind, ()):
            value = _number(event.get(field))
            if value is not None:
                fields.append(f"{field}={value!r}")
            elif kind == "status":
                fields.append(f"{field}={_UNKNOWN_STATE!r}")
        if kind == "status":
            fields.append(f"online={float(event.get('presence') == 'online')!r}")
    return f"{name},{tags} {','.join(fields)} {_time_ns(event, kind)}"


def _time_ns(event: Mapping[str, Any], kind: str) -> int:
    if kind == "status":
        return 0
    number = _number_of(event["event_id"])
    if event["start"] is None:
        return number % TIMELESS_NS
    start_ns = instant_ns(event["start"])
    if start_ns < TIMELESS_NS:
        raise ValueError(f"it starts before 12 January 1970: {event['start']}")
    return start_ns + number % NS_PER_MS


def _number_of(event_id: str) -> int:
    try:
        return uuid.UUID(event_id).int
    except ValueError:
        return int.from_bytes(hashlib.sha256(event_id.encode()).digest())


def day_ns(day: date) -> int:
    """Return where a day's sums lie in time."""
    return (datetime(day.year, day.month, day.day, tzinfo=UTC) - _EPOCH) // timedelta(microseconds=1) * 1000


def day_line(patient: str, day: date, numbers: Mapping[str, float | None], body: str) -> str:
    """Return the point of a day in sums: `numbers` for dashboards, `body` to be read again."""
    fields = [f"{name}={float(value)!r}" for name, value in numbers.items() if value is not None]
    return f"day,patient={tag(patient)} {','.join([*fields, _text_field('body', body)])} {day_ns(day)}"


def due_line(patient: str, day: date, *, is_due: bool) -> str:
    """Return the point that says whether a day is to be summed again."""
    return f"due,patient={tag(patient)} due={float(is_due)!r} {day_ns(day)}"


def store_line(name: str, value: str) -> str:
    """Return the point that keeps a fact of the store."""
    return f"store {_text_field(name, value)} 0"


def _text_field(name: str, text: str) -> str:
    return f'{name}="{_escaped(text)}"'


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"')


def _number(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
        return None
    return float(value)

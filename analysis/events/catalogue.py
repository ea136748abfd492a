"""All events there are: from JSON to types and back, and the JSON Schemas beside this file.

``python -m analysis.events.catalogue`` writes the schemas anew; a test holds
that they are what the types say.
"""

import json
from pathlib import Path
from typing import Any, Final

from pydantic import ValidationError

from analysis.events.calibration import Calibration
from analysis.events.day import Minute, Posture, Sitting
from analysis.events.entries import Log, Safety
from analysis.events.errors import LumbarError
from analysis.events.event import Derived, Event
from analysis.events.facts import Alert, CommandAnswer, Mark, Status
from analysis.events.movement import Lift, Practice, Snack, Transition, Walk
from analysis.events.revising import Correction, Replace

SCHEMA_FOLDER: Final = Path(__file__).parent / "schemas"

_TYPES: Final[tuple[type[Event], ...]] = (
    Lift,
    Posture,
    Sitting,
    Transition,
    Walk,
    Snack,
    Practice,
    Minute,
    Calibration,
    Alert,
    Mark,
    Log,
    Safety,
    Status,
    CommandAnswer,
    Replace,
    Correction,
)
TYPES: Final[dict[str, type[Event]]] = {type_.SCHEMA: type_ for type_ in _TYPES}
"""Event types by schema name."""
DERIVED_KINDS: Final = frozenset(type_.topic_kind() for type_ in _TYPES if issubclass(type_, Derived))
"""Kinds that the archive reproduces."""


class EventError(LumbarError, ValueError):
    """A JSON value that is not an event of ours; the message says which field and why."""


def parse_event(value: Any) -> Event:
    """Return the event that a decoded JSON value holds.

    Raises
    ------
    EventError
        If the value is no object, names an unknown schema, or breaks its schema.
    """
    if not isinstance(value, dict):
        raise EventError(f"an event is a JSON object, not {type(value).__name__}")
    fields = dict(value)
    name = fields.pop("schema", None)
    type_ = TYPES.get(name) if isinstance(name, str) else None
    if type_ is None:
        raise EventError(f"unknown schema {name!r}; known: {', '.join(sorted(TYPES))}")
    try:
        return type_.model_validate(fields)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"]) or "event"
        raise EventError(f"{name}: {place}: {first['msg']}") from error


def parse_event_json(text: str | bytes) -> Event:
    """Return the event in a line of JSON; raises :class:`EventError`."""
    try:
        value = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise EventError(f"not JSON: {error}") from error
    return parse_event(value)


def json_schema(type_: type[Event]) -> dict[str, Any]:
    """Return the JSON Schema (draft 2020-12) of an event type."""
    body = type_.model_json_schema(mode="validation")
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"urn:{type_.SCHEMA.replace('/', ':')}",
        **body,
        "properties": {"schema": {"const": type_.SCHEMA}, **body["properties"]},
        "required": ["schema", *body["required"]],
    }


def schema_path(type_: type[Event]) -> Path:
    """Return where the JSON Schema of `type_` lies."""
    return SCHEMA_FOLDER / f"{type_.SCHEMA.replace('/', '.')}.json"


def write_schemas() -> None:
    """Write the JSON Schema of every event type."""
    SCHEMA_FOLDER.mkdir(exist_ok=True)
    for type_ in _TYPES:
        schema_path(type_).write_text(json.dumps(json_schema(type_), indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    write_schemas()

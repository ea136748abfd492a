"""What a store takes: an event as the text that it will give back, or the reason why it never can be kept.

And back: :func:`event_of` reads what was kept, a page's worth of it at a time, so it does it with the parser
that comes with pydantic, which takes two thirds of the time of the standard library's.
"""

import json
from collections.abc import Iterable, Mapping
from typing import Any, Final

from pydantic_core import from_json

from analysis.events.catalogue import EventError, parse_event
from analysis.trends.resolution import kind_of, sample_of
from analysis.trends.store import UnstorableEventError

_OBEYED: Final = frozenset({"replace", "correction"})
"""Kinds that change what a store says of other events, and so must be whole."""
_LARGEST: Final = 2**63


def body_of(event: Mapping[str, Any]) -> str:
    """Return the JSON of an event that any store can keep.

    Raises
    ------
    UnstorableEventError
        If a text that names it is none, a number is none or beyond 63 bits, or it is not JSON in UTF-8.
    """
    try:
        body = json.dumps(event, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
        body.encode()
        texts = [event["patient"], event["device"], event["event_id"], kind_of(event)]
        texts += [event[name] for name in ("start", "end") if event[name] is not None]
        numbers = [*(sample_of(event) or ()), event.get("revision", 0)]
        if kind_of(event) in _OBEYED:
            parse_event(dict(event))
    except (AttributeError, KeyError, TypeError, ValueError, RecursionError, EventError) as error:
        raise UnstorableEventError(f"an event that cannot be stored: {error!r}") from error
    if not all(isinstance(text, str) and text for text in texts):
        raise UnstorableEventError("an event with a text that is none")
    if not all(isinstance(number, int) and abs(number) < _LARGEST for number in numbers):
        raise UnstorableEventError("an event with a number that is none, or beyond 63 bits")
    return body


def event_of(body: str) -> dict[str, Any]:
    """Return the event, or the sums of a day, whose JSON is `body`, as it was put."""
    event: dict[str, Any] = _decoded(body)
    return event


def rows_of(bodies: Iterable[str]) -> list[list[Any]]:
    """Return what each of `bodies`, a JSON array, holds; all of them at once."""
    rows: list[list[Any]] = _decoded(f"[{','.join(bodies)}]")
    return rows


def _decoded(text: str) -> Any:
    try:
        return from_json(text)
    except ValueError:  # nested deeper than that parser goes
        return json.loads(text)

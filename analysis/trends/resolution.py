"""Which events hold, when several speak of the same: the rules that every store keeps.

- What an event speaks of is its *subject*: for a derived event its kind and the sample it begins with; for a
  fact the fact itself (its id); for ``lumbar.status/1`` the strip. Of one subject the highest revision holds.
- A ``lumbar.replace/1`` withdraws what it replaces (:class:`analysis.events.revising.Replace`).
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

Event = Mapping[str, Any]


def kind_of(event: Event) -> str:
    """Return the last level of the event's topic: ``lift`` of ``lumbar.lift/1``."""
    return str(event["schema"].removeprefix("lumbar.").partition("/")[0])


def sample_of(event: Event) -> tuple[int, int] | None:
    """Return boot and first sample of a derived event; None for a fact."""
    if "first_sample" not in event or kind_of(event) == "replace":
        return None
    return event["boot"], event["first_sample"]


def subject_of(event: Event) -> tuple[object, ...]:
    """Return what tells apart the things that events speak of."""
    kind = kind_of(event)
    if kind == "status":
        return event["patient"], event["device"], kind
    sample = sample_of(event)
    if sample is None:
        return event["patient"], event["event_id"]
    return event["patient"], event["device"], kind, *sample


def is_withdrawn(event: Event, by: Event) -> bool:
    """Return whether the ``lumbar.replace/1`` in `by` withdraws `event`."""
    sample = sample_of(event)
    return (
        sample is not None
        and (event["patient"], event["device"], sample[0]) == (by["patient"], by["device"], by["boot"])
        and by["first_sample"] <= sample[1] <= by["last_sample"]
        and event["revision"] < by["revision"]
        and kind_of(event) in by["kinds"]
        and event["event_id"] not in by["event_ids"]
    )


def holding(events: Iterable[Event], replacements: Iterable[Event] = ()) -> list[Event]:
    """Return the events that hold, one for each subject, in the order in which the subjects came.

    Of two with the same subject and revision the later one holds.
    """
    records: defaultdict[tuple[object, ...], list[Event]] = defaultdict(list)
    for record in replacements:
        records[record["patient"], record["device"], record["boot"]].append(record)
    highest: dict[tuple[object, ...], Event] = {}
    for event in events:
        subject = subject_of(event)
        held = highest.get(subject)
        if held is None or event.get("revision", 0) >= held.get("revision", 0):
            highest[subject] = event
    return [
        event
        for event in highest.values()
        if not any(
            is_withdrawn(event, by)
            for by in records.get((event["patient"], event["device"], event.get("boot")), ())
        )
    ]

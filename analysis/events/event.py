"""What every event has, and the two families: derived from samples, or a fact of the day.

An event is one JSON object, the same on MQTT, in the stores, in ``lumbar analyse`` and in exports. Derived
events (a lift, a sitting bout) can be computed again from the archive and carry the samples they stand on;
facts (an alert, a button mark) happened once.
"""

import uuid
from collections.abc import Iterable
from hashlib import sha1
from typing import Any, ClassVar, Self

from pydantic import BaseModel, ConfigDict, TypeAdapter

from analysis.events.fields import Count, Fraction, Mode, Pseudonym, Seconds, Utc

NAMESPACE = uuid.UUID("6c756d62-0000-5d6f-8469-6f6e0a000001")
"""Namespace of all event ids that are computed rather than drawn."""
_NAMESPACE = NAMESPACE.bytes

ALGORITHM = "lumbar-core/0.1.0"
"""Version of the signal core that every event names; raise it when any result can change."""


_TIMES: TypeAdapter[dict[str, float]] = TypeAdapter(dict[str, Seconds])


class Event(BaseModel):
    """One thing that may be said about a patient.

    Every field of a subclass is required: unknown is null, never absent. Only the fields that
    ``lumbar analyse`` adds for a file (`recording`, `start_s`, `end_s`) may be missing.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", ser_json_inf_nan="null")

    SCHEMA: ClassVar[str] = ""
    """Name and version of the schema, as in the field ``schema``."""

    event_id: str
    patient: Pseudonym
    device: Pseudonym
    start: Utc | None
    end: Utc | None
    mode: Mode | None
    algorithm: str
    quality: Fraction | None

    recording: str | None = None
    start_s: Seconds | None = None
    end_s: Seconds | None = None

    @classmethod
    def topic_kind(cls) -> str:
        """Return the last level of the event's topic: ``lift`` of ``lumbar.lift/1``."""
        return cls.SCHEMA.removeprefix("lumbar.").partition("/")[0]

    def to_dict(self) -> dict[str, Any]:
        """Return the JSON object: every field that was given, nulls included, schema first."""
        return {"schema": self.SCHEMA, **self.model_dump(mode="json", exclude_unset=True)}

    def to_json(self) -> str:
        """Return the JSON object as one line."""
        # What :meth:`to_dict` says, at a tenth of the cost of making objects of it first.
        return f'{{"schema":"{self.SCHEMA}",{self.model_dump_json(exclude_unset=True)[1:]}'

    def on_file(self, recording: str, times_s: dict[str, float], unknown: Iterable[str] = ()) -> Self:
        """Return this event with its place on a file's own time axis, and null in what is `unknown` there."""
        times = _TIMES.validate_python(times_s)
        return self.model_copy(update={"recording": recording, **times, **dict.fromkeys(unknown)})


class Derived(Event):
    """An event computed from samples ``first_sample`` to ``last_sample`` (inclusive) of one boot."""

    boot: Count
    first_sample: Count
    last_sample: Count
    revision: Count


def derived_id(
    patient: str, device: str, kind: str, *, boot: int, first_sample: int, revision: int = 0
) -> str:
    """Return the id of a derived event: the same for the same samples, wherever it is computed."""
    return _id(f"{patient}/{device}/{kind}/{boot}/{first_sample}/{revision}")


def fact_id(patient: str, device: str, *parts: str) -> str:
    """Return the id of a fact that the software itself states, such as an alert raised."""
    return _id("/".join((patient, device, *parts)))


def _id(name: str) -> str:
    """Return the name's UUID of version 5 (RFC 9562), as a text from the start, which is twice as fast."""
    digits = sha1(_NAMESPACE + name.encode(), usedforsecurity=False).hexdigest()
    variant = "89ab"[int(digits[16], 16) % 4]
    return f"{digits[:8]}-{digits[8:12]}-5{digits[13:16]}-{variant}{digits[17:20]}-{digits[20:32]}"

"""Commands to a home: hostile bytes in, a command or a reason out (DESIGN.md sections 9 and 10).

``committed`` is the recorder's receipt, which needs no answer (an answer would be an event, which would be
committed, which would be answered). Every other command is answered once by ``lumbar.command/1``.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal, get_args

from analysis.events.event import ALGORITHM, fact_id
from analysis.events.facts import CommandAnswer
from analysis.events.fields import utc_ns, utc_text
from analysis.events.topics import CommandTopic, parse_topic

CommandName = Literal["vibrate", "snooze", "acknowledge", "calibrate", "settings", "resend"]
Result = Literal["done", "refused", "expired"]

MAX_COMMAND_BYTES: Final = 65_536
"""A commit of a thousand ranges takes 40 kB; settings far less."""
_MAX_ID_CHARS: Final = 100


class CommandError(ValueError):
    """Bytes that are no command; nobody can be answered."""


@dataclass(frozen=True, slots=True)
class Command:
    """One command, read but not yet judged.

    Parameters
    ----------
    name
        What to do.
    command_id
        The sender's name for it, for the answer.
    expires_utc_ns
        When it is no longer to be carried out; None: never.
    body
        The whole payload.
    """

    name: CommandName
    command_id: str
    expires_utc_ns: int | None
    body: Mapping[str, Any] = field(hash=False)

    def is_expired(self, now_utc_ns: int) -> bool:
        """Return whether it is too late to carry this out."""
        return self.expires_utc_ns is not None and now_utc_ns >= self.expires_utc_ns


@dataclass(frozen=True, slots=True)
class Receipt:
    """What the clinic's store has committed; `ranges` are as they came."""

    outbox_id: str
    ranges: tuple[object, ...]


def parse_command(topic: str, payload: bytes, patient: str, device: str) -> Command | Receipt:
    """Return what was sent to the home of `patient` and `device`.

    Raises
    ------
    CommandError
        If it is for another home, of an unknown name, too long, no JSON object, or incomplete.
    """
    place = parse_topic(topic)
    if not isinstance(place, CommandTopic) or (place.patient, place.device) != (patient, device):
        raise CommandError("its topic is not a command to this home")
    body = _json_object(payload)
    if place.command == "committed":
        return _receipt(body)
    for name in get_args(CommandName):
        if name == place.command:
            return Command(name, _command_id(body), _expiry(body), body)
    raise CommandError(f"unknown command {place.command[:_MAX_ID_CHARS]!r}")


def _json_object(payload: bytes) -> dict[str, Any]:
    if len(payload) > MAX_COMMAND_BYTES:
        raise CommandError(f"{len(payload)} bytes; a command has at most {MAX_COMMAND_BYTES}")
    try:
        body = json.loads(payload)
    except (ValueError, RecursionError) as error:
        raise CommandError(f"not JSON: {error}") from error
    if not isinstance(body, dict):
        raise CommandError(f"a command is a JSON object, not {type(body).__name__}")
    return body


def _receipt(body: Mapping[str, Any]) -> Receipt:
    match body:
        case {"outbox": str(outbox_id), "ranges": list(ranges)}:
            return Receipt(outbox_id, tuple(ranges))
        case _:
            raise CommandError("a receipt needs 'outbox' (text) and 'ranges' (list)")


def _command_id(body: Mapping[str, Any]) -> str:
    command_id = body.get("command_id")
    if (
        not isinstance(command_id, str)
        or not 0 < len(command_id) <= _MAX_ID_CHARS
        or not command_id.isprintable()
    ):
        raise CommandError(f"'command_id' must be a printable text of 1 to {_MAX_ID_CHARS} characters")
    return command_id


def _expiry(body: Mapping[str, Any]) -> int | None:
    if "expires" not in body:
        raise CommandError("'expires' is missing; null means never")
    expires = body["expires"]
    if expires is None:
        return None
    try:
        return utc_ns(expires)
    except (TypeError, ValueError) as error:
        raise CommandError("'expires' must be UTC such as 2026-01-31T09:30:00.000Z, or null") from error


def answer(
    patient: str, device: str, command_id: str, result: Result, reason: str | None, now_utc_ns: int
) -> CommandAnswer:
    """Return the answer to a command; the same command has the same answer's id."""
    now = utc_text(now_utc_ns)
    return CommandAnswer(
        event_id=fact_id(patient, device, "command", command_id),
        patient=patient,
        device=device,
        start=now,
        end=now,
        mode=None,
        algorithm=ALGORITHM,
        quality=None,
        command_id=command_id,
        result=result,
        reason=reason,
    )

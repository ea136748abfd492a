"""Commands: literal payloads in, a command, a receipt or a reason out."""

import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.events.fields import utc_ns
from gateway.delivery.commands import (
    MAX_COMMAND_BYTES,
    Command,
    CommandError,
    Receipt,
    answer,
    parse_command,
)

PREFIX = "lumbar/v1/p-01/LM-0001/cmd"
NOON = "2026-03-01T12:00:00.000Z"


def _parse(name: str, payload: bytes) -> Command | Receipt:
    return parse_command(f"{PREFIX}/{name}", payload, "p-01", "LM-0001")


def test_vibrate() -> None:
    payload = (
        b'{"command_id":"c1","issued":"2026-03-01T11:59:00.000Z",'
        b'"expires":"2026-03-01T12:00:00.000Z","pattern":1}'
    )
    command = _parse("vibrate", payload)
    assert isinstance(command, Command)
    assert (command.name, command.command_id, command.body["pattern"]) == ("vibrate", "c1", 1)
    assert not command.is_expired(utc_ns(NOON) - 1)
    assert command.is_expired(utc_ns(NOON))


def test_null_expiry_is_never() -> None:
    command = _parse("settings", b'{"command_id":"c1","expires":null,"revision":3}')
    assert isinstance(command, Command)
    assert not command.is_expired(2**63)


def test_receipt_needs_no_id_and_no_expiry() -> None:
    assert _parse("committed", b'{"outbox":"u","ranges":[[1,2],[4,4]]}') == Receipt("u", ([1, 2], [4, 4]))


@pytest.mark.parametrize(
    ("name", "payload", "reason"),
    [
        ("vibrate", b"", "not JSON"),
        ("vibrate", b"\xff\xfe", "not JSON"),
        ("vibrate", b"[" * 60_000, "not JSON"),
        ("vibrate", b"[]", "object, not list"),
        ("vibrate", b"{}", "command_id"),
        ("vibrate", b'{"command_id":7,"expires":null}', "command_id"),
        ("vibrate", b'{"command_id":"a\\nb","expires":null}', "command_id"),
        ("vibrate", b'{"command_id":"\\ud800","expires":null}', "command_id"),
        ("vibrate", json.dumps({"command_id": "x" * 101, "expires": None}).encode(), "command_id"),
        ("vibrate", b'{"command_id":"c1"}', "'expires' is missing"),
        ("vibrate", b'{"command_id":"c1","expires":"tomorrow"}', "'expires' must be UTC"),
        ("vibrate", b'{"command_id":"c1","expires":17}', "'expires' must be UTC"),
        ("committed", b'{"outbox":"u"}', "receipt"),
        ("committed", b'{"outbox":1,"ranges":[]}', "receipt"),
        ("explode", b'{"command_id":"c1","expires":null}', "unknown command 'explode'"),
        ("vibrate", b" " * (MAX_COMMAND_BYTES + 1), "at most 65536"),
    ],
)
def test_no_command(name: str, payload: bytes, reason: str) -> None:
    with pytest.raises(CommandError, match=reason):
        _parse(name, payload)


@pytest.mark.parametrize(
    "topic",
    [
        "lumbar/v1/p-02/LM-0001/cmd/vibrate",
        "lumbar/v1/p-01/LM-0002/cmd/vibrate",
        "lumbar/v1/p-01/LM-0001/lift",
        "other",
    ],
)
def test_command_to_somebody_else(topic: str) -> None:
    with pytest.raises(CommandError, match="topic"):
        parse_command(topic, b'{"command_id":"c1","expires":null}', "p-01", "LM-0001")


@given(st.binary(max_size=200), st.sampled_from(["vibrate", "committed", "settings", "x", ""]))
def test_any_bytes(payload: bytes, name: str) -> None:
    with suppress(CommandError):
        _parse(name, payload)


@given(
    st.dictionaries(st.sampled_from(["command_id", "expires", "outbox", "ranges"]), st.text() | st.integers())
)
def test_any_object(body: dict[str, Any]) -> None:
    for name in ("snooze", "committed"):
        with suppress(CommandError):
            _parse(name, json.dumps(body).encode())


def test_answer_is_the_same_event_for_the_same_command() -> None:
    first = answer("p-01", "LM-0001", "c1", "refused", "not now", utc_ns(NOON))
    later = answer("p-01", "LM-0001", "c1", "done", None, utc_ns(NOON) + 10**9)
    assert first.event_id == later.event_id != answer("p-01", "LM-0001", "c2", "done", None, 0).event_id
    assert first.to_dict() == {
        "schema": "lumbar.command/1",
        "event_id": first.event_id,
        "patient": "p-01",
        "device": "LM-0001",
        "start": NOON,
        "end": NOON,
        "mode": None,
        "algorithm": first.algorithm,
        "quality": None,
        "command_id": "c1",
        "result": "refused",
        "reason": "not now",
    }

"""Nobody gets in where they do not belong: the real mosquitto with the shipped configuration."""

import asyncio
import logging
from collections.abc import AsyncIterator, Coroutine, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from analysis.events.facts import Status, Versions
from analysis.trends.broker import Broker
from analysis.trends.connection import (
    Acknowledged,
    Connected,
    Connection,
    Lost,
    Publication,
    Received,
    Subscribed,
)
from gateway.clinic.certificates import make_authority
from gateway.clinic.patients import Home, move_gateway
from gateway.delivery.mqtt import ClinicLink
from gateway.delivery.outbox import Outbox
from gateway.wire.timebase import REAL_CLOCK
from tests.shipped_broker import MosquittoMissingError, ShippedBroker, shipped_broker

OWN = "lumbar/v1/p-01/LM-1"
_QUIET_S = 0.5


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ShippedBroker]:
    try:
        with shipped_broker(tmp_path_factory.mktemp("broker"), "p-01", "p-02") as running:
            yield running
    except MosquittoMissingError as error:
        pytest.skip(str(error))


def _play(scene: Coroutine[Any, Any, None]) -> None:
    async def within_time() -> None:
        async with asyncio.timeout(20):
            await scene

    asyncio.run(within_time())


@asynccontextmanager
async def _connected(broker: Broker, client_id: str = "any") -> AsyncIterator[Connection]:
    connection = Connection(broker, client_id, session_expiry_s=0)
    try:
        first = await connection.next()
        assert isinstance(first, Connected), first
        yield connection
    finally:
        await connection.close()


async def _refusal(connection: Connection, topic: str, payload: bytes = b"{}") -> str | None:
    """Publish, and return the broker's reason for refusing, or None if it took the message."""
    mid = connection.publish(Publication(topic, payload))
    while True:
        match await connection.next():
            case Acknowledged(acknowledged, refusal) if acknowledged == mid:
                return refusal
            case Lost(reason):
                return reason


async def _subscribe(connection: Connection, topic: str) -> None:
    connection.subscribe(topic)
    assert isinstance(await connection.next(), Subscribed)


async def _received(connection: Connection, wanted: int = 0) -> list[str]:
    """Return the topics of what comes: all that is wanted, and then until it is quiet."""
    topics: list[str] = []
    while True:
        batch = await connection.next_batch(100, _QUIET_S)
        topics += [message.topic for message in batch if isinstance(message, Received)]
        if not batch and len(topics) >= wanted:
            return topics


@pytest.mark.parametrize(
    ("login", "topic", "is_allowed"),
    [
        ("p-01", f"{OWN}/lift", True),
        ("p-01", f"{OWN}/status", True),
        ("p-01", "lumbar/v1/p-01/LM-2/minute", True),
        ("p-01", "lumbar/v1/p-02/LM-1/lift", False),
        ("p-01", f"{OWN}/cmd/vibrate", False),
        ("p-01", f"{OWN}/cmd/committed", False),
        ("p-01", "lumbar/v1/p-02/LM-1/cmd/settings", False),
        ("p-01", "lumbar/v1/p-01/lift", False),
        ("p-01", f"{OWN}/lift/more", False),
        ("p-01", "elsewhere", False),
        ("recorder", f"{OWN}/cmd/committed", True),
        ("recorder", f"{OWN}/cmd/vibrate", False),
        ("recorder", f"{OWN}/lift", False),
        ("operator", f"{OWN}/cmd/resend", True),
        ("operator", f"{OWN}/status", True),
        ("operator", f"{OWN}/cmd/settings", True),
        ("operator", f"{OWN}/cmd/vibrate", False),
        ("review", f"{OWN}/cmd/settings", True),
        ("review", f"{OWN}/cmd/vibrate", False),
        ("review", f"{OWN}/lift", False),
        ("operator", f"{OWN}/lift", False),
    ],
)
def test_what_a_login_may_publish(broker: ShippedBroker, login: str, topic: str, is_allowed: bool) -> None:
    who = broker.as_patient(login) if login.startswith("p-") else broker.as_service(login)

    async def scene() -> None:
        async with _connected(who) as connection:
            refusal = await _refusal(connection, topic)
            assert refusal == (None if is_allowed else "Not authorized")

    _play(scene())


@pytest.mark.parametrize("topic", ["#", "lumbar/v1/#", "lumbar/v1/p-01/#", "lumbar/v1/p-01/LM-1/+"])
def test_another_patient_s_events_are_not_delivered(broker: ShippedBroker, topic: str) -> None:
    async def scene() -> None:
        async with AsyncExitStack() as stack:
            curious = await stack.enter_async_context(_connected(broker.as_patient("p-02")))
            recorder = await stack.enter_async_context(_connected(broker.as_service("recorder")))
            author = await stack.enter_async_context(_connected(broker.as_patient("p-01")))
            await _subscribe(curious, topic)
            await _subscribe(recorder, "lumbar/v1/+/+/+")
            await _received(recorder)  # retained statuses of other tests
            assert await _refusal(author, f"{OWN}/lift") is None
            assert await _received(recorder, 1) == [f"{OWN}/lift"]
            assert await _received(curious) == []

    _play(scene())


def test_commands_reach_their_own_home_only(broker: ShippedBroker) -> None:
    async def scene() -> None:
        async with AsyncExitStack() as stack:
            home = await stack.enter_async_context(_connected(broker.as_patient("p-01")))
            other = await stack.enter_async_context(_connected(broker.as_patient("p-02")))
            recorder = await stack.enter_async_context(_connected(broker.as_service("recorder")))
            await _subscribe(home, f"{OWN}/cmd/+")
            await _subscribe(other, f"{OWN}/cmd/+")
            await _refusal(recorder, f"{OWN}/cmd/committed")
            assert await _received(home, 1) == [f"{OWN}/cmd/committed"]
            assert await _received(other) == []

    _play(scene())


def test_without_password_or_with_a_wrong_one_nothing(broker: ShippedBroker, tmp_path: Path) -> None:
    (tmp_path / "wrong").write_text("guess\n")
    known = broker.as_patient("p-01")
    strangers = [
        replace(known, username=None, password_file=None),
        replace(known, password_file=None),
        replace(known, password_file=tmp_path / "wrong"),
        replace(known, username="p-99"),
        replace(known, password_file=broker.homes / "p-02" / "clinic-password"),
    ]

    async def scene() -> None:
        for stranger in strangers:
            connection = Connection(stranger, "any", session_expiry_s=0)
            happened = await connection.next()
            await connection.close()
            assert isinstance(happened, Lost), stranger
            assert "Not authorized" in happened.reason

    _play(scene())


# paho leaves the socket of a handshake that failed to the garbage collector.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_without_tls_or_with_another_authority_nothing(broker: ShippedBroker, tmp_path: Path) -> None:
    make_authority(tmp_path / "other.crt", tmp_path / "other.key", datetime.now(UTC))
    known = broker.as_patient("p-01")
    wrong = [
        replace(known, ca_file=None),
        replace(known, ca_file=tmp_path / "other.crt"),
        replace(known, host="127.0.0.2"),
    ]

    async def scene() -> None:
        for settings in wrong:
            connection = Connection(settings, "any", session_expiry_s=0)
            assert isinstance(await connection.next(), Lost), settings
            await connection.close()

    _play(scene())


def test_nobody_takes_over_the_recorder_s_session(broker: ShippedBroker) -> None:
    async def scene() -> None:
        async with (
            _connected(broker.as_service("recorder"), "lumbar-recorder") as recorder,
            _connected(broker.as_patient("p-02"), "lumbar-recorder"),
            _connected(broker.as_patient("p-01")) as author,
        ):
            await _subscribe(recorder, "lumbar/v1/+/+/lift")
            await _refusal(author, f"{OWN}/lift")
            assert await _received(recorder, 1) == [f"{OWN}/lift"]

    _play(scene())


def test_the_gateway_sees_the_refusal_and_reports_it(
    broker: ShippedBroker, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """A gateway whose patient was set by hand to somebody else's pseudonym."""
    outbox = Outbox(tmp_path / "outbox.sqlite")
    outbox.put("lumbar/v1/p-02/LM-1/lift", b"{}", 0)
    status = Status(
        event_id="s",
        patient="p-02",
        device="LM-1",
        start=None,
        end=None,
        mode=None,
        algorithm="test",
        quality=None,
        presence="online",
        battery_pct=None,
        worn=None,
        link_state="waiting",
        backlog=None,
        versions=Versions(gateway="0", algorithm="0"),
    )

    async def scene() -> None:
        link = ClinicLink(broker.as_patient("p-01"), outbox, status, clock=REAL_CLOCK)
        running = asyncio.create_task(link.run())
        while not outbox.refused():  # noqa: ASYNC110 - what is waited for has no event
            await asyncio.sleep(0.05)
        link.stop()
        await running
        assert link.counts.refused == 1

    caplog.set_level(logging.WARNING)
    _play(scene())
    assert outbox.refused() == [(1, "lumbar/v1/p-02/LM-1/lift", "Not authorized")]
    assert "refuses what we publish: Not authorized" in caplog.text
    outbox.close()


def test_a_login_that_was_taken_away_or_changed_is_out_after_a_reload(tmp_path: Path) -> None:
    async def enters(settings: Broker) -> bool:
        connection = Connection(settings, "any", session_expiry_s=0)
        happened = await connection.next()
        await connection.close()
        return isinstance(happened, Connected)

    async def scene(broker: ShippedBroker) -> None:
        old = broker.as_patient("p-02")
        assert await enters(old)
        move_gateway(broker.clinic, "p-02", "Europe/Vienna", tmp_path / "new", Home())
        broker.clinic.passwords.remove("p-01")
        broker.reload()
        while await enters(old):  # noqa: ASYNC110 - what is waited for has no event
            await asyncio.sleep(0.1)
        assert not await enters(broker.as_patient("p-01"))
        assert await enters(replace(old, password_file=tmp_path / "new" / "clinic-password"))

    try:
        with shipped_broker(tmp_path, "p-01", "p-02") as broker:
            _play(scene(broker))
    except MosquittoMissingError as error:
        pytest.skip(str(error))

"""A real broker, a clinic's recorder and a home's link, joined on loopback."""

import asyncio
import json
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from analysis.events.event import ALGORITHM
from analysis.events.facts import Mark, Status, Versions
from analysis.events.fields import utc_text
from analysis.events.topics import CommandTopic, EventTopic
from analysis.trends.broker import Broker
from analysis.trends.connection import Connected, Connection, Publication
from analysis.trends.poison import PoisonFile
from analysis.trends.recorder import Recorder
from analysis.trends.sqlite import SqliteStore
from firmware_sim.broker import BrokerMissingError, RunningBroker, start_mosquitto
from gateway.delivery.commands import Command
from gateway.delivery.mqtt import ClinicLink
from gateway.delivery.outbox import Outbox, OutboxParams
from gateway.wire.timebase import REAL_CLOCK

PATIENT, DEVICE = "p-01", "LM-0001"
SOON_S = 15.0


def mark(number: int) -> Mark:
    """Return one fact of its own."""
    at = utc_text(1_760_000_000_000_000_000 + number * 1_000_000_000)
    return Mark(
        event_id=str(uuid.UUID(int=number)),
        patient=PATIENT,
        device=DEVICE,
        start=at,
        end=at,
        mode=None,
        algorithm=ALGORITHM,
        quality=None,
    )


def status(**fields: Any) -> Status:
    """Return the strip's status as a gateway would give it."""
    at = utc_text(1_760_000_000_000_000_000)
    given: dict[str, Any] = {
        "event_id": str(uuid.UUID(int=1 << 64)),
        "patient": PATIENT,
        "device": DEVICE,
        "start": at,
        "end": at,
        "mode": "dual",
        "algorithm": ALGORITHM,
        "quality": None,
        "presence": "online",
        "battery_pct": 80,
        "worn": True,
        "link_state": "streaming",
        "backlog": 0,
        "versions": Versions(gateway="0.1.0", algorithm=ALGORITHM),
    }
    return Status.model_validate(given | fields)


async def eventually(is_so: Callable[[], bool], within_s: float = SOON_S) -> None:
    """Wait until `is_so`."""
    async with asyncio.timeout(within_s):
        while not is_so():  # noqa: ASYNC110 - what is waited for has no event
            await asyncio.sleep(0.01)


@dataclass
class Clinic:
    """What a test works with."""

    folder: Path
    broker: RunningBroker
    eventually: Callable[..., Awaitable[None]] = eventually
    mark: Callable[[int], Mark] = mark
    status: Callable[..., Status] = status
    commands: list[Command] = field(default_factory=list)
    refusal: str | None = "not in this version"

    @property
    def settings(self) -> Broker:
        return Broker("127.0.0.1", self.broker.port)

    def restart_broker(self) -> None:
        self.broker = start_mosquitto(self.folder / "broker", self.broker.port)

    async def _handle(self, command: Command) -> str | None:
        self.commands.append(command)
        return self.refusal

    @asynccontextmanager
    async def home(
        self, params: OutboxParams | None = None, broker: Broker | None = None, **fields: Any
    ) -> AsyncIterator[tuple[ClinicLink, Outbox]]:
        """Run a home's link on the outbox in the folder."""
        with closing(Outbox(self.folder / "outbox.db", params)) as outbox:
            link = ClinicLink(broker or self.settings, outbox, status(**fields), clock=REAL_CLOCK)
            link.obey(self._handle, link.send)
            running = asyncio.create_task(link.run())
            try:
                yield link, outbox
            finally:
                link.stop()
                await running

    @asynccontextmanager
    async def recorder(self, *, is_awaited: bool = True) -> AsyncIterator[tuple[Recorder, SqliteStore]]:
        """Run a recorder on the store in the folder."""
        store = SqliteStore(self.folder / "store.db")
        recorder = Recorder(store, self.settings, PoisonFile(self.folder / "poison.jsonl"), REAL_CLOCK.utc_ns)
        running = asyncio.create_task(recorder.run())
        try:
            if is_awaited:
                await eventually(lambda: recorder.is_recording)
            yield recorder, store
        finally:
            recorder.stop()
            await running
            store.close()

    @asynccontextmanager
    async def client(
        self, topic: str, session_expiry_s: int = 0, name: str = "test"
    ) -> AsyncIterator[Connection]:
        """Connect as somebody else and subscribe to `topic`."""
        connection = Connection(self.settings, f"{name}-{uuid.uuid4()}", session_expiry_s=session_expiry_s)
        try:
            assert isinstance(await connection.next(), Connected)
            connection.subscribe(topic)
            yield connection
        finally:
            await connection.close()

    def command(self, name: str, **body: Any) -> Publication:
        given = {"command_id": f"c-{name}", "issued": utc_text(REAL_CLOCK.utc_ns()), "expires": None}
        return Publication(str(CommandTopic(PATIENT, DEVICE, name)), json.dumps(given | body).encode())

    def topic(self, kind: str) -> str:
        return str(EventTopic(PATIENT, DEVICE, kind))


@pytest.fixture
def clinic(tmp_path: Path) -> Iterator[Clinic]:
    """A folder and a running broker."""
    try:
        broker = start_mosquitto(tmp_path / "broker")
    except BrokerMissingError as error:
        pytest.skip(str(error))
    running = Clinic(tmp_path, broker)
    try:
        yield running
    finally:
        running.broker.stop()

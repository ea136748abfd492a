"""The therapist's settings on their way to the homes: retained commands, sent until the broker has them.

What is to be sent is always the newest settings of a strip, so sending twice does no harm and nothing need be
remembered over a restart: it is all sent once more. The home answers with ``lumbar.command/1``, which arrives
in the trend store like any event.
"""

import asyncio
import json
import logging
from dataclasses import dataclass
from typing import Final

from analysis.events.topics import CommandTopic
from analysis.trends.broker import Broker
from analysis.trends.connection import Acknowledged, Connected, Connection, Lost, Publication
from analysis.trends.session import stay_connected, until

_log = logging.getLogger(__name__)

_BATCH: Final = 100


@dataclass(frozen=True, slots=True)
class Prescription:
    """Settings for the home of one strip; `body` is JSON."""

    patient: str
    device: str
    revision: int
    issued: str
    body: str

    @property
    def command_id(self) -> str:
        """Return the sender's name for the command, which the answer repeats."""
        return f"settings-{self.patient}-{self.revision}"

    def publication(self) -> Publication:
        """Return the retained message."""
        payload = {
            "command_id": self.command_id,
            "issued": self.issued,
            "expires": None,
            "revision": self.revision,
            "settings": json.loads(self.body),
        }
        topic = str(CommandTopic(self.patient, self.device, "settings"))
        return Publication(topic, json.dumps(payload).encode(), retain=True)


class Outlet:
    """Sends prescriptions through `broker`; make it in the event loop, call :meth:`send` from any thread."""

    def __init__(self, broker: Broker, client_id: str = "lumbar-review") -> None:
        self._broker, self._client_id = broker, client_id
        self._loop = asyncio.get_running_loop()
        self._stopping = asyncio.Event()
        self._waiting: dict[tuple[str, str], Prescription] = {}
        self._connection: Connection | None = None
        self.refused: list[str] = []
        """What the broker would not take, in words."""

    def send(self, prescription: Prescription) -> None:
        """Send it as soon as there is a broker; a newer one for the same strip takes its place."""
        self._loop.call_soon_threadsafe(self._take, prescription)

    def _take(self, prescription: Prescription) -> None:
        self._waiting[prescription.patient, prescription.device] = prescription
        if self._connection is not None:
            self._connection.wake()

    @property
    def backlog(self) -> int:
        """Return how many prescriptions the broker does not have yet."""
        return len(self._waiting)

    def stop(self) -> None:
        """Let :meth:`run` return; call it in the event loop."""
        self._stopping.set()

    async def run(self) -> None:
        """Send until :meth:`stop`, through any absence of the broker."""
        self._broker.check()
        await until(self._stopping, stay_connected(self._connect, self._use, self._say))

    def _connect(self) -> Connection:
        return Connection(self._broker, self._client_id, session_expiry_s=0)

    def _say(self, reason: str) -> None:
        _log.info("settings wait for the broker at %s: %s", self._broker, reason)

    async def _use(self, connection: Connection) -> str:
        on_the_way: dict[int, Prescription] = {}
        is_connected = False
        try:
            while True:
                for happening in await connection.next_batch(_BATCH):
                    match happening:
                        case Connected():
                            self._connection, is_connected = connection, True
                        case Lost(reason):
                            return reason
                        case Acknowledged(mid) if mid in on_the_way:
                            self._delivered(on_the_way.pop(mid), happening)
                        case _:
                            pass
                if is_connected:
                    pending = {(one.patient, one.device, one.revision) for one in on_the_way.values()}
                    for one in self._waiting.values():
                        if (one.patient, one.device, one.revision) not in pending:
                            on_the_way[connection.publish(one.publication())] = one
        finally:
            self._connection = None

    def _delivered(self, prescription: Prescription, answer: Acknowledged) -> None:
        if answer.is_passing:
            return  # it stays in line for the next turn
        key = prescription.patient, prescription.device
        if self._waiting.get(key) == prescription:
            del self._waiting[key]
        if answer.refusal is not None:
            self.refused.append(f"{prescription.command_id}: {answer.refusal}")
            _log.warning("the broker refused %s: %s", prescription.command_id, answer.refusal)

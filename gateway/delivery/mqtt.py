"""The link to the clinic: events out of the outbox, commands in, over MQTT 5 (DESIGN.md section 9).

Events are kept in the outbox first and published from there, so the rest of the gateway need not know
whether there is a broker at all. The strip's status is another thing: not an event that must arrive but what
is true now, so it goes past the outbox as a retained message, and is left with the broker as the will, saying
"offline", for when the gateway vanishes without a goodbye.

Refusals: a broker answers a publish that our rights do not allow with a reason code (under MQTT 3.1.1 it
would look like success). Such a message is set aside and counted; every start of the gateway tries those
again, since somebody may have put the rights in order. A refusal for a passing reason is left to the resend.
A broker that says that nobody subscribes has thrown the message away: the clinic's recorder has never been
there yet. That is tried again soon, so that it does not matter who starts first.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from analysis.events.event import Event, fact_id
from analysis.events.facts import CommandAnswer, Status
from analysis.events.fields import utc_ns, utc_text
from analysis.events.topics import OUTBOX_PROPERTY, SEQ_PROPERTY, EventTopic, commands_of
from analysis.trends.broker import Broker
from analysis.trends.connection import Acknowledged, Connected, Connection, Lost, Publication, Received
from analysis.trends.session import Backoff, LastingConnection, farewell
from gateway.delivery.commands import Command, CommandError, Receipt, Result, answer, parse_command
from gateway.delivery.outbox import Outbox, OutboxError
from gateway.wire.timebase import Clock

_log = logging.getLogger(__name__)

CommandHandler = Callable[[Command], Awaitable[str | None]]
"""Carries a command out; returns None when it is done, or for the sender why it is not. Has 10 s."""


async def _cannot(_: Command) -> str | None:
    return "this gateway is not ready yet"


# All in seconds of this computer, however fast the world's clock runs [ours].
_SESSION_EXPIRY_S: Final = 86_400
"""How long the broker keeps commands for an absent gateway."""
_LOOK_S: Final = 1.0
"""How often to look for what is to be sent again."""
_PAUSED_LOOK_S: Final = 30.0
"""The same while sharing is paused: months of events are then passed over at each look."""
_BATCH: Final = 200
_HANDLE_S: Final = 10.0
_REMEMBERED_COMMANDS: Final = 1000
"""So many commands are known again when the broker delivers them twice."""


@dataclass(slots=True)
class LinkCounts:
    """What passed through since the start."""

    published: int = 0
    committed: int = 0
    refused: int = 0
    commands: int = 0
    bad_commands: int = 0


class ClinicLink:
    """Delivers one strip's events to the clinic's broker, and its commands to the home.

    Every method is for the event loop's thread.

    Parameters
    ----------
    broker
        Where to, and as whom.
    outbox
        Where the events wait.
    status
        How things are now; names the patient and the strip.
    clock
        The home's clock.
    """

    def __init__(self, broker: Broker, outbox: Outbox, status: Status, *, clock: Clock) -> None:
        self._broker = broker
        self._outbox = outbox
        self._status = status
        self._clock = clock
        self._handle: CommandHandler = _cannot
        self._tell: Callable[[list[Event]], None] = self.send
        self._tie = LastingConnection(broker, _log)
        self._is_shared = True
        self._connection: Connection | None = None
        self._is_woken = True
        self._looked_s = 0.0
        self._unheard = Backoff()
        self._retry_s: float | None = None
        self._status_sent: Status | None = None
        self._under_way: dict[int, int] = {}
        self._answered: deque[str] = deque(maxlen=_REMEMBERED_COMMANDS)
        self.is_connected = False
        self.counts = LinkCounts()

    def obey(
        self,
        handle: CommandHandler,
        tell: Callable[[list[Event]], None],
        answered: Iterable[Mapping[str, Any]] = (),
    ) -> None:
        """Have commands carried out from now on.

        Parameters
        ----------
        handle
            Carries out a command.
        tell
            Records an answer, in the outbox too.
        answered
            Answers given before; their commands are not carried out again, whoever repeats them.
        """
        self._handle, self._tell = handle, tell
        self._answered.extend(str(answer["command_id"]) for answer in answered)

    def send(self, events: Iterable[Event]) -> None:
        """Keep `events` for the clinic; when this returns they are on disk.

        Raises
        ------
        OutboxError
            If they could not be kept.
        """
        self._outbox.put_all(
            ((str(_topic(event)), event.to_json().encode()) for event in events), self._clock.utc_ns()
        )
        self._wake()

    def set_status(self, status: Status) -> None:
        """Make `status` known as soon as there is a connection; the latest counts."""
        self._status = status
        self._wake()

    def share(self, *, is_on: bool) -> None:
        """Deliver events, or for the time being keep them in the outbox.

        Commands are carried out and answered all the same, and the status goes on to say whether the gateway
        runs, but nothing of its wearer.
        """
        self._is_shared = is_on
        self._status_sent = None
        self._wake()

    @property
    def _public(self) -> Status:
        """The status as far as the clinic may know it."""
        if self._is_shared:
            return self._status
        return self._status.model_copy(update={"worn": None, "battery_pct": None, "backlog": None})

    @property
    def lacks(self) -> str | None:
        """What delivery waits for; None: nothing."""
        return self._tie.lacks

    def stop(self) -> None:
        """Let :meth:`run` say goodbye and return; what is not delivered stays in the outbox."""
        self._tie.stop()

    async def run(self) -> None:
        """Deliver until :meth:`stop`, through any absence of the broker.

        Raises
        ------
        BrokerSettingsError
            If password or certificate cannot be read at the start.
        """
        self._outbox.retry_refused()
        await self._tie.run(self._connect, self._use)

    def _connect(self) -> Connection:
        will = _publication(_offline(self._public, None))
        client_id = f"lumbar-gateway-{self._status.patient}-{self._status.device}"
        return Connection(self._broker, client_id, session_expiry_s=_SESSION_EXPIRY_S, will=will)

    async def _use(self, connection: Connection) -> str:
        """Deliver until the connection is lost, and return why it was."""
        self._connection = connection
        try:
            while True:
                for happening in await connection.next_batch(_BATCH, _LOOK_S):
                    match happening:
                        case Connected():
                            self._begin(connection)
                        case Acknowledged() as acknowledged:
                            self._acknowledged(acknowledged)
                        case Received() as message:
                            await self._receive(message)
                            connection.acknowledge(message)
                        case Lost(reason):
                            self.is_connected = False
                            return reason
                if self.is_connected:
                    self._publish(connection)
        finally:
            self._connection = None
            if self.is_connected:  # so this is our own wish
                self.is_connected = False
                await self._say_goodbye(connection)

    def _begin(self, connection: Connection) -> None:
        self.is_connected = True
        self._tie.is_well()
        self._status_sent = None
        self._is_woken = True
        self._under_way.clear()
        self._outbox.unsend()
        connection.subscribe(commands_of(self._status.patient, self._status.device))
        _log.info("delivering to the broker at %s", self._broker)

    def _publish(self, connection: Connection) -> None:
        """Publish the status, if it changed, and what is due, if there is a reason to look."""
        now_s = asyncio.get_running_loop().time()
        if self._status is not self._status_sent:
            self._status_sent = self._status
            connection.publish(_publication(self._public))
        if self._retry_s is not None and now_s >= self._retry_s:
            self._retry_s = None
            self._outbox.unsend()
            self._is_woken = True
        pause_s = _LOOK_S if self._is_shared else _PAUSED_LOOK_S
        if not self._is_woken and now_s < self._looked_s + pause_s:
            return
        self._is_woken = False
        self._looked_s = now_s
        try:
            due = self._outbox.due(now_s, None if self._is_shared else CommandAnswer.topic_kind())
        except OutboxError as error:
            self._tie.say_once(f"waiting for the outbox: {error}")
            return
        for message in due:
            properties = {OUTBOX_PROPERTY: self._outbox.outbox_id, SEQ_PROPERTY: str(message.seq)}
            mid = connection.publish(Publication(message.topic, message.payload, properties=properties))
            self._under_way[mid] = message.seq
        self.counts.published += len(due)

    def _wake(self) -> None:
        """Have the outbox and the status looked at soon."""
        if not self._is_woken and self._connection is not None:
            self._connection.wake()
        self._is_woken = True

    def _acknowledged(self, acknowledged: Acknowledged) -> None:
        seq = self._under_way.pop(acknowledged.mid, None)
        if acknowledged.is_unheard and seq is not None and self._retry_s is None:
            self._retry_s = asyncio.get_running_loop().time() + self._unheard.next_s()
            self._tie.lack(f"the recorder: it has never been at the broker at {self._broker}")
        refusal = acknowledged.refusal
        if refusal is None:
            return
        self._tie.say_once(f"the broker at {self._broker} refuses what we publish: {refusal}")
        if seq is not None and not acknowledged.is_passing:
            self.counts.refused += 1
            self._try(lambda: self._outbox.refuse(seq, refusal))
            self._wake()

    async def _receive(self, message: Received) -> None:
        patient, device = self._status.patient, self._status.device
        try:
            command = parse_command(message.topic, message.payload, patient, device)
        except CommandError as error:
            self.counts.bad_commands += 1
            _log.warning("ignored a command on %s: %s", message.topic, error)
            return
        if isinstance(command, Receipt):
            await self._commit(command)
        elif command.command_id not in self._answered:
            self._answered.append(command.command_id)
            self.counts.commands += 1
            result, reason = await self._carry_out(command)
            now_utc_ns = self._clock.utc_ns()
            self._try(
                lambda: self._tell([answer(patient, device, command.command_id, result, reason, now_utc_ns)])
            )

    async def _commit(self, receipt: Receipt) -> None:
        try:
            settled = await asyncio.to_thread(
                self._outbox.commit, receipt.outbox_id, receipt.ranges, self._clock.utc_ns()
            )
        except OutboxError as error:  # the messages will be sent and committed again
            self._tie.say_once(f"waiting for the outbox: {error}")
        else:
            self.counts.committed += settled
            self._unheard.reset()
            self._tie.lacks = None
            self._wake()

    async def _carry_out(self, command: Command) -> tuple[Result, str | None]:
        if command.is_expired(self._clock.utc_ns()):
            return "expired", "it came too late"
        try:
            if command.name == "resend":
                refusal = self._resend(command)
            else:
                async with asyncio.timeout(_HANDLE_S):
                    refusal = await self._handle(command)
        except TimeoutError:
            refusal = f"not done within {_HANDLE_S:.0f} s"
        except Exception:  # noqa: BLE001 - a command must not end the gateway, nor come back at its next start
            _log.exception("the command %s failed", command.name)
            refusal = "an error in the gateway; its log has the details"
        return ("done", None) if refusal is None else ("refused", refusal)

    def _resend(self, command: Command) -> str | None:
        """Send again what was put from a number, or from an instant, on."""
        match command.body.get("from"):
            case int(first_seq) if 0 <= first_seq < 2**63:
                count = self._outbox.resend(first_seq=first_seq)
            case str(instant):
                try:
                    count = self._outbox.resend(since_utc_ns=utc_ns(instant))
                except ValueError:
                    return "'from' is no UTC such as 2026-01-31T09:30:00.000Z"
            case _:
                return "'from' must be the number of a message, or UTC such as 2026-01-31T09:30:00.000Z"
        _log.info("sending %d messages again, as the clinic asks", count)
        self._wake()
        return None

    async def _say_goodbye(self, connection: Connection) -> None:
        await farewell(connection, _publication(_offline(self._public, utc_text(self._clock.utc_ns()))))

    def _try(self, change: Callable[[], None]) -> None:
        """Make a change to the outbox whose loss can be borne."""
        try:
            change()
        except OutboxError as error:
            self._tie.say_once(f"waiting for the outbox: {error}")


def _topic(event: Event) -> EventTopic:
    return EventTopic(event.patient, event.device, event.topic_kind())


def _publication(status: Status) -> Publication:
    return Publication(str(_topic(status)), status.to_json().encode(), retain=True)


def _offline(status: Status, now: str | None) -> Status:
    """Return the status of a gateway that is gone since `now`; nobody knows when a will is read: None."""
    gone = {
        "event_id": fact_id(status.patient, status.device, "status", "offline", now or "will"),
        "start": now,
        "end": now,
        "presence": "offline",
        "link_state": "stopped",
    }
    return status.model_copy(update=gone)

"""The recorder: events from the broker into the trend store, each acknowledged only once it is on disk.

A message is checked (size, JSON, schema, that its topic says the same as its content), put into the store
with its neighbours in one transaction, and then acknowledged twice: to the broker, which may forget it, and
to the home's outbox on ``cmd/committed``, which may stop sending it (DESIGN.md section 9). A crash anywhere
in between means that it comes again, and the store keeps it once.

What is no event is written to the :class:`~analysis.trends.poison.PoisonFile` and then acknowledged in the
same two ways: it has been taken charge of, and sending it again would not make it better. When the store
fails, nothing is acknowledged; the broker stops at `receive_maximum` messages and keeps the rest.
"""

import asyncio
import json
import logging
import time
import uuid
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from analysis.events.catalogue import EventError, parse_event_json
from analysis.events.fields import utc_ns, utc_text
from analysis.events.topics import (
    ALL_EVENTS,
    OUTBOX_PROPERTY,
    SEQ_PROPERTY,
    CommandTopic,
    EventTopic,
    parse_topic,
)
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
from analysis.trends.poison import PoisonFile
from analysis.trends.session import Backoff, LastingConnection
from analysis.trends.store import StoreError, TrendStore, UnstorableEventError

_log = logging.getLogger(__name__)

MAX_EVENT_BYTES: Final = 65_536
"""The largest event, a lift with its curve of 400 points, takes 8 kB."""
_BATCH: Final = 200
_RECEIVE_MAXIMUM: Final = 200
_SESSION_EXPIRY_S: Final = 7 * 86_400
"""How long the broker keeps events for an absent recorder, s; beyond it the outboxes send again [ours]."""
_UPKEEP_S: Final = 600.0
"""How often old minutes are dropped and days that are due summed, s of this computer [ours]."""
_MAX_REASON_CHARS: Final = 300
"""A reason quotes the message, and a hostile one can be long."""
_MAX_SEQ: Final = 2**63 - 1


@dataclass(slots=True)
class RecorderCounts:
    """What passed through since the start."""

    received: int = 0
    stored: int = 0
    set_aside: int = 0
    store_failures: int = 0
    batches: int = 0
    store_s: float = 0.0
    """Time spent in the store, s of this computer."""
    newest_utc_ns: int | None = None
    """End of the newest event in the last batch that had one."""
    stored_utc_ns: int = 0
    """When that batch was stored."""

    @property
    def lag_s(self) -> float:
        """Return the age of that event when it was stored, s."""
        return 0.0 if self.newest_utc_ns is None else (self.stored_utc_ns - self.newest_utc_ns) / 1e9


class Recorder:
    """Fills `store` from `broker`.

    Parameters
    ----------
    store
        Where the events go.
    broker
        Where they come from.
    poison
        Where goes what is no event.
    now
        UTC in nanoseconds since 1970.
    client_id
        The recorder's name at the broker, which keeps its messages while it is away; one for each recorder.
    """

    def __init__(
        self,
        store: TrendStore,
        broker: Broker,
        poison: PoisonFile,
        now: Callable[[], int],
        client_id: str = "lumbar-recorder",
    ) -> None:
        self._store = store
        self._broker = broker
        self._poison = poison
        self._now = now
        self._client_id = client_id
        self._tie = LastingConnection(broker, _log)
        self.is_recording = False
        self.counts = RecorderCounts()

    def stop(self) -> None:
        """Let :meth:`run` return; call it in the event loop."""
        self._tie.stop()

    async def run(self) -> None:
        """Record until :meth:`stop`, through any absence of broker or store.

        Raises
        ------
        BrokerSettingsError
            If password or certificate cannot be read at the start.
        """
        tending = asyncio.create_task(self._tend())
        try:
            await self._tie.run(self._connect, self._record)
        finally:
            tending.cancel()
            await asyncio.wait({tending})

    async def _tend(self) -> None:
        """Let the store do, now and then, what need not be done with each event."""
        while True:
            try:
                expired = await asyncio.to_thread(self._store.expire, utc_text(self._now()))
            except StoreError as error:
                _log.warning("the store's upkeep has to wait: %s", error)
            else:
                if expired:
                    _log.info("%d old minutes dropped; their days stay", expired)
            await asyncio.sleep(_UPKEEP_S)

    def _connect(self) -> Connection:
        return Connection(
            self._broker,
            self._client_id,
            session_expiry_s=_SESSION_EXPIRY_S,
            receive_maximum=_RECEIVE_MAXIMUM,
        )

    async def _record(self, connection: Connection) -> str:
        """Record until the connection is lost, and return why it was."""
        while True:
            batch = await connection.next_batch(_BATCH)
            messages = [happening for happening in batch if isinstance(happening, Received)]
            if messages:
                await self._keep(messages)
                for message in messages:
                    connection.acknowledge(message)
                for receipt in receipts(messages):
                    connection.publish(receipt)
            for happening in batch:
                match happening:
                    case Connected():
                        connection.subscribe(ALL_EVENTS)
                    case Subscribed():
                        self._tie.is_well()
                        self.is_recording = True
                        _log.info("recording from the broker at %s", self._broker)
                    case Acknowledged(_, str(refusal)):
                        self._tie.say_once(f"the broker refuses receipts to the homes: {refusal}")
                    case Lost(reason):
                        self.is_recording = False
                        return reason

    async def _keep(self, messages: Sequence[Received]) -> None:
        """Return when every message is on disk, as an event or as poison, however long that takes."""
        backoff = Backoff()
        is_waiting = False
        while True:
            try:
                await asyncio.to_thread(self._put, messages)
            except (StoreError, OSError) as error:
                is_waiting = True
                self.counts.store_failures += 1
                self._tie.say_once(f"waiting for the store: {error}")
                await asyncio.sleep(backoff.next_s())
            else:
                self.counts.received += len(messages)
                if is_waiting:
                    self._tie.is_well()
                    _log.info("the store is back")
                return

    def _put(self, messages: Sequence[Received]) -> None:
        events: list[tuple[Received, dict[str, Any]]] = []
        poison: list[tuple[Received, str]] = []
        forgotten = 0
        for message in messages:
            if is_forgetting(message):
                forgotten += 1
                continue
            try:
                events.append((message, event_in(message)))
            except EventError as error:
                poison.append((message, str(error)[:_MAX_REASON_CHARS]))
        begun_s = time.perf_counter()
        try:
            self._store.put([event for _, event in events])
        except UnstorableEventError:
            poison += self._put_singly(events)
        self._note([event for _, event in events], time.perf_counter() - begun_s)
        for message, reason in poison:
            self._poison.add(message.topic, message.payload, reason, self._now())
            _log.warning("set aside a message on %s: %s", message.topic, reason)
        self.counts.set_aside += len(poison)
        self.counts.stored += len(messages) - len(poison) - forgotten

    def _note(self, events: Iterable[Mapping[str, Any]], took_s: float) -> None:
        self.counts.batches += 1
        self.counts.store_s += took_s
        ends = [event["end"] for event in events if event["end"] is not None]
        if ends:
            self.counts.newest_utc_ns = utc_ns(max(ends))
            self.counts.stored_utc_ns = self._now()

    def _put_singly(self, events: Iterable[tuple[Received, dict[str, Any]]]) -> list[tuple[Received, str]]:
        """Put what can be put, and return what cannot, with the reason."""
        unstorable: list[tuple[Received, str]] = []
        for message, event in events:
            try:
                self._store.put([event])
            except UnstorableEventError as error:
                unstorable.append((message, str(error)))
        return unstorable


def event_in(message: Received) -> dict[str, Any]:
    """Return the event in a message.

    Raises
    ------
    EventError
        If it is too long, no event, or on a topic that says something else than it does.
    """
    if len(message.payload) > MAX_EVENT_BYTES:
        raise EventError(f"{len(message.payload)} bytes; an event has at most {MAX_EVENT_BYTES}")
    event = parse_event_json(message.payload)
    place = EventTopic(event.patient, event.device, event.topic_kind())
    if parse_topic(message.topic) != place:
        raise EventError(f"its topic does not agree with its content, which belongs on {place}")
    return event.to_dict()


def is_forgetting(message: Received) -> bool:
    """Return whether a message only takes a retained status from the broker: an operator erases a patient."""
    place = parse_topic(message.topic)
    return not message.payload and isinstance(place, EventTopic) and place.kind == "status"


def receipts(messages: Iterable[Received]) -> list[Publication]:
    """Return what tells the homes that these messages are committed: one receipt for each outbox."""
    committed: dict[tuple[str, str, str], set[int]] = defaultdict(set)
    for message in messages:
        place = parse_topic(message.topic)
        numbered = _outbox_and_seq(message.properties)
        if isinstance(place, EventTopic) and numbered is not None:
            outbox_id, seq = numbered
            committed[place.patient, place.device, outbox_id].add(seq)
    return [
        Publication(
            str(CommandTopic(patient, device, "committed")),
            json.dumps({"outbox": outbox_id, "ranges": ranges(numbers)}).encode(),
        )
        for (patient, device, outbox_id), numbers in committed.items()
    ]


def _outbox_and_seq(properties: dict[str, str]) -> tuple[str, int] | None:
    try:
        outbox_id = str(uuid.UUID(properties[OUTBOX_PROPERTY]))
        seq = int(properties[SEQ_PROPERTY])
    except (KeyError, ValueError):
        return None
    return (outbox_id, seq) if 0 < seq <= _MAX_SEQ else None


def ranges(numbers: Iterable[int]) -> list[list[int]]:
    """Return whole numbers as the fewest pairs [first, last], both included, in order."""
    pairs: list[list[int]] = []
    for number in sorted(numbers):
        if pairs and number == pairs[-1][1] + 1:
            pairs[-1][1] = number
        else:
            pairs.append([number, number])
    return pairs

"""One MQTT 5 connection, from connecting to its end, as something asyncio can wait for.

paho-mqtt works in a network thread of its own; here everything that happens there becomes a
:data:`Happening` in an asyncio queue, in order. That also settles paho's trap of ``on_publish`` coming before
``publish`` has returned the message's number: the acknowledgement is handled by the event loop, and
:meth:`Connection.publish` is called there.

A connection lives once. To connect again, make another one: so there is no
state left over from the last, no acknowledgement can go to the wrong connection, and what was under way is
decided by the outbox and not by the client library. The broker keeps our session (subscriptions, queued
messages) in between, because the client id stays and ``clean_start`` is off.
"""

import asyncio
import sys
import threading
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Final

from paho.mqtt.client import Client, ConnectFlags, DisconnectFlags, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode
from paho.mqtt.subscribeoptions import SubscribeOptions

from analysis.trends.broker import Broker

_KEEPALIVE_S: Final = 30
_CONNECT_S: Final = 5.0
_CLOSE_S: Final = 0.5
"""Longest wait for the goodbye, s of this computer: with the strip's before it a stop takes less than 3 s."""
_MAX_PACKET_BYTES: Final = 1 << 20
"""What a broker may send us at most; events are under 64 KiB."""
_PASSING: Final = frozenset({0x80, 0x83, 0x97})
"""Reasons to refuse that can pass: unspecified, specific to the implementation, quota exceeded."""
_NO_MATCHING_SUBSCRIBERS: Final = 0x10


@dataclass(frozen=True, slots=True)
class Connected:
    """The broker let us in; `session_present` if it still knew us."""

    session_present: bool


@dataclass(frozen=True, slots=True)
class Subscribed:
    """A subscription is in force."""


@dataclass(frozen=True, slots=True)
class Lost:
    """The connection is over, or never came about; nothing follows."""

    reason: str


@dataclass(frozen=True, slots=True)
class Acknowledged:
    """The broker took a publish, or refused it for the reason given.

    `is_passing` if it may take it later; `is_unheard` if it took it but nobody subscribes to such messages.
    """

    mid: int
    refusal: str | None
    is_passing: bool = False
    is_unheard: bool = False


@dataclass(frozen=True, slots=True)
class Received:
    """A message for us, to be acknowledged by :meth:`Connection.acknowledge`."""

    topic: str
    payload: bytes
    properties: dict[str, str]
    mid: int
    qos: int


@dataclass(frozen=True, slots=True)
class Woken:
    """Somebody in the event loop wants attention."""


Happening = Woken | Connected | Subscribed | Lost | Acknowledged | Received


@dataclass(frozen=True, slots=True)
class Publication:
    """What is published, or left as the will."""

    topic: str
    payload: bytes
    retain: bool = False
    properties: dict[str, str] = field(default_factory=dict)


class Connection:
    """One connection to `broker`; make it and use it in the event loop.

    Parameters
    ----------
    broker
        Where to, and as whom.
    client_id
        Our name in the broker's books. Two programs of one name throw each other out.
    session_expiry_s
        How long the broker keeps our session when we are gone, s.
    will
        What the broker publishes when we vanish.
    receive_maximum
        Most unacknowledged messages that the broker may have on the way to us: the back-pressure.

    Raises
    ------
    BrokerSettingsError
        If password or certificate cannot be read.
    """

    def __init__(
        self,
        broker: Broker,
        client_id: str,
        *,
        session_expiry_s: int,
        will: Publication | None = None,
        receive_maximum: int = 100,
    ) -> None:
        self._loop = asyncio.get_running_loop()
        self._happenings: asyncio.Queue[Happening] = asyncio.Queue()
        self._receive_maximum = receive_maximum
        self._is_over = False
        self._is_closing = False
        self._ended = asyncio.Event()
        self._client = _client(broker, client_id, will)
        self._client.on_connect = self._on_connect
        self._client.on_connect_fail = self._on_connect_fail
        self._client.on_disconnect = self._on_disconnect
        self._client.on_publish = self._on_publish
        self._client.on_subscribe = self._on_subscribe
        self._client.on_message = self._on_message
        properties = _properties(PacketTypes.CONNECT)
        properties.SessionExpiryInterval = session_expiry_s
        properties.ReceiveMaximum = receive_maximum
        properties.MaximumPacketSize = _MAX_PACKET_BYTES
        self._client.connect_async(
            broker.host, broker.port, _KEEPALIVE_S, clean_start=False, properties=properties
        )
        self._client.loop_start()

    async def next(self) -> Happening:
        """Return what happened next; after :class:`Lost` nothing does."""
        return await self._happenings.get()

    async def next_batch(self, limit: int, patience_s: float | None = None) -> list[Happening]:
        """Return what happened since, at most `limit` things: at least one, or none in `patience_s`."""
        batch: list[Happening] = []
        with suppress(TimeoutError):
            async with asyncio.timeout(patience_s):
                batch.append(await self._happenings.get())
        while len(batch) < limit and not self._happenings.empty():
            batch.append(self._happenings.get_nowait())
        return batch

    def wake(self) -> None:
        """Let whoever waits see :class:`Woken`."""
        self._happenings.put_nowait(Woken())

    def publish(self, publication: Publication) -> int:
        """Hand a message over at QoS 1 and return its number, which :class:`Acknowledged` will name."""
        properties = _user_properties(publication.properties)
        return self._client.publish(
            publication.topic, publication.payload, qos=1, retain=publication.retain, properties=properties
        ).mid

    def subscribe(self, topic: str) -> None:
        """Ask for a topic at QoS 1; retained messages come only if the broker did not know us."""
        options = SubscribeOptions(qos=1, retainHandling=SubscribeOptions.RETAIN_SEND_IF_NEW_SUB)
        self._client.subscribe(topic, options=options)

    def acknowledge(self, message: Received) -> None:
        """Tell the broker that we need not get `message` again."""
        self._client.ack(message.mid, message.qos)

    async def close(self) -> None:
        """Say goodbye, so that the will is not published, and let paho's thread end."""
        self._is_closing = True
        self._client.disconnect()
        # Not in the loop's own pool of threads, which would wait for a connect that hangs.
        threading.Thread(target=self._end, daemon=True).start()
        with suppress(TimeoutError):
            async with asyncio.timeout(_CLOSE_S):
                await self._ended.wait()

    def _end(self) -> None:
        client = self._client
        client.loop_stop()
        # The client closes its sockets when nobody holds it any more, and we and it must not hold each other.
        client.on_connect = client.on_connect_fail = client.on_disconnect = None
        client.on_publish = client.on_subscribe = client.on_message = None
        with suppress(RuntimeError):  # nobody waited so long, and the loop has ended
            self._loop.call_soon_threadsafe(self._ended.set)

    # In paho's thread:

    def _tell(self, happening: Happening) -> None:
        if self._is_over:
            return
        self._is_over = isinstance(happening, Lost)
        with suppress(RuntimeError):  # the loop has ended, and with it anybody who would want to know
            self._loop.call_soon_threadsafe(self._happenings.put_nowait, happening)

    def _on_connect(
        self,
        client: Client,
        _data: Any,
        flags: ConnectFlags,
        code: ReasonCode,
        _properties: Properties | None,
    ) -> None:
        if code.is_failure:
            self._tell(Lost(f"refused by the broker: {code}"))
            client.disconnect()
        elif self._is_closing:
            client.disconnect()  # close() came while we were connecting, too early to reach the broker
        else:
            self._tell(Connected(flags.session_present))

    def _on_connect_fail(self, client: Client, _data: Any) -> None:
        client.disconnect()  # or paho would try again by itself
        self._tell(Lost(str(sys.exc_info()[1] or "cannot connect")))

    def _on_disconnect(
        self,
        _client: Client,
        _data: Any,
        _flags: DisconnectFlags,
        code: ReasonCode,
        _properties: Properties | None,
    ) -> None:
        self._tell(Lost(str(code)))

    def _on_publish(
        self, _client: Client, _data: Any, mid: int, code: ReasonCode, _properties: Properties
    ) -> None:
        if code.is_failure:
            self._tell(Acknowledged(mid, str(code), code.value in _PASSING))
        else:
            self._tell(Acknowledged(mid, None, is_unheard=code.value == _NO_MATCHING_SUBSCRIBERS))

    def _on_subscribe(
        self, client: Client, _data: Any, _mid: int, codes: list[ReasonCode], _properties: Properties | None
    ) -> None:
        refusals = [code for code in codes if code.is_failure]
        if refusals:
            self._tell(Lost(f"the broker refuses the subscription: {refusals[0]}"))
            client.disconnect()
        else:
            self._tell(Subscribed())

    def _on_message(self, _client: Client, _data: Any, message: MQTTMessage) -> None:
        # Messages at QoS 0 know no back-pressure: what cannot be taken now is dropped, as QoS 0 allows.
        if message.qos == 0 and self._happenings.qsize() > self._receive_maximum:
            return
        given = getattr(message.properties, "UserProperty", [])
        self._tell(Received(message.topic, bytes(message.payload), dict(given), message.mid, message.qos))


def _client(broker: Broker, client_id: str, will: Publication | None) -> Client:
    client = Client(
        CallbackAPIVersion.VERSION2,
        client_id=client_id,
        protocol=MQTTProtocolVersion.MQTTv5,
        reconnect_on_failure=False,
        manual_ack=True,
    )
    client.connect_timeout = _CONNECT_S
    if broker.username is not None:
        client.username_pw_set(broker.username, broker.password())
    context = broker.tls()
    if context is not None:
        client.tls_set_context(context)
    if will is not None:
        client.will_set(will.topic, will.payload, qos=1, retain=will.retain)
    return client


def _properties(packet: int) -> Properties:
    return Properties(packet)  # type: ignore[no-untyped-call]  # paho did not annotate this one


def _user_properties(values: dict[str, str]) -> Properties | None:
    if not values:
        return None
    properties = _properties(PacketTypes.PUBLISH)
    properties.UserProperty = list(values.items())
    return properties

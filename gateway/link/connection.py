"""One connection with one strip: who are you, pair, what is the time, start; then listen until it ends.

Written against what a GATT client can do, not against bleak, and used for one connection only: whatever
arrives after :meth:`StripConnection.close` belongs to the past and is ignored.

The callback of a motion notification does no more than note time and bytes. The streaming characteristic is
never read. A stream that falls silent without a farewell (a bluetoothd that was killed never says so) is
noticed by asking the strip for its status: no answer, or an answer that it streams, ends the connection; an
answer that it does not is no fault, for a strip that was taken off has nothing to say.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Protocol

from gateway.link.backfill import Backfill
from gateway.link.clock import RoundTrip, best_anchor
from gateway.link.errors import CommandRefusedError, NarrowLinkError, NotConnectedError, StrangerError
from gateway.link.fetch import Fetcher, FetchParams
from gateway.link.inbox import Anchored, Inbox, Offered, StatusChanged, StripFound
from gateway.link.reassembly import Arrival
from gateway.link.requests import Requests
from gateway.wire import gatt, status
from gateway.wire.control import (
    BootsReply,
    GetBoots,
    GetTime,
    Request,
    SetAnchor,
    Start,
    Stop,
    TimeReply,
    boots_that_fit,
)
from gateway.wire.frame import ATT_NOTIFICATION_HEADER_SIZE, MIN_ATT_MTU
from gateway.wire.timebase import Clock


@dataclass(frozen=True, slots=True)
class LinkParams:
    """How long to be patient, seconds; all [ours].

    Each is a wait for the strip through this computer's Bluetooth, so it lasts that long by the product's
    clock and by the computer's, whichever is longer (:func:`patience_s`).

    Attributes
    ----------
    scan_s
        One scan. A strip advertises several times a second; BlueZ reports the first within 1 to 3 s.
    connect_s
        Connecting, pairing and finding the services: 1 to 3 s, over 10 s on a busy BlueZ.
    answer_s
        A read, or a command: two connection intervals, 0.1 s, and many times that on a bad link.
    silence_s
        No frame while the strip should stream. A frame comes every 0.09 s; the strip's supervision timeout
        is about this long too.
    idle_s
        Between two looks at a strip that does not stream.
    compare_s
        Between two comparisons of the clocks: a crystal drifts 30 ms in that time.
    clock_set_s
        The clocks are compared at once when the computer's UTC was set or slewed by more than this since the
        last time (NTP, a suspend).
    disconnect_s
        Hanging up after a drop.
    farewell_s
        `stop` and hanging up when the gateway stops, each; they take two connection intervals, 0.1 s.
    round_trips
        Questions for the time per comparison; the shortest counts.
    fetch
        Patience with what comes from the strip's memory.
    """

    scan_s: float = 10.0
    connect_s: float = 20.0
    answer_s: float = 5.0
    silence_s: float = 2.0
    idle_s: float = 30.0
    compare_s: float = 600.0
    clock_set_s: float = 0.01
    disconnect_s: float = 5.0
    farewell_s: float = 0.5
    round_trips: int = 8
    fetch: FetchParams = field(default_factory=FetchParams)


def patience_s(clock: Clock, duration_s: float) -> float:
    """Return how many seconds of the computer to wait, so that neither it nor the world is rushed."""
    return max(duration_s, clock.wall_s(duration_s))


class GattClient(Protocol):
    """What a connection needs of a Bluetooth client; bleak's client is one."""

    @property
    def services(self) -> Any:
        """The services found."""
        ...

    async def connect(self) -> None:
        """Connect, encrypt the link if there is a bond, find the services."""
        ...

    async def pair(self) -> None:
        """Make a bond, unless there is one."""
        ...

    async def disconnect(self) -> None:
        """Hang up."""
        ...

    async def read_gatt_char(self, char_specifier: str, /) -> bytearray:
        """Read a characteristic."""
        ...

    async def write_gatt_char(self, char_specifier: str, data: bytes, /, *, response: bool) -> None:
        """Write a characteristic."""
        ...

    async def start_notify(self, char_specifier: str, callback: Callable[[Any, bytearray], None], /) -> None:
        """Subscribe."""
        ...


class StripConnection:
    """A conversation with a strip.

    Parameters
    ----------
    client
        A client that was never connected before.
    clock
        The product's clock.
    inbox
        Where frames, status and anchors go.
    backfill
        What is wanted from the strip's memory.
    params
        Time constants.
    """

    def __init__(
        self, client: GattClient, clock: Clock, inbox: Inbox, backfill: Backfill, params: LinkParams
    ) -> None:
        self._client = client
        self._clock = clock
        self._inbox = inbox
        self._backfill = backfill
        self._params = params
        self._fetching: asyncio.Task[None] | None = None
        self._requests = Requests(self._write, clock.utc_ns)
        self._dropped = asyncio.Event()
        self._why_dropped = ""
        self._is_over = False
        self._is_open = False
        self._is_streaming = False
        self._att_mtu = MIN_ATT_MTU
        self._last_sign_s = 0.0
        self._compared_s = self._compared_offset_s = 0.0

    async def open(self, wanted_serial: str | None) -> str:
        """Connect, pair, compare clocks, start the stream; returns the strip's serial number.

        Raises
        ------
        StrangerError
            If it is not the wanted strip.
        NarrowLinkError
            If no sample fits the link's packets.
        Exception
            Whatever the client raises, and :class:`LinkError` and ``WireError`` for bad answers.
        """
        async with asyncio.timeout(self._patience_s(self._params.connect_s)):
            await self._client.connect()
        serial = gatt.decode_serial_number(await self._read(gatt.SERIAL_NUMBER))
        if wanted_serial not in {None, serial}:
            raise StrangerError(serial)
        self._check_width()
        async with asyncio.timeout(self._patience_s(self._params.connect_s)):
            await self._client.pair()
        self._inbox.put(StripFound(serial))
        async with asyncio.timeout(self._patience_s(self._params.connect_s)):
            await self._client.start_notify(gatt.CONTROL, self._on_answer)
            await self._client.start_notify(gatt.STATUS, self._on_status)
            await self._client.start_notify(gatt.MOTION, self._on_motion)
        await self._look()
        await self._compare_clocks()
        self._backfill.connected()
        await self._ask_for_boots()
        await self.ask(Start())
        self._is_open = True
        answer_s = self._patience_s(self._params.answer_s)
        fetcher = Fetcher(
            self._requests, self._backfill, self._clock, answer_s, self._ask_for_boots, self._params.fetch
        )
        self._fetching = asyncio.create_task(fetcher.run())
        await self._look()
        self._last_sign_s = self._now_s()
        return serial

    async def watch(self) -> str:
        """Return, once the connection has ended, why; raises what the client raises."""
        step_s = self._patience_s(self._params.silence_s) / 4
        while True:
            try:
                async with asyncio.timeout(step_s):
                    await self._dropped.wait()
            except TimeoutError:
                pass
            else:
                return self._why_dropped
            if self._fetching is not None and self._fetching.done():
                self._fetching.result()  # raises what ended it
            is_old = self._clock.monotonic_s() - self._compared_s >= self._params.compare_s
            if is_old or abs(self._host_offset_s() - self._compared_offset_s) > self._params.clock_set_s:
                await self._compare_clocks()
            patience_s = self._params.silence_s if self._is_streaming else self._params.idle_s
            silent_since_s = self._last_sign_s
            if self._now_s() - silent_since_s > self._patience_s(patience_s):
                await self._look()
                if self._is_streaming and self._last_sign_s == silent_since_s:
                    return "the stream fell silent"
                self._last_sign_s = self._now_s()

    async def ask(self, request: Request) -> None:
        """Send a command; raises :class:`LinkError` if the strip will not or does not answer."""
        await self._requests.ask(request, within_s=self._patience_s(self._params.answer_s))

    def dropped(self, why: str = "the connection dropped") -> None:
        """Take note that the client is no longer connected."""
        if not self._dropped.is_set():
            self._why_dropped = why
            self._dropped.set()

    async def say_stop(self) -> None:
        """Ask a strip that streams to stop; raises what :meth:`ask` and the client raise."""
        if self._is_open and not self._dropped.is_set():
            await self._requests.ask(Stop(), within_s=self._params.farewell_s)

    async def close(self, within_s: float) -> None:
        """Hang up, even after a drop: only that makes BlueZ forget the old subscriptions."""
        self._is_over = True
        self._backfill.disconnected()
        if self._fetching is not None:
            self._fetching.cancel()
            await asyncio.gather(self._fetching, return_exceptions=True)
        async with asyncio.timeout(within_s):
            await self._client.disconnect()

    async def _look(self) -> None:
        """Read the strip's status."""
        self._on_status(None, await self._read(gatt.STATUS))

    async def _compare_clocks(self) -> None:
        """Measure the strip's clock, tell the strip the time, and put an anchor into the inbox."""
        trips: list[RoundTrip] = []
        time: TimeReply | None = None
        while len(trips) < self._params.round_trips:
            answer = await self._requests.ask(GetTime(), within_s=self._patience_s(self._params.answer_s))
            assert isinstance(answer.response.reply, TimeReply)  # so the codec reads an ok to get_time
            time = answer.response.reply
            trips.append(RoundTrip(time.boot, time.ticks, answer.sent_utc_ns, answer.received_utc_ns))
        anchor = best_anchor(trips)
        await self.ask(SetAnchor((self._clock.utc_ns() + anchor.bound_ns) // 1_000_000))
        self._compared_s, self._compared_offset_s = self._clock.monotonic_s(), self._host_offset_s()
        assert time is not None  # there is at least one round trip
        self._inbox.put(Anchored(anchor, time))

    async def _ask_for_boots(self) -> None:
        """Put what the strip's memory holds into the inbox; a strip that cannot say has nothing to offer.

        That is put there too: the consumer need not wait for more.
        """
        try:
            answer = await self._requests.ask(GetBoots(), within_s=self._patience_s(self._params.answer_s))
        except CommandRefusedError:
            self._inbox.put(Offered(()))
            return
        assert isinstance(answer.response.reply, BootsReply)  # so the codec reads an ok to get_boots
        boots = answer.response.reply.boots
        self._backfill.offered(boots)
        self._inbox.put(Offered(boots, is_whole=len(boots) < boots_that_fit(self._att_mtu)))

    def _host_offset_s(self) -> float:
        """Return how far the host's UTC is from its steady clock: it changes when UTC is set, or slewed."""
        return self._clock.utc_ns() / 1e9 - self._clock.monotonic_s()

    def _check_width(self) -> None:
        characteristic = self._client.services.get_characteristic(gatt.CONTROL)
        if characteristic is None:
            raise NotConnectedError(
                "the device has no control characteristic: it is no strip of this version"
            )
        # Unlike mtu_size, this is right at once with BlueZ.
        self._att_mtu = att_mtu = (
            characteristic.max_write_without_response_size + ATT_NOTIFICATION_HEADER_SIZE
        )
        if att_mtu < MIN_ATT_MTU:
            raise NarrowLinkError(
                f"the link carries {att_mtu} bytes at a time and a sample needs {MIN_ATT_MTU}: "
                "use an adapter with Bluetooth 4.2 or later"
            )

    async def _read(self, uuid: str) -> bytearray:
        async with asyncio.timeout(self._patience_s(self._params.answer_s)):
            return await self._client.read_gatt_char(uuid)

    async def _write(self, data: bytes) -> None:
        await self._client.write_gatt_char(gatt.CONTROL, data, response=True)

    def _on_motion(self, _: object, data: bytearray) -> None:
        if not self._is_over:
            self._inbox.put(Arrival(self._clock.utc_ns(), bytes(data)))
            self._last_sign_s = self._now_s()

    def _on_answer(self, _: object, data: bytearray) -> None:
        if not self._is_over:
            self._requests.heard(bytes(data), self._clock.utc_ns())

    def _on_status(self, _: object, data: bytearray) -> None:
        if self._is_over:
            return
        try:
            known = status.decode(data)
        except status.StatusError:
            return  # the next one will do
        self._is_streaming = known.streaming
        self._inbox.put(StatusChanged(known))

    def _patience_s(self, duration_s: float) -> float:
        return patience_s(self._clock, duration_s)

    @staticmethod
    def _now_s() -> float:
        return asyncio.get_running_loop().time()

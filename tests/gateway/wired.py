"""The strip's own firmware and the home, joined by a wire instead of a radio: hours pass in seconds.

Everything but Bluetooth is the real thing. Time goes on only in :meth:`Wire.pass_time`.
"""

import asyncio
import contextlib
from collections.abc import Callable
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from firmware_sim.device import Device, DeviceParams, StripState
from firmware_sim.flash import FlashMemory
from firmware_sim.person.source import PersonSource
from firmware_sim.scenarios import scenario
from gateway.link.connection import LinkParams, StripConnection
from gateway.link.errors import LinkError
from gateway.link.fetch import FetchParams
from gateway.link.inbox import Inbox
from gateway.wire import frame as frames
from gateway.wire import gatt, status
from gateway.wire.control import Opcode, Response, Result, encode_response

START_NS = 1_800_000_000_000_000_000
ATT_MTU = 247
_STEP_S = 0.25
PARAMS = LinkParams(fetch=FetchParams(silence_s=0.05, busy_s=0.02))


@dataclass
class SteppedClock:
    """A clock that goes on when it is told to."""

    now_s: float = 0.0
    step_ns: int = 0
    speed: float = 1.0

    def utc_ns(self) -> int:
        return START_NS + self.step_ns + round(self.now_s * 1e9)

    def monotonic_s(self) -> float:
        return self.now_s

    def wall_s(self, duration_s: float) -> float:
        return 0.0 * duration_s


@dataclass
class Repeated:
    """A person who does the same again and again."""

    name: str = "lifts"
    raw: NDArray[np.int16] = field(init=False)

    def __post_init__(self) -> None:
        one = scenario(self.name, 1)
        self.raw = PersonSource(one).read(0, round(one.duration_s * 100))

    single_pod = False
    duration_s = None

    def read(self, first: int, count: int) -> NDArray[np.int16]:
        return self.raw[np.arange(first, first + count) % len(self.raw)]


Fault = Callable[[bytes], list[bytes]]
"""What becomes of a notification on its way."""


@dataclass
class Wire:
    """One strip and one home; `fault` is what the wire does to frames."""

    home: Any
    source: Repeated
    clock: SteppedClock = field(default_factory=SteppedClock)
    fault: Fault = lambda data: [data]
    params: DeviceParams = field(default_factory=DeviceParams)
    link: LinkParams = PARAMS
    refused: dict[Opcode, Result | None] = field(default_factory=dict)
    """What the strip will not do, and what it answers; None: nothing."""

    def __post_init__(self) -> None:
        self.memory = FlashMemory.blank(12)
        self.state = StripState()
        self.boot()
        self.lags_s: list[float] = []

    def boot(self) -> None:
        """Start the strip, as after a reset."""
        self.began_s = self.clock.now_s
        self.device = Device(self.params, self.source, self.memory, self.state, self.clock.utc_ns())

    def sleep(self, duration_s: float) -> None:
        """Let time pass while nobody listens."""
        self.clock.now_s += duration_s
        self.device.advance(self.clock.now_s - self.began_s)

    @contextlib.asynccontextmanager
    async def connected(self) -> Any:
        """Connect, and hang up at the end; gives a function that lets time pass."""
        inbox, client = Inbox(), _Client(self)
        connection = StripConnection(client, self.clock, inbox, self.home.backfill, self.link)  # type: ignore[arg-type]
        try:
            await connection.open(None)
        except LinkError:
            await connection.close(1.0)
            self.consume(inbox)
            raise

        async def pass_time(duration_s: float) -> None:
            until_s = self.clock.now_s + duration_s
            while self.clock.now_s < until_s:
                self.sleep(min(_STEP_S, until_s - self.clock.now_s))
                client.deliver()
                for _ in range(4):
                    await asyncio.sleep(0)
                self.consume(inbox)
                fetching = connection._fetching
                if fetching is not None and fetching.done():
                    fetching.result()  # raises what ended it, as `watch` does

        self.consume(inbox)
        yield pass_time
        await connection.close(1.0)

    def consume(self, inbox: Inbox) -> None:
        items, inbox._items, inbox._frames = list(inbox._items), type(inbox._items)(), 0
        self.home.strip.take(items)
        self.home.strip.work()
        self.home.strip.pass_time(self.clock.now_s)
        last_ns = self.home.present.last_sample_ns
        if last_ns is not None:
            self.lags_s.append((self.clock.utc_ns() - last_ns) / 1e9)


class _Client:
    """What a connection needs of a Bluetooth client."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire
        self._heard: dict[str, Callable[[Any, bytearray], None]] = {}
        self._told: tuple[bool, bool] | None = None
        self.services = SimpleNamespace(
            get_characteristic=lambda _: SimpleNamespace(max_write_without_response_size=ATT_MTU - 3)
        )

    async def connect(self) -> None:
        pass

    async def pair(self) -> None:
        pass

    async def disconnect(self) -> None:
        self._wire.device.disconnected()
        self._heard.clear()

    async def read_gatt_char(self, uuid: str, /) -> bytearray:
        if uuid == gatt.SERIAL_NUMBER:
            return bytearray(b"LM-000001")
        return bytearray(status.encode(self._wire.device.status()))

    async def write_gatt_char(self, uuid: str, data: bytes, /, *, response: bool) -> None:
        assert response
        opcode = Opcode(data[1])
        answer: bytes | None
        if opcode not in self._wire.refused:
            answer = self._wire.device.control(data, ATT_MTU)
        elif (result := self._wire.refused[opcode]) is not None:
            answer = encode_response(Response(data[0], opcode, result))
        else:
            return
        assert answer is not None
        asyncio.get_running_loop().call_soon(self._heard[uuid], None, bytearray(answer))

    async def start_notify(self, uuid: str, callback: Callable[[Any, bytearray], None], /) -> None:
        self._heard[uuid] = callback

    def deliver(self) -> None:
        while (frame := self._wire.device.next_frame(ATT_MTU)) is not None:
            for data in self._wire.fault(frames.encode(frame)):
                self._heard[gatt.MOTION](None, bytearray(data))
        now = self._wire.device.status()
        if self._told != (now.worn, now.streaming):
            self._told = now.worn, now.streaming
            self._heard[gatt.STATUS](None, bytearray(status.encode(now)))

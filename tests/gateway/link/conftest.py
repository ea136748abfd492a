import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np
import pytest
from bleak.backends.characteristic import BleakGATTCharacteristic
from bleak.backends.client import BaseBleakClient
from bleak.backends.scanner import AdvertisementData, BaseBleakScanner
from bleak.backends.service import BleakGATTService, BleakGATTServiceCollection
from bleak.exc import BleakError

from gateway.link.reassembly import Arrival
from gateway.wire import status
from gateway.wire.control import (
    AnchorReply,
    GetTime,
    Reply,
    Request,
    Response,
    Result,
    SetAnchor,
    Start,
    Stop,
    TimeReply,
    decode_request,
    encode_response,
)
from gateway.wire.frame import Frame, encode
from gateway.wire.gatt import CONTROL, LUMBAR_MOTION_SERVICE, MOTION, SERIAL_NUMBER, STATUS

START_NS = 1_800_000_000_000_000_000


@pytest.fixture
def frame_at() -> Callable[..., Arrival]:
    """An intact frame of consecutive samples; each sample's values are its index."""

    def make(
        first_sample: int,
        count: int = 9,
        *,
        boot: int = 4,
        ticks: int | None = None,
        button: bool = False,
        backfill: bool = False,
        single_pod: bool = False,
    ) -> Arrival:
        columns = 6 if single_pod else 12
        values = np.repeat(np.arange(first_sample, first_sample + count), columns).astype("<u4")
        frame = Frame(
            boot=boot,
            first_sample=first_sample,
            ticks=(1000 + round(first_sample * 327.68) if ticks is None else ticks) % 2**32,
            samples=(values % 30_000).astype("<i2").tobytes(),
            backfill=backfill,
            button=button,
            single_pod=single_pod,
        )
        return Arrival(START_NS + (first_sample + count) * 10_000_000, encode(frame))

    return make


@dataclass
class FakeStrip:
    """A strip for `FakeBluetooth`: answers as the protocol says, and has the faults a test gives it."""

    serial: str = "LM-000001"
    address: str = "C0:00:00:00:00:01"
    att_mtu: int = 247
    boot: int = 4
    is_mute: bool = False
    """Sends no frames although it says it streams."""
    is_deaf: bool = False
    """Answers nothing: reads and writes hang."""
    refuses: bool = False
    """Connections fail."""
    is_vanishing: bool = False
    """BlueZ forgets it while it is being connected."""
    is_paired: bool = False
    is_open: bool = False
    """Lets itself be paired, and says so."""
    has_lost_bond: bool = False
    """Connections fail until the other side has forgotten its half of the bond."""
    is_idle: bool = False
    """Has nothing to stream and says so."""
    written: list[Request] = field(default_factory=list)
    log: list[str] = field(default_factory=list)
    sample: int = 0
    is_streaming: bool = False

    def ticks(self) -> int:
        return round(time.monotonic() * 32768) % 2**32

    def status(self) -> bytes:
        return status.encode(status.Status(80, self.boot, 1, 0, self.sample, 0, streaming=self.is_streaming))

    def frame(self) -> bytes:
        frame = Frame(self.boot, self.sample, self.ticks(), bytes(9 * 24))
        self.sample += 9
        return encode(frame)

    def answer(self, data: bytes) -> bytes:
        txn, request = decode_request(data)
        self.written.append(request)
        reply: Reply | None = None
        match request:
            case GetTime():
                reply = TimeReply(self.boot, self.ticks(), self.sample)
            case SetAnchor():
                reply = AnchorReply(self.boot, self.ticks())
            case Start():
                self.is_streaming = not self.is_idle
            case Stop():
                self.is_streaming = False
            case _:
                pass
        return encode_response(Response(txn, request.opcode, Result.OK, reply))


class FakeBluetooth:
    """A Bluetooth adapter for bleak with strips in range, and without any radio below."""

    def __init__(self, *strips: FakeStrip) -> None:
        self.strips = list(strips)
        self.error: Exception | None = None
        self.when_stopping: Callable[[], Awaitable[None]] | None = None
        """What the stack does when a scan is to stop; it must not take long."""
        air = self

        class Scanner(BaseBleakScanner):
            def __init__(self, callback: Any, service_uuids: list[str] | None, mode: Any, **_: Any) -> None:
                super().__init__(callback, service_uuids)
                self._task: asyncio.Task[None] | None = None

            async def start(self) -> None:
                if air.error is not None:
                    raise air.error
                self.seen_devices = {}
                self._task = asyncio.create_task(self._hear())

            async def stop(self) -> None:
                assert self._task is not None
                self._task.cancel()
                if air.when_stopping is not None:
                    await air.when_stopping()

            async def _hear(self) -> None:
                while True:
                    for strip in air.strips:
                        flags = {"AdvertisingFlags": b"\x05" if strip.is_open else b"\x06"}
                        data = AdvertisementData(
                            "strip", {}, {}, [LUMBAR_MOTION_SERVICE], None, -40, ("path", flags)
                        )
                        device = self.create_or_update_device(
                            strip.address, strip.address, "strip", strip, data
                        )
                        self.call_detection_callbacks(device, data)
                    await asyncio.sleep(0.005)

        self.scanner = Scanner
        self.client = FakeClient


class FakeClient(BaseBleakClient):
    clients: ClassVar[list["FakeClient"]] = []

    def __init__(self, device: Any, services: Any = None, **kwargs: Any) -> None:
        super().__init__(
            device, disconnected_callback=kwargs["disconnected_callback"], timeout=kwargs["timeout"]
        )
        self.strip: FakeStrip = device.details
        self.callbacks: dict[str, Callable[[bytearray], None]] = {}
        self._is_up = False
        self._streaming: asyncio.Task[None] | None = None
        self.clients.append(self)

    name = property(lambda self: self.strip.serial)
    mtu_size = property(lambda self: 23)  # what BlueZ says
    is_connected = property(lambda self: self._is_up)

    async def connect(self, pair: bool, **_: Any) -> None:
        assert not pair, "not before it is known whose strip it is"
        self.strip.log.append("connect")
        if self.strip.refuses or self.strip.has_lost_bond:
            raise BleakError("le-connection-abort-by-local")
        if self.strip.is_vanishing:
            raise KeyError("/org/bluez/hci0/dev_C0_00_00_00_00_01")
        self._is_up = True
        service = BleakGATTService(None, 1, LUMBAR_MOTION_SERVICE)
        self.services = BleakGATTServiceCollection()
        self.services.add_service(service)
        for handle, uuid in enumerate([MOTION, CONTROL, STATUS, SERIAL_NUMBER], start=2):
            self.services.add_characteristic(
                BleakGATTCharacteristic(None, handle, uuid, [], lambda: self.strip.att_mtu - 3, service)
            )

    async def disconnect(self) -> None:
        self.strip.log.append("disconnect")
        self.drop()

    def drop(self) -> None:
        """What a lost link does."""
        was_up, self._is_up = self._is_up, False
        self.strip.is_streaming = False
        if self._streaming is not None:
            self._streaming.cancel()
            self._streaming = None
        if was_up and self._disconnected_callback is not None:
            self._disconnected_callback()

    async def pair(self, *_: Any, **__: Any) -> None:
        self.strip.is_paired = True

    async def unpair(self) -> None:
        self.strip.log.append("unpair")
        self.strip.has_lost_bond = not self.strip.is_open

    async def read_gatt_char(self, characteristic: Any, **_: Any) -> bytearray:
        await self._ready()
        return bytearray(
            self.strip.serial.encode() if characteristic.uuid == SERIAL_NUMBER else self.strip.status()
        )

    async def write_gatt_char(self, characteristic: Any, data: Any, response: bool) -> None:
        assert characteristic.uuid == CONTROL
        assert response
        await self._ready()
        answer = self.strip.answer(bytes(data))
        self.callbacks[CONTROL](bytearray(answer))
        if self.strip.is_streaming and self._streaming is None:
            self._streaming = asyncio.create_task(self._stream())

    async def start_notify(self, characteristic: Any, callback: Any, **_: Any) -> None:
        await self._ready()
        self.callbacks[characteristic.uuid] = callback

    async def stop_notify(self, characteristic: Any) -> None: ...

    async def read_gatt_descriptor(self, descriptor: Any, **_: Any) -> bytearray:
        raise NotImplementedError

    async def write_gatt_descriptor(self, descriptor: Any, data: Any) -> None:
        raise NotImplementedError

    async def _ready(self) -> None:
        if self.strip.is_deaf:
            await asyncio.sleep(3600)
        if not self._is_up:
            raise BleakError("not connected")
        await asyncio.sleep(0.001)

    async def _stream(self) -> None:
        while self.strip.is_streaming:
            if not self.strip.is_mute:
                self.callbacks[MOTION](bytearray(self.strip.frame()))
            await asyncio.sleep(0.01)


@pytest.fixture
def fake_strip() -> type[FakeStrip]:
    return FakeStrip


@pytest.fixture
def fake_bluetooth() -> type[FakeBluetooth]:
    FakeClient.clients.clear()
    return FakeBluetooth

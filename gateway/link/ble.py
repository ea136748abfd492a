"""The link to a strip over Bluetooth LE: finds it, connects, and comes back whenever it was lost.

The only module that imports bleak. Without a backend it is bleak's own for this computer (BlueZ, Windows,
macOS); the command line injects another for the virtual radio, and everything here stays the same.

What experience with bleak and BlueZ asks for is done here or in `gateway.link.connection`: a scan before each
connection attempt, and one at a time; a new client for each; `disconnect()` after every drop, bounded, before
anything else; callbacks of former clients ignored. Strips are told apart by serial number, since macOS hides
addresses and a strip may change its own; addresses only say whom to try first and whom to leave alone.

Not done yet: a pairing agent of our own (BlueZ without one refuses to pair: a desktop has one, a headless
computer needs ``bluetoothctl`` with ``agent NoInputNoOutput`` once), and pairing anew by itself after a bond
was lost on one side.
"""

import asyncio
import contextlib
from collections import deque
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any, Protocol

from bleak import BleakClient, BleakScanner
from bleak.backends.client import BaseBleakClient
from bleak.backends.device import BLEDevice
from bleak.backends.scanner import AdvertisementData, BaseBleakScanner
from bleak.exc import BleakBluetoothNotAvailableError, BleakDBusError, BleakError

from gateway.link.backfill import Backfill
from gateway.link.connection import LinkParams, StripConnection, patience_s
from gateway.link.errors import LinkError, NoAdapterError, NotConnectedError, StrangerError
from gateway.link.inbox import Inbox, Item, LinkChanged
from gateway.link.reconnect import LINK_STATES, Happening, Reconnect, ReconnectParams, State
from gateway.wire.control import Identify, Pattern, Request, Vibrate
from gateway.wire.errors import WireError
from gateway.wire.gatt import LUMBAR_MOTION_SERVICE
from gateway.wire.timebase import Clock

LINK_FAILURES = (BleakError, LinkError, WireError, OSError, EOFError)
"""What a failed attempt may raise: bleak's, ours, and what the D-Bus below bleak lets through (a TimeoutError
is an OSError)."""

_SHORTEST_PAUSE_S = 0.05
_STRANGERS = 64


class BluetoothBackend(Protocol):
    """A Bluetooth adapter other than the computer's own."""

    @property
    def scanner(self) -> type[BaseBleakScanner]:
        """What to pass as ``backend=`` to bleak's scanner."""
        ...

    @property
    def client(self) -> type[BaseBleakClient]:
        """What to pass as ``backend=`` to bleak's client."""
        ...


@dataclass(frozen=True, slots=True)
class FoundStrip:
    """A device that offers the strip's service: where, what it calls itself, how loud it is."""

    address: str
    name: str
    rssi_dbm: int


async def find_strips(duration_s: float, backend: BluetoothBackend | None = None) -> list[FoundStrip]:
    """Return the strips in range, loudest first, after listening for `duration_s` of the computer.

    Raises
    ------
    NoAdapterError
        If there is no Bluetooth.
    """
    found: dict[str, FoundStrip] = {}

    def seen(device: BLEDevice, advertisement: AdvertisementData) -> None:
        name = advertisement.local_name or device.name or ""
        found[device.address] = FoundStrip(device.address, name, advertisement.rssi)

    try:
        async with _scanner(seen, backend):
            await asyncio.sleep(duration_s)
    except LINK_FAILURES as error:
        raise _no_adapter(error) from error
    return sorted(found.values(), key=lambda strip: -strip.rssi_dbm)


class StripLink:
    """Keeps one strip connected and streaming, from :meth:`run` until :meth:`stop`.

    Parameters
    ----------
    clock
        The product's clock.
    serial
        The strip's serial number; None: the first strip that lets itself be paired, and that one from then
        on.
    backend
        A Bluetooth adapter other than the computer's own.
    backfill
        What is wanted from the strip's memory.
    params, reconnect
        Time constants.
    """

    def __init__(
        self,
        clock: Clock,
        *,
        serial: str | None = None,
        backend: BluetoothBackend | None = None,
        backfill: Backfill | None = None,
        params: LinkParams | None = None,
        reconnect: ReconnectParams | None = None,
    ) -> None:
        self._clock = clock
        self._serial = serial
        self._backend = backend
        self._params = params or LinkParams()
        self._machine = Reconnect(reconnect or ReconnectParams())
        self._inbox = Inbox()
        self._backfill = backfill or Backfill()
        self._address: str | None = None
        self._strangers: deque[str] = deque(maxlen=_STRANGERS)
        self._connection: StripConnection | None = None
        self._is_running = False
        self._stopping = asyncio.Event()
        self._finished = asyncio.Event()

    @property
    def serial(self) -> str | None:
        """The strip's serial number, once known."""
        return self._serial

    @property
    def state(self) -> State:
        """Where the link is."""
        return self._machine.state

    @property
    def overflowed_frames(self) -> int:
        """Frames dropped because the consumer of :meth:`batches` was far behind."""
        return self._inbox.overflowed_frames

    def batches(self) -> AsyncIterator[list[Item]]:
        """Yield what happens, in order, as often as something does; ends when the link has stopped."""
        return self._inbox.batches()

    async def run(self) -> None:
        """Keep the strip connected until :meth:`stop`; Bluetooth and strip may come whenever they like."""
        self._is_running = True
        life = asyncio.create_task(self._live())
        stopping = asyncio.create_task(self._stopping.wait())
        try:
            await asyncio.wait({life, stopping}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            self._stopping.set()
            stopping.cancel()
            life.cancel()
            # A stack that does not answer may hold this up where no time limit of ours reaches.
            await asyncio.wait({life}, timeout=2 * self._params.farewell_s)
            self._move(Happening.STOPPED, "stopped")
            self._inbox.close()
            self._finished.set()
        if life.done() and not life.cancelled():
            life.result()

    async def stop(self) -> None:
        """Tell the strip to stop, hang up, and make :meth:`run` return; takes a second at the most."""
        self._stopping.set()
        if self._is_running:
            await self._finished.wait()

    async def vibrate(self, pattern: Pattern) -> None:
        """Run the strip's motor; raises :class:`LinkError` if it did not."""
        await self._ask(Vibrate(pattern))

    async def identify(self) -> None:
        """Let the strip make itself felt; raises :class:`LinkError` if it did not."""
        await self._ask(Identify())

    async def _ask(self, request: Request) -> None:
        if self._connection is None or self.state is not State.STREAMING:
            raise NotConnectedError("no strip is connected at the moment")
        try:
            await self._connection.ask(request)
        except LinkError:
            raise
        except LINK_FAILURES as error:
            raise LinkError(f"the strip could not be asked: {_text(error)}") from error

    async def _live(self) -> None:
        # Looked at in each round, as a stack that fails to tidy up can swallow the cancellation.
        while not self._stopping.is_set():
            await self._pause()
            self._move(Happening.DUE, "looking for the strip")
            device = await self._find()
            if device is not None:
                self._move(Happening.FOUND, f"found {device.address}")
                await self._converse(device)

    async def _pause(self) -> None:
        await asyncio.sleep(max(self._clock.wall_s(self._machine.pause_s), _SHORTEST_PAUSE_S))

    async def _find(self) -> BLEDevice | None:
        """Return a device to connect to: the strip's last address if it is heard, else any but strangers."""
        others: dict[str, BLEDevice] = {}
        found: asyncio.Future[BLEDevice] = asyncio.get_running_loop().create_future()

        def seen(device: BLEDevice, _: AdvertisementData) -> None:
            if device.address in self._strangers or found.done():
                return
            others[device.address] = device
            if self._address in {None, device.address}:
                found.set_result(device)

        try:
            async with _scanner(seen, self._backend):
                await asyncio.wait({found}, timeout=patience_s(self._clock, self._params.scan_s))
        except LINK_FAILURES as error:
            if _is_absence(error):
                self._move(Happening.NO_ADAPTER, str(_no_adapter(error)))
            else:
                self._move(Happening.FAILED, f"cannot scan: {_text(error)}")
            return None
        device = found.result() if found.done() else next(iter(others.values()), None)
        if device is None:
            self._move(Happening.NOT_FOUND, "no strip in range")
        return device

    async def _converse(self, device: BLEDevice) -> None:
        """Connect and listen until the connection ends, one way or the other."""
        client = BleakClient(
            device,
            disconnected_callback=lambda _: connection.dropped(),
            pair=True,
            timeout=patience_s(self._clock, self._params.connect_s),
            winrt={"use_cached_services": False},
            **_backend_argument(self._backend.client if self._backend else None),
        )
        connection = StripConnection(client, self._clock, self._inbox, self._backfill, self._params)
        outcome, reason = Happening.FAILED, ""
        try:
            serial = await connection.open(self._serial)
            self._serial, self._address = serial, device.address
            self._connection = connection
            outcome = Happening.DROPPED
            self._move(Happening.CONNECTED, f"connected to {serial}")
            reason = await connection.watch()
        except StrangerError as error:
            self._strangers.append(device.address)
            reason = str(error)
        except LINK_FAILURES as error:
            reason = _text(error)
        finally:
            self._connection = None
            await self._hang_up(connection)
        self._move(outcome, reason)

    async def _hang_up(self, connection: StripConnection) -> None:
        """Disconnect, whatever state the stack is in; say `stop` first if the gateway stops."""
        within_s = self._params.disconnect_s
        if self._stopping.is_set():
            within_s = self._params.farewell_s
            with contextlib.suppress(*LINK_FAILURES):
                await connection.say_stop()
        with contextlib.suppress(*LINK_FAILURES):
            await connection.close(within_s)

    def _move(self, happening: Happening, reason: str) -> None:
        if self._finished.is_set():  # what a stack had held up comes too late
            return
        state = self._machine.on(happening, self._clock.monotonic_s())
        self._inbox.put(LinkChanged(LINK_STATES[state], reason))


def _scanner(callback: Any, backend: BluetoothBackend | None) -> BleakScanner:
    return BleakScanner(
        callback,
        service_uuids=[LUMBAR_MOTION_SERVICE],
        **_backend_argument(backend.scanner if backend else None),
    )


def _backend_argument(backend: type | None) -> dict[str, Any]:
    return {} if backend is None else {"backend": backend}


def _is_absence(error: Exception) -> bool:
    """Whether a scan failed because there is nothing to scan with: no adapter, no BlueZ, no D-Bus."""
    if isinstance(error, BleakDBusError):
        return error.dbus_error.startswith("org.freedesktop.DBus.Error.")
    return isinstance(error, BleakBluetoothNotAvailableError | OSError | EOFError)


def _no_adapter(error: Exception) -> NoAdapterError:
    if isinstance(error, BleakBluetoothNotAvailableError):
        what = str(error.args[0])
    elif isinstance(error, OSError):
        what = "the system's message bus, through which Bluetooth is reached, does not answer"
    else:
        what = _text(error)
    return NoAdapterError(
        f"no Bluetooth to use: {what.strip().rstrip('.')}. Plug in or switch on an adapter and start the "
        "bluetooth service or set [bluetooth] virtual_radio"
    )


def _text(error: BaseException) -> str:
    if isinstance(error, TimeoutError):
        return "the strip or the Bluetooth stack does not answer"
    lines = str(error).strip().splitlines()
    return lines[0] if lines else type(error).__name__

"""The link to a strip over Bluetooth LE: finds it, connects, and comes back whenever it was lost.

The only module that talks to bleak. Without a backend it is bleak's own for this computer (BlueZ, Windows,
macOS); the command line injects another for the virtual radio, and everything here stays the same.

A strip is asked who it is before it is paired with: the first pairing closes it, and a neighbour's new strip
is not ours to close.

What experience with bleak and BlueZ asks for is done here or in `gateway.link.connection`: a scan before each
connection attempt, and one at a time; a new client for each; `disconnect()` after every drop, bounded, before
anything else; callbacks of former clients ignored. Strips are told apart by serial number, since macOS hides
addresses and a strip may change its own; addresses only say whom to try first and whom to leave alone.

A bond that one side has lost is mended only while a person wants it. A strip says in its advertisements that
its button was held, or that it knows nobody; when connecting to such a strip fails twice, this computer's
bond is forgotten, and the next attempt pairs anew. With a strip that says nothing of the kind the bond stays,
whatever fails: else a neighbour's radio could talk us out of it. Where this computer has lost the bond the
strip refuses to pair until its button is held; an attempt at least every half minute meets that window.
"""

import asyncio
import contextlib
import sys
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Any, Protocol

from bleak import BleakClient, BleakScanner
from bleak.backends.client import BaseBleakClient
from bleak.backends.device import BLEDevice
from bleak.backends.scanner import AdvertisementData, BaseBleakScanner

from gateway.link.backfill import Backfill
from gateway.link.connection import LinkParams, StripConnection, patience_s
from gateway.link.errors import LinkError, NotConnectedError, StrangerError
from gateway.link.faults import LINK_FAILURES, is_absence, no_adapter, one_line
from gateway.link.inbox import Inbox, Item, LinkChanged
from gateway.link.reconnect import LINK_STATES, Happening, Reconnect, ReconnectParams, State
from gateway.wire.control import Identify, Pattern, Request, Vibrate
from gateway.wire.gatt import LUMBAR_MOTION_SERVICE, is_open_for_pairing
from gateway.wire.timebase import Clock

_SHORTEST_PAUSE_S = 0.05
_STRANGERS = 64
_FAILURES_OF_A_LOST_BOND = 2
"""A first failure may be the air's [ours]."""


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


class BluetoothStack(Protocol):
    """What a computer's Bluetooth stack needs that bleak leaves to others."""

    def pairing(self, address: str) -> AbstractAsyncContextManager[None]:
        """Let the device of this address be paired with, for as long as this lasts."""
        ...

    async def watch(self, ended: Callable[[], None]) -> None:
        """Call `ended` whenever the stack ends without a word; runs until cancelled."""
        ...


class NoStack:
    """A stack that needs nothing besides."""

    def pairing(self, address: str) -> AbstractAsyncContextManager[None]:
        """Do nothing."""
        del address
        return contextlib.nullcontext()

    async def watch(self, ended: Callable[[], None]) -> None:
        """Do nothing."""


def own_stack(backend: BluetoothBackend | None) -> BluetoothStack:
    """Return the stack beside bleak: BlueZ where bleak uses that, else one that needs nothing."""
    if backend is not None or sys.platform != "linux":
        return NoStack()
    from gateway.link.bluez import BlueZ  # its D-Bus is there on Linux only

    return BlueZ()


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
        raise no_adapter(error) from error
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
    stack
        What the adapter's stack needs besides; None: nothing.
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
        stack: BluetoothStack | None = None,
        backfill: Backfill | None = None,
        params: LinkParams | None = None,
        reconnect: ReconnectParams | None = None,
    ) -> None:
        self._clock = clock
        self._serial = serial
        self._backend = backend
        self._stack = stack or NoStack()
        self._params = params or LinkParams()
        self._machine = Reconnect(reconnect or ReconnectParams())
        self._inbox = Inbox()
        self._backfill = backfill or Backfill()
        self._address: str | None = None
        self._strangers: deque[str] = deque(maxlen=_STRANGERS)
        self._failures_while_open = 0
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
        watching = asyncio.create_task(self._stack.watch(self._stack_ended))
        try:
            await asyncio.wait({life, stopping}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            self._stopping.set()
            stopping.cancel()
            watching.cancel()
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
            raise LinkError(f"the strip could not be asked: {one_line(error)}") from error

    async def _live(self) -> None:
        # Looked at in each round, as a stack that fails to tidy up can swallow the cancellation.
        while not self._stopping.is_set():
            await self._pause()
            self._move(Happening.DUE, "looking for the strip")
            found = await self._find()
            if found is not None:
                device, advertisement = found
                self._move(Happening.FOUND, f"found {device.address}")
                await self._converse(device, may_pair=_is_open_for_pairing(advertisement))

    async def _pause(self) -> None:
        await asyncio.sleep(max(self._clock.wall_s(self._machine.pause_s), _SHORTEST_PAUSE_S))

    async def _find(self) -> tuple[BLEDevice, AdvertisementData] | None:
        """Return a device to connect to: the strip's last address if it is heard, else any but strangers."""
        others: dict[str, tuple[BLEDevice, AdvertisementData]] = {}
        found: asyncio.Future[tuple[BLEDevice, AdvertisementData]] = (
            asyncio.get_running_loop().create_future()
        )

        def seen(device: BLEDevice, advertisement: AdvertisementData) -> None:
            if device.address in self._strangers or found.done():
                return
            others[device.address] = device, advertisement
            if self._address in {None, device.address}:
                found.set_result((device, advertisement))

        try:
            async with _scanner(seen, self._backend):
                await asyncio.wait({found}, timeout=patience_s(self._clock, self._params.scan_s))
        except LINK_FAILURES as error:
            if is_absence(error):
                self._move(Happening.NO_ADAPTER, str(no_adapter(error)))
            else:
                self._move(Happening.FAILED, f"cannot scan: {one_line(error)}")
            return None
        one = found.result() if found.done() else next(iter(others.values()), None)
        if one is None:
            self._move(Happening.NOT_FOUND, "no strip in range")
        return one

    async def _converse(self, device: BLEDevice, *, may_pair: bool) -> None:
        """Connect and listen until the connection ends, one way or the other."""
        client = BleakClient(
            device,
            disconnected_callback=lambda _: connection.dropped(),
            timeout=patience_s(self._clock, self._params.connect_s),
            winrt={"use_cached_services": False},
            **_backend_argument(self._backend.client if self._backend else None),
        )
        connection = StripConnection(client, self._clock, self._inbox, self._backfill, self._params)
        outcome, reason = Happening.FAILED, ""
        try:
            async with self._stack.pairing(device.address):
                serial = await connection.open(self._serial)
            self._serial, self._address = serial, device.address
            self._connection = connection
            outcome = Happening.DROPPED
            self._failures_while_open = 0
            self._move(Happening.CONNECTED, f"connected to {serial}")
            reason = await connection.watch()
        except StrangerError as error:
            self._strangers.append(device.address)
            outcome, reason = Happening.NOT_FOUND, str(error)
        except LINK_FAILURES as error:
            reason = one_line(error)
        finally:
            self._connection = None
            await self._hang_up(connection)
        if outcome is Happening.FAILED and may_pair:
            reason += await self._mend_bond(client)
        self._move(outcome, reason)

    async def _mend_bond(self, client: BleakClient) -> str:
        """Forget our half of a bond that a strip which lets itself be paired seems to have lost."""
        self._failures_while_open += 1
        if self._failures_while_open < _FAILURES_OF_A_LOST_BOND:
            return ""
        self._failures_while_open = 0
        with contextlib.suppress(*LINK_FAILURES):
            async with asyncio.timeout(self._params.disconnect_s):
                await client.unpair()
        return "; it lets itself be paired, so it is paired anew"

    def _stack_ended(self) -> None:
        if self._connection is not None:
            self._connection.dropped("the computer's Bluetooth service has ended")

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


def _is_open_for_pairing(advertisement: AdvertisementData) -> bool:
    """Whether a strip says that it may be paired; False where the system does not pass that on."""
    properties = next((one for one in advertisement.platform_data if isinstance(one, dict)), {})
    return is_open_for_pairing(bytes(properties.get("AdvertisingFlags", b"")))


def _scanner(callback: Any, backend: BluetoothBackend | None) -> BleakScanner:
    return BleakScanner(
        callback,
        service_uuids=[LUMBAR_MOTION_SERVICE],
        **_backend_argument(backend.scanner if backend else None),
    )


def _backend_argument(backend: type | None) -> dict[str, Any]:
    return {} if backend is None else {"backend": backend}

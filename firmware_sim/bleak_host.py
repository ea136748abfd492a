"""The Bluetooth host behind the bleak backend: one Bumble device that scanners and clients share."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from pathlib import Path

from bleak.exc import BleakBluetoothNotAvailableError, BleakBluetoothNotAvailableReason, BleakError
from bumble import hci
from bumble.core import BaseBumbleError
from bumble.core import TimeoutError as CoreTimeoutError
from bumble.device import Advertisement, Connection, Device, DeviceConfiguration
from bumble.transport.common import Transport

from firmware_sim.bonds import BondStore
from firmware_sim.hci import open_hci
from firmware_sim.pairing import just_works

_TAKE_BACK_S = 5.0
"""How long the radio may take to take something back, s of this computer; it answers in milliseconds."""
_FAREWELL_S = 0.3
"""The same when all is switched off: then it hears of the end anyway."""


class BluetoothHost:
    """A Bluetooth adapter and the system's stack above it.

    It is switched on when first used, and again after its radio was gone and came back.

    Parameters
    ----------
    transport
        Bumble's name of the HCI transport.
    key_store
        File of this host's identity and bonds.
    """

    def __init__(self, transport: str, key_store: Path) -> None:
        self._spec = transport
        self.bonds = BondStore(key_store)
        self._transport: Transport | None = None
        self._device: Device | None = None
        self._switching = asyncio.Lock()
        self._connecting = asyncio.Lock()
        self._listeners: set[Callable[[Advertisement], None]] = set()

    async def device(self) -> Device:
        """Return the device, switched on.

        Raises
        ------
        BleakBluetoothNotAvailableError
            If there is no radio.
        """
        async with self._switching:
            if self._transport is not None and self._transport.source.terminated.done():
                await self._switch_off()
            if self._device is None:
                self._device = await self._switch_on()
            return self._device

    async def close(self) -> None:
        """Hang up and switch off."""
        async with self._switching:
            device, transport = self._device, self._transport
            if device is not None and transport is not None and not transport.source.terminated.done():
                with contextlib.suppress(BaseBumbleError, TimeoutError):
                    async with asyncio.timeout(_FAREWELL_S):
                        for connection in list(device.connections.values()):
                            await connection.disconnect()
            await self._switch_off()

    async def listen(self, listener: Callable[[Advertisement], None]) -> None:
        """Call `listener` with every advertisement from now on."""
        device = await self.device()
        self._listeners.add(listener)
        if not device.is_scanning:
            await device.start_scanning(legacy=True, filter_duplicates=False)

    async def stop_listening(self, listener: Callable[[Advertisement], None]) -> None:
        """Stop calling `listener`."""
        self._listeners.discard(listener)
        device = self._device
        if not self._listeners and device is not None and device.is_scanning:
            with contextlib.suppress(BaseBumbleError, TimeoutError):
                async with asyncio.timeout(_TAKE_BACK_S):
                    await device.stop_scanning()

    async def connect(self, address: hci.Address, timeout_s: float) -> Connection:
        """Connect to a peer; with a stored bond the link is encrypted when this returns.

        Raises
        ------
        TimeoutError
            If the peer does not answer in time.
        BleakError
            If the link cannot be made, or the peer no longer knows the bond.
        """
        device = await self.device()
        async with self._connecting:
            attempt = asyncio.ensure_future(device.connect(address, timeout=timeout_s))
            try:
                connection = await asyncio.shield(attempt)
            except asyncio.CancelledError:
                await _abandon(device, attempt)
                raise
            except CoreTimeoutError as error:
                raise TimeoutError(f"{address} did not answer within {timeout_s} s") from error
            except BaseBumbleError as error:
                raise BleakError(f"no connection to {address}: {error}") from error
        if await self.bonds.get(str(address)) is not None:
            await self._encrypt(connection)
        return connection

    async def _encrypt(self, connection: Connection) -> None:
        try:
            await connection.encrypt()
        except asyncio.CancelledError:
            await _hang_up(connection)
            if (task := asyncio.current_task()) is not None and task.cancelling():
                raise
            raise BleakError(f"{connection.peer_address} hung up when the link was to be encrypted") from None
        except BaseBumbleError as error:
            await _hang_up(connection)
            raise BleakError(
                f"{connection.peer_address} has lost this bond ({error}): unpair, then pair again"
            ) from error

    async def _switch_on(self) -> Device:
        try:
            self._transport = await open_hci(self._spec)
            config = DeviceConfiguration(
                name="Lumbar gateway", address=self.bonds.address, irk=self.bonds.irk
            )
            device = Device.from_config_with_hci(config, self._transport.source, self._transport.sink)
            device.keystore = self.bonds
            device.pairing_config_factory = just_works(lambda: False)  # others may not ask us to pair
            device.on(device.EVENT_ADVERTISEMENT, self._on_advertisement)
            await device.power_on()
        except (OSError, ValueError, BaseBumbleError) as error:  # ValueError: a name of no transport
            raise BleakBluetoothNotAvailableError(
                f"no radio at {self._spec}: {error}", BleakBluetoothNotAvailableReason.NO_BLUETOOTH
            ) from error
        return device

    async def _switch_off(self) -> None:
        self._device = None
        if self._transport is not None:
            transport, self._transport = self._transport, None
            await transport.close()

    def _on_advertisement(self, advertisement: Advertisement) -> None:
        for listener in list(self._listeners):
            listener(advertisement)


async def _abandon(device: Device, attempt: asyncio.Future[Connection]) -> None:
    """Take back a connection attempt that nobody waits for any more."""
    with contextlib.suppress(BaseBumbleError, TimeoutError):
        async with asyncio.timeout(_TAKE_BACK_S):
            with contextlib.suppress(BaseBumbleError):  # it may have been made already
                await device.cancel_connection()  # type: ignore[no-untyped-call]  # Bumble's is not annotated
            await _hang_up(await attempt)


async def _hang_up(connection: Connection) -> None:
    with contextlib.suppress(BaseBumbleError, TimeoutError):
        async with asyncio.timeout(_TAKE_BACK_S):
            await connection.disconnect()

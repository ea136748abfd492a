"""Connections, for the bleak backend."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, ClassVar, TypeVar

from bleak.args import SizedBuffer
from bleak.assigned_numbers import CharacteristicPropertyName
from bleak.backends.characteristic import BleakGATTCharacteristic
from bleak.backends.client import BaseBleakClient, NotifyCallback
from bleak.backends.descriptor import BleakGATTDescriptor
from bleak.backends.device import BLEDevice
from bleak.backends.service import BleakGATTService, BleakGATTServiceCollection
from bleak.exc import BleakDeviceNotFoundError, BleakError, BleakGATTProtocolError, BleakGATTProtocolErrorCode
from bumble import hci
from bumble.att import ATT_Error
from bumble.core import BaseBumbleError
from bumble.device import Advertisement, Connection, Peer
from bumble.gatt import Characteristic
from bumble.gatt_client import CharacteristicProxy

from firmware_sim.bleak_host import BluetoothHost
from firmware_sim.bleak_scanner import uuid_text

_T = TypeVar("_T")

_MTU = 517
_PAIRING_TIMEOUT_S = 30.0
_HANG_UP_TIMEOUT_S = 10.0
_ATT_WRITE_HEADER_SIZE = 3
_Properties = Characteristic.Properties
_PROPERTY_NAMES: dict[Characteristic.Properties, CharacteristicPropertyName] = {
    _Properties.BROADCAST: "broadcast",
    _Properties.READ: "read",
    _Properties.WRITE_WITHOUT_RESPONSE: "write-without-response",
    _Properties.WRITE: "write",
    _Properties.NOTIFY: "notify",
    _Properties.INDICATE: "indicate",
}


class VirtualClient(BaseBleakClient):
    """A client on a virtual host; `virtual_bluetooth` binds the host by a subclass."""

    host: ClassVar[BluetoothHost]

    def __init__(
        self,
        address_or_ble_device: BLEDevice | str,
        services: set[str] | None = None,
        *,
        disconnected_callback: Callable[[], None] | None,
        timeout: float,
        **_: Any,
    ) -> None:
        super().__init__(address_or_ble_device, disconnected_callback=disconnected_callback, timeout=timeout)
        known = address_or_ble_device if isinstance(address_or_ble_device, BLEDevice) else None
        self._name = known.name if known is not None else None
        self._peer_address: hci.Address | None = known.details if known is not None else None
        self._wanted = services
        self._connection: Connection | None = None
        self._peer: Peer | None = None
        self._gone = asyncio.Event()
        self._established = False
        self._subscriptions: dict[int, tuple[CharacteristicProxy[bytes], Callable[[bytes], None]]] = {}

    @property
    def name(self) -> str:
        """The peer's name, or its address in its place."""
        return self._name or self.address.replace(":", "-")

    @property
    def mtu_size(self) -> int:
        """The ATT MTU; 23 when not connected."""
        return self._connection.att_mtu if self._connection is not None else 23

    @property
    def is_connected(self) -> bool:
        """Whether the link is up."""
        return self._connection is not None

    async def connect(self, pair: bool, **_: Any) -> None:
        """Connect, encrypt if bonded, exchange the MTU and discover the services."""
        if self._connection is not None:
            raise BleakError("already connected")
        if self._peer_address is None:
            self._peer_address = await self._find()
        connection = await self.host.connect(self._peer_address, self._timeout)
        self._gone = asyncio.Event()
        self._connection, self._peer = connection, Peer(connection)
        connection.on(connection.EVENT_DISCONNECTION, self._on_disconnection)
        try:
            if pair:
                await self.pair()
            await self._request(self._peer.request_mtu(_MTU))
            self.services = await self._request(self._discover(self._peer))
            self._established = True
        except BaseException:
            await self.disconnect()
            raise

    async def disconnect(self) -> None:
        """Hang up, if connected."""
        if self._connection is None:
            return
        try:
            async with asyncio.timeout(_HANG_UP_TIMEOUT_S):
                await self._connection.disconnect()
                await self._gone.wait()
        except TimeoutError as error:
            raise BleakError(f"{self.address} could not be disconnected") from error
        except BaseBumbleError as error:
            if self._connection is not None:
                raise BleakError(f"{self.address} could not be disconnected: {error}") from error

    async def pair(self, *_args: Any, **_: Any) -> None:
        """Pair and bond, unless bonded already."""
        connection, _peer = self._link()
        if await self.host.bonds.get(str(connection.peer_address)) is not None:
            return
        try:
            async with asyncio.timeout(_PAIRING_TIMEOUT_S):
                await self._request(connection.pair())
        except TimeoutError as error:
            raise BleakError(f"{self.address} did not finish pairing") from error

    async def unpair(self) -> None:
        """Forget the bond, and hang up."""
        if self._peer_address is None:
            self._peer_address = await self._find()
        await self.host.bonds.delete(str(self._peer_address))
        await self.disconnect()

    async def read_gatt_char(
        self, characteristic: BleakGATTCharacteristic, *, use_cached: bool = False, **_: Any
    ) -> bytearray:
        """Read a characteristic."""
        del use_cached
        return await self._read(characteristic.handle)

    async def read_gatt_descriptor(
        self, descriptor: BleakGATTDescriptor, *, use_cached: bool = False, **_: Any
    ) -> bytearray:
        """Read a descriptor."""
        del use_cached
        return await self._read(descriptor.handle)

    async def write_gatt_char(
        self, characteristic: BleakGATTCharacteristic, data: SizedBuffer, response: bool
    ) -> None:
        """Write a characteristic."""
        await self._write(characteristic.handle, bytes(data), response)

    async def write_gatt_descriptor(self, descriptor: BleakGATTDescriptor, data: SizedBuffer) -> None:
        """Write a descriptor."""
        await self._write(descriptor.handle, bytes(data), response=True)

    async def start_notify(
        self, characteristic: BleakGATTCharacteristic, callback: NotifyCallback, **_: Any
    ) -> None:
        """Subscribe."""
        _connection, peer = self._link()
        if characteristic.handle in self._subscriptions:
            raise BleakError(f"already subscribed to {characteristic.uuid}")
        proxy: CharacteristicProxy[bytes] = characteristic.obj

        def on_value(value: bytes) -> None:
            callback(bytearray(value))

        self._subscriptions[characteristic.handle] = (proxy, on_value)
        try:
            await self._request(peer.subscribe(proxy, on_value))
        except BaseException:
            # Bumble enters the subscriber before it asks the peer, and leaves it there if the peer refuses.
            self._subscriptions.pop(characteristic.handle, None)
            peer.gatt_client.notification_subscribers.pop(characteristic.handle, None)
            peer.gatt_client.indication_subscribers.pop(characteristic.handle, None)
            raise

    async def stop_notify(self, characteristic: BleakGATTCharacteristic) -> None:
        """Unsubscribe."""
        _connection, peer = self._link()
        if (subscription := self._subscriptions.pop(characteristic.handle, None)) is not None:
            await self._request(peer.unsubscribe(*subscription))

    async def _find(self) -> hci.Address:
        """Scan for the device of this address, as bleak's own backends do."""
        found: asyncio.Future[hci.Address] = asyncio.get_running_loop().create_future()

        def look(advertisement: Advertisement) -> None:
            text = advertisement.address.to_string(with_type_qualifier=False)
            if text == self.address.upper() and not found.done():
                found.set_result(advertisement.address)

        await self.host.listen(look)
        try:
            async with asyncio.timeout(self._timeout):
                return await found
        except TimeoutError as error:
            raise BleakDeviceNotFoundError(self.address, f"{self.address} was not found") from error
        finally:
            await self.host.stop_listening(look)

    async def _discover(self, peer: Peer) -> BleakGATTServiceCollection:
        services = BleakGATTServiceCollection()
        for found in await peer.discover_services():
            service = BleakGATTService(found, found.handle, uuid_text(found.uuid))
            if self._wanted and service.uuid not in self._wanted:
                continue
            services.add_service(service)
            for proxy in await found.discover_characteristics():
                properties = [name for bit, name in _PROPERTY_NAMES.items() if bit & proxy.properties]
                characteristic = BleakGATTCharacteristic(
                    proxy,
                    proxy.handle,
                    uuid_text(proxy.uuid),
                    properties,
                    lambda: self.mtu_size - _ATT_WRITE_HEADER_SIZE,
                    service,
                )
                services.add_characteristic(characteristic)
                for descriptor in await proxy.discover_descriptors():
                    services.add_descriptor(
                        BleakGATTDescriptor(
                            descriptor, descriptor.handle, uuid_text(descriptor.type), characteristic
                        )
                    )
        return services

    async def _read(self, handle: int) -> bytearray:
        _connection, peer = self._link()
        return bytearray(await self._request(peer.gatt_client.read_value(handle)))

    async def _write(self, handle: int, data: bytes, response: bool) -> None:
        _connection, peer = self._link()
        if len(data) > self.mtu_size - _ATT_WRITE_HEADER_SIZE:
            raise BleakError(f"{len(data)} bytes do not fit an ATT MTU of {self.mtu_size}")
        await self._request(peer.gatt_client.write_value(handle, data, with_response=response))

    def _link(self) -> tuple[Connection, Peer]:
        if self._connection is None or self._peer is None:
            raise BleakError("not connected")
        return self._connection, self._peer

    async def _request(self, operation: Coroutine[Any, Any, _T]) -> _T:
        """Await an operation on the link, and no longer than the link lasts."""
        task = asyncio.ensure_future(operation)
        gone = asyncio.ensure_future(self._gone.wait())
        try:
            await asyncio.wait({task, gone}, return_when=asyncio.FIRST_COMPLETED)
            if not task.done() or task.cancelled():
                raise BleakError(f"{self.address} disconnected")
            return task.result()
        except ATT_Error as error:
            raise BleakGATTProtocolError(BleakGATTProtocolErrorCode(error.error_code)) from error
        except BaseBumbleError as error:
            raise BleakError(f"{self.address}: {error}") from error
        finally:
            task.cancel()
            gone.cancel()

    def _on_disconnection(self, _reason: int) -> None:
        self._connection = self._peer = self.services = None
        self._subscriptions.clear()
        self._gone.set()
        established, self._established = self._established, False
        if established and self._disconnected_callback is not None:
            self._disconnected_callback()

"""Scanning, for the bleak backend."""

from __future__ import annotations

import uuid
from typing import Any, ClassVar, Literal

from bleak.backends.scanner import AdvertisementData, AdvertisementDataCallback, BaseBleakScanner
from bumble.core import UUID, AdvertisingData
from bumble.device import Advertisement

from firmware_sim.bleak_host import BluetoothHost

_Type = AdvertisingData.Type
_UUID_LISTS = (
    _Type.INCOMPLETE_LIST_OF_16_BIT_SERVICE_CLASS_UUIDS,
    _Type.COMPLETE_LIST_OF_16_BIT_SERVICE_CLASS_UUIDS,
    _Type.INCOMPLETE_LIST_OF_128_BIT_SERVICE_CLASS_UUIDS,
    _Type.COMPLETE_LIST_OF_128_BIT_SERVICE_CLASS_UUIDS,
)


def uuid_text(value: UUID) -> str:
    """Return a UUID as bleak writes it."""
    return str(uuid.UUID(bytes=bytes(value.to_bytes(force_128=True))[::-1]))


class VirtualScanner(BaseBleakScanner):
    """A scanner on a virtual host; `virtual_bluetooth` binds the host by a subclass."""

    host: ClassVar[BluetoothHost]

    def __init__(
        self,
        detection_callback: AdvertisementDataCallback | None,
        service_uuids: list[str] | None,
        scanning_mode: Literal["active", "passive"],
        **_: Any,
    ) -> None:
        del scanning_mode  # the virtual radio sends no scan responses
        super().__init__(detection_callback, service_uuids)

    async def start(self) -> None:
        """Start scanning."""
        self.seen_devices = {}
        await self.host.listen(self._on_advertisement)

    async def stop(self) -> None:
        """Stop scanning."""
        await self.host.stop_listening(self._on_advertisement)

    def _on_advertisement(self, advertisement: Advertisement) -> None:
        data = advertisement.data
        lists = (data.get(kind) for kind in _UUID_LISTS)
        uuids = [uuid_text(one) for some in lists if isinstance(some, list) for one in some]
        if not self.is_allowed_uuid(uuids):
            return
        name = data.get(_Type.COMPLETE_LOCAL_NAME) or data.get(_Type.SHORTENED_LOCAL_NAME)
        local_name = name if isinstance(name, str) else None
        address = advertisement.address.to_string(with_type_qualifier=False)
        flags = data.get(_Type.FLAGS)
        seen = AdvertisementData(
            local_name=local_name,
            manufacturer_data={},
            service_data={},
            service_uuids=uuids,
            tx_power=None,
            rssi=advertisement.rssi,
            platform_data=(address, {"AdvertisingFlags": bytes([flags if isinstance(flags, int) else 0])}),
        )
        device = self.create_or_update_device(address, address, local_name, advertisement.address, seen)
        self.call_detection_callbacks(device, seen)

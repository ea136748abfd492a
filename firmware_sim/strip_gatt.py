"""The strip's GATT database: Lumbar Motion behind encryption, Battery and Device Information open.

Two gaps of Bumble's server are closed here. It gives every characteristic that notifies a client
configuration descriptor (CCCD) which anybody may write, whatever the characteristic itself demands: an
unpaired client could subscribe and be sent the motion. So the Lumbar characteristics bring CCCDs of their
own, which demand an encrypted link as their values do. (On the strip an encrypted link is a bonded one: its
pairing refuses all else.) And it never looks whether an attribute is readable or writeable at all, so that
anybody could overwrite the serial number, or the list of services: what is not meant for it is made to
demand an authorisation that nobody has.

Unlike a real server's, Bumble's CCCDs start off anew at each connection, bonded or not: a client subscribes
again, as bleak's clients do anyway.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from bumble import att, gatt
from bumble.core import UUID
from bumble.device import Connection, Device
from bumble.gatt import Characteristic, CharacteristicValue, Descriptor, Service

from gateway.wire import gatt as names

_Permissions = att.Attribute.Permissions
_READ = _Permissions.READABLE
_SECURE_READ = _Permissions.READABLE | _Permissions.READ_REQUIRES_ENCRYPTION
_SECURE_WRITE = _Permissions.WRITEABLE | _Permissions.WRITE_REQUIRES_ENCRYPTION
_Properties = Characteristic.Properties


class StripDatabase:
    """The services, added to a Bumble device.

    Parameters
    ----------
    device
        Whose GATT server it is.
    serial
        The strip's serial number.
    on_control
        Called with what a bonded host writes to the control characteristic.
    read_status, read_battery
        Return these characteristics' values.

    Attributes
    ----------
    motion, control, status, battery
        The characteristics that notify or indicate.
    """

    def __init__(
        self,
        device: Device,
        serial: str,
        *,
        on_control: Callable[[Connection, bytes], None],
        read_status: Callable[[], bytes],
        read_battery: Callable[[], bytes],
    ) -> None:
        server = device.gatt_server

        def secure(
            uuid: str,
            properties: Characteristic.Properties,
            permissions: att.Attribute.Permissions,
            **value: Any,
        ) -> Characteristic[bytes]:
            cccd = Descriptor(
                gatt.GATT_CLIENT_CHARACTERISTIC_CONFIGURATION_DESCRIPTOR, _SECURE_READ | _SECURE_WRITE
            )
            characteristic: Characteristic[bytes] = Characteristic(
                uuid, properties, permissions, CharacteristicValue(**value), [cccd]
            )
            cccd.value = server.make_descriptor_value(characteristic)
            return characteristic

        self.motion = secure(names.MOTION, _Properties.NOTIFY, _Permissions(0))
        self.control = secure(
            names.CONTROL, _Properties.WRITE | _Properties.INDICATE, _SECURE_WRITE, write=on_control
        )
        self.status = secure(
            names.STATUS, _Properties.READ | _Properties.NOTIFY, _SECURE_READ, read=lambda _: read_status()
        )
        self.battery: Characteristic[bytes] = Characteristic(
            UUID(names.BATTERY_LEVEL),
            _Properties.READ | _Properties.NOTIFY,
            _READ,
            CharacteristicValue(read=lambda _: read_battery()),
        )
        about = {
            names.MANUFACTURER_NAME: "Lumbar Monitor",
            names.MODEL_NUMBER: "Simulated strip",
            names.FIRMWARE_REVISION: "1",
            names.SERIAL_NUMBER: serial,
        }
        device.add_services(
            [
                Service(names.LUMBAR_MOTION_SERVICE, [self.motion, self.control, self.status]),
                Service(UUID(names.BATTERY_SERVICE), [self.battery]),
                Service(
                    UUID(names.DEVICE_INFORMATION_SERVICE),
                    [
                        Characteristic(UUID(name), _Properties.READ, _READ, text.encode())
                        for name, text in about.items()
                    ],
                ),
            ]
        )
        for attribute in server.attributes:
            if not attribute.permissions & _Permissions.READABLE:
                attribute.permissions |= _Permissions.READ_REQUIRES_AUTHORIZATION
            if not attribute.permissions & _Permissions.WRITEABLE:
                attribute.permissions |= _Permissions.WRITE_REQUIRES_AUTHORIZATION

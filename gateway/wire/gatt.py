"""Names of the strip's services and characteristics, and the two standard values the gateway reads.

UUIDs are lower-case text of 128 bits, the form bleak uses. A strip is known by its serial number, never by
its Bluetooth address: some systems hide the address, and it changes when a strip is repaired.
"""

import re

from gateway.wire.errors import WireError

LUMBAR_MOTION_SERVICE = "6c756d62-0001-4d6f-7469-6f6e0a000001"
MOTION = "6c756d62-0002-4d6f-7469-6f6e0a000001"
CONTROL = "6c756d62-0003-4d6f-7469-6f6e0a000001"
STATUS = "6c756d62-0004-4d6f-7469-6f6e0a000001"

BATTERY_SERVICE = "0000180f-0000-1000-8000-00805f9b34fb"
BATTERY_LEVEL = "00002a19-0000-1000-8000-00805f9b34fb"

DEVICE_INFORMATION_SERVICE = "0000180a-0000-1000-8000-00805f9b34fb"
MODEL_NUMBER = "00002a24-0000-1000-8000-00805f9b34fb"
SERIAL_NUMBER = "00002a25-0000-1000-8000-00805f9b34fb"
FIRMWARE_REVISION = "00002a26-0000-1000-8000-00805f9b34fb"
MANUFACTURER_NAME = "00002a29-0000-1000-8000-00805f9b34fb"

CLIENT_CHARACTERISTIC_CONFIGURATION = "00002902-0000-1000-8000-00805f9b34fb"

GENERAL_DISCOVERABLE = 0x06
LIMITED_DISCOVERABLE = 0x05
"""The flags of a strip's advertisements, both with "BR/EDR not supported" (Core Specification Supplement,
part A, 1.3). A strip that may be paired, because its button was held within the minute or it knows nobody, is
in limited discoverable mode; else in general discoverable mode."""
_LIMITED_BIT = 0x01

_SERIAL = re.compile(rb"[A-Za-z0-9][A-Za-z0-9-]{0,31}")


class GattValueError(WireError):
    """A standard characteristic with a value that its service does not allow."""


def is_open_for_pairing(flags: bytes) -> bool:
    """Return whether a strip with these advertised flags lets itself be paired."""
    return bool(flags) and bool(flags[0] & _LIMITED_BIT)


def decode_battery_level(data: bytes | bytearray | memoryview) -> int:
    """Return the charge left, 0 to 100.

    Raises
    ------
    GattValueError
        If the value is not one byte up to 100.
    """
    if len(data) != 1 or data[0] > 100:
        raise GattValueError(f"battery level refused: {bytes(data[:8]).hex()} is no percentage")
    return data[0]


def decode_serial_number(data: bytes | bytearray | memoryview) -> str:
    """Return the strip's serial number: 1 to 32 letters, digits and hyphens, safe in a path and in a topic.

    Raises
    ------
    GattValueError
        If the value is anything else.
    """
    if not _SERIAL.fullmatch(bytes(data[:33])):
        raise GattValueError(
            f"serial number refused: {bytes(data[:33])!r}; expected 1 to 32 letters, digits and hyphens"
        )
    return bytes(data).decode("ascii")

"""What bleak and the stack below it raise, and what that means to a link."""

from typing import Final

from bleak.exc import BleakBluetoothNotAvailableError, BleakDBusError, BleakError

from gateway.link.errors import LinkError, NoAdapterError
from gateway.wire.errors import WireError

LINK_FAILURES: Final = (BleakError, LinkError, WireError, OSError, EOFError, KeyError)
"""What a failed attempt may raise: bleak's, ours, and what the D-Bus below bleak lets through (a TimeoutError
is an OSError). A KeyError is bleak's, too, where BlueZ did not say what it takes for granted: an adapter
without `Roles`, a device that went away while it was being connected."""


def is_absence(error: Exception) -> bool:
    """Whether a scan failed because there is nothing to scan with: no adapter, no BlueZ, no D-Bus."""
    if isinstance(error, BleakDBusError):
        return error.dbus_error.startswith("org.freedesktop.DBus.Error.")
    return isinstance(error, BleakBluetoothNotAvailableError | OSError | EOFError | KeyError)


def no_adapter(error: Exception) -> NoAdapterError:
    """Return what to tell somebody whose computer has no Bluetooth to use."""
    if isinstance(error, BleakBluetoothNotAvailableError):
        what = str(error.args[0])
    elif isinstance(error, OSError):
        what = "the system's message bus, through which Bluetooth is reached, does not answer"
    else:
        what = one_line(error)
    return NoAdapterError(
        f"no Bluetooth to use: {what.strip().rstrip('.')}. Plug in or switch on an adapter and start the "
        "bluetooth service or set [bluetooth] virtual_radio"
    )


def one_line(error: BaseException) -> str:
    """Return what an error says, in one line."""
    if isinstance(error, TimeoutError):
        return "the strip or the Bluetooth stack does not answer"
    if isinstance(error, KeyError):
        return f"the Bluetooth stack says nothing of {error}, which is needed"
    lines = str(error).strip().splitlines()
    return lines[0] if lines else type(error).__name__

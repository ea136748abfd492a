"""Bluetooth: is BlueZ there, may we speak to it, is there an adapter, is it on."""

import asyncio
import sys
from typing import Any, Final

from gateway.doctor.finding import Finding, fault, not_checked, ok

_PATIENCE_S: Final = 5.0
_CODE: Final = "bluetooth"


def bluetooth(virtual_radio: str | None) -> Finding:
    """Look at this computer's Bluetooth, unless a virtual radio takes its place."""
    if virtual_radio is not None:
        return not_checked(_CODE, f"a virtual radio is used: {virtual_radio}")
    if sys.platform != "linux":
        return not_checked(_CODE, "only BlueZ on Linux can be looked at")
    return asyncio.run(_look())


async def _look() -> Finding:
    from dbus_fast import BusType, DBusError, Message, MessageType
    from dbus_fast.aio import MessageBus

    try:
        async with asyncio.timeout(_PATIENCE_S):
            bus = await MessageBus(bus_type=BusType.SYSTEM).connect()
            try:
                answer = await bus.call(
                    Message(
                        destination="org.bluez",
                        path="/",
                        interface="org.freedesktop.DBus.ObjectManager",
                        member="GetManagedObjects",
                    )
                )
            finally:
                bus.disconnect()
    except (OSError, DBusError, EOFError) as error:
        return fault(_CODE, f"no D-Bus, over which BlueZ is reached ({error})", "apt-get install dbus bluez")
    except TimeoutError:
        return fault(_CODE, "BlueZ does not answer", "systemctl restart bluetooth")
    if answer is None or answer.message_type is MessageType.ERROR:
        return _refused(answer.error_name if answer is not None else "no answer")
    return _adapters(answer.body[0])


def _refused(name: str | None) -> Finding:
    if name == "org.freedesktop.DBus.Error.AccessDenied":
        advice = "add the user to the group bluetooth (usermod -aG bluetooth USER) and log in again"
        return fault(_CODE, "this user may not use Bluetooth", advice)
    advice = "apt-get install bluez; systemctl enable --now bluetooth"
    return fault(_CODE, f"BlueZ is not running ({name})", advice)


def _adapters(objects: dict[str, Any]) -> Finding:
    adapters = {
        path: interfaces["org.bluez.Adapter1"]
        for path, interfaces in objects.items()
        if "org.bluez.Adapter1" in interfaces
    }
    if not adapters:
        return fault(
            _CODE, "there is no Bluetooth adapter", "plug one in, or look for it with: lsusb; rfkill list"
        )
    for path, adapter in adapters.items():
        if adapter["Powered"].value:
            return ok(_CODE, f"{path.rpartition('/')[2]}, {adapter['Address'].value}, is on")
    return fault(_CODE, "the Bluetooth adapter is off", "rfkill unblock bluetooth; bluetoothctl power on")

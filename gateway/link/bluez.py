"""What BlueZ leaves to others and bleak does not do: a pairing agent, and word of bluetoothd's end (Linux).

- **Agent.** BlueZ pairs only on behalf of somebody who registered an agent: a desktop has one, a headless
  computer has none. Ours has neither display nor keys (Just Works, as the strip), stands only while a strip
  is being connected, and agrees to nothing but that strip; then whoever was the default agent is it again.
- **bluetoothd's end.** Killed with -9 it says no goodbye: bleak goes on believing that its client is
  connected, even after bluetoothd is back. The message bus, however, tells that the name org.bluez has lost
  its owner.

Each works on a connection of its own to the system's bus, opened as bleak opens its own. Where there is no
bus or no BlueZ nothing here fails: connecting then fails by itself, and says why.
"""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Callable
from typing import Any, Final

from bleak.backends.bluezdbus.utils import get_dbus_authenticator
from dbus_fast import AuthError, BusType, DBusError, Message, MessageType
from dbus_fast.aio import MessageBus
from dbus_fast.annotations import DBusObjectPath, DBusStr, DBusUInt32
from dbus_fast.service import ServiceInterface, dbus_method

log = logging.getLogger("lumbar.bluez")

_BLUEZ: Final = "org.bluez"
_AGENT_PATH: Final = "/org/lumbar/agent"
_CAPABILITY: Final = "NoInputNoOutput"
_REGISTER_S: Final = 2.0
"""Longest wait for a bus and for BlueZ to take an agent, s of this computer; it takes milliseconds [ours]."""
_BUS_AGAIN_S: Final = 2.0
"""Before a bus that is not there is tried again, s of this computer [ours]."""
_NO_BUS: Final = (OSError, EOFError, DBusError, AuthError)


class Agent(ServiceInterface):
    """Agrees to the pairing of one device, and of no other.

    Parameters
    ----------
    address
        The device's Bluetooth address.
    """

    def __init__(self, address: str) -> None:
        super().__init__("org.bluez.Agent1")
        self._device = f"/dev_{address.upper().replace(':', '_')}"

    @dbus_method(name="RequestAuthorization")
    def request_authorization(self, device: DBusObjectPath) -> None:
        """Agree to a pairing without numbers."""
        self._agree_to(device)

    @dbus_method(name="RequestConfirmation")
    def request_confirmation(self, device: DBusObjectPath, passkey: DBusUInt32) -> None:
        """Agree to a number that nobody can see."""
        del passkey
        self._agree_to(device)

    @dbus_method(name="AuthorizeService")
    def authorize_service(self, device: DBusObjectPath, uuid: DBusStr) -> None:
        """Agree to a service of the paired device."""
        del uuid
        self._agree_to(device)

    @dbus_method(name="Cancel")
    def cancel(self) -> None:
        """Take note that a pairing failed; whoever asked for it is told."""

    @dbus_method(name="Release")
    def release(self) -> None:
        """Take note that BlueZ ends."""

    def _agree_to(self, device: str) -> None:
        if not device.endswith(self._device):
            raise DBusError("org.bluez.Error.Rejected", "no strip that is being connected")


class BlueZ:
    """The computer's Bluetooth stack, beside bleak."""

    def __init__(self) -> None:
        self._said: str | None = None

    @contextlib.asynccontextmanager
    async def pairing(self, address: str) -> AsyncIterator[None]:
        """Keep an agent for the device of this address."""
        async with contextlib.AsyncExitStack() as kept:
            try:
                async with asyncio.timeout(_REGISTER_S):
                    bus = await kept.enter_async_context(_bus())
                    bus.export(_AGENT_PATH, Agent(address))
                    await _ask(bus, "RegisterAgent", "os", _AGENT_PATH, _CAPABILITY)
                    await _ask(bus, "RequestDefaultAgent", "o", _AGENT_PATH)
            except _NO_BUS as error:
                self._say_once(f"no pairing agent of ours: {error or type(error).__name__}")
            else:
                self._said = None
            yield

    async def watch(self, ended: Callable[[], None]) -> None:
        """Call `ended` whenever bluetoothd has ended, however it did; runs until cancelled."""

        def heard(message: Message) -> None:
            if message.message_type is MessageType.SIGNAL and message.member == "NameOwnerChanged":
                name, old_owner, _ = message.body
                if name == _BLUEZ and old_owner:
                    log.warning("bluetoothd has ended")
                    ended()

        while True:
            with contextlib.suppress(*_NO_BUS):
                async with _bus() as bus:
                    bus.add_message_handler(heard)
                    await _call(bus, "org.freedesktop.DBus", "AddMatch", "s", _NAME_OWNER_CHANGED)
                    await bus.wait_for_disconnect()  # type: ignore[no-untyped-call]  # not annotated there
            await asyncio.sleep(_BUS_AGAIN_S)

    def _say_once(self, what: str) -> None:
        if what != self._said:
            self._said = what
            log.warning(what)


_NAME_OWNER_CHANGED: Final = (
    "type='signal',sender='org.freedesktop.DBus',interface='org.freedesktop.DBus',"
    f"member='NameOwnerChanged',arg0='{_BLUEZ}'"
)


@contextlib.asynccontextmanager
async def _bus() -> AsyncIterator[MessageBus]:
    """Give a connection to the system's message bus; its end frees whatever was registered on it."""
    bus = MessageBus(bus_type=BusType.SYSTEM, auth=get_dbus_authenticator())
    try:
        yield await bus.connect()
    finally:
        bus.disconnect()  # even if it never connected: it holds a socket


async def _ask(bus: MessageBus, member: str, signature: str, *body: Any) -> None:
    await _call(bus, "org.bluez.AgentManager1", member, signature, *body)


async def _call(bus: MessageBus, interface: str, member: str, signature: str, *body: Any) -> None:
    """Call a method of BlueZ's or of the bus itself; raises DBusError if it is refused."""
    is_bluez = interface.startswith(_BLUEZ)
    answer = await bus.call(
        Message(
            destination=_BLUEZ if is_bluez else interface,
            path="/org/bluez" if is_bluez else "/org/freedesktop/DBus",
            interface=interface,
            member=member,
            signature=signature,
            body=list(body),
        )
    )
    if answer is not None and answer.message_type is MessageType.ERROR:
        raise DBusError(answer.error_name or "", str(answer.body[0] if answer.body else answer.error_name))

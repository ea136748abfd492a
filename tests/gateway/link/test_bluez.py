"""What BlueZ needs beside bleak, against a message bus of our own and an org.bluez that is told what to do.

bleak's own BlueZ backend runs here too, as far as it goes without a kernel's Bluetooth; `tests/bluez` has the
real BlueZ.
"""

import asyncio
import contextlib
import shutil
import subprocess
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Annotated, Any

import pytest
from dbus_fast import BusType, DBusError, Message, MessageType, PropertyAccess, RequestNameReply
from dbus_fast.aio import MessageBus
from dbus_fast.annotations import DBusBool, DBusDict, DBusObjectPath, DBusSignature, DBusStr
from dbus_fast.service import ServiceInterface, dbus_method, dbus_property

from gateway.link.ble import StripLink, own_stack
from gateway.link.bluez import BlueZ
from gateway.link.inbox import LinkChanged
from gateway.link.reconnect import ReconnectParams
from gateway.wire.timebase import REAL_CLOCK
from tests.gateway.link.life import QUICK, Life

STRIP = "C0:00:00:00:00:01"
STRIP_PATH = "/org/bluez/hci0/dev_C0_00_00_00_00_01"
OTHER_PATH = "/org/bluez/hci0/dev_C0_00_00_00_00_02"
AT_ONCE = ReconnectParams(rescan_s=0.02, no_adapter_s=0.02, first_pause_s=0.02, longest_pause_s=0.1)

_CONFIG = """
<busconfig>
  <type>session</type>
  <listen>unix:path={socket}</listen>
  <auth>EXTERNAL</auth>
  <policy context="default">
    <allow send_destination="*"/> <allow receive_sender="*"/> <allow own="*"/>
  </policy>
</busconfig>
"""


class AgentManager(ServiceInterface):
    """BlueZ's side of pairing: who is the agent, by connection."""

    def __init__(self) -> None:
        super().__init__("org.bluez.AgentManager1")
        self.registered: list[tuple[str, str]] = []
        self.defaults: list[str] = []
        self.refusal: DBusError | None = None

    @dbus_method(name="RegisterAgent")
    def register_agent(self, agent: DBusObjectPath, capability: DBusStr) -> None:
        if self.refusal is not None:
            raise self.refusal
        self.registered.append((agent, capability))

    @dbus_method(name="RequestDefaultAgent")
    def request_default_agent(self, agent: DBusObjectPath) -> None:
        self.defaults.append(agent)


class Adapter(ServiceInterface):
    """As much of an adapter as a scan that finds nothing needs."""

    def __init__(self) -> None:
        super().__init__("org.bluez.Adapter1")
        self.scans = 0

    @dbus_property(access=PropertyAccess.READ, name="Powered")
    def powered(self) -> DBusBool:
        return True

    @dbus_property(access=PropertyAccess.READ, name="Address")
    def address(self) -> DBusStr:
        return "00:00:00:00:00:00"

    @dbus_property(access=PropertyAccess.READ, name="Roles")
    def roles(self) -> Annotated[list[str], DBusSignature("as")]:
        return ["central"]

    @dbus_method(name="SetDiscoveryFilter")
    def set_discovery_filter(self, wanted: DBusDict) -> None:
        del wanted

    @dbus_method(name="StartDiscovery")
    def start_discovery(self) -> None:
        self.scans += 1

    @dbus_method(name="StopDiscovery")
    def stop_discovery(self) -> None: ...


class FakeBlueZ:
    """An org.bluez on the bus of its own connection; closing that is bluetoothd's death."""

    def __init__(self, bus: MessageBus) -> None:
        self.bus, self.agents, self.adapter = bus, AgentManager(), Adapter()
        self.senders: list[str] = []
        bus.export("/org/bluez", self.agents)
        bus.add_message_handler(self._note_sender)

    def _note_sender(self, message: Message) -> None:
        if message.member == "RegisterAgent" and message.sender is not None:
            self.senders.append(message.sender)

    def plug_in(self) -> None:
        self.bus.export("/org/bluez/hci0", self.adapter)

    async def ask_agent(self, member: str, signature: str, *body: Any) -> str | None:
        """Ask the agent that registered last; returns the error's name, or None when it agrees."""
        answer = await self.bus.call(
            Message(
                destination=self.senders[-1],
                path=self.agents.registered[-1][0],
                interface="org.bluez.Agent1",
                member=member,
                signature=signature,
                body=list(body),
            )
        )
        assert answer is not None
        return answer.error_name if answer.message_type is MessageType.ERROR else None


@contextlib.asynccontextmanager
async def bluetoothd() -> AsyncIterator[FakeBlueZ]:
    bus = await MessageBus(bus_type=BusType.SYSTEM).connect()
    try:
        bluez = FakeBlueZ(bus)
        assert await bus.request_name("org.bluez") is RequestNameReply.PRIMARY_OWNER
        yield bluez
    finally:
        bus.disconnect()


@pytest.fixture
def system_bus(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[], None]]:
    """A function that starts the system's message bus, which is not there before."""
    program = shutil.which("dbus-daemon")
    if program is None:
        pytest.skip("dbus-daemon is not installed; `make test` installs it where root or sudo is there")
    socket, config = tmp_path / "bus", tmp_path / "bus.conf"
    config.write_text(_CONFIG.format(socket=socket), encoding="utf-8")
    monkeypatch.setenv("DBUS_SYSTEM_BUS_ADDRESS", f"unix:path={socket}")
    with contextlib.ExitStack() as running:

        def start() -> None:
            command = [program, f"--config-file={config}", "--nofork", "--print-address=1"]
            daemon = running.enter_context(subprocess.Popen(command, stdout=subprocess.PIPE))
            running.callback(daemon.terminate)
            assert daemon.stdout is not None
            daemon.stdout.readline()

        yield start


async def until(is_so: Callable[[], Any]) -> None:
    async with asyncio.timeout(10):
        while not is_so():  # noqa: ASYNC110 - what is waited for happens beyond a message bus
            await asyncio.sleep(0.01)


def test_the_agent_agrees_to_the_strip_that_is_being_connected_and_to_no_other(
    system_bus: Callable[[], None],
) -> None:
    system_bus()

    async def act() -> None:
        async with bluetoothd() as bluez:
            async with BlueZ().pairing(STRIP):
                assert bluez.agents.registered == [("/org/lumbar/agent", "NoInputNoOutput")]
                assert bluez.agents.defaults == ["/org/lumbar/agent"]
                for member, signature, more in (
                    ("RequestAuthorization", "o", ()),
                    ("RequestConfirmation", "ou", (123456,)),
                    ("AuthorizeService", "os", ("0000180f-0000-1000-8000-00805f9b34fb",)),
                ):
                    assert await bluez.ask_agent(member, signature, STRIP_PATH, *more) is None
                    refusal = await bluez.ask_agent(member, signature, OTHER_PATH, *more)
                    assert refusal == "org.bluez.Error.Rejected"
                assert await bluez.ask_agent("Cancel", "") is None
            gone = await bluez.ask_agent("RequestAuthorization", "o", STRIP_PATH)
            assert gone is not None, "the agent ends with the pairing"
            assert "rror." in gone

    asyncio.run(act())


@pytest.mark.parametrize("what", ["bus", "BlueZ", "right"])
def test_without_an_agent_connecting_is_tried_all_the_same(
    system_bus: Callable[[], None], what: str, caplog: pytest.LogCaptureFixture
) -> None:
    if what != "bus":
        system_bus()

    async def act() -> None:
        bluez = BlueZ()
        async with contextlib.AsyncExitStack() as there:
            if what == "right":
                fake = await there.enter_async_context(bluetoothd())
                fake.agents.refusal = DBusError("org.bluez.Error.NotPermitted", "not you")
            for _ in range(2):
                async with bluez.pairing(STRIP):
                    pass

    asyncio.run(act())
    (said,) = [record.getMessage() for record in caplog.records if record.name == "lumbar.bluez"]
    assert said.startswith("no pairing agent of ours: ")


def test_the_death_of_bluetoothd_is_heard(system_bus: Callable[[], None]) -> None:
    system_bus()
    deaths: list[str] = []

    async def act() -> None:
        watching = asyncio.create_task(BlueZ().watch(lambda: deaths.append("dead")))
        try:
            for died in (1, 2):
                async with bluetoothd():
                    await asyncio.sleep(0.3)
                    assert len(deaths) == died - 1
                await until(lambda died=died: len(deaths) == died)  # type: ignore[misc]  # bound now
        finally:
            watching.cancel()
            await asyncio.gather(watching, return_exceptions=True)

    asyncio.run(act())
    assert deaths == ["dead", "dead"]


def test_bus_bluetoothd_and_adapter_may_all_come_later_than_the_gateway(
    system_bus: Callable[[], None],
) -> None:
    async def act() -> list[str]:
        link = StripLink(REAL_CLOCK, stack=own_stack(None), params=QUICK, reconnect=AT_ONCE)
        life = Life(link)

        async def consume() -> None:
            async for batch in link.batches():
                life.items.extend(batch)

        def waits(why: str) -> Callable[[], bool]:
            return lambda: any(
                why in change.reason for change in life.all(LinkChanged) if change.state == "waiting"
            )

        tasks = [asyncio.create_task(link.run()), asyncio.create_task(consume())]
        try:
            await until(waits("message bus, through which Bluetooth is reached, does not answer"))
            system_bus()
            await until(waits("The name org.bluez was not provided"))
            async with bluetoothd() as bluez:
                await until(waits("No Bluetooth adapters found"))
                bluez.plug_in()
                await until(waits("no strip in range"))
                assert bluez.adapter.scans > 0
        finally:
            await link.stop()
            await asyncio.gather(*tasks)
        return life.reasons

    reasons = asyncio.run(act())
    assert all("\n" not in reason for reason in reasons)
    assert reasons[-1] == "stopped"

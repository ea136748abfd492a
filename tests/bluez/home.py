"""A home on the machine's BlueZ: the product's gateway and simulated strips, each in a process of its own."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from analysis.recording.archive import Archive, find_archives
from firmware_sim.parts import Part, following, lumbar
from firmware_sim.ports import free_port
from firmware_sim.stage import get_json, write_toml
from firmware_sim.strip_host import address_of
from gateway.wire.timebase import REAL_CLOCK
from tests.soak import Tally, compare_samples

PATIENT: Final = "p-bluez"
BACK_S: Final = 60.0
"""Long enough for a few failed attempts with their pauses, on a busy machine."""
_LOOPBACK: Final = "127.0.0.1"
_READY_S: Final = 60.0
_LOOK_S: Final = 0.2

Account = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Air:
    """The virtual radio's ports: the machine's, the strips', and the one that takes commands."""

    machine_port: int
    strip_ports: tuple[int, ...]
    control_port: int


def is_streaming(account: Account) -> bool:
    """Return whether the strip is connected and streams."""
    return bool(account["link"] == "streaming")


def is_away(account: Account) -> bool:
    """Return whether the gateway knows that it does not."""
    return not is_streaming(account)


class NotSeenError(AssertionError):
    """The gateway did not come to the state that was waited for."""


class Home:
    """One gateway and its strip; what they write lies below a folder.

    The gateway finds BlueZ by the environment, as any program does.

    Parameters
    ----------
    folder
        For the archive, stores, logs and the strip's flash.
    strip_port
        The virtual radio's port for the strip.
    serial
        The strip's serial number: the machine remembers bonds, so each test has a strip of its own.
    """

    def __init__(self, folder: Path, strip_port: int, serial: str) -> None:
        self.folder, self.serial = folder, serial
        self._strip_port = strip_port
        self._page_port = free_port()
        self.gateway: Part | None = None
        self.strip: Part | None = None

    @property
    def address(self) -> str:
        """The strip's Bluetooth address."""
        return address_of(self.serial).to_string(with_type_qualifier=False)

    @property
    def strip_folder(self) -> Path:
        """Where the strip keeps flash and bonds."""
        return self.folder / "strip"

    @property
    def gateway_log(self) -> str:
        """What the gateway has logged."""
        return (self.folder / "gateway.log").read_text(encoding="utf-8")

    async def start_strip(self) -> None:
        """Start the strip, or start it again as the same strip with a new boot."""
        hci = f"tcp-client:{_LOOPBACK}:{self._strip_port}"
        words = (hci, str(self.strip_folder), REAL_CLOCK.token(), self.serial)
        command = following("tests.firmware_sim.counting_strip", *words)
        self.strip = await Part.start("the strip", command, self.folder / "strip.log")

    async def start_gateway(self, *, serial: str | None = None) -> None:
        """Start the gateway for this home's strip, or for the strip `serial`."""
        settings = self.folder / "lumbar.toml"
        write_toml(
            settings,
            {
                "patient": {"id": PATIENT},
                "strip": {"serial": serial or self.serial},
                "calibration": {"mode": "aligned"},
                "storage": {"folder": str(self.folder / "home")},
                "pages": {"port": self._page_port},
            },
        )
        settings.chmod(0o600)
        command = lumbar("gateway", "--config", str(settings))
        self.gateway = await Part.start("the gateway", command, self.folder / "gateway.log")
        await self.gateway.report(_READY_S)

    async def begin(self) -> None:
        """Start both, and wait until they have streamed for three seconds."""
        await self.start_strip()
        await self.start_gateway()
        await self.until(is_streaming, BACK_S)
        await self.more(300, BACK_S)

    async def account(self) -> Account:
        """Return the gateway's account of itself; empty while it does not answer."""
        return await asyncio.to_thread(get_json, f"http://{_LOOPBACK}:{self._page_port}/api/status")

    async def until(self, what: Callable[[Account], bool], within_s: float) -> Account:
        """Wait until the gateway's account of itself is as it should be, and return it.

        Raises
        ------
        NotSeenError
            If it is not in time, or the gateway ends.
        """
        deadline_s = asyncio.get_running_loop().time() + within_s
        while True:
            account = await self.account()
            if account and what(account):
                return account
            if self.gateway is None or self.gateway.is_lost:
                raise NotSeenError(f"the gateway ended:\n{self._tail()}")
            if asyncio.get_running_loop().time() > deadline_s:
                raise NotSeenError(f"not seen within {within_s:.0f} s; {account}\n{self._tail()}")
            await asyncio.sleep(_LOOK_S)

    async def more(self, samples: int, within_s: float) -> Account:
        """Wait for so many further samples."""
        wanted = (await self.account()).get("samples", 0) + samples
        return await self.until(lambda account: account["samples"] >= wanted, within_s)

    async def complete(self, within_s: float) -> Account:
        """Wait until the strip streams and nothing is awaited from its memory."""
        return await self.until(
            lambda account: is_streaming(account) and account["awaited_samples"] == 0, within_s
        )

    async def stop(self) -> None:
        """Stop the gateway, then the strip."""
        for part in (self.gateway, self.strip):
            if part is not None:
                await part.stop()

    def archived(self) -> Tally:
        """Hold the archive against the strip's flash; only the last boot's end may be missing.

        The strip samples on after the gateway has been stopped.
        """
        (folder,) = find_archives(self.folder / "home" / "archive")
        tally = Tally()
        taken = compare_samples(self.strip_folder, Archive(folder), tally)
        assert tally.samples <= taken
        return tally

    def _tail(self) -> str:
        return "\n".join(self.gateway_log.splitlines()[-15:])


InHome = Callable[[Callable[[Home], Awaitable[None]]], Home]
"""Runs a test's acts in a home of its own, and returns the home when its parts have ended."""

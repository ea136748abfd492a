"""One machine and one radio for all tests; a home, with a strip that BlueZ has never met, for each."""

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import Awaitable, Callable, Iterator
from itertools import count
from pathlib import Path
from typing import Final

import pytest

from tests.bluez.home import Air, Home, InHome
from tests.bluez.image import find_image
from tests.bluez.machine import Machine, find_qemu

_STRIPS: Final = 2
_numbers = count(1)


@pytest.fixture(scope="session")
def air(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Air]:
    ports = ["--port", "0"] * (1 + _STRIPS)
    command = [sys.executable, "-m", "firmware_sim.parts", "firmware_sim.virtual_radio", *ports]
    log = (tmp_path_factory.getbasetemp() / "radio.log").open("wb")
    with log, subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log) as radio:
        try:
            assert radio.stdout is not None
            report = json.loads(radio.stdout.readline())
            machine_port, *strip_ports = report["ports"]
            yield Air(machine_port, tuple(strip_ports), report["control"])
        finally:
            radio.terminate()


@pytest.fixture(scope="session")
def booted(air: Air, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machine]:
    image = find_image()
    if image is None:
        pytest.skip("the machine's image has not been made: make test-bluez")
    if find_qemu() is None:
        pytest.skip("QEMU is not installed: apt-get install qemu-system-x86")
    with Machine(image, air.machine_port, tmp_path_factory.getbasetemp() / "machine.log") as machine:
        machine.start()
        print(f"\n{image.versions}; the adapter was on after {machine.boot_s:.1f} s")
        yield machine


@pytest.fixture
def machine(booted: Machine, monkeypatch: pytest.MonkeyPatch) -> Iterator[Machine]:
    """The machine, as this computer's BlueZ; a test may leave bluetoothd dead."""
    for name, value in booted.environment.items():
        monkeypatch.setenv(name, value)
    yield booted
    if booted.run("pidof bluetoothd || true") == "":
        booted.start_bluetoothd()


@pytest.fixture
def in_home(machine: Machine, air: Air, tmp_path: Path) -> InHome:
    """Run a test's acts in a home of its own, and end its parts whatever happens."""

    def run(acts: Callable[[Home], Awaitable[None]]) -> Home:
        home = Home(tmp_path, air.strip_ports[0], f"LM-{os.getpid() % 1000:03d}{next(_numbers):03d}")

        async def whole() -> None:
            try:
                await acts(home)
            finally:
                await home.stop()

        asyncio.run(whole())
        return home

    return run

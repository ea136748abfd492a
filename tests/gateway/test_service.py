"""Services end tidily on a signal."""

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

SERVICE = """
import asyncio
from gateway.service import run_service

async def main():
    ended = asyncio.Event()
    async def work():
        print("working", flush=True)
        await ended.wait()
        print("tidied up", flush=True)
    async def stop():
        ended.set()
    await run_service(work(), stop)

asyncio.run(main())
"""


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_tidies_up_before_it_ends(number: signal.Signals) -> None:
    with subprocess.Popen([sys.executable, "-c", SERVICE], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "working\n"
        process.send_signal(number)
        assert process.stdout.read() == "tidied up\n"
        assert process.wait(10) == 0


def test_systemd_is_told(tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as systemd:
        systemd.bind(str(tmp_path / "notify"))
        systemd.settimeout(10)
        environment = {**os.environ, "NOTIFY_SOCKET": str(tmp_path / "notify"), "WATCHDOG_USEC": "100000"}
        command = [sys.executable, "-c", SERVICE]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as process:
            said = {systemd.recv(100) for _ in range(5)}
            assert said == {b"READY=1", b"WATCHDOG=1"}
            process.terminate()
            while (last := systemd.recv(100)) == b"WATCHDOG=1":
                pass
            assert last == b"STOPPING=1"
            process.communicate()

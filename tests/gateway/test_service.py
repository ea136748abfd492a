"""Services end tidily on a signal."""

import signal
import subprocess
import sys

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

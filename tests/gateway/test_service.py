"""Services end by themselves, on a signal, or with the program that started them."""

import subprocess
import sys

import pytest

SERVICE = """
import asyncio, sys
from gateway.service import ends_with_stdin, run_service

async def main():
    ended = asyncio.Event()
    async def work():
        print("working", flush=True)
        await ended.wait()
        print("tidied up", flush=True)
    async def stop():
        ended.set()
    async with ends_with_stdin(wanted=sys.argv[1] == "follow"):
        await run_service(work(), stop)

asyncio.run(main())
"""


def start(mode: str) -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [sys.executable, "-c", SERVICE, mode], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "working\n"
    return process


@pytest.mark.parametrize("how", ["SIGTERM", "SIGINT", "stdin"])
def test_it_tidies_up_before_it_ends(how: str) -> None:
    with start("follow") as process:
        if how == "stdin":
            assert process.stdin is not None
            process.stdin.close()
        else:
            process.send_signal(getattr(__import__("signal"), how))
        assert process.stdout is not None
        assert process.stdout.read() == "tidied up\n"
        assert process.wait(10) == 0


def test_without_following_it_outlives_its_standard_input() -> None:
    with start("alone") as process:
        assert process.stdin is not None
        process.stdin.close()
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(0.5)
        process.terminate()
        assert process.wait(10) == 0

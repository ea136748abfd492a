"""Parts of the demo as real processes."""

import asyncio
import os
import sys
from pathlib import Path

import pytest

from firmware_sim.parts import Part, PartError

TALKER = "import sys; print('noise'); print('{\"ready\": true}', flush=True); sys.stdin.read()"
STUBBORN = """
import signal, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
print('{}', flush=True)
time.sleep(60)
"""


def python(code: str) -> list[str]:
    return [sys.executable, "-c", code]


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_a_part_reports_and_stops(tmp_path: Path) -> None:
    async def scenario() -> None:
        part = await Part.start("talker", python(TALKER), tmp_path / "log")
        assert await part.report(10.0) == {"ready": True}
        assert part.is_running
        assert await part.stop() != 0
        assert not is_alive(part.pid)
        assert not part.is_lost
        assert await part.stop() != 0, "stopping twice does no harm"

    asyncio.run(scenario())


def test_a_part_that_fails_says_why(tmp_path: Path) -> None:
    async def scenario() -> None:
        part = await Part.start(
            "broken", python("import sys; sys.exit('port 80 is taken')"), tmp_path / "log"
        )
        with pytest.raises(PartError, match="broken did not start: port 80 is taken"):
            await part.report(10.0)
        assert part.is_lost

    asyncio.run(scenario())


def test_a_silent_part_is_not_waited_for_for_ever(tmp_path: Path) -> None:
    async def scenario() -> None:
        part = await Part.start("silent", python("import time; time.sleep(60)"), tmp_path / "log")
        with pytest.raises(PartError, match="silent was not ready within 0 s"):
            await part.report(0.2)
        await part.kill()

    asyncio.run(scenario())


def test_a_stubborn_part_is_killed(tmp_path: Path) -> None:
    async def scenario() -> None:
        part = await Part.start("stubborn", python(STUBBORN), tmp_path / "log")
        await part.report(10.0)
        assert await part.stop(within_s=0.2) == -9

    asyncio.run(scenario())

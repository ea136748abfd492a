"""Parts of the demo as real processes."""

import asyncio
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from firmware_sim.parts import Part, PartError, following

IsAlive = Callable[[int], bool]

TALKER = "import sys; print('noise'); print('{\"ready\": true}', flush=True); sys.stdin.read()"
STUBBORN = """
import signal, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
print('{}', flush=True)
time.sleep(60)
"""


TIDY = """
import signal, sys, time

def end(*_):
    print("tidied up", flush=True)
    sys.exit()

signal.signal(signal.SIGTERM, end)
print("working", flush=True)
time.sleep(60)
"""
STILL_STARTING = "import time; print('working', flush=True); time.sleep(60)"


def python(code: str) -> list[str]:
    return [sys.executable, "-c", code]


def test_a_part_reports_and_stops(tmp_path: Path, is_alive: IsAlive) -> None:
    async def scenario() -> None:
        part = await Part.start("talker", python(TALKER), tmp_path / "log")
        assert await part.report(10.0) == {"ready": True}
        assert part.is_running
        assert await part.stop() != 0
        assert not is_alive(part.pid)
        assert not part.is_lost
        assert await part.stop() != 0, "stopping twice does no harm"

    asyncio.run(scenario())


def test_a_part_that_is_killed_has_that_status(tmp_path: Path) -> None:
    async def scenario() -> list[int]:
        parts = [await Part.start("sleeper", ["sleep", "60"], tmp_path / "log") for _ in range(300)]
        return [await part.kill() for part in parts]

    assert set(asyncio.run(scenario())) == {-signal.SIGKILL}


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


@pytest.mark.parametrize(
    ("program", "last_words", "status"), [(TIDY, "tidied up\n", 0), (STILL_STARTING, "", -15)]
)
def test_a_part_ends_with_its_standard_input(
    tmp_path: Path, program: str, last_words: str, status: int
) -> None:
    (tmp_path / "program.py").write_text(program)
    command = following("program", "any", "words")
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=tmp_path
    ) as part:
        assert part.stdin is not None
        assert part.stdout is not None
        assert part.stdout.readline() == "working\n"
        with pytest.raises(subprocess.TimeoutExpired):
            part.wait(0.2)
        part.stdin.close()
        assert part.stdout.read() == last_words
        assert part.wait(10) == status

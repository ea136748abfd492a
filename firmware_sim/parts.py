"""The demo's parts as processes: the product's own commands, started, watched and ended by pid.

A part's standard input stays open as long as the demo lives, so a part that watches it ends with the demo
even if the demo is killed. What a part prints to standard output is read line by line as JSON; its log goes
to a file.

``python -m firmware_sim.parts MODULE ...`` runs a module that knows nothing of this as such a part: a thread
of its own watches, from before the module is imported, whatever the module waits for.
"""

import asyncio
import contextlib
import json
import os
import resource
import runpy
import signal
import sys
import threading
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any


class PartError(Exception):
    """A part that did not come up, or ended when it should not."""


class Part:
    """One running process of the demo.

    Parameters
    ----------
    name
        What a person calls it.
    process
        The process, with standard input and output piped.
    log
        Where its standard error goes.
    """

    def __init__(self, name: str, process: asyncio.subprocess.Process, log: Path) -> None:
        self.name, self.log = name, log
        self._process = process
        self._was_ended = False

    @classmethod
    async def start(cls, name: str, command: Sequence[str], log: Path) -> "Part":
        """Start `command` in a session of its own, so that Ctrl-C reaches only the demo."""
        with log.open("ab") as stream:
            process = await asyncio.create_subprocess_exec(
                *command,
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=stream,
                start_new_session=True,
            )
        return cls(name, process, log)

    @property
    def pid(self) -> int:
        """Process id."""
        return self._process.pid

    @property
    def is_running(self) -> bool:
        """Whether the process lives."""
        return self._process.returncode is None

    @property
    def is_lost(self) -> bool:
        """Whether the process ended without being told to."""
        return not self.is_running and not self._was_ended

    async def reports(self) -> AsyncIterator[dict[str, Any]]:
        """Yield each line of JSON that the part prints, until it ends."""
        assert self._process.stdout is not None
        async for line in self._process.stdout:
            with contextlib.suppress(ValueError):
                report = json.loads(line)
                if isinstance(report, dict):
                    yield report

    async def report(self, within_s: float) -> dict[str, Any]:
        """Return the part's next line of JSON.

        Raises
        ------
        PartError
            If it prints none within `within_s` seconds, or ends first.
        """
        try:
            async with asyncio.timeout(within_s):
                async for report in self.reports():
                    return report
                await self._process.wait()
        except TimeoutError:
            raise PartError(f"{self.name} was not ready within {within_s:.0f} s; see {self.log}") from None
        raise PartError(f"{self.name} did not start: {self.last_words()}")

    def last_words(self) -> str:
        """Return the last line of the part's log, which says why it ended."""
        with contextlib.suppress(OSError):
            lines = self.log.read_text(encoding="utf-8", errors="replace").strip().splitlines()
            if lines:
                return lines[-1]
        return f"it ended with status {self._process.returncode} and said nothing"

    async def stop(self, within_s: float = 10.0) -> int:
        """Ask the part to end, insist after `within_s` seconds, and return its exit status."""
        self._signal(signal.SIGTERM)
        try:
            async with asyncio.timeout(within_s):
                return await self._process.wait()
        except TimeoutError:
            return await self.kill()

    async def kill(self) -> int:
        """End the part at once, as a power cut would."""
        self._signal(signal.SIGKILL)
        return await self._process.wait()

    def freeze(self) -> None:
        """Let the part stand still, as a computer that swaps or sleeps does, until :meth:`thaw`."""
        self._send(signal.SIGSTOP)

    def thaw(self) -> None:
        """Let a part that stands still go on."""
        self._send(signal.SIGCONT)

    def limit_files(self, most_bytes: int | None) -> None:
        """Let no file be written beyond its first `most_bytes`; None: let them grow again.

        To the part it is a disk that refuses (EFBIG in the place of ENOSPC), and to nobody else.
        """
        _, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
        with contextlib.suppress(ProcessLookupError):
            resource.prlimit(
                self.pid, resource.RLIMIT_FSIZE, (hard if most_bytes is None else most_bytes, hard)
            )

    def _signal(self, number: signal.Signals) -> None:
        self._was_ended = self._was_ended or self.is_running
        self._send(number)
        self._send(signal.SIGCONT)  # one that stands still would not hear it

    def _send(self, number: signal.Signals) -> None:
        # asyncio's own way first asks whether the process has ended, and thereby takes its status away from
        # whoever waits for it: 255 is told then.
        if self.is_running:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, number)


def lumbar(*words: str) -> list[str]:
    """Return the command line of one of the product's own commands, to end with its standard input."""
    return following("gateway.cli", *words)


def following(module: str, *words: str) -> list[str]:
    """Return the command line of a module that is to end with its standard input."""
    return [sys.executable, "-m", "firmware_sim.parts", module, *words]


def _terminate_when_stdin_closes() -> None:
    while os.read(sys.stdin.fileno(), 4096):
        pass
    os.kill(os.getpid(), signal.SIGTERM)


if __name__ == "__main__":
    threading.Thread(target=_terminate_when_stdin_closes, daemon=True).start()
    del sys.argv[0]
    runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)

"""Many strips at once on one virtual radio, each with a gateway of its own: ``python -m tests.many_strips``.

A gateway is one patient's home and keeps one strip, so a house with several patients runs several gateways.
Here each strip, each gateway and the radio is a process of its own, at the speed of life; all strips hear and
disturb each other while they are looked for. After some minutes the gateways are stopped, and each archive is
held against its strip's flash, sample by sample. Told of each gateway: samples, gaps, latency, its share of
one core and its memory.

Exit status: 0 nothing was lost, 1 something was.
"""

import argparse
import asyncio
import os
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from rich.console import Console
from rich.table import Table

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from analysis.recording.archive import Archive, find_archives
from firmware_sim.parts import Part, following, lumbar
from firmware_sim.ports import free_port
from firmware_sim.stage import get_json, write_toml
from gateway.wire.timebase import REAL_CLOCK
from tests.soak import Tally, compare_samples

_LOOPBACK: Final = "127.0.0.1"
_READY_S: Final = 120.0
_STREAM_S: Final = 180.0
_SETTLED_SAMPLES: Final = 300
_TICKS_PER_S: Final = os.sysconf("SC_CLK_TCK")


@dataclass(slots=True)
class Pair:
    """A strip and its gateway."""

    serial: str
    folder: Path
    strip_hci: str
    gateway_hci: str
    page_port: int = field(default_factory=free_port)
    strip: Part | None = None
    gateway: Part | None = None

    async def start(self) -> None:
        """Start both, and wait until the gateway's page answers."""
        self.folder.mkdir(parents=True)
        words = (self.strip_hci, str(self.folder / "strip"), REAL_CLOCK.token(), self.serial)
        command = following("tests.firmware_sim.counting_strip", *words)
        self.strip = await Part.start(f"strip {self.serial}", command, self.folder / "strip.log")
        settings = self.folder / "lumbar.toml"
        sections: dict[str, dict[str, Any]] = {
            "patient": {"id": f"p-{self.serial.lower()}"},
            "strip": {"serial": self.serial},
            "bluetooth": {"virtual_radio": self.gateway_hci},
            "calibration": {"mode": "aligned"},
            "storage": {"folder": str(self.folder / "home")},
            "pages": {"port": self.page_port},
        }
        write_toml(settings, sections)
        command = lumbar("gateway", "--config", str(settings))
        self.gateway = await Part.start(f"gateway {self.serial}", command, self.folder / "gateway.log")
        await self.gateway.report(_READY_S)

    async def account(self) -> dict[str, Any]:
        """Return the gateway's account of itself."""
        return await asyncio.to_thread(get_json, f"http://{_LOOPBACK}:{self.page_port}/api/status")

    def cost(self) -> tuple[float, float]:
        """Return the gateway's time on the processor so far, s, and its memory, MB."""
        assert self.gateway is not None
        proc = Path(f"/proc/{self.gateway.pid}")
        times = (proc / "stat").read_text().rpartition(")")[2].split()
        resident = next(line for line in (proc / "status").read_text().splitlines() if "VmRSS" in line)
        return (int(times[11]) + int(times[12])) / _TICKS_PER_S, int(resident.split()[1]) / 1024

    async def stop(self) -> None:
        """Stop the gateway, then the strip."""
        for part in (self.gateway, self.strip):
            if part is not None:
                await part.stop()

    def compared(self) -> Tally:
        """Hold the archive against the strip's flash; the strip samples on after the gateway's end."""
        tally = Tally()
        folders = find_archives(self.folder / "home" / "archive")
        taken = compare_samples(self.folder / "strip", Archive(folders[0]), tally)
        if not 0 < tally.samples <= taken:
            tally.differences.append(f"{tally.samples} samples of {taken} are in the archive")
        return tally


async def run(folder: Path, count: int, minutes: float, table: Table) -> list[str]:
    """Run `count` pairs for some minutes, add a row of each to `table`, and return what was lost."""
    ports = [word for _ in range(2 * count) for word in ("--port", "0")]
    radio = await Part.start(
        "the radio", following("firmware_sim.virtual_radio", *ports), folder / "radio.log"
    )
    hci = [f"tcp-client:{_LOOPBACK}:{port}" for port in (await radio.report(_READY_S))["ports"]]
    pairs = [
        Pair(f"LM-{number:06d}", folder / str(number), hci[2 * number - 2], hci[2 * number - 1])
        for number in range(1, count + 1)
    ]
    try:
        for pair in pairs:
            await pair.start()
        async with asyncio.timeout(_STREAM_S):
            for pair in pairs:
                while (await pair.account()).get("samples", 0) < _SETTLED_SAMPLES:  # noqa: ASYNC110 - another process
                    await asyncio.sleep(0.5)
        began_s, before = time.monotonic(), [pair.cost() for pair in pairs]
        await asyncio.sleep(60 * minutes)
        lasted_s, after = time.monotonic() - began_s, [pair.cost() for pair in pairs]
        accounts = [await pair.account() for pair in pairs]
    finally:
        await asyncio.gather(*(pair.stop() for pair in pairs))
        await radio.stop()
    lost: list[str] = []
    for pair, account, (begun_s, _), (ended_s, memory_mb) in zip(pairs, accounts, before, after, strict=True):
        tally = pair.compared()
        lost += [f"{pair.serial}: {difference}" for difference in tally.differences]
        table.add_row(
            pair.serial,
            str(tally.samples),
            str(account["missing_samples"]),
            f"{account['latency_p50_ms']:.0f}, {account['latency_p99_ms']:.0f}",
            f"{100 * (ended_s - begun_s) / lasted_s:.1f}",
            f"{memory_mb:.0f}",
        )
    return lost


def main() -> int:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--strips", type=int, default=8, help="how many (default 8)")
    parser.add_argument("--minutes", type=float, default=3.0, help="for how long all stream (default 3)")
    asked = parser.parse_args()
    console = Console()
    table = Table(title=f"{asked.strips} strips for {asked.minutes:g} min", title_justify="left")
    for column in ("strip", "archived", "asked for again", "latency p50, p99 ms", "% of a core", "MB"):
        table.add_column(column, justify="right")
    with tempfile.TemporaryDirectory(prefix="lumbar-many-") as folder:
        lost = asyncio.run(run(Path(folder), asked.strips, asked.minutes, table))
    console.print(table)
    for what in lost:
        console.print(f"Lost: {what}.", style="red", markup=False)
    if not lost:
        console.print("Every archive equals its strip's flash, sample by sample.", style="green")
    return 1 if lost else 0


if __name__ == "__main__":
    sys.exit(main())

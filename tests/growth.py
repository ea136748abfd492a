"""A gateway's memory over a simulated day, as fast as it goes: ``python -m tests.growth``.

The strip's own firmware and the home's own pipeline (link, reassembly, clock, archive, core, events, store,
outbox), joined by a wire instead of a radio (:mod:`tests.gateway.wired`). The strip is worn around the clock
by a person who repeats four minutes of lifting, 200 lifts an hour, and is out of range for ten minutes every
three hours, so that stretches are fetched and gone over again. In the first hour everything happens once: it
begins at half past, so an hour's file is made in it, and ten minutes of it are out of range. From its end on
the memory of this process, in which the strip's 64 MiB lie too, is read at the end of each hour.

Exit status: 0 it stayed within both bounds, 1 it did not.
"""

import argparse
import asyncio
import gc
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from rich.console import Console

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from analysis.events.event import Event
from gateway.delivery.outbox import Outbox
from tests.gateway import wired
from tests.gateway.conftest import Home
from tests.gateway.wired import Repeated, SteppedClock, Wire

GROWTH_MB: Final = 10.0
"""What the gateway may grow by in 24 h."""
WHOLE_MB: Final = 260.0
"""What it may take."""
_HALF_PAST_NS: Final = 1_800_000_000_000
_STEP_S: Final = 2.0
_SPELL_S: Final = 600.0
_SPELLS_PER_H: Final = 6
_AWAY_EVERY_SPELLS: Final = 18
_AWAY_IN_SPELL: Final = 2


def resident_mb() -> float:
    """Return this process's memory, MB."""
    gc.collect()
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(next(line for line in status.splitlines() if "VmRSS" in line).split()[1]) / 1024


async def live(wire: Wire, home: Home, hours: int, console: Console) -> list[float]:
    """Let hours pass; return the memory at the end of each."""
    memory_mb: list[float] = []
    spell, last = 0, hours * _SPELLS_PER_H
    while spell < last:
        async with wire.connected() as pass_time:
            while spell < last and spell % _AWAY_EVERY_SPELLS != _AWAY_IN_SPELL:
                await pass_time(_SPELL_S)
                spell += 1
                held = home.strip.held()
                home.archive.tend(wire.clock.utc_ns())
                home.backfill.on_disk(held)
                home.care.tick(wire.clock.utc_ns())
                while home.segments.work():
                    pass
                wire.lags_s.clear()
                home.told.clear()
                if spell % _SPELLS_PER_H == 0:
                    memory_mb.append(resident_mb())
                    events = home.ledger.recorded
                    console.print(f"{len(memory_mb):3} h: {memory_mb[-1]:.1f} MB, {events} events")
        wire.sleep(_SPELL_S)
        spell += 1
    return memory_mb


def main() -> int:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--hours", type=int, default=25, help="simulated hours (default 25)")
    asked = parser.parse_args()
    console = Console()
    wired._STEP_S = _STEP_S  # the wire's own step, finer than needed here
    with tempfile.TemporaryDirectory(prefix="lumbar-growth-") as folder:
        home = Home(Path(folder), mode="aligned")
        outbox = Outbox(Path(folder) / "outbox.sqlite")

        def keep(events: Sequence[Event]) -> None:
            outbox.put_all([("topic", event.to_json().encode()) for event in events], wire.clock.utc_ns())

        wire = Wire(home, Repeated("lifts"), SteppedClock(step_ns=_HALF_PAST_NS))
        home.ledger.deliver_with(keep)
        wire.memory.samples.fill(0)  # the strip's memory is none of the gateway's
        console.print(f"Before the first sample {resident_mb():.1f} MB.")
        memory_mb = asyncio.run(live(wire, home, asked.hours, console))
        outbox.close()
        home.close()
    grown_mb = memory_mb[-1] - memory_mb[0]
    most_mb = max(memory_mb)
    console.print(f"Grown by {grown_mb:.1f} MB since the first hour; {most_mb:.1f} MB at most.")
    return 0 if grown_mb < GROWTH_MB and most_mb < WHOLE_MB else 1


if __name__ == "__main__":
    sys.exit(main())

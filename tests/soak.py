"""The main job with faults, for minutes: run with ``make soak`` or ``python tests/soak.py``.

Round after round, a simulated person wears the strip through a scenario on a fresh stage of real processes,
while seeded dice kill (-9) or stop one part at a time (strip, gateway, recorder or broker), leave it away for
a moment and start it again. At the end of each round

- the home's store and the clinic's hold the same derived events, each event id once;
- analysing the archive gives exactly the clinic's derived events;
- every segment in the archive is finished;
- every part that was asked to stop did so with status 0.

Strip and gateway are left alone until the strip is calibrated: a routine cut in two calibrates nothing, and a
round without a calibration has nothing to compare.

What it does not check yet: that no *sample* is lost. What the strip measured while the gateway was away, or
while nobody was connected, stays in the strip's flash; events of such stretches are missing on both sides
alike. Nor does it hold the events against what the person truly did, nor compare alerts, marks and status.

Exit status: 0 all rounds alike, 1 something differed (the round's folder is kept and named). The dice that
choose faults repeat with the seed; what a fault hits depends on the machine's timing.
"""

import argparse
import asyncio
import json
import shutil
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import numpy as np
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from analysis.events.catalogue import DERIVED_KINDS
from analysis.events.errors import LumbarError
from analysis.recording.archive import Archive, find_archives
from analysis.replay import analyse_archive
from analysis.trends.sqlite import SqliteStore
from firmware_sim.broker import BrokerError
from firmware_sim.parts import Part, PartError
from firmware_sim.ports import free_port
from firmware_sim.scenarios import SCENARIOS
from firmware_sim.stage import PATIENT, Plan, Stage, StageError
from gateway.wire.timebase import Clock

SPEED: Final = 5.0
"""How much faster than life: slow enough that two cores keep up while parts start."""
MORNING: Final = datetime(2026, 3, 2, 8, tzinfo=UTC)
PAUSE_S: Final = (0.5, 3.0)
"""Least and longest peace between two faults, s of this computer."""
AWAY_S: Final = (0.0, 2.0)
"""Least and longest absence of a part, s of this computer."""
PARTS: Final = ("strip", "gateway", "recorder", "broker")
SPARED_AT_FIRST: Final = ("strip", "gateway")
HOW: Final = ("killed", "stopped")

Event = dict[str, Any]


@dataclass(slots=True)
class Tally:
    """What was done to whom, and what came of it."""

    faults: Counter[tuple[str, str]] = field(default_factory=Counter)
    segments: int = 0
    events: int = 0
    differences: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Tormentor:
    """Strikes one part after another until told that it is over."""

    stage: Stage
    dice: np.random.Generator
    tally: Tally
    is_calibrated: bool = False
    is_over: asyncio.Event = field(default_factory=asyncio.Event)

    async def run(self) -> None:
        """Strike until it is over; whoever is away then is brought back before this returns."""
        while not await self._over_within(self.dice.uniform(*PAUSE_S)):
            parts = PARTS if self.is_calibrated else [part for part in PARTS if part not in SPARED_AT_FIRST]
            part, how = str(self.dice.choice(parts)), str(self.dice.choice(HOW))
            self.tally.faults[part, how] += 1
            await self._strike(part, how)

    async def _over_within(self, duration_s: float) -> bool:
        try:
            await asyncio.wait_for(self.is_over.wait(), duration_s)
        except TimeoutError:
            return False
        return True

    async def _strike(self, part: str, how: str) -> None:
        stage = self.stage
        if part == "broker":
            assert stage.broker is not None
            await asyncio.to_thread(stage.broker.kill if how == "killed" else stage.broker.stop)
            await self._away()
            await asyncio.to_thread(stage.restart_broker)
            return
        start: dict[str, tuple[Part | None, Callable[[], Awaitable[None]]]] = {
            "strip": (stage.strip, stage.start_strip),
            "gateway": (stage.gateway, stage.start_gateway),
            "recorder": (stage.recorder, stage.start_recorder),
        }
        victim, begin_again = start[part]
        assert victim is not None
        if how == "killed":
            await victim.kill()
        elif status := await victim.stop():
            self.tally.differences.append(f"{victim.name} stopped with status {status}")
        await self._away()
        await begin_again()

    async def _away(self) -> None:
        await asyncio.sleep(self.dice.uniform(*AWAY_S))


async def run_round(plan: Plan, dice: np.random.Generator, tally: Tally, show: Callable[[str], None]) -> None:
    """Run one round and add what it showed to `tally`."""
    stage = Stage(plan)
    await stage.start()
    try:
        if stage.broker is None:
            raise StageError(f"no soak without a broker: {stage.broker_missing}")
        tormentor = Tormentor(stage, dice, tally)
        torment = asyncio.create_task(tormentor.run())
        try:
            async for status in stage.progress():
                # The calibration is the first thing that a round records.
                tormentor.is_calibrated |= status.get("recorded", 0) > 0
                show(str(status.get("last_sample") or "")[11:19])
                if torment.done():
                    break
        finally:
            tormentor.is_over.set()
            await torment
        show("delivering")
        async for _ in stage.progress():  # whoever was away at the end is back, and closes what was open
            pass
        await stage.delivered()
    finally:
        await stage.stop()
    examine(stage, tally)


def examine(stage: Stage, tally: Tally) -> None:
    """Compare both stores and the archive of a stage that has ended."""
    home, clinic = _stored(stage.home_store), _stored(stage.clinic_store)
    (folder,) = find_archives(stage.plan.folder / "archive")
    archive = Archive(folder)
    tally.segments += len(archive.segments)
    tally.events += len(_derived(clinic))
    if not _derived(clinic):
        tally.differences.append("nothing was derived")
    for name, events in (("home", home), ("clinic", clinic)):
        twice = [id_ for id_, count in Counter(event["event_id"] for event in events).items() if count > 1]
        tally.differences += [f"the {name}'s store holds {id_} more than once" for id_ in twice]
    again = [event.to_dict() for event in analyse_archive(archive)]
    tally.differences += _unlike("the home's store", _derived(home), "the clinic's", _derived(clinic))
    tally.differences += _unlike("the archive", again, "the clinic's store", _derived(clinic))
    tally.differences += [
        f"the segment of boot {segment.start.boot} from sample {segment.start.first_sample} is not finished"
        for segment in archive.segments
        if not segment.is_finished
    ]


def _stored(path: Path) -> list[Event]:
    with closing(SqliteStore(path)) as store:
        return store.events(PATIENT)


def _derived(events: Iterable[Event]) -> list[Event]:
    return [event for event in events if _kind(event) in DERIVED_KINDS]


def _kind(event: Event) -> str:
    return str(event["schema"]).removeprefix("lumbar.").partition("/")[0]


def _unlike(one: str, ours: list[Event], other: str, theirs: list[Event]) -> list[str]:
    """Say what only one of two sides holds, to the last byte."""
    left, right = (Counter(json.dumps(event, sort_keys=True) for event in side) for side in (ours, theirs))
    said = []
    for have, lack, only in ((one, other, left - right), (other, one, right - left)):
        if only:
            first = min((json.loads(text) for text in only), key=lambda event: str(event["start"]))
            what = f"{_kind(first)} at {first['start']}, boot {first['boot']}, sample {first['first_sample']}"
            said.append(f"{only.total()} events are in {have} and not in {lack}; the first: {what}")
    return said


def soak(minutes: float, seed: int, scenario: str, console: Console) -> Tally:
    """Run rounds until `minutes` are over, at least one; stop at the first that differs."""
    whole = Tally()
    began_s = time.monotonic()
    number = 0
    columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task("Starting", total=minutes * 60)
        while not whole.differences and (number == 0 or time.monotonic() - began_s < minutes * 60):
            number += 1
            folder = Path(tempfile.mkdtemp(prefix=f"lumbar-soak-{seed}-{number}-"))
            clock = Clock.scaled(SPEED, MORNING)
            plan = Plan(folder, clock, scenario, seed + number - 1, page_port=free_port())

            def show(what: str, number: int = number) -> None:
                faults = whole.faults.total()
                about = f"round {number}, {faults} faults: {what}"
                progress.update(task, description=about, completed=time.monotonic() - began_s)

            try:
                asyncio.run(run_round(plan, np.random.default_rng([seed, number]), whole, show))
            except (StageError, PartError, BrokerError, LumbarError) as error:
                whole.differences.append(f"the round could not be brought to its end: {error}")
            if whole.differences:
                console.print(f"Round {number} differs; its folder is kept: {folder}")
            else:
                shutil.rmtree(folder)
    console.print(
        f"{number} rounds of {scenario!r} at {SPEED:g} times the speed of life "
        f"in {(time.monotonic() - began_s) / 60:.1f} min, seed {seed}."
    )
    return whole


def tell(tally: Tally, console: Console) -> None:
    """Print the faults by kind, and the outcome."""
    table = Table(title="Faults", title_justify="left")
    table.add_column("part")
    for how in HOW:
        table.add_column(how, justify="right")
    for part in PARTS:
        table.add_row(part, *(str(tally.faults[part, how]) for how in HOW))
    table.add_row("all", *(str(sum(tally.faults[part, how] for part in PARTS)) for how in HOW), style="bold")
    console.print(table)
    if tally.differences:
        for difference in tally.differences:
            console.print(f"Differs: {difference}.", style="red", markup=False)
    else:
        console.print(
            f"{tally.events} derived events from {tally.segments} segments: "
            "home, clinic and archive agree to the last byte.",
            style="green",
        )


def main() -> int:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--minutes", type=float, default=5.0, help="how long to begin new rounds (default 5)")
    parser.add_argument("--seed", type=int, default=1, help="the dice's seed (default 1)")
    parser.add_argument("--scenario", choices=list(SCENARIOS), default="lifts", help="what the person does")
    asked = parser.parse_args()
    console = Console()
    tally = soak(asked.minutes, asked.seed, asked.scenario, console)
    tell(tally, console)
    return 1 if tally.differences else 0


if __name__ == "__main__":
    sys.exit(main())

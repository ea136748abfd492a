"""The main job with faults, for minutes: run with ``make soak`` or ``python -m tests.soak``.

Round after round, a simulated person wears the strip through a scenario on a fresh stage of real processes,
while seeded dice strike one part at a time (:mod:`firmware_sim.faults`). When the strip's memory has been
fetched, at the end of each round

- the archive holds every sample that the strip ever took, boot by boot, bit for bit: both are held against
  each other through the strip's flash;
- the home's store and the clinic's hold the same derived events, each event id once;
- analysing the archive gives exactly the clinic's derived events;
- every segment in the archive is finished, and none lacks a sample;
- every part that was asked to stop did so with status 0, and a second gateway got nothing.

The strip is left alive until it is calibrated: dead it measures nothing, a routine cut in two calibrates
nothing, and a round without a calibration has nothing to compare.

What it does not check: the events against what the person truly did (a strip that is killed measures nothing
meanwhile), alerts, marks and status; hours that are given up on a full disk, and a clock that is set while
the gateway runs, have tests of their own.

Exit status: 0 all rounds alike, 1 something differed (the round's folder is kept and named). The dice that
choose faults repeat with the seed; what a fault hits depends on the machine's timing.
"""

import argparse
import asyncio
import json
import shutil
import statistics
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterable
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from analysis.events.catalogue import DERIVED_KINDS
from analysis.events.errors import LumbarError
from analysis.motion.block import Block
from analysis.recording.archive import Archive, find_archives
from analysis.recording.raw import DUAL_COLUMNS, RawSamples, to_block
from analysis.replay import analyse_archive
from analysis.trends.sqlite import SqliteStore
from firmware_sim.broker import BrokerError
from firmware_sim.faults import FAULTS, Tormentor
from firmware_sim.parts import PartError
from firmware_sim.ports import free_port
from firmware_sim.scenarios import SCENARIOS, scenario
from firmware_sim.stage import PATIENT, Plan, Stage, StageError
from firmware_sim.state_dir import StateDir
from gateway.archive.writer import STRIP_SCALE
from gateway.wire.timebase import Clock

SPEED: Final = 5.0
"""How much faster than life: slow enough that two cores keep up while parts start."""
MORNING: Final = datetime(2026, 3, 2, 8, tzinfo=UTC)
SETTLED_S: Final = 150.0
"""So long may it take, after the last fault, until all is fetched, gone over and delivered, s."""
LOOKS_AT_END: Final = 4
LOOKS_AT_END_OF_MANY: Final = 50
"""After more boots than the strip lists at once: 25 s, until what is safe is erased and the rest listed."""
BOOTS_LISTED: Final = 8

Event = dict[str, Any]


@dataclass(slots=True)
class Tally:
    """What was done to whom, and what came of it."""

    faults: Counter[tuple[str, str]] = field(default_factory=Counter)
    disturbed: Counter[str] = field(default_factory=Counter)
    stops_s: list[float] = field(default_factory=list)
    samples: int = 0
    segments: int = 0
    events: int = 0
    differences: list[str] = field(default_factory=list)


async def run_round(plan: Plan, dice: np.random.Generator, tally: Tally, show: Callable[[str], None]) -> None:
    """Run one round and add what it showed to `tally`."""
    stage = Stage(plan)
    await stage.start()
    try:
        if stage.broker is None:
            raise StageError(f"no soak without a broker: {stage.broker_missing}")
        tormentor = Tormentor(stage, dice)
        torment = asyncio.create_task(tormentor.run())
        try:
            while not _is_over(plan, stage) and not torment.done():
                status = await stage.status()
                # The calibration is the first thing that a round records.
                tormentor.is_calibrated |= status.get("recorded", 0) > 0
                show(str(status.get("last_sample") or "")[11:19])
                await asyncio.sleep(0.25)
        finally:
            tormentor.is_over.set()
            await torment
            tally.faults += tormentor.struck
            tally.disturbed += tormentor.disturbed
            tally.stops_s += tormentor.stops_s
            tally.differences += tormentor.complaints
        show("fetching, delivering")
        await settled(stage)
        await stage.delivered()
    finally:
        await stage.stop()
    examine(stage, tally)


def _is_over(plan: Plan, stage: Stage) -> bool:
    """Whether the person has come to the end of the scenario."""
    try:
        worn_s = (plan.clock.utc_ns() - stage.donned_utc_ns()) / 1e9
    except StageError:
        return False
    return worn_s > scenario(plan.scenario, plan.seed).duration_s


async def settled(stage: Stage) -> None:
    """Wait until the strip is off, all that it remembers has been fetched, and no segment is open.

    Raises
    ------
    StageError
        If that takes too long.
    """
    deadline_s = time.monotonic() + SETTLED_S
    looks, boots = 0, len(json.loads((stage.plan.folder / "strip" / "strip.json").read_text())["boots"])
    while looks < (LOOKS_AT_END if boots <= BOOTS_LISTED else LOOKS_AT_END_OF_MANY):
        status = await stage.status()
        is_settled = (
            status.get("link") == "streaming"
            and status.get("worn") is False
            and status.get("awaited_samples") == 0
            and status.get("segment_open") is False
        )
        looks = looks + 1 if is_settled else 0
        if time.monotonic() > deadline_s:
            raise StageError(f"not settled after {SETTLED_S:.0f} s: {status}")
        await asyncio.sleep(0.5)


def examine(stage: Stage, tally: Tally) -> None:
    """Compare the strip's memory, the archive and both stores of a stage that has ended."""
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
    for segment in archive.segments:
        name = f"the segment of boot {segment.start.boot} from sample {segment.start.first_sample}"
        if not segment.is_finished:
            tally.differences.append(f"{name} is not finished")
        tally.differences += [f"{name} lacks {gap.first_sample} to {gap.last_sample}" for gap in segment.gaps]
    before = tally.samples
    taken = compare_samples(stage.plan.folder / "strip", archive, tally)
    if (held := tally.samples - before) != taken:
        tally.differences.append(f"the strip took {taken} samples and the archive holds {held}")
    rivals = stage.rival_folder / "archive"
    for folder in find_archives(rivals) if rivals.exists() else ():
        if boots := sorted(Archive(folder).boots()):
            tally.differences.append(f"the second gateway got samples of the strip's boots {boots}")


def compare_samples(strip: Path, archive: Archive, tally: Tally) -> int:
    """Hold the archive's samples, boot after boot, against the strip's flash from its first position on.

    Returns how many samples the strip took; how many the archive holds is added to `tally`.
    """
    memory = StateDir(strip, len(DUAL_COLUMNS)).memory
    at, taken = 0, int(memory.head[0])
    if taken > len(memory.samples):
        raise StageError("the round was longer than the strip's memory; nothing to compare with")
    for boot in sorted(archive.boots()):
        expected = 0
        for block in archive.blocks_of(boot, 0, None):
            if block.first_sample != expected:
                tally.differences.append(f"boot {boot} lacks samples {expected} to {block.first_sample - 1}")
            flash = memory.samples[at + block.first_sample : at + block.end_sample]
            if len(flash) != len(block) or not _is_same(block, flash):
                tally.differences.append(f"boot {boot} differs from the flash near {block.first_sample}")
            expected = block.end_sample
        at += expected
    tally.samples += at
    return taken


def _is_same(block: Block, flash: NDArray[np.int16]) -> bool:
    truth = to_block(RawSamples(0, block.first_sample, np.zeros(len(flash), np.int64), flash), STRIP_SCALE)
    return all(
        one is not None
        and other is not None
        and np.array_equal(one.acc_mps2, other.acc_mps2)
        and np.array_equal(one.gyr_radps, other.gyr_radps)  # type: ignore[arg-type]  # strips have gyroscopes
        for one, other in ((block.upper, truth.upper), (block.lower, truth.lower))
    )


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


def soak(minutes: float, seed: int, person: str, console: Console) -> Tally:
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
            plan = Plan(folder, clock, person, seed + number - 1, page_port=free_port())

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
        f"{number} rounds of {person!r} at {SPEED:g} times the speed of life "
        f"in {(time.monotonic() - began_s) / 60:.1f} min, seed {seed}."
    )
    return whole


def tell(tally: Tally, console: Console) -> None:
    """Print the faults by kind, and the outcome."""
    table = Table(title="Faults", title_justify="left")
    table.add_column("part")
    table.add_column("fault")
    table.add_column("times", justify="right")
    for part, ways in FAULTS.items():
        for how in ways:
            table.add_row(part, how, str(tally.faults[part, how]))
    table.add_row("all", "", str(tally.faults.total()), style="bold")
    console.print(table)
    noise = ", ".join(f"{count} {how}" for how, count in sorted(tally.disturbed.items()))
    console.print(f"Frames disturbed by noise: {noise or 'none'}.")
    if tally.stops_s:
        median_s, longest_s = statistics.median(tally.stops_s), max(tally.stops_s)
        times = f"{len(tally.stops_s)} times, in {median_s:.2f} s (median) and {longest_s:.2f} s (longest)"
        console.print(f"The gateway was asked to stop {times}.")
    if tally.differences:
        for difference in tally.differences:
            console.print(f"Differs: {difference}.", style="red", markup=False)
    else:
        console.print(
            f"{tally.samples} samples: archive and strip agree bit for bit. {tally.events} derived events "
            f"from {tally.segments} segments: home, clinic and archive agree to the last byte.",
            style="green",
        )


def main() -> int:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument(
        "--minutes", type=float, default=30.0, help="how long to begin new rounds (default 30)"
    )
    parser.add_argument("--seed", type=int, default=1, help="the dice's seed (default 1)")
    parser.add_argument("--scenario", choices=list(SCENARIOS), default="morning", help="what the person does")
    asked = parser.parse_args()
    console = Console()
    tally = soak(asked.minutes, asked.seed, asked.scenario, console)
    tell(tally, console)
    return 1 if tally.differences else 0


if __name__ == "__main__":
    sys.exit(main())

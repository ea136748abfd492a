"""How dear the signal core is: run with ``make bench``, or ``python -m tests.bench_core --quick``.

Four gates, each measured in this run on recordings of a simulated morning, repeated:

- the core on a day of two pods, as a multiple of its own two VQF passes (the floor, because orientation must
  be estimated);
- the memory that it adds, after an hour and after a day;
- a live chunk of ten samples, on average;
- ``lumbar analyse`` on a file of half a day, start-up and reading included, as a multiple of two VQF passes,
  both by the clock.

What is compared is measured in turn, equally often, and of several rounds each one's shortest time counts: a
machine that is slower for a while is so for both. The core's times are CPU times, which a busy machine
disturbs less than the clock on the wall, half an hour of the recording at a time. The command is measured as
a whole, in twice as many rounds, and by the clock, which is what its user waits for: it reads ahead in a
thread of its own. The CPU time of all its threads is told too, without a gate. ``--write`` puts the table
into deploy/docs and leaves what stands below it. Exits with 1 if a gate is missed.
"""

import argparse
import os
import resource
import subprocess
import sys
import tempfile
import time
import tracemalloc
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import dropwhile
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from vqf import VQF

from analysis.events.calibration import Calibration
from analysis.motion.block import RATE_HZ, Block, FloatArray, PodSamples
from analysis.motion.origin import Origin
from analysis.motion.pipeline import LONGEST_PIECE
from analysis.motion.session import Given, Guided, Session
from analysis.recording.columns import PODS, TIME, triple
from firmware_sim.person.source import PersonSource
from firmware_sim.scenarios import scenario
from gateway.wire.frame import ACC_LSB_MPS2, GYR_LSB_RADPS

ORIGIN = Origin("bench", "bench", 0)
PIECE = LONGEST_PIECE
"""As many samples as the core takes at once; a file comes in halves of it."""
CHUNK = 10
ROUTINE = round(180 * RATE_HZ)
SAMPLE_NS = round(1e9 / RATE_HZ)
PAGE = Path(__file__).resolve().parents[1] / "deploy" / "docs" / "measurements.md"
SECTION = "## Cost of the core"


@dataclass(frozen=True)
class Size:
    """How much is measured."""

    day_h: float
    file_h: float
    live_s: int
    rounds: int


FULL, QUICK = Size(24.0, 12.0, 1200, 9), Size(2.0, 2.0, 300, 2)


@dataclass(frozen=True)
class Line:
    """One measurement and its gate; None: told, not judged."""

    what: str
    value: float
    unit: str
    gate: float | None

    @property
    def is_missed(self) -> bool:
        """Whether the gate is missed."""
        return self.gate is not None and self.value > self.gate

    def cells(self) -> tuple[str, str, str, str]:
        """Return the line as cells of a table."""
        verdict = "" if self.gate is None else "missed" if self.is_missed else "met"
        gate = "" if self.gate is None else f"at most {self.gate:g}"
        return self.what, f"{self.value:.3g} {self.unit}".strip(), gate, verdict


def morning() -> Block:
    """Return a simulated morning in one block."""
    one = scenario("morning")
    raw = PersonSource(one).read(0, round(one.duration_s * RATE_HZ))
    si = raw * np.tile(np.repeat((ACC_LSB_MPS2, GYR_LSB_RADPS), 3), 2)
    count = raw.shape[0]
    pods = [PodSamples(si[:, a : a + 3].copy(), si[:, a + 3 : a + 6].copy()) for a in (0, 6)]
    times = 1_767_261_600_000_000_000 + np.arange(count) * SAMPLE_NS
    return Block(0, pods[1], pods[0], times, np.zeros(count, dtype=np.bool_))


def repeated(block: Block, hours: float) -> Iterator[Block]:
    """Yield pieces of `block`, again and again, with samples and times that go on."""
    whole = len(block) // PIECE
    for i in range(round(hours * 3600 * RATE_HZ / PIECE)):
        part = block[PIECE * (i % whole) : PIECE * (i % whole + 1)]
        assert part.utc_ns is not None
        times = part.utc_ns + (PIECE * i - part.first_sample) * SAMPLE_NS
        yield Block(PIECE * i, part.lower, part.upper, times, part.saturated)


def new_filters() -> tuple[VQF, VQF]:
    """Return the filters of two pods."""
    return VQF(1.0 / RATE_HZ), VQF(1.0 / RATE_HZ)


def vqf_s(block: Block, filters: tuple[VQF, VQF]) -> float:
    """Return the time of two VQF passes, s."""
    start = time.process_time()
    for vqf, pod in zip(filters, (block.lower, block.upper), strict=True):
        assert pod is not None
        assert pod.gyr_radps is not None
        vqf.updateBatch(pod.gyr_radps, pod.acc_mps2)
    return time.process_time() - start


def core_s(block: Block, session: Session, *, is_last: bool) -> float:
    """Return the time of the core, s."""
    start = time.process_time()
    session.push(block)
    if is_last:
        session.finish()
    return time.process_time() - start


def in_turn_s(day: list[Block], calibration: Calibration, rounds: int) -> tuple[float, float]:
    """Return the time of two VQF passes and that of the core, s, of each piece the shortest of all rounds."""
    times = np.empty((rounds, len(day), 2))
    for of_round in times:
        filters, session = new_filters(), Session(ORIGIN, Given(calibration))
        for piece, of_piece in zip(day, of_round, strict=True):
            of_piece[:] = vqf_s(piece, filters), core_s(piece, session, is_last=piece is day[-1])
    passes_s, whole_s = times.min(axis=0).sum(axis=0).tolist()
    return passes_s, whole_s


def live_s(block: Block, calibration: Calibration) -> float:
    """Return the mean time of one live chunk, s."""
    chunks = [block[at : at + CHUNK] for at in range(0, len(block), CHUNK)]
    session = Session(ORIGIN, Given(calibration))
    start = time.process_time()
    for chunk in chunks:
        session.push(chunk)
    return (time.process_time() - start) / len(chunks)


def memory_mb(block: Block, hours: float, calibration: Calibration) -> float:
    """Return the most memory that the core held at once, MB."""
    tracemalloc.start()
    session = Session(ORIGIN, Given(calibration))
    for part in repeated(block, hours):
        session.push(part)
    session.finish()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak / 1e6


def write_recording(block: Block, hours: float, path: Path) -> None:
    """Write a recording file of the repeated `block`."""
    count = round(hours * 3600 * RATE_HZ)
    place = np.arange(count) % len(block)
    columns: dict[str, FloatArray] = {TIME: np.arange(count) / RATE_HZ}
    for pod in PODS:
        samples: PodSamples = getattr(block, pod)
        for sensor, values in (("acc", samples.acc_mps2), ("gyr", samples.gyr_radps)):
            assert values is not None
            for axis, name in enumerate(triple(pod, sensor)):
                columns[name] = values[place, axis]
    pq.write_table(pa.table(columns), path)


def command_s(path: Path) -> tuple[float, float]:
    """Return the time of ``lumbar analyse`` on a file, and by the clock, s."""
    command = [sys.executable, "-m", "gateway.cli", "analyse", str(path), "--out", f"{path}.jsonl"]
    # A program that is installed has been compiled once; so it has here after the first round.
    environment = {name: text for name, text in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    start, before = time.perf_counter(), resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, check=True, env=environment)
    end, after = time.perf_counter(), resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, end - start


def _file_lines(block: Block, size: Size) -> list[Line]:
    """Measure the command on a file, and before each run two VQF passes over the same samples."""
    pieces = list(repeated(block, size.file_h))
    passes: list[tuple[float, float]] = []
    runs: list[tuple[float, float]] = []
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "half-a-day.parquet")
        write_recording(block, size.file_h, path)
        for _ in range(2 * size.rounds):
            start, filters = time.perf_counter(), new_filters()
            cpu_s = sum(vqf_s(piece, filters) for piece in pieces)
            passes.append((cpu_s, time.perf_counter() - start))
            runs.append(command_s(path))
    (passes_s, by_clock_s), (file_s, waited_s) = (
        np.min(passes, axis=0).tolist(),
        np.min(runs, axis=0).tolist(),
    )
    # With a short file it is the start-up that is measured.
    gate = 1.8 if size is FULL else None
    return [
        Line(f"lumbar analyse, file of {size.file_h:g} h", waited_s, "s", None),
        Line("the same, in two VQF passes", waited_s / by_clock_s, "", gate),
        Line("the same, both in CPU time", file_s / passes_s, "", None),
    ]


def measured(size: Size) -> list[Line]:
    """Measure everything."""
    block = morning()
    (calibration,) = Session(ORIGIN, Guided()).push(block[:ROUTINE]).calibrations
    day = list(repeated(block, size.day_h))
    live = block[ROUTINE : ROUTINE + round(size.live_s * RATE_HZ)]
    floor_s, whole_s = in_turn_s(day, calibration, size.rounds)
    chunk_s = min(live_s(live, calibration) for _ in range(size.rounds))
    file_lines = _file_lines(block, size)
    small, large = memory_mb(block, 1.0, calibration), memory_mb(block, size.day_h, calibration)
    return [
        Line(f"two VQF passes, {size.day_h:g} h", floor_s, "s", None),
        Line(f"the core, {size.day_h:g} h", whole_s, "s", None),
        Line("the core, in two VQF passes", whole_s / floor_s, "", 1.3),
        Line("memory of the core, 1 h", small, "MB", 50.0),
        Line(f"memory of the core, {size.day_h:g} h", large, "MB", 50.0),
        Line(f"a live chunk of {CHUNK} samples", 1e6 * chunk_s, "us", 100.0),
        *file_lines,
    ]


def write_section(path: Path, lines: list[Line], date: str) -> None:
    """Put the table and what heads it into a page, in the place of an older one; what explains it stays."""
    rows = [("what", "measured", "gate", ""), ("---",) * 4, *(line.cells() for line in lines)]
    table = "\n".join(f"| {' | '.join(row)} |" for row in rows)
    section = (
        f"{SECTION}\n\n`make bench`, {date}, 2 shared cores, Python 3.11. A simulated morning repeated.\n"
        f"The core in CPU time, of each half-hour the shortest of {FULL.rounds} rounds; the command by the\n"
        f"clock, the shortest of {2 * FULL.rounds} rounds.\n\n{table}\n"
    )
    before, _, rest = path.read_text(encoding="utf-8").partition(SECTION)
    old = dropwhile(lambda line: not line.startswith(("|", "## ")), rest.splitlines())
    explained = "\n".join(dropwhile(lambda line: line.startswith("|"), old)).strip("\n")
    after = f"\n{explained}\n" if explained else ""
    path.write_text(f"{before.rstrip()}\n\n{section}{after}", encoding="utf-8")


def main() -> int:
    """Measure and print; return 1 if a gate is missed."""
    parser = argparse.ArgumentParser(description="Cost of the signal core, against its gates.")
    parser.add_argument("--quick", action="store_true", help="two hours instead of a day")
    parser.add_argument("--write", action="store_true", help="put the table into deploy/docs/measurements.md")
    parser.add_argument("--date", help="day that the page names, such as 2026-11-23")
    wanted = parser.parse_args()
    if wanted.write and (wanted.quick or not wanted.date):
        parser.error("--write needs --date and the full measurement")
    lines = measured(QUICK if wanted.quick else FULL)
    for line in lines:
        what, value, gate, verdict = line.cells()
        print(f"{what:36}{value:>10}  {gate:14}{verdict}")
    if wanted.write:
        write_section(PAGE, lines, wanted.date)
    return int(any(line.is_missed for line in lines))


if __name__ == "__main__":
    sys.exit(main())

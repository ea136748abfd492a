"""How dear the signal core is: run with ``make bench`` or ``python tests/bench_core.py``.

Prints the time of the whole core on a long two-pod recording as a multiple of its own two VQF passes in the
same run (the floor, because orientation must be estimated), and the mean time of a live chunk of 10 samples.
The recording is a simulated morning, repeated.
"""

import sys
import time
from pathlib import Path

import numpy as np
from vqf import VQF

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from analysis.events.calibration import Calibration
from analysis.motion.block import RATE_HZ, Block, PodSamples
from analysis.motion.origin import Origin
from analysis.motion.session import Given, Guided, Session
from firmware_sim.person.source import PersonSource
from firmware_sim.scenarios import scenario
from gateway.wire.frame import ACC_LSB_MPS2, GYR_LSB_RADPS

ORIGIN = Origin("bench", "bench", 0)
MINUTE = round(60 * RATE_HZ)
HOURS = 6.0
LIVE_S = 600
CHUNK = 10


def morning() -> Block:
    """Return a simulated morning in one block."""
    one = scenario("morning")
    raw = PersonSource(one).read(0, round(one.duration_s * RATE_HZ))
    si = raw * np.tile(np.repeat((ACC_LSB_MPS2, GYR_LSB_RADPS), 3), 2)
    count = raw.shape[0]
    pods = [PodSamples(si[:, a : a + 3].copy(), si[:, a + 3 : a + 6].copy()) for a in (0, 6)]
    times = 1_767_261_600_000_000_000 + np.arange(count) * 10_000_000
    return Block(0, pods[1], pods[0], times, np.zeros(count, dtype=np.bool_))


def repeated(block: Block, hours: float) -> list[Block]:
    """Return minutes of `block`, again and again, with samples and times that go on."""
    wanted = round(hours * 60)
    whole = len(block) // MINUTE
    parts = []
    for i in range(wanted):
        part = block[MINUTE * (i % whole) : MINUTE * (i % whole + 1)]
        assert part.utc_ns is not None
        times = part.utc_ns + (MINUTE * i - part.first_sample) * 10_000_000
        parts.append(Block(MINUTE * i, part.lower, part.upper, times, part.saturated))
    return parts


def vqf_s(blocks: list[Block]) -> float:
    """Return the time of two VQF passes, s."""
    filters = VQF(1.0 / RATE_HZ), VQF(1.0 / RATE_HZ)
    start = time.process_time()
    for block in blocks:
        for vqf, pod in zip(filters, (block.lower, block.upper), strict=True):
            assert pod is not None
            assert pod.gyr_radps is not None
            vqf.updateBatch(pod.gyr_radps, pod.acc_mps2)
    return time.process_time() - start


def core_s(blocks: list[Block], calibration: Calibration) -> float:
    """Return the time of the core, s."""
    session = Session(ORIGIN, Given(calibration))
    start = time.process_time()
    for block in blocks:
        session.push(block)
    session.finish()
    return time.process_time() - start


def live_s(blocks: list[Block], calibration: Calibration) -> float:
    """Return the mean time of one live chunk, s."""
    chunks = [block[at : at + CHUNK] for block in blocks for at in range(0, len(block), CHUNK)]
    session = Session(ORIGIN, Given(calibration))
    start = time.process_time()
    for chunk in chunks:
        session.push(chunk)
    return (time.process_time() - start) / len(chunks)


def main() -> None:
    """Measure and print."""
    block = morning()
    session = Session(ORIGIN, Guided())
    calibration = session.push(block[: 180 * round(RATE_HZ)]).calibrations[0]
    day = repeated(block, HOURS)
    # The machine is shared: the best of three is the one least disturbed.
    floor_s = min(vqf_s(day) for _ in range(3))
    whole_s = min(core_s(day, calibration) for _ in range(3))
    chunk_s = live_s(repeated(block, LIVE_S / 3600.0), calibration)
    print(f"core, {HOURS:g} h of two pods:   {whole_s:.2f} s, {whole_s / floor_s:.2f} times two VQF passes")
    print(f"live, chunks of {CHUNK} samples: {1e6 * chunk_s:.0f} us each on average")


if __name__ == "__main__":
    main()

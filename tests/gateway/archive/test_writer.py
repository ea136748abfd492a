import os
import signal
import subprocess
import sys
import threading
from itertools import pairwise
from pathlib import Path

import numpy as np

from analysis.recording.archive import Archive
from analysis.recording.journal import Anchor, Mark
from analysis.recording.raw import RawSamples
from gateway.archive.writer import STRIP_SCALE, LiveArchive

UTC_NS = 1_800_000_000_000_000_000

KILLED = """
import sys, time, numpy as np
from pathlib import Path
from analysis.recording.raw import RawSamples
from gateway.archive.writer import LiveArchive
archive = LiveArchive(Path(sys.argv[1]), patient="p1", device="LM-0001")
archive.start_segment(1, 0, None)
for first in range(0, 10**6, 9):
    times = np.int64(1_800_000_000_000_000_000) + np.arange(first, first + 9) * 10_000_000
    archive.append(RawSamples(1, first, times, np.full((9, 12), first % 30000, np.int16)))
    print(first + 9, flush=True)
"""


def samples(first: int, count: int) -> RawSamples:
    return RawSamples(1, first, UTC_NS + np.arange(count) * 10_000_000, np.ones((count, 12), np.int16))


def test_a_run_is_found_again(tmp_path: Path) -> None:
    archive = LiveArchive(tmp_path, patient="p1", device="LM-0001")
    archive.anchored(1, 5, UTC_NS, 7)
    archive.start_segment(1, 100, None)
    archive.append(samples(100, 50))
    archive.marked(1, 120)
    archive.end_segment(1, 149)
    assert archive.close() == []
    read = Archive(tmp_path / "p1" / "LM-0001")
    assert read.skipped == []
    assert Anchor(1, 5, UTC_NS, 7) in read.entries
    assert Mark(1, 120) in read.entries
    (segment,) = read.segments
    assert segment.is_finished
    (block,) = read.blocks(segment)
    assert (block.first_sample, block.end_sample) == (100, 150)
    assert block.lower is not None
    assert block.lower.acc_mps2[0, 0] == STRIP_SCALE.acc_mps2


def test_a_process_killed_at_any_moment_loses_nothing_it_had_appended(tmp_path: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", KILLED, str(tmp_path)],
        stdout=subprocess.PIPE,
        cwd=Path(__file__).parents[3],
    )
    assert process.stdout is not None
    appended = 0
    while appended < 3000:
        appended = int(process.stdout.readline())
    os.kill(process.pid, signal.SIGKILL)
    appended = [appended, *map(int, process.stdout.read().split())][-1]
    process.wait()
    process.stdout.close()
    archive = Archive(tmp_path / "p1" / "LM-0001")
    (segment,) = archive.segments
    assert not segment.is_finished
    blocks = list(archive.blocks(segment))
    assert blocks[0].first_sample == 0
    assert all(a.end_sample == b.first_sample for a, b in pairwise(blocks))
    assert blocks[-1].end_sample >= appended


def test_tending_in_another_thread_loses_nothing(tmp_path: Path) -> None:
    archive = LiveArchive(tmp_path, patient="p1", device="LM-0001")
    archive.start_segment(1, 0, None)
    is_over = threading.Event()

    def tend() -> None:
        while not is_over.is_set():
            archive.tend(UTC_NS)

    tender = threading.Thread(target=tend)
    tender.start()
    for first in range(0, 60_000, 500):  # ten hours, coarsely
        utc_ns = UTC_NS + np.arange(first, first + 500) * 600_000_000
        archive.append(RawSamples(1, first, utc_ns, np.ones((500, 12), np.int16)))
    is_over.set()
    tender.join()
    archive.close()
    read = Archive(archive.folder)
    assert read.skipped == []
    assert sum(map(len, read.blocks(read.segments[0]))) == 60_000
    assert len(list(archive.folder.glob("*.parquet"))) == 10

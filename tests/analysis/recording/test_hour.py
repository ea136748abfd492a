"""An hour's file and log: what they cost a process that runs for months."""

import subprocess
import sys
import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from analysis.recording.archive import Archive
from analysis.recording.archive_writer import ArchiveWriter
from analysis.recording.hour import ROW_GROUP_ROWS
from analysis.recording.journal import JournalWriter
from analysis.recording.raw import RawSamples, Source

SamplesAt = Callable[..., RawSamples]
HOUR = 360_000
HOUR_BYTES = HOUR * (8 + 2 * 12)
AT_ONCE = 90


@pytest.fixture
def an_hour(folder: Path, source: Source, samples_at: SamplesAt) -> ArchiveWriter:
    """A writer with an hour of samples in its log; those of every other second came half a minute late."""
    writer, samples = ArchiveWriter(folder, source), samples_at(0, HOUR)
    late: list[int] = []
    for first in range(0, HOUR, AT_ONCE):
        late.append(first)
        if first // AT_ONCE % 2:
            writer.append(samples[first : first + AT_ONCE])
            late.pop()
        if len(late) == 30:
            for one in late:
                writer.append(samples[one : one + AT_ONCE])
            late.clear()
    for one in late:
        writer.append(samples[one : one + AT_ONCE])
    JournalWriter(folder).close()
    return writer


@contextmanager
def at_most(share_of_an_hour: float) -> Iterator[None]:
    tracemalloc.start()
    try:
        yield
        _, peak_bytes = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak_bytes < share_of_an_hour * HOUR_BYTES


def test_an_hours_file_is_made_without_the_hour_in_memory(an_hour: ArchiveWriter, folder: Path) -> None:
    with at_most(1.0):
        assert an_hour.close() == []
    (hour,) = folder.glob("*.parquet")
    with pq.ParquetFile(hour) as file:
        rows = [file.metadata.row_group(index).num_rows for index in range(file.num_row_groups)]
        sample = file.read(["sample"])["sample"].to_numpy()
    assert rows == [ROW_GROUP_ROWS] * 6
    assert np.array_equal(sample, np.arange(HOUR))


def test_a_log_is_read_without_the_hour_in_memory(an_hour: ArchiveWriter, folder: Path) -> None:
    with at_most(1.0):
        archive = Archive(folder)
        read = sum(len(block) for block in archive.blocks_of(1, 0, None, 60.0))
    an_hour.close()
    assert read == HOUR


def test_what_was_read_can_still_be_read_when_the_log_has_become_a_file(
    an_hour: ArchiveWriter, folder: Path
) -> None:
    archive = Archive(folder)
    an_hour.close()
    assert not list(folder.glob("*.samples"))
    assert sum(len(block) for block in archive.blocks_of(1, 0, None)) == HOUR
    assert archive.skipped == []


def test_arrow_takes_its_memory_from_the_c_library() -> None:
    """Its own pool kept 22 MB for ever after the first file was read."""
    assert pa.default_memory_pool().backend_name == "system"


def test_writing_and_reading_an_hour_loads_nothing_that_is_not_needed(tmp_path: Path) -> None:
    program = f"""
import sys
from pathlib import Path
import numpy as np
from analysis.recording.hour import open_hour, read_row_group, write_hour
from analysis.recording.raw import DUAL_COLUMNS, RawSamples, Scale, Source
samples = RawSamples(1, 0, np.arange(9), np.ones((9, 12), np.int16))
path = Path({str(tmp_path / "hour.parquet")!r})
write_hour(path, Source("p", "d", Scale(1.0, 1.0)), DUAL_COLUMNS, [[samples]])
(group,) = open_hour(path).row_groups
(again,) = read_row_group(group)
assert (again.raw == 1).all() and len(again) == 9
sys.exit("numpy.ma" in sys.modules)
"""
    done = subprocess.run([sys.executable, "-c", program], cwd=Path(__file__).parents[3], check=False)
    assert done.returncode == 0

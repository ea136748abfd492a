from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from analysis.motion.block import Block
from analysis.recording.archive import Archive, find_archives, segments_of
from analysis.recording.archive_writer import ArchiveWriter
from analysis.recording.errors import ArchiveError
from analysis.recording.journal import Entry, Gap, JournalWriter, Mark, Revised, SegmentEnd, SegmentStart
from analysis.recording.raw import RawSamples, Source, to_block

SamplesAt = Callable[..., RawSamples]
START = SegmentStart(1, 0, "p1", "LM-0001", None)


def write(folder: Path, source: Source, pieces: list[RawSamples], *, is_closed: bool = True) -> None:
    writer = ArchiveWriter(folder, source)
    for piece in pieces:
        writer.append(piece)
    if is_closed:
        assert writer.close() == []
    else:  # what a killed process leaves behind
        for log in writer._logs.values():
            log.close()


def journal(folder: Path, *entries: SegmentStart | SegmentEnd) -> None:
    writer = JournalWriter(folder)
    for entry in entries:
        writer.append(entry)
    writer.close()


def same(blocks: list[Block], pieces: list[RawSamples], source: Source) -> bool:
    """Whether the blocks hold exactly the samples of the pieces, bit for bit."""
    held: dict[int, bytes] = {}
    for block in (to_block(piece, source.scale) for piece in pieces):
        held |= rows(block)
    read: dict[int, bytes] = {}
    for block in blocks:
        read |= rows(block)
    ordered = all(a.end_sample <= b.first_sample for a, b in pairwise(blocks))
    return ordered and read == held


def rows(block: Block) -> dict[int, bytes]:
    assert block.utc_ns is not None
    columns: list[NDArray[Any]] = [block.utc_ns[:, None], block.saturated[:, None]]
    for pod in (block.upper, block.lower):
        if pod is not None:
            assert pod.gyr_radps is not None
            columns += [pod.acc_mps2, pod.gyr_radps]
    return {
        block.first_sample + i: b"".join(column[i].tobytes() for column in columns) for i in range(len(block))
    }


@pytest.mark.parametrize("is_closed", [True, False])
@pytest.mark.parametrize("pods", [1, 2])
def test_what_was_written_is_read_bit_for_bit(
    folder: Path, source: Source, samples_at: SamplesAt, is_closed: bool, pods: int
) -> None:
    pieces = [samples_at(first, 9, start_s=3599 + first / 100, pods=pods) for first in range(0, 900, 9)]
    write(folder, source, pieces, is_closed=is_closed)
    journal(folder, START, SegmentEnd(1, 899))
    archive = Archive(folder)
    assert archive.skipped == []
    (segment,) = archive.segments
    blocks = list(archive.blocks(segment, 2.0))
    assert max(map(len, blocks)) <= 200
    assert same(blocks, pieces, source)
    assert archive.sample_count(segment) == 900


def test_files_are_as_the_contract_says(folder: Path, source: Source, samples_at: SamplesAt) -> None:
    write(folder, source, [samples_at(0, 300, start_s=3598.5)])
    names = sorted(path.name for path in folder.iterdir())
    assert names == ["2027-01-15T08.parquet", "2027-01-15T09.parquet"]
    with pq.ParquetFile(folder / names[0]) as file:
        assert file.schema_arrow.names[:4] == ["boot", "sample", "utc_ns", "upper_acc_x_raw"]
        assert file.schema_arrow.metadata[b"device"] == b"LM-0001"
        assert float(file.schema_arrow.metadata[b"acc_lsb_mps2"]) == source.scale.acc_mps2
        for index in range(file.metadata.num_columns):
            column = file.metadata.row_group(0).column(index)
            assert column.compression == "ZSTD"
            assert "DELTA_BINARY_PACKED" in column.encodings
            assert not column.has_dictionary_page
        assert file.metadata.num_rows == 150


def test_a_hole_stays_a_hole(folder: Path, source: Source, samples_at: SamplesAt) -> None:
    pieces = [samples_at(0, 50), samples_at(80, 50, start_s=0.8)]
    write(folder, source, pieces)
    journal(folder, START)
    archive = Archive(folder)
    blocks = list(archive.blocks(archive.segments[0]))
    assert [(block.first_sample, len(block)) for block in blocks] == [(0, 50), (80, 50)]


def test_a_restart_in_the_same_hour_adds_to_its_file(
    folder: Path, source: Source, samples_at: SamplesAt
) -> None:
    pieces = [samples_at(0, 50), samples_at(60, 50, start_s=0.6), samples_at(0, 20, boot=2, start_s=5)]
    for piece in pieces:
        write(folder, source, [piece])
    journal(folder, START, SegmentStart(2, 0, "p1", "LM-0001", None))
    archive = Archive(folder)
    assert same(list(archive.blocks(archive.segments[0])), pieces[:2], source)
    assert same(list(archive.blocks(archive.segments[1])), pieces[2:], source)


def test_a_sample_that_lies_in_a_log_and_in_a_file_counts_once(
    folder: Path, source: Source, samples_at: SamplesAt
) -> None:
    """The writer died after renaming the hour's file, before deleting its log."""
    pieces = [samples_at(0, 50), samples_at(50, 50, start_s=0.5)]
    write(folder, source, pieces, is_closed=False)
    log = (folder / "2027-01-15T08.samples").read_bytes()
    assert ArchiveWriter(folder, source).close() == []
    (folder / "2027-01-15T08.closing").write_bytes(log)
    journal(folder, START)
    archive = Archive(folder)
    assert same(list(archive.blocks(archive.segments[0])), pieces, source)
    assert ArchiveWriter(folder, source).close() == []
    assert pq.read_metadata(folder / "2027-01-15T08.parquet").num_rows == 100


@given(cut=st.integers(1, 700))
def test_a_log_torn_anywhere_keeps_its_whole_records(
    tmp_path_factory: pytest.TempPathFactory, cut: int
) -> None:
    source = Source.from_texts({"patient": "p", "device": "d", "acc_lsb_mps2": "0.1", "gyr_lsb_radps": "0.1"})
    folder = tmp_path_factory.mktemp("torn")
    pieces = [
        RawSamples(1, first, np.arange(5) + first, np.full((5, 12), first, np.int16)) for first in (0, 5, 10)
    ]
    write(folder, source, pieces, is_closed=False)
    (log,) = folder.glob("*.samples")
    data = log.read_bytes()
    record = 16 + 5 * 32
    log.write_bytes(data[: max(0, len(data) - cut)])
    more = RawSamples(1, 100, np.arange(5) + 100, np.full((5, 12), 7, np.int16))
    write(folder, source, [more])
    journal(folder, START)
    archive = Archive(folder)
    kept = pieces[: max(0, 3 - -(-cut // record))]
    assert same(list(archive.blocks(archive.segments[0])), [*kept, more], source)


def test_tending_makes_files_of_past_hours_only(folder: Path, source: Source, samples_at: SamplesAt) -> None:
    writer = ArchiveWriter(folder, source)
    writer.append(samples_at(0, 300, start_s=3598.5))
    assert writer.tend() == []
    assert sorted(path.name for path in folder.iterdir()) == [
        "2027-01-15T08.parquet",
        "2027-01-15T09.samples",
    ]
    writer.append(samples_at(300, 10, start_s=3601.5))
    writer.close()
    assert pq.read_metadata(folder / "2027-01-15T09.parquet").num_rows == 160


def test_an_unreadable_file_is_named_and_the_others_are_read(
    folder: Path, source: Source, samples_at: SamplesAt
) -> None:
    pieces = [samples_at(0, 100), samples_at(360000, 100, start_s=3600)]
    write(folder, source, pieces)
    (folder / "2027-01-15T08.parquet").write_bytes(b"PAR1 nothing of the kind PAR1")
    (folder / "2027-01-15T07.samples").write_bytes(b"\x00" * 100)
    journal(folder, START)
    archive = Archive(folder)
    assert same(list(archive.blocks(archive.segments[0])), pieces[1:], source)
    assert [problem.place for problem in archive.skipped] == [
        "2027-01-15T08.parquet",
        "2027-01-15T07.samples",
    ]


def test_a_damaged_hour_is_not_written_over(folder: Path, source: Source, samples_at: SamplesAt) -> None:
    write(folder, source, [samples_at(0, 100)])
    damaged = (folder / "2027-01-15T08.parquet").read_bytes()[:-9]
    (folder / "2027-01-15T08.parquet").write_bytes(damaged)
    writer = ArchiveWriter(folder, source)
    writer.append(samples_at(200, 100, start_s=2))
    (problem,) = writer.close()
    assert "cannot become 2027-01-15T08.parquet" in str(problem)
    assert (folder / "2027-01-15T08.parquet").read_bytes() == damaged
    journal(folder, START)
    archive = Archive(folder)
    assert [len(block) for block in archive.blocks(archive.segments[0])] == [100]


def test_segments_follow_from_the_journal() -> None:
    again = SegmentStart(1, 500, "p1", "LM-0001", None)
    other = SegmentStart(2, 0, "p1", "LM-0001", None)
    crashed, finished, last = segments_of([START, Mark(1, 3), again, SegmentEnd(1, 900), other])
    assert (crashed.start, crashed.last_sample, crashed.is_finished) == (START, 499, False)
    assert (finished.start, finished.last_sample, finished.is_finished) == (again, 900, True)
    assert (last.start, last.last_sample, last.is_finished) == (other, None, False)


def test_a_segment_may_be_finished_after_another_boots_has_begun() -> None:
    other = SegmentStart(2, 0, "p1", "LM-0001", None)
    first, second = segments_of([START, other, SegmentEnd(1, 70), SegmentEnd(9, 5), SegmentEnd(2, 80)])
    assert (first.last_sample, first.is_finished) == (70, True)
    assert (second.last_sample, second.is_finished) == (80, True)


def test_what_lies_before_a_segment_may_come_after_it() -> None:
    live = SegmentStart(1, 500, "p1", "LM-0001", None)
    entries: list[Entry] = [live, SegmentEnd(1, 900), START]
    first, second = segments_of(entries)
    assert (first.start, first.last_sample, first.is_finished) == (START, 499, False)
    assert (second.start, second.last_sample, second.is_finished) == (live, 900, True)
    again, gap = Revised(1, 500, 1), Gap(1, 520, 530)
    first, second = segments_of([*entries, SegmentEnd(1, 499), again, gap, SegmentEnd(1, 950)])
    assert (first.last_sample, first.is_finished, first.revisions) == (499, True, ())
    assert (second.last_sample, second.is_finished) == (950, True)
    assert (second.revisions, second.gaps) == ((again,), (gap,))


def test_an_end_belongs_to_the_segment_that_it_lies_in() -> None:
    live = SegmentStart(1, 500, "p1", "LM-0001", None)
    first, second = segments_of([START, live, SegmentEnd(1, 499)])
    assert (first.is_finished, second.is_finished) == (True, False)
    first, second = segments_of([START, live, SegmentEnd(1, 499), SegmentEnd(1, 499)])
    assert (first.last_sample, second.last_sample, second.is_finished) == (499, 499, True)


def test_segments_share_a_boots_samples_out(folder: Path, source: Source, samples_at: SamplesAt) -> None:
    write(folder, source, [samples_at(0, 300)])
    journal(folder, START, SegmentStart(1, 120, "p1", "LM-0001", None), SegmentEnd(1, 249))
    archive = Archive(folder)
    spans = [
        [(block.first_sample, block.end_sample) for block in archive.blocks(segment)]
        for segment in archive.segments
    ]
    assert spans == [[(0, 120)], [(120, 250)]]


def test_archives_are_found_below_a_folder(tmp_path: Path) -> None:
    for name in ("p1/LM-1", "p2/LM-2"):
        (tmp_path / name).mkdir(parents=True)
        JournalWriter(tmp_path / name).close()
    assert find_archives(tmp_path) == [tmp_path / "p1/LM-1", tmp_path / "p2/LM-2"]
    assert find_archives(tmp_path / "p1/LM-1") == [tmp_path / "p1/LM-1"]


def test_a_folder_without_archives_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ArchiveError, match="holds no archive"):
        find_archives(tmp_path)


def test_a_folder_that_cannot_be_made_is_an_error(tmp_path: Path, source: Source) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(ArchiveError, match="cannot be written"):
        ArchiveWriter(tmp_path / "file" / "below", source)

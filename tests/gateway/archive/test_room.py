"""A disk that runs full: the oldest raw samples go first, and only as many as must."""

import errno
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from analysis.recording.archive import Archive
from analysis.recording.archive_writer import ArchiveWriter
from analysis.recording.errors import ArchiveError
from analysis.recording.raw import RawSamples
from gateway.archive.room import Room, RoomParams
from gateway.archive.writer import LiveArchive

HOUR_NS = 3600 * 10**9
START_NS = 1_800_000_000_000_000_000 // HOUR_NS * HOUR_NS


def hour(number: int, count: int = 20) -> RawSamples:
    """Some samples of one hour."""
    times = START_NS + number * HOUR_NS + np.arange(count) * 10_000_000
    return RawSamples(1, number * 1000, times, np.full((count, 12), number, np.int16))


def hours_of(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.glob("*.parquet"))


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[LiveArchive]:
    made = LiveArchive(tmp_path, patient="p1", device="LM-0001")
    made.start_segment(1, 0, None)
    for number in range(6):
        made.append(hour(number))
    made.tend(START_NS + 6 * HOUR_NS)
    assert len(hours_of(made.folder)) == 5
    yield made
    made.close()


def fill_up(monkeypatch: pytest.MonkeyPatch, archive: LiveArchive, hours_to_free: int) -> None:
    """Let every append fail until so many hours have gone."""
    whole, append = len(hours_of(archive.folder)), ArchiveWriter.append

    def refusing(writer: ArchiveWriter, samples: RawSamples) -> None:
        if whole - len(hours_of(writer.folder)) < hours_to_free:
            full = OSError(errno.ENOSPC, "No space left on device")
            raise ArchiveError(writer.folder, "cannot be written: No space left on device") from full
        append(writer, samples)

    monkeypatch.setattr(ArchiveWriter, "append", refusing)


def test_on_a_full_disk_the_oldest_hours_make_room(
    archive: LiveArchive, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill_up(monkeypatch, archive, 2)
    archive.append(hour(6))
    assert archive.room.hours_given_up == 2
    held = [first // 1000 for first, _ in Archive(archive.folder).held(1)]
    assert held == [2, 3, 4, 5, 6]


def test_with_nothing_left_to_give_up_it_says_so(
    archive: LiveArchive, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill_up(monkeypatch, archive, 99)
    with pytest.raises(ArchiveError, match="No space left"):
        archive.append(hour(6))
    assert hours_of(archive.folder) == []


def test_another_fault_of_the_disk_costs_nothing(archive: LiveArchive) -> None:
    def broken() -> None:
        raise ArchiveError(archive.folder, "cannot be written") from OSError(errno.EIO, "I/O error")

    with pytest.raises(ArchiveError):
        archive.room.finding_room(broken)
    assert archive.room.hours_given_up == 0


def test_a_reserve_is_kept_for_events(archive: LiveArchive) -> None:
    left = iter([50, 60, 90, 120, 150])
    room = Room(archive.folder, RoomParams(keep_days=1000, reserve_bytes=100), lambda _: next(left))
    room.keep(START_NS)
    assert room.hours_given_up == 3
    assert len(hours_of(archive.folder)) == 2


def test_what_is_past_its_time_goes_and_the_journal_stays(archive: LiveArchive) -> None:
    room = Room(archive.folder, RoomParams(keep_days=1.0), lambda _: 1 << 40)
    room.keep(START_NS + 27 * HOUR_NS)
    assert hours_of(archive.folder) == ["2027-01-15T11.parquet", "2027-01-15T12.parquet"]
    assert room.hours_given_up == 0
    assert (archive.folder / "inputs.jsonl").exists()

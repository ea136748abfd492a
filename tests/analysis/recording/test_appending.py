import resource
from collections.abc import Iterator
from contextlib import contextmanager
from io import FileIO
from pathlib import Path

import pytest

from analysis.recording.appending import append_whole


@contextmanager
def largest_file(size_bytes: int) -> Iterator[None]:
    """Let files grow up to a size only: as on a full disk, the last write that fits is cut short."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size_bytes, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.mark.parametrize("mode", ["w+", "a"])
def test_a_record_that_does_not_fit_leaves_no_part_of_itself(tmp_path: Path, mode: str) -> None:
    path = tmp_path / "records"
    with FileIO(path, mode) as file:
        append_whole(file, b"one\n")
        with largest_file(6), pytest.raises(OSError, match="File too large"):
            append_whole(file, b"two\n")
        assert path.read_bytes() == b"one\n"
        append_whole(file, b"three\n")
    assert path.read_bytes() == b"one\nthree\n"

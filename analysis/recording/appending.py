"""Appending to a file of records, all of a record or none of it.

A write to a nearly full disk takes what fits and says how much; only the next one fails. A record cut short
like that would hide every later one from a reader that stops at the first damage.
"""

from contextlib import suppress
from io import FileIO


def append_whole(file: FileIO, data: bytes) -> None:
    """Append `data` to an unbuffered file that stands at its end.

    Raises
    ------
    OSError
        If not all of it can be written; then the file is as it was.
    """
    start = file.tell()
    rest = memoryview(data)
    try:
        while rest:
            rest = rest[file.write(rest) :]
    except OSError:
        with suppress(OSError):
            file.truncate(start)
            file.seek(start)
        raise

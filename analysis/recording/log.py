"""The log of an hour that is not over yet.

Samples are appended record by record as they arrive, so a process that dies loses nothing it had appended.
When the hour is over the log becomes the hour's Parquet file (`analysis.recording.hour`).

One line of JSON that says whose samples these are, then records of ``boot u16 | columns u16 | first_sample
u32 | count u32 | crc u32 | count x utc_ns i64 | count x columns x i16``, little-endian; the crc is CRC-32 of
the record without it. Whatever follows the last whole record is a torn write and is not read.

A log is read twice: once through, a record at a time, to learn where its whole records lie; then a stretch of
its samples when somebody wants them. An hour of it, 40,000 records, is never in memory at once.
"""

import json
import os
import struct
import weakref
import zlib
from array import array
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final

import numpy as np
from numpy.typing import NDArray

from analysis.recording.appending import append_whole
from analysis.recording.raw import DUAL_COLUMNS, SINGLE_COLUMNS, RawSamples, Source

MAX_RECORD_SAMPLES: Final = 65_536
MAX_HEADER_BYTES: Final = 4096
DAMAGED_SUFFIX: Final = ".damaged"

_RECORD: Final = struct.Struct("<HHIII")
_CHECKED: Final = struct.Struct("<HHII")


class LogWriter:
    """Appends samples to an hour's log, after whatever whole records it holds already."""

    def __init__(self, path: Path, source: Source) -> None:
        good = _good_bytes(path)
        self._file = path.open("r+b" if path.exists() else "w+b", buffering=0)
        self._file.truncate(good)
        self._file.seek(good)
        if good == 0:
            append_whole(self._file, json.dumps(source.to_texts()).encode() + b"\n")

    def append(self, samples: RawSamples) -> None:
        """Hand the samples to the operating system; they outlive this process."""
        for start in range(0, len(samples), MAX_RECORD_SAMPLES):
            append_whole(self._file, _encode(samples[start : start + MAX_RECORD_SAMPLES]))

    def sync(self) -> None:
        """Bring what was appended to disk; it outlives a power cut."""
        os.fsync(self._file.fileno())

    def close(self) -> None:
        """Bring everything to disk and close."""
        self.sync()
        self._file.close()


Records = NDArray[np.int64]
"""Where records lie, (n, 5): boot, columns, first sample, count, position of their times in the file."""


class _Held:
    """A file that can be read, whatever becomes of its name, for as long as somebody holds it."""

    def __init__(self, path: Path) -> None:
        self.file = path.open("rb")
        weakref.finalize(self, self.file.close)


@dataclass(frozen=True, slots=True)
class Log:
    """A log's whole records, the bytes they take, and the bytes of a torn write after them."""

    source: Source
    records: Records
    good_bytes: int
    torn_bytes: int
    _held: _Held

    def stretches(self, limit: int) -> Iterator[Records]:
        """Yield the records in the order of boots and samples, as many as follow without a hole.

        Those of a stretch have at most `limit` samples together, unless a single one has more.
        """
        records = self.records[np.lexsort((self.records[:, 2], self.records[:, 0]))]
        boot, columns, first, count, _ = records.T
        follows = (boot[1:] == boot[:-1]) & (columns[1:] == columns[:-1])
        follows &= first[1:] == (first + count)[:-1]
        for run in np.split(records, np.flatnonzero(~follows) + 1):
            upto = np.cumsum(run[:, 3])
            start = 0
            while start < len(run):
                before = upto[start - 1] if start else 0
                stop = max(start + 1, int(np.searchsorted(upto, before + limit, side="right")))
                yield run[start:stop]
                start = stop

    def load(self, records: Records) -> RawSamples:
        """Return the samples of a stretch.

        Raises
        ------
        OSError, ValueError
            If they cannot be read any more.
        """
        count, columns = int(records[:, 3].sum()), int(records[0, 1])
        utc_ns, raw = np.empty(count, np.int64), np.empty((count, columns), np.int16)
        row = 0
        for _, _, _, some, times in records.tolist():
            self._held.file.seek(times)
            data = self._held.file.read(_payload_bytes(some, columns))
            utc_ns[row : row + some] = np.frombuffer(data, "<i8", some)
            values = np.frombuffer(data, "<i2", some * columns, 8 * some)
            raw[row : row + some] = values.reshape(some, columns)
            row += some
        return RawSamples(int(records[0, 0]), int(records[0, 2]), utc_ns, raw)


def read_log(path: Path) -> Log:
    """Return what a log holds, up to its first damaged record.

    Raises
    ------
    OSError
        If it cannot be read.
    ValueError
        If it does not begin as a log.
    """
    held = _Held(path)
    line = held.file.readline(MAX_HEADER_BYTES)
    if not line.endswith(b"\n"):
        raise ValueError("not a log of samples")
    try:
        header = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise ValueError("not a log of samples") from error
    source = Source.from_texts(header if isinstance(header, dict) else {})
    records, good = array("q"), len(line)
    while (record := _next_record(held.file, good)) is not None:
        records.extend(record)
        good = record[-1] + _payload_bytes(record[3], record[1])
    size = held.file.seek(0, os.SEEK_END)
    return Log(source, np.array(records, np.int64).reshape(-1, 5), good, size - good, held)


def _good_bytes(path: Path) -> int:
    """Return where the next record goes; what is no log of ours is set aside, not written over."""
    try:
        return read_log(path).good_bytes
    except FileNotFoundError:
        return 0
    except ValueError:
        path.replace(path.with_suffix(DAMAGED_SUFFIX))
        return 0


def _encode(samples: RawSamples) -> bytes:
    columns = samples.raw.shape[1]
    payload = samples.utc_ns.astype("<i8").tobytes() + samples.raw.astype("<i2").tobytes()
    checked = _CHECKED.pack(samples.boot, columns, samples.first_sample, len(samples))
    crc = zlib.crc32(payload, zlib.crc32(checked))
    return _RECORD.pack(samples.boot, columns, samples.first_sample, len(samples), crc) + payload


def _next_record(file: BinaryIO, start: int) -> tuple[int, int, int, int, int] | None:
    """Return where the record that begins at `start`, where the file stands, lies; None: it is not whole."""
    head = file.read(_RECORD.size)
    if len(head) < _RECORD.size:
        return None
    boot, columns, first_sample, count, crc = _RECORD.unpack(head)
    if columns not in {len(SINGLE_COLUMNS), len(DUAL_COLUMNS)} or not 0 < count <= MAX_RECORD_SAMPLES:
        return None
    payload = file.read(_payload_bytes(count, columns))
    checked = _CHECKED.pack(boot, columns, first_sample, count)
    if len(payload) < _payload_bytes(count, columns) or zlib.crc32(payload, zlib.crc32(checked)) != crc:
        return None
    return boot, columns, first_sample, count, start + _RECORD.size


def _payload_bytes(count: int, columns: int) -> int:
    return count * (8 + 2 * columns)

"""The log of an hour that is not over yet.

Samples are appended record by record as they arrive, so a process that dies loses nothing it had appended.
When the hour is over the log becomes the hour's Parquet file (`analysis.recording.hour`).

One line of JSON that says whose samples these are, then records of ``boot u16 | columns u16 | first_sample
u32 | count u32 | crc u32 | count x utc_ns i64 | count x columns x i16``, little-endian; the crc is CRC-32 of
the record without it. Whatever follows the last whole record is a torn write and is not read.
"""

import json
import os
import struct
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

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


@dataclass(frozen=True, slots=True)
class Log:
    """A log's content: its whole records, the bytes they take, and the bytes of a torn write after them."""

    source: Source
    pieces: tuple[RawSamples, ...]
    good_bytes: int
    torn_bytes: int


def read_log(path: Path) -> Log:
    """Return what a log holds, up to its first damaged record.

    Raises
    ------
    OSError
        If it cannot be read.
    ValueError
        If it does not begin as a log.
    """
    data = path.read_bytes()
    start = data.find(b"\n", 0, MAX_HEADER_BYTES) + 1
    if start == 0:
        raise ValueError("not a log of samples")
    try:
        header = json.loads(data[:start])
    except (ValueError, RecursionError) as error:
        raise ValueError("not a log of samples") from error
    source = Source.from_texts(header if isinstance(header, dict) else {})
    pieces: list[RawSamples] = []
    while (decoded := _decode(data, start)) is not None:
        samples, start = decoded
        pieces.append(samples)
    return Log(source, tuple(pieces), start, len(data) - start)


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


def _decode(data: bytes, start: int) -> tuple[RawSamples, int] | None:
    if len(data) - start < _RECORD.size:
        return None
    boot, columns, first_sample, count, crc = _RECORD.unpack_from(data, start)
    if columns not in {len(SINGLE_COLUMNS), len(DUAL_COLUMNS)} or not 0 < count <= MAX_RECORD_SAMPLES:
        return None
    times = start + _RECORD.size
    values = times + 8 * count
    end = values + 2 * count * columns
    if end > len(data):
        return None
    checked = _CHECKED.pack(boot, columns, first_sample, count)
    if zlib.crc32(memoryview(data)[times:end], zlib.crc32(checked)) != crc:
        return None
    utc_ns = np.frombuffer(data, "<i8", count, times).astype(np.int64)
    raw = np.frombuffer(data, "<i2", count * columns, values).astype(np.int16).reshape(count, columns)
    return RawSamples(boot, first_sample, utc_ns, raw), end

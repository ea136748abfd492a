"""A recording file as a table that is read piece by piece: Parquet, CSV, or CSV in gzip.

A CSV file may begin with metadata, one ``# key: value`` a line, where Parquet has its own.
"""

import gzip
import zlib
from collections.abc import Iterator, Sequence
from itertools import takewhile
from pathlib import Path
from typing import Any, BinaryIO, Final

import numpy as np
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq
from numpy.typing import NDArray

from analysis.recording.errors import ColumnError, UnreadableFileError

_PIECE_ROWS: Final = 96_000
"""Rows that are decoded at once: 16 minutes at 100 Hz; more would only take more memory."""
_BELIEVED_ROWS: Final = 1 << 24
"""So many rows a file may say it has before room is made for them: a day at 200 Hz."""
_CSV_BLOCK_BYTES: Final = 1 << 22
_BUFFER_BYTES: Final = 1 << 20
_COMMENT_LINES: Final = 64
_COMMENT_BYTES: Final = 1024
_GZIP: Final = b"\x1f\x8b"
_PARQUET: Final = b"PAR1"
_UNREADABLE: Final = (OSError, EOFError, zlib.error, pa.ArrowException, UnicodeError)


class Table:
    """A file's columns, read anew for each pass.

    Parameters
    ----------
    path
        The file.

    Raises
    ------
    UnreadableFileError
        If it is not there, neither Parquet nor CSV, or damaged; also while it is read.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self.metadata: dict[str, str] = {}
        self._comments = 0
        self._rows = 0
        try:
            with path.open("rb") as file:
                magic = file.read(4)
            self._is_packed = magic.startswith(_GZIP)
            self._is_parquet = magic == _PARQUET
            if self._is_parquet:
                with pq.ParquetFile(path) as parquet:
                    schema = parquet.schema_arrow
                    self._rows = parquet.metadata.num_rows
                    self.metadata = {
                        key.decode("utf-8", "replace"): text.decode("utf-8", "replace")
                        for key, text in (schema.metadata or {}).items()
                    }
            else:
                self._read_comments()
                with self._csv() as reader:
                    schema = reader.schema
            types = dict(zip(schema.names, schema.types, strict=True))
        except _UNREADABLE as error:
            raise self._unreadable(error) from error
        if len(types) < len(schema.names):
            raise ColumnError(path, "two columns have the same name")
        # Numbers only; a CSV's cells are read as numbers or refused.
        self.names = tuple(
            name
            for name, type_ in types.items()
            if not self._is_parquet or pa.types.is_floating(type_) or pa.types.is_integer(type_)
        )

    @property
    def is_text(self) -> bool:
        """Whether it is CSV, which takes about as long to decode as to analyse."""
        return not self._is_parquet

    def pieces(self, name: str) -> Iterator[NDArray[Any]]:
        """Yield the numbers of one column, piece by piece; empty cells are NaN."""
        for batch in self._batches([name]):
            yield _numbers(batch, name)

    def column(self, name: str) -> NDArray[np.float64]:
        """Return one column; empty cells are NaN."""
        # Into one place, which a list of a day's pieces would need twice over.
        column, end = np.empty(min(max(self._rows, 0), _BELIEVED_ROWS)), 0
        for piece in self.pieces(name):
            start, end = end, end + len(piece)
            if end > len(column):
                column = np.concatenate((column[:start], np.empty(end)))
            column[start:end] = piece
        return column[:end]

    def sensors(self, triples: Sequence[Sequence[str]]) -> Iterator[NDArray[np.float64]]:
        """Yield the rows of some sensors' three columns each, piece by piece, (n, sensors, 3).

        Each sensor lies in one stretch of memory, row by row, as orientation wants it. Empty cells are NaN.
        """
        for batch in self._batches([name for triple in triples for name in triple]):
            piece = np.empty((len(triples), batch.num_rows, 3))
            for sensor, triple in zip(piece, triples, strict=True):
                for axis, name in enumerate(triple):
                    sensor[:, axis] = _numbers(batch, name)
            yield piece.transpose(1, 0, 2)

    def _batches(self, columns: list[str]) -> Iterator[pa.RecordBatch]:
        try:
            if self._is_parquet:
                # Without these two pyarrow holds the whole file: 1 GB for a day, instead of 0.1.
                with pq.ParquetFile(self._path, pre_buffer=False, buffer_size=_BUFFER_BYTES) as file:
                    yield from file.iter_batches(_PIECE_ROWS, columns=columns, use_threads=False)
            else:
                with self._csv(columns) as reader:
                    yield from reader
        except _UNREADABLE as error:
            raise self._unreadable(error) from error

    def _csv(self, columns: Sequence[str] | None = None) -> Any:
        options = pyarrow.csv.ConvertOptions(
            include_columns=list(columns) if columns else None,
            column_types=dict.fromkeys(columns or (), pa.float64()),
        )
        return pyarrow.csv.open_csv(
            pa.input_stream(self._path, compression="gzip" if self._is_packed else None),
            read_options=pyarrow.csv.ReadOptions(block_size=_CSV_BLOCK_BYTES, skip_rows=self._comments),
            convert_options=options,
        )

    def _read_comments(self) -> None:
        with self._open() as file:
            while self._comments < _COMMENT_LINES:
                line = file.readline(_COMMENT_BYTES)
                if not line.startswith(b"#"):
                    return
                self._comments += 1
                key, _, value = line[1:].decode("utf-8", "replace").partition(":")
                self.metadata[key.strip()] = value.strip()

    def _open(self) -> BinaryIO:
        if self._is_packed:
            return gzip.open(self._path)  # type: ignore[return-value]  # a GzipFile reads like any other
        return self._path.open("rb")

    def _unreadable(self, error: Exception) -> UnreadableFileError:
        if isinstance(error, FileNotFoundError):
            detail = "there is no such file"
        elif isinstance(error, IsADirectoryError):
            detail = "it is a folder, and no archive"
        elif isinstance(error, UnicodeEncodeError):
            detail = "its name is no text in UTF-8; rename it"
        elif isinstance(error, PermissionError):
            detail = "reading it is not permitted"
        else:
            words = str(error).strip().partition("\N{REPLACEMENT CHARACTER}")[0]
            said = "".join(takewhile(str.isprintable, words))[:200]
            detail = f"it cannot be read as Parquet or CSV ({said.rstrip(' :')})"
        return UnreadableFileError(self._path, detail)


def _numbers(batch: pa.RecordBatch, name: str) -> NDArray[Any]:
    numbers: NDArray[Any] = batch.column(name).to_numpy(zero_copy_only=False)
    return numbers

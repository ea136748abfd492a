"""One hour of an archive as a Parquet file.

Columns ``boot``, ``sample``, ``utc_ns`` and the raw integers; DELTA_BINARY_PACKED, no dictionary, zstd. A row
group never mixes two boots, so its statistics say which samples it holds.
"""

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, TypeVar

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from analysis.recording.raw import DUAL_COLUMNS, SINGLE_COLUMNS, RawSamples, Source

ROW_GROUP_ROWS: Final = 60_000
"""Ten minutes: small enough to hold, large enough to compress."""

_NS_PER_S: Final = 1_000_000_000

_Number = TypeVar("_Number", np.int16, np.int32, np.int64)

pa.set_memory_pool(pa.system_memory_pool())
"""A gateway runs for months, and Arrow's own pool keeps whatever any of its threads once needed."""


def hour_of(utc_ns: int) -> str:
    """Return the name of the hour in which `utc_ns` lies, as ``2026-11-23T08``."""
    return datetime.fromtimestamp(utc_ns // _NS_PER_S, UTC).strftime("%Y-%m-%dT%H")


@dataclass(frozen=True, slots=True)
class RowGroup:
    """Where some samples of one boot lie: `rows` of the sample indices `first` to `last`."""

    path: Path
    index: int
    boot: int
    first: int
    last: int
    rows: int


@dataclass(frozen=True, slots=True)
class HourFile:
    """What an hour's file holds."""

    path: Path
    source: Source
    row_groups: tuple[RowGroup, ...]


def write_hour(
    path: Path, source: Source, columns: Sequence[str], groups: Iterable[Sequence[RawSamples]]
) -> None:
    """Write an hour's file under a temporary name, bring it to disk, and rename it.

    Each of `groups` becomes a row group: samples of one boot with these `columns`, in order, each once. They
    are taken one by one, so no more than one needs to be in memory.
    """
    schema = pa.schema(
        [
            ("boot", pa.int32()),
            ("sample", pa.int64()),
            ("utc_ns", pa.int64()),
            *((name, pa.int16()) for name in columns),
        ],
        metadata=source.to_texts(),
    )
    temporary = path.with_name(f".{path.name}.tmp")
    try:
        with pq.ParquetWriter(
            temporary,
            schema,
            compression="zstd",
            use_dictionary=False,
            column_encoding=dict.fromkeys(schema.names, "DELTA_BINARY_PACKED"),
        ) as writer:
            for pieces in groups:
                writer.write_table(_table(pieces, schema))
        with temporary.open("rb+") as file:
            os.fsync(file.fileno())
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
        pa.default_memory_pool().release_unused()  # the C library gives back all that is free
    sync_folder(path.parent)


def _table(pieces: Sequence[RawSamples], schema: pa.Schema) -> pa.Table:
    sample = np.concatenate([np.arange(piece.first_sample, piece.end_sample) for piece in pieces])
    utc_ns = np.concatenate([piece.utc_ns for piece in pieces])
    raw = np.concatenate([piece.raw for piece in pieces])
    columns = [np.full(len(sample), pieces[0].boot, np.int32), sample, utc_ns, *raw.T]
    return pa.table(
        [_arrow(column, field.type) for column, field in zip(columns, schema, strict=True)], schema
    )


def _arrow(column: NDArray[_Number], type_: pa.DataType) -> pa.Array:
    """Return a column for Arrow, as it is: to ask for a mask, `pa.array` would load `numpy.ma`, 9 MB."""
    assert column.dtype == type_.to_pandas_dtype()
    return pa.Array.from_buffers(type_, len(column), [None, pa.py_buffer(np.ascontiguousarray(column))])


def open_hour(path: Path) -> HourFile:
    """Return what an hour's file says it holds, without reading its samples.

    Raises
    ------
    OSError, ValueError
        If it cannot be read or is no hour of an archive; both with a short reason (pyarrow's own errors are
        among them).
    """
    with _opened(path) as file:
        names = file.schema_arrow.names
        if not {"boot", "sample", "utc_ns", *SINGLE_COLUMNS} <= set(names):
            raise ValueError("it is no hour of an archive: columns are missing")
        texts = {key.decode(): text.decode() for key, text in (file.schema_arrow.metadata or {}).items()}
        source = Source.from_texts(texts)
        groups = []
        for index in range(file.metadata.num_row_groups):
            group = file.metadata.row_group(index)
            boots, samples = (group.column(names.index(name)).statistics for name in ("boot", "sample"))
            if not (boots and samples and boots.has_min_max and samples.has_min_max):
                raise ValueError("it does not say which samples it holds")
            groups.append(
                RowGroup(path, index, int(boots.min), int(samples.min), int(samples.max), group.num_rows)
            )
    return HourFile(path, source, tuple(groups))


def read_row_group(group: RowGroup) -> list[RawSamples]:
    """Return a row group's samples, cut where the index jumps; raises as :func:`open_hour` does."""
    with pq.ParquetFile(group.path, pre_buffer=False) as file:
        names = set(file.schema_arrow.names)
        columns = DUAL_COLUMNS if set(DUAL_COLUMNS) <= names else SINGLE_COLUMNS
        table = file.read_row_group(
            group.index, columns=["boot", "sample", "utc_ns", *columns], use_threads=False
        )
    boot, sample, utc_ns = (_numbers(table, name, np.int64) for name in ("boot", "sample", "utc_ns"))
    raw = np.stack([_numbers(table, name, np.int16) for name in columns], axis=1)
    cuts = np.flatnonzero((np.diff(sample) != 1) | (np.diff(boot) != 0)) + 1
    return [
        RawSamples(int(boot[start]), int(sample[start]), utc_ns[start:stop], raw[start:stop])
        for start, stop in zip([0, *cuts], [*cuts, len(sample)], strict=True)
        if stop > start
    ]


def read_indices(group: RowGroup) -> list[tuple[int, int]]:
    """Return which samples a row group holds, as half-open stretches; raises as :func:`open_hour` does."""
    if group.rows == group.last - group.first + 1:
        return [(group.first, group.last + 1)]
    with pq.ParquetFile(group.path, pre_buffer=False) as file:
        sample = _numbers(
            file.read_row_group(group.index, columns=["sample"], use_threads=False), "sample", np.int64
        )
    cuts = np.flatnonzero(np.diff(sample) != 1) + 1
    firsts, ends = sample[[0, *cuts]], sample[[*(cuts - 1), -1]] + 1
    return list(zip(firsts.tolist(), ends.tolist(), strict=True))


def sync_folder(folder: Path) -> None:
    """Bring a folder's names to disk."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _opened(path: Path) -> pq.ParquetFile:
    return pq.ParquetFile(path, pre_buffer=False)


def _read(file: pq.ParquetFile, group: RowGroup, columns: list[str]) -> pa.Table:
    # Ten minutes are read in milliseconds by one thread; each of Arrow's would keep what it needed.
    return file.read_row_group(group.index, columns=columns, use_threads=False)


def _numbers(table: pa.Table, name: str, type_: type[_Number]) -> NDArray[_Number]:
    values = table[name].to_numpy()
    if values.dtype.kind not in "iu":
        raise ValueError(f"the column {name} is not of whole numbers")
    return np.asarray(values.astype(type_))

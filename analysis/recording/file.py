"""Anyone's recording of a person, ready for the core (DESIGN.md section 7).

When a file is opened its whole time axis is checked, and its first piece of rows; the rest is checked as it
is read, so that a day is decoded once. Where that piece leaves a doubt (a sensor that shows one value, a unit
that seems wrong) the whole file is gone through, since only all of it can say. Whoever reads the samples
believes them when they have ended without an error.

A day's recording needs little memory: a few pieces of rows, and its time axis where that is irregular.
"""

import hashlib
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray
from pydantic import TypeAdapter, ValidationError

from analysis.events.fields import Pseudonym
from analysis.motion.block import RATE_HZ, Block, FloatArray, Pod, PodSamples, are_finite
from analysis.recording.ahead import read_ahead
from analysis.recording.columns import TIME, Layout, layout_of
from analysis.recording.errors import (
    MetadataError,
    MissingValueError,
    SilentError,
    TooShortError,
    UnitError,
    UnreadableFileError,
)
from analysis.recording.grid import TimeAxis, on_grid, regular_axis, time_axis
from analysis.recording.plausibility import UnitCheck
from analysis.recording.table import Table

UNKNOWN_PATIENT: Final = "unknown"
SAMPLE_NS: Final = round(1e9 / RATE_HZ)
LAST_UTC_NS: Final = 7_258_118_400_000_000_000
"""The beginning of 2200: later, nanoseconds since 1970 come near the end of 64 bits [ours]."""

_PSEUDONYM: Final[TypeAdapter[str]] = TypeAdapter(Pseudonym)


@dataclass(frozen=True, slots=True)
class Recording:
    """A checked recording.

    Attributes
    ----------
    path
        The file.
    patient, device
        From its metadata; else "unknown", and "file-" with the first 12 hex digits of its SHA-256.
    layout
        Its sensors that run.
    notes
        What is wrong with it and yet no reason to refuse it.
    axis
        Its rows on the core's grid.
    start_utc_ns
        UTC of its sample 0, ns since 1970; None where the file does not say.
    is_checked
        Whether all its samples were looked at already.
    """

    path: Path
    patient: str
    device: str
    layout: Layout
    notes: tuple[str, ...]
    axis: TimeAxis
    start_utc_ns: int | None
    table: Table
    is_checked: bool

    @property
    def has_both_pods(self) -> bool:
        """Whether both pods were worn."""
        return {pod for pod, _ in self.layout.sensors} == {"upper", "lower"}

    def time_s(self, sample: float) -> float:
        """Return where a sample of the grid lies on the file's own time axis, s."""
        return self.axis.start_s + sample / RATE_HZ

    def blocks(
        self, seconds_per_block: float = 960.0, *, utc_origin_ns: int | None = None
    ) -> Iterator[Block]:
        """Yield the recording's samples on the grid, in blocks of at most `seconds_per_block`.

        Their UTC counts from `utc_origin_ns` or, without, from the file's own start.

        Raises
        ------
        RecordingError
            What is wrong with the samples, in places at their end only.
        """
        limit = max(1, int(seconds_per_block * RATE_HZ))
        origin_ns = self.start_utc_ns if utc_origin_ns is None else utc_origin_ns
        return read_ahead(self._blocks(limit, origin_ns))

    def _blocks(self, limit: int, origin_ns: int | None) -> Iterator[Block]:
        pieces = self.table.sensors(self.layout.columns)
        if not self.is_checked:
            pieces = _checked(self.path, self.layout, self.axis, pieces)
        for first, values in on_grid(self.axis, pieces):
            for start in range(0, len(values), limit):
                yield self._block(first + start, values[start : start + limit], origin_ns)

    def _block(self, first_sample: int, values: FloatArray, origin_ns: int | None) -> Block:
        return Block(
            first_sample=first_sample,
            lower=self._pod("lower", values),
            upper=self._pod("upper", values),
            utc_ns=None if origin_ns is None else _times_ns(origin_ns, first_sample, len(values)),
            saturated=np.zeros(len(values), np.bool_),
            # Not where they were looked at when the file was opened: it may have changed since.
            seen_finite=not self.is_checked and self.axis.irregular is None,
        )

    def _pod(self, pod: Pod, values: FloatArray) -> PodSamples | None:
        acc, gyr = self.layout.place(pod, "acc"), self.layout.place(pod, "gyr")
        if acc is None:
            return None
        # Row by row, as orientation wants them.
        return PodSamples(
            np.ascontiguousarray(values[:, acc]),
            None if gyr is None else np.ascontiguousarray(values[:, gyr]),
        )


def _times_ns(origin_ns: int, first_sample: int, count: int) -> NDArray[np.int64]:
    first_ns = origin_ns + first_sample * SAMPLE_NS
    return np.arange(first_ns, first_ns + count * SAMPLE_NS, SAMPLE_NS)


def open_recording(path: Path) -> Recording:
    """Return the recording in a file.

    Raises
    ------
    RecordingError
        One of its kinds, if the file cannot be analysed; the message is one line that says why.
    """
    table = Table(path)
    with ThreadPoolExecutor(1) as pool:
        # The digest is made meanwhile, if the file has to be named by it.
        digest = None if "device" in table.metadata else pool.submit(_sha256, path)
        layout = layout_of(path, table.names)
        # To read text twice, if its times are irregular, would take longer than to hold them.
        axis = None if table.is_text else regular_axis(table.pieces(TIME))
        if axis is None:
            axis = time_axis(path, _time_s(path, table))
        layout, notes, is_checked = _running(path, table, layout, axis)
        content = "" if digest is None else f"file-{digest.result()[:12]}"
    return Recording(
        path=path,
        patient=_name(path, table.metadata, "patient", UNKNOWN_PATIENT),
        device=_name(path, table.metadata, "device", content),
        layout=layout,
        notes=notes,
        axis=axis,
        start_utc_ns=_start_utc_ns(path, table.metadata, axis.start_s),
        table=table,
        is_checked=is_checked,
    )


def _time_s(path: Path, table: Table) -> FloatArray:
    time_s = table.column(TIME)
    if not time_s.size:
        raise TooShortError(path, "it has no rows")
    if not are_finite(time_s[:, None]):
        raise MissingValueError(path, f"{TIME} has no number in row {np.argmin(np.isfinite(time_s)) + 1}")
    return time_s


def _running(
    path: Path, table: Table, layout: Layout, axis: TimeAxis
) -> tuple[Layout, tuple[str, ...], bool]:
    """Return the sensors that run, what is to be said of the others, and whether all samples were checked."""
    check = UnitCheck(layout)
    pieces = _checked(path, layout, axis, table.sensors(layout.columns), check)
    beginning = next(pieces)
    with suppress(UnitError, SilentError):
        running, notes = check.finish(path)
        if running == layout:
            return running, notes, len(beginning) == len(axis)
    for _ in pieces:
        pass
    return *check.finish(path), True


def _checked(
    path: Path,
    layout: Layout,
    axis: TimeAxis,
    pieces: Iterable[FloatArray],
    check: UnitCheck | None = None,
) -> Iterator[FloatArray]:
    """Yield `pieces`, (n, sensors, 3), when they were looked at; without `check` judge them at their end."""
    seen = UnitCheck(layout) if check is None else check
    row = 0
    for piece in pieces:
        row_s = axis.row_s(row)
        for place in range(len(layout.sensors)):
            if not are_finite(piece[:, place]):
                at, sensor, direction = np.argwhere(~np.isfinite(piece))[0]
                column = layout.columns[sensor][direction]
                raise MissingValueError(path, f"{column} has no number in row {row + at + 1}")
            seen.push(place, piece[:, place], row_s)
        row += len(piece)
        yield piece
    if check is None:
        seen.finish(path)


def _name(path: Path, metadata: dict[str, str], key: str, otherwise: str) -> str:
    try:
        return _PSEUDONYM.validate_python(metadata.get(key, otherwise))
    except ValidationError as error:
        raise MetadataError(
            path, f"its {key} is {metadata[key]!r}; up to 64 letters, digits, dots, hyphens will do"
        ) from error


def _start_utc_ns(path: Path, metadata: dict[str, str], first_row_s: float) -> int | None:
    """Return UTC of the first row, which lies `first_row_s` after the file's start_time."""
    text = metadata.get("start_time")
    if text is None:
        return None
    try:
        start = datetime.fromisoformat(text)
    except ValueError as error:
        raise MetadataError(path, f"its start_time is {text!r}; write it as 2026-11-23T08:00:00Z") from error
    if start.tzinfo is None:
        start = start.replace(tzinfo=UTC)
    since = start - datetime(1970, 1, 1, tzinfo=UTC)
    start_ns = ((since.days * 86400 + since.seconds) * 1_000_000 + since.microseconds) * 1000
    first_row_ns = start_ns + round(first_row_s * 1e9)
    if not 0 <= first_row_ns < LAST_UTC_NS:
        raise MetadataError(
            path,
            f"its start_time {text!r} and first time_s {first_row_s:.10g} lie outside the years 1970 to 2199",
        )
    return first_row_ns


def _sha256(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise UnreadableFileError(path, f"it cannot be read: {error.strerror}") from error

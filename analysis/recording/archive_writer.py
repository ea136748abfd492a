"""Writing an archive: samples into the log of their hour, logs of finished hours into Parquet files.

Files of a folder, which belongs to one patient and one strip::

    2026-11-23T07.parquet     a finished hour
    2026-11-23T08.samples     the hour being written
    2026-11-23T06.closing     a finished hour's log while its file is being made
    inputs.jsonl              the journal

A single-pod strip's files are named ``2026-11-23T07-single.*``. Every name but the temporary one of a Parquet
file in the making holds whole samples, and the reader reads all of them, whenever the writer dies. A sample
may lie in a log and in a file at once (the writer died between renaming the file and deleting the log);
readers count it once.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from threading import Lock, RLock
from typing import Final

import numpy as np

from analysis.recording.archive import CLOSING_SUFFIX, HOUR_SUFFIX, LOG_SUFFIX, Archive
from analysis.recording.errors import ArchiveError
from analysis.recording.hour import ROW_GROUP_ROWS, hour_of, sync_folder, write_hour
from analysis.recording.journal import Skipped
from analysis.recording.log import LogWriter, read_log
from analysis.recording.places import Place, hour_places, log_places, pieces_of
from analysis.recording.raw import DUAL_COLUMNS, SINGLE_COLUMNS, RawSamples, Source

_SINGLE: Final = "-single"
_NS_PER_HOUR: Final = 3600 * 1_000_000_000


class ArchiveWriter:
    """Writes samples of one patient's strip.

    :meth:`append` is quick. :meth:`tend` brings data to disk and may run in another thread meanwhile.

    Parameters
    ----------
    folder
        The archive; made if it is not there. No other writer may use it at the same time.
    source
        Whose samples these are.

    Raises
    ------
    ArchiveError
        If the folder cannot be made; from every method, if a file in it cannot be written.
    """

    def __init__(self, folder: Path, source: Source) -> None:
        self.folder = folder
        self._source = source
        self._logs: dict[str, LogWriter] = {}
        self._appending = Lock()
        self._tending = RLock()
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise self._failed(error) from error

    def append(self, samples: RawSamples) -> None:
        """Append samples to the logs of their hours; they outlive this process, not yet a power cut."""
        try:
            with self._appending:
                for name, part in _by_hour(samples):
                    if name not in self._logs:
                        self._logs[name] = LogWriter(self.folder / f"{name}{LOG_SUFFIX}", self._source)
                    self._logs[name].append(part)
        except OSError as error:
            raise self._failed(error) from error

    def tend(self) -> list[Skipped]:
        """Bring everything to disk, and make the files of all hours but the newest.

        Returns
        -------
        list of Skipped
            What could not be read. Such a file stays where it is, under its own name.
        """
        try:
            with self._tending:
                for log in list(self._logs.values()):
                    log.sync()
                sync_folder(self.folder)
                self._set_aside(before=max(map(_hour, self._logs), default=""))
                return self._make_hours()
        except OSError as error:
            raise self._failed(error) from error

    def close(self) -> list[Skipped]:
        """Make the files of all hours; returns what :meth:`tend` does."""
        try:
            with self._tending:
                skipped = self._make_hours()
                self._set_aside(before=None)
                return [*skipped, *self._make_hours()]
        except OSError as error:
            raise self._failed(error) from error

    @contextmanager
    def reading(self) -> Iterator[Archive]:
        """Give the archive as it is now to be read, and leave its files alone meanwhile.

        Samples may be appended; the reader does not see them. One thread may read several times at once.
        """
        with self._tending:
            with self._appending:
                archive = Archive(self.folder)
            yield archive

    def _set_aside(self, *, before: str | None) -> None:
        """Take the logs of hours before `before`, or all, out of use."""
        for path in sorted(self.folder.glob(f"*{LOG_SUFFIX}")):
            aside = path.with_suffix(CLOSING_SUFFIX)
            if (before is None or _hour(path.stem) < before) and not aside.exists():
                with self._appending:
                    if log := self._logs.pop(path.stem, None):
                        log.close()
                    path.replace(aside)

    def _make_hours(self) -> list[Skipped]:
        """Make files of the logs set aside."""
        skipped = []
        for path in sorted(self.folder.glob(f"*{CLOSING_SUFFIX}")):
            hour = path.with_suffix(HOUR_SUFFIX)
            try:
                log = read_log(path)
                earlier = _readable(hour) if hour.exists() else []
            except (OSError, ValueError) as error:
                skipped.append(Skipped(path.name, f"cannot become {hour.name}: {error}"))
                continue
            if log.torn_bytes:
                skipped.append(Skipped(path.name, f"a torn write of {log.torn_bytes} bytes at its end"))
            if len(log.records):
                columns = SINGLE_COLUMNS if path.stem.endswith(_SINGLE) else DUAL_COLUMNS
                write_hour(hour, self._source, columns, _row_groups([*earlier, *log_places(log)]))
            path.unlink()
        return skipped

    def _failed(self, error: OSError) -> ArchiveError:
        return ArchiveError(self.folder, f"cannot be written: {error.strerror or error}")


def _hour(name: str) -> str:
    return name.removesuffix(_SINGLE)


def _by_hour(samples: RawSamples) -> Iterator[tuple[str, RawSamples]]:
    """Yield the samples cut where the hour changes, with the name of each part's files."""
    kind = _SINGLE if samples.columns == SINGLE_COLUMNS else ""
    hours = samples.utc_ns // _NS_PER_HOUR
    cuts = np.flatnonzero(np.diff(hours)) + 1
    for start, stop in zip([0, *cuts], [*cuts, len(samples)], strict=True):
        if stop > start:
            yield hour_of(int(samples.utc_ns[start])) + kind, samples[start:stop]


def _readable(hour: Path) -> list[Place]:
    """Return the places of an hour's file when all of it can be read; raises as `hour_places` does."""
    places = hour_places(hour)
    for place in places:
        place.load()
    return places


def _row_groups(places: Sequence[Place]) -> Iterator[list[RawSamples]]:
    """Yield all samples, boot after boot in order, each once, a row group's at a time."""
    for boot in dict.fromkeys(place.boot for place in places):
        group: list[RawSamples] = []
        rows = 0
        for _, piece in pieces_of(places, boot):
            rest = piece
            while len(rest):
                group.append(rest[: ROW_GROUP_ROWS - rows])
                rest = rest[len(group[-1]) :]
                rows += len(group[-1])
                if rows == ROW_GROUP_ROWS:
                    yield group
                    group, rows = [], 0
        if group:
            yield group

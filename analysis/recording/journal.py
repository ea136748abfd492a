"""The journal of an archive: what entered a live run besides samples.

One JSON object a line in ``inputs.jsonl``, each written, flushed and brought to disk before the call returns.
A crash can therefore leave at most one torn line, the last; a reader skips it, and any other line it cannot
read, and says so.

From the journal and the samples the run can be repeated: a segment is a stretch that one session of the core
saw, with what the session was started from. Samples may come late, from the strip's own memory: where the
core had gone on without them stands in a :class:`Gap`, and that it went over them afterwards in a
:class:`Revised`. What the wearer said of the posture stands in a :class:`Corrected`.
"""

import json
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, BinaryIO, Final

from pydantic import TypeAdapter, ValidationError

from analysis.events.calibration import Calibration
from analysis.events.catalogue import EventError, parse_event
from analysis.events.day import PostureState
from analysis.events.fields import Pseudonym
from analysis.recording.appending import append_whole
from analysis.recording.errors import ArchiveError

JOURNAL_NAME: Final = "inputs.jsonl"
MAX_LINE_BYTES: Final = 1 << 16
"""A calibration takes about 10 kB; a longer line is damage."""

_PSEUDONYM: Final[TypeAdapter[str]] = TypeAdapter(Pseudonym)


@dataclass(frozen=True, slots=True)
class SegmentStart:
    """A session of the core began at `first_sample`.

    `calibration` is what it was given; None: the guided routine, whose outcome follows from the samples.
    """

    boot: int
    first_sample: int
    patient: str
    device: str
    calibration: Calibration | None


@dataclass(frozen=True, slots=True)
class SegmentEnd:
    """The session was finished after `last_sample`; a segment without an end was cut off by a crash."""

    boot: int
    last_sample: int


@dataclass(frozen=True, slots=True)
class Gap:
    """The core went on without samples `first_sample` to `last_sample`, which had not come in time."""

    boot: int
    first_sample: int
    last_sample: int


@dataclass(frozen=True, slots=True)
class Revised:
    """A segment is analysed again from `first_sample` on: what it says from there carries `revision`.

    If the segment had been finished, its end holds no longer: samples came that belong to it.
    """

    boot: int
    first_sample: int
    revision: int


@dataclass(frozen=True, slots=True)
class Corrected:
    """When the core had seen all samples before `sample`, the wearer said to have been `state` till then."""

    boot: int
    sample: int
    state: PostureState


@dataclass(frozen=True, slots=True)
class CalibrationMade:
    """A calibration that the session arrived at, accepted or not."""

    calibration: Calibration


@dataclass(frozen=True, slots=True)
class Mark:
    """The button was pressed during `sample`, give or take its frame."""

    boot: int
    sample: int


@dataclass(frozen=True, slots=True)
class Anchor:
    """At `utc_ns`, give or take `bound_ns`, the strip's 32 768 Hz counter stood at `ticks`."""

    boot: int
    ticks: int
    utc_ns: int
    bound_ns: int


@dataclass(frozen=True, slots=True)
class Prescribed:
    """From `utc_ns` on these settings of care were in force: the therapist's, with their number."""

    utc_ns: int
    revision: int
    values: dict[str, Any]


@dataclass(frozen=True, slots=True)
class PracticeBegun:
    """The patient began a set of hinges before `sample`, and meant to do `target`; 0: who knows."""

    boot: int
    sample: int
    target: int


@dataclass(frozen=True, slots=True)
class PracticeEnded:
    """The patient ended the set before `sample`; a set without an end ends by itself."""

    boot: int
    sample: int


Entry = (
    SegmentStart
    | SegmentEnd
    | Gap
    | Revised
    | Corrected
    | CalibrationMade
    | Mark
    | Anchor
    | Prescribed
    | PracticeBegun
    | PracticeEnded
)

_KINDS: Final[dict[str, type[Entry]]] = {
    "segment_start": SegmentStart,
    "segment_end": SegmentEnd,
    "gap": Gap,
    "revised": Revised,
    "corrected": Corrected,
    "calibration": CalibrationMade,
    "mark": Mark,
    "anchor": Anchor,
    "prescribed": Prescribed,
    "practice_begun": PracticeBegun,
    "practice_ended": PracticeEnded,
}
_NAMES: Final = {type_: name for name, type_ in _KINDS.items()}


@dataclass(frozen=True, slots=True)
class Skipped:
    """Something in an archive that could not be read: where, and why."""

    place: str
    reason: str

    def __str__(self) -> str:
        return f"{self.place}: {self.reason}"


class JournalWriter:
    """Appends entries to an archive's journal.

    Parameters
    ----------
    folder
        The archive; it must exist.

    Raises
    ------
    ArchiveError
        If the journal cannot be opened.
    """

    def __init__(self, folder: Path) -> None:
        self._path = folder / JOURNAL_NAME
        try:
            self._file = self._path.open("ab", buffering=0)
            if _ends_torn(self._path):
                append_whole(
                    self._file, b"\n"
                )  # a torn line stays one bad line; the next entry begins its own
        except OSError as error:
            raise ArchiveError(self._path, f"cannot be written: {error.strerror}") from error

    def append(self, entry: Entry) -> None:
        """Bring `entry` to disk; raises :class:`ArchiveError` if that fails."""
        try:
            append_whole(self._file, to_line(entry).encode() + b"\n")
            os.fsync(self._file.fileno())
        except OSError as error:
            raise ArchiveError(self._path, f"cannot be written: {error.strerror}") from error

    def close(self) -> None:
        """Close the file."""
        self._file.close()


def to_line(entry: Entry) -> str:
    """Return the entry as one line of JSON, without its end of line."""
    values = {field.name: getattr(entry, field.name) for field in fields(entry)}
    if isinstance(entry, SegmentStart | CalibrationMade):
        values["calibration"] = entry.calibration and entry.calibration.to_dict()
    return json.dumps({"kind": _NAMES[type(entry)], **values}, ensure_ascii=False, separators=(",", ":"))


def from_line(line: str | bytes) -> Entry:
    """Return the entry in a line.

    Raises
    ------
    ValueError
        If the line is not exactly one entry.
    """
    try:
        value = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise ValueError(f"not JSON ({error})") from error
    if not isinstance(value, dict):
        raise ValueError("not a JSON object")  # noqa: TRY004 - hostile text, not a caller's mistake
    type_ = _KINDS.get(str(value.pop("kind", None)))
    if type_ is None:
        raise ValueError("unknown kind of entry")
    names = {field.name for field in fields(type_)}
    if value.keys() != names:
        raise ValueError(f"expected the fields {', '.join(sorted(names))}")
    if type_ is CalibrationMade and value["calibration"] is None:
        raise ValueError("a calibration without its payload")
    return type_(**{name: _READ[name](name, value[name]) for name in names})


def read_journal(folder: Path) -> tuple[list[Entry], list[Skipped]]:
    """Return the entries of an archive's journal, oldest first, and the lines that were skipped.

    Raises
    ------
    ArchiveError
        If there is no journal.
    """
    path = folder / JOURNAL_NAME
    entries: list[Entry] = []
    skipped: list[Skipped] = []
    try:
        with path.open("rb") as file:
            for number, line in enumerate(_lines(file), start=1):
                try:
                    entries.append(from_line(line))
                except ValueError as error:
                    skipped.append(Skipped(f"{path.name} line {number}", str(error)))
    except OSError as error:
        raise ArchiveError(path, f"cannot be read: {error.strerror}; is {folder} an archive?") from error
    return entries, skipped


def _lines(file: BinaryIO) -> Iterator[bytes]:
    """Yield the lines; of one that is too long only a beginning, which is no entry."""
    while line := file.readline(MAX_LINE_BYTES):
        yield line
        while len(line) == MAX_LINE_BYTES and not line.endswith(b"\n"):
            line = file.readline(MAX_LINE_BYTES)


def _ends_torn(path: Path) -> bool:
    with path.open("rb") as file:
        size = file.seek(0, os.SEEK_END)
        if size == 0:
            return False
        file.seek(size - 1)
        return file.read(1) != b"\n"


def _count(name: str, value: Any) -> int:
    if type(value) is not int or not 0 <= value < 1 << 63:
        raise ValueError(f"{name} is no count")
    return value


def _pseudonym(name: str, value: Any) -> str:
    try:
        return _PSEUDONYM.validate_python(value, strict=True)
    except ValidationError as error:
        raise ValueError(f"{name} is no pseudonym") from error


def _calibration(name: str, value: Any) -> Calibration | None:
    if value is None:
        return None
    try:
        event = parse_event(value)
    except EventError as error:
        raise ValueError(str(error)) from error
    if not isinstance(event, Calibration):
        raise ValueError(f"{name} is a {event.SCHEMA}")  # noqa: TRY004 - hostile text, not a caller's mistake
    return event


def _values(name: str, value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise ValueError(f"{name} is no JSON object")  # noqa: TRY004 - hostile text, not a caller's mistake
    return value


def _upright_or_seated(name: str, value: Any) -> PostureState:
    if value == "sitting":
        return "sitting"
    if value == "standing":
        return "standing"
    raise ValueError(f"{name} is neither sitting nor standing")


_READ: Final[dict[str, Callable[[str, Any], Any]]] = {
    **dict.fromkeys(
        (
            "boot",
            "first_sample",
            "last_sample",
            "sample",
            "ticks",
            "utc_ns",
            "bound_ns",
            "revision",
            "target",
        ),
        _count,
    ),
    "values": _values,
    "state": _upright_or_seated,
    **dict.fromkeys(("patient", "device"), _pseudonym),
    "calibration": _calibration,
}

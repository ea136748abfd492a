"""The recordings of real people, and what ``lumbar analyse`` says of them."""

import csv
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TypeVar

import numpy as np
import pyarrow.parquet as pq
from numpy.typing import NDArray

from analysis.events.errors import LumbarError
from analysis.events.event import Derived
from analysis.events.movement import Lift
from analysis.motion.session import CalibrationError
from analysis.recorded import analyse_file
from tests.accuracy_study.matching import Span

FloatArray = NDArray[np.float64]
_DerivedT = TypeVar("_DerivedT", bound=Derived)


@dataclass(frozen=True, slots=True)
class Analysed:
    """What is said of one recording.

    Attributes
    ----------
    name
        The file's name without its ending.
    events
        In the order they became known; times on the file's own axis.
    angles
        Columns of ``lumbar analyse --angles``; empty if they were not asked for.
    fault
        Why it could not be analysed.
    """

    name: str
    events: tuple[Derived, ...]
    angles: dict[str, FloatArray]
    fault: str | None = None

    @property
    def lifts(self) -> list[Lift]:
        """Its lifts."""
        return self.of(Lift)

    def of(self, kind: type[_DerivedT]) -> list[_DerivedT]:
        """Return its events of one kind."""
        return [event for event in self.events if isinstance(event, kind)]


def analysed(path: Path, *, is_aligned: bool, with_angles: bool = False) -> Analysed:
    """Return what the product says of the recording at `path`."""
    with TemporaryDirectory() as folder:
        angles_to = Path(folder) / "angles.parquet" if with_angles else None
        try:
            result = analyse_file(path, is_aligned=is_aligned, angles_to=angles_to)
        except (LumbarError, CalibrationError) as error:
            return Analysed(path.stem, (), {}, str(error))
        return Analysed(path.stem, result.events, columns(angles_to) if angles_to else {})


def columns(path: Path) -> dict[str, FloatArray]:
    """Return the columns of a Parquet file."""
    table = pq.read_table(path)
    return {name: np.asarray(table[name].to_numpy(), dtype=np.float64) for name in table.column_names}


def rows(path: Path) -> list[dict[str, str]]:
    """Return the rows of a CSV file with a header."""
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def recordings(folder: Path) -> list[Path]:
    """Return the recordings in a folder, without the tables of truth beside them."""
    return sorted(path for path in folder.glob("*.parquet") if not path.stem.endswith(".truth"))


def span_of(event: Derived) -> Span:
    """Return when an event of a file was, on the file's own time axis."""
    assert event.start_s is not None
    assert event.end_s is not None
    return Span(event.start_s, event.end_s)

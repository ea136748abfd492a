"""What can be wrong with a recording or an archive, by what its owner can do about it."""

from pathlib import Path

from analysis.events.errors import LumbarError


class RecordingError(LumbarError):
    """A recording that cannot be analysed; `path` names it."""

    def __init__(self, path: Path, detail: str) -> None:
        super().__init__(f"{path.name}: {detail}")
        self.path = path


class UnreadableFileError(RecordingError):
    """Not there, not Parquet or CSV, or damaged."""


class ColumnError(RecordingError):
    """A column is missing, unknown in its unit, or not numeric."""


class MissingValueError(RecordingError):
    """A cell is empty or not a finite number."""


class TimeError(RecordingError):
    """Time stands still or runs backwards."""


class RateError(RecordingError):
    """The sample rate is outside what can be analysed."""


class TooShortError(RecordingError):
    """Too little to analyse."""


class UnitError(RecordingError):
    """Values that cannot be in the unit which their column names."""


class SilentError(RecordingError):
    """Sensors that did not run."""


class SwappedPodsError(RecordingError):
    """The upper pod's columns hold the lower pod's values."""


class MetadataError(RecordingError):
    """The file's patient, device or start time is not usable."""


class ArchiveError(RecordingError):
    """A folder that is no archive, or an archive that cannot be written."""

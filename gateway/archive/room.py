"""Room on the disk for what comes next: the oldest raw samples go first, events never.

Raw samples are kept for a while, and given up hour by hour when the disk runs low; what was made of them
stays in the stores, and the journal stays too. Only finished hours can go.
"""

import errno
import logging
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeVar

from analysis.recording.archive import HOUR_SUFFIX
from analysis.recording.errors import ArchiveError
from analysis.recording.hour import hour_of

log = logging.getLogger("lumbar.archive")

_Result = TypeVar("_Result")
_NS_PER_DAY: Final = 86_400 * 1_000_000_000
_FULL: Final = (errno.ENOSPC, errno.EDQUOT)


@dataclass(frozen=True, slots=True)
class RoomParams:
    """How much raw motion is kept.

    Attributes
    ----------
    keep_days
        For so long, d; 90 [ours]: a clinic's quarter, 9 GB at 100 MB a day.
    reserve_bytes
        So much of the disk is kept free for events and for the hour being written; 200 MB [ours].
    """

    keep_days: float = 90.0
    reserve_bytes: int = 200 * 1024 * 1024


def _free_bytes(folder: Path) -> int:
    return shutil.disk_usage(folder).free


class Room:
    """Keeps room for one archive's folder.

    Parameters
    ----------
    folder
        The archive.
    params
        How much is kept.
    free_bytes
        Tells how much room there is.
    """

    def __init__(
        self, folder: Path, params: RoomParams, free_bytes: Callable[[Path], int] = _free_bytes
    ) -> None:
        self._folder, self._params, self._free_bytes = folder, params, free_bytes
        self.hours_given_up = 0
        """How many hours of raw samples had to go before their time."""

    def keep(self, now_utc_ns: int) -> None:
        """Remove the hours that are past their time, and the oldest ones while the disk runs low."""
        oldest_kept = hour_of(max(0, now_utc_ns - round(self._params.keep_days * _NS_PER_DAY)))
        for path in self._hours():
            if path.name[: len(oldest_kept)] >= oldest_kept:
                break
            path.unlink(missing_ok=True)
            log.info("raw samples past their time removed", extra={"hour": path.stem})
        while self._free_bytes(self._folder) < self._params.reserve_bytes and self.give_up_oldest():
            pass

    def give_up_oldest(self) -> bool:
        """Remove the oldest finished hour; returns whether there was one."""
        for path in self._hours():
            path.unlink(missing_ok=True)
            self.hours_given_up += 1
            log.warning("disk full: the oldest raw samples are given up", extra={"hour": path.stem})
            return True
        return False

    def finding_room(self, action: Callable[[], _Result]) -> _Result:
        """Return what `action` does, giving up the oldest hours for as long as the disk is full.

        Raises
        ------
        ArchiveError
            What `action` raises, if the disk is not full or there is nothing left to give up.
        """
        while True:
            try:
                return action()
            except ArchiveError as error:
                cause = error.__cause__
                if not isinstance(cause, OSError) or cause.errno not in _FULL or not self.give_up_oldest():
                    raise

    def _hours(self) -> list[Path]:
        return sorted(self._folder.glob(f"*{HOUR_SUFFIX}"))

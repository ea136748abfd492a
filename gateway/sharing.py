"""Whether the home shares with the clinic: the patient's switch, which outlives the process.

A home that was set up with a clinic shares until the patient says otherwise. A file that cannot be read
counts as "no": what was shared once cannot be taken back.
"""

import json
import logging
from collections.abc import Callable
from pathlib import Path
from typing import Final

from analysis.events.errors import LumbarError

log = logging.getLogger("lumbar.sharing")

FILE_NAME: Final = "sharing.json"
_LONGEST: Final = 1000
"""Bytes read of the file; it takes 20."""


class SharingError(LumbarError):
    """The switch cannot be kept, so it stays as it was."""


class Sharing:
    """The switch.

    Parameters
    ----------
    path
        Where it is kept.
    tell
        Hears of a change, after it was kept.
    """

    def __init__(self, path: Path, tell: Callable[[bool], None]) -> None:
        self._path, self._tell = path, tell
        self.is_on = _read(path)

    def set(self, *, is_on: bool) -> None:
        """Turn it.

        Raises
        ------
        SharingError
            If the disk refuses.
        """
        fresh = self._path.with_suffix(".new")
        try:
            fresh.write_text(json.dumps({"shared": is_on}), encoding="utf-8")
            fresh.replace(self._path)
        except OSError as error:
            raise SharingError(f"{self._path} cannot be written: {error.strerror}") from error
        self.is_on = is_on
        log.info("sharing", extra={"shared": is_on})
        self._tell(is_on)


def _read(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            return json.loads(file.read(_LONGEST))["shared"] is True
    except FileNotFoundError:
        return True
    except (OSError, ValueError, LookupError, TypeError) as error:
        log.warning("whether to share is unreadable; nothing is shared", extra={"error": str(error)})
        return False

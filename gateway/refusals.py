"""Who was not let in at the patient's pages: told in the log, and kept in a file of the home.

One JSON object a line: when, what was amiss, which page, and what the request said of itself, cut short.
What it sent is never kept. When the file is full it takes the place of the one before, so a flood of requests
costs no more than twice its size; then the oldest are gone.
"""

import json
import logging
from pathlib import Path
from typing import Final

from analysis.events.fields import utc_text
from analysis.review.home.door import Refusal
from gateway.wire.timebase import Clock

log = logging.getLogger("lumbar.pages")

FILE_NAME: Final = "refused.jsonl"
_LONGEST: Final = 200
_FULL_BYTES: Final = 1 << 18
"""About 1,500 refusals [ours]."""


class Refusals:
    """Keeps refusals. A disk that is full loses them, and only them: the pages go on.

    Parameters
    ----------
    path
        The file.
    clock
        The product's clock.
    """

    def __init__(self, path: Path, clock: Clock) -> None:
        self._path, self._clock = path, clock
        self.count = 0
        """How many since this process began."""

    def note(self, refusal: Refusal) -> None:
        """Keep one."""
        self.count += 1
        said = {
            "what": refusal.what,
            "page": refusal.page[:_LONGEST],
            "origin": None if refusal.origin is None else refusal.origin[:_LONGEST],
        }
        log.warning("refused at the patient's pages", extra=said)
        line = json.dumps({"at": utc_text(self._clock.utc_ns()), **said})
        try:
            if self._path.exists() and self._path.stat().st_size > _FULL_BYTES:
                self._path.replace(self._path.with_suffix(".old.jsonl"))
            with self._path.open("a", encoding="ascii") as file:
                file.write(f"{line}\n")
        except OSError as error:
            log.warning("a refusal is not kept", extra={"error": str(error)})

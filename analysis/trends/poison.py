"""Where messages go that the recorder cannot keep as events: a file that an operator can read.

One line of JSON for each: when, topic, reason, length, and the beginning of the payload. Synced to disk
before the message is acknowledged, since afterwards this is the only place where it is. The file is bounded:
when it is full it becomes ``NAME.1`` and a new one is begun.
"""

import json
import os
from pathlib import Path
from typing import Final

from analysis.events.fields import utc_text

_LIMIT_BYTES: Final = 10_000_000
"""Room for some thousand messages, twice; a flood of rubbish must not fill the disk [ours]."""
_KEPT_BYTES: Final = 4096
"""How much of a payload is kept: enough to see what it is [ours]."""


class PoisonFile:
    """The file; its methods raise OSError when it cannot be written."""

    def __init__(self, path: Path, limit_bytes: int = _LIMIT_BYTES) -> None:
        self._path = path
        self._limit_bytes = limit_bytes

    def add(self, topic: str, payload: bytes, reason: str, utc_ns: int) -> None:
        """Write one message down."""
        entry = {
            "received": utc_text(utc_ns),
            "topic": topic,
            "reason": reason,
            "bytes": len(payload),
            "payload": payload[:_KEPT_BYTES].decode("utf-8", errors="backslashreplace"),
        }
        if self._path.exists() and self._path.stat().st_size > self._limit_bytes:
            self._path.replace(self._path.with_name(f"{self._path.name}.1"))
        with self._path.open("a", encoding="ascii") as file:
            file.write(json.dumps(entry) + "\n")
            file.flush()
            os.fsync(file.fileno())

"""Logs: one JSON object a line for programs, one short line for a person at a terminal.

Parts log through :mod:`logging` with a short event name as the message and the facts in ``extra``:

    log.info("connected", extra={"serial": "LM-000001", "att_mtu": 247})

No log line holds a name, a free text of a patient, or a raw sample.
"""

import json
import logging
import sys
from datetime import UTC, datetime
from typing import TextIO

from gateway.wire.timebase import Clock

_PLAIN_FIELDS = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}
_CLEAR_LINE = "\r\x1b[K"
"""Takes the place of the gateway's status line, which comes back below."""
_LOUD_LIBRARIES = ("bumble", "bleak", "asyncio", "uvicorn", "paho")


def _facts(record: logging.LogRecord) -> dict[str, object]:
    return {name: value for name, value in vars(record).items() if name not in _PLAIN_FIELDS}


class _Lines(logging.Formatter):
    """One line per record, with the time of the product's clock."""

    def __init__(self, clock: Clock, *, for_person: bool) -> None:
        super().__init__()
        self._clock, self._for_person = clock, for_person

    def format(self, record: logging.LogRecord) -> str:
        now = datetime.fromtimestamp(self._clock.utc_ns() / 1e9, UTC)
        facts = _facts(record)
        if record.exc_info and record.exc_info[1] is not None:
            facts["error"] = repr(record.exc_info[1])
        if self._for_person:
            told = " ".join(f"{name}={value}" for name, value in facts.items())
            return f"{_CLEAR_LINE}{now:%H:%M:%S} {record.name}: {record.getMessage()} {told}".rstrip()
        line = {
            "time": now.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "level": record.levelname.lower(),
            "part": record.name,
            "event": record.getMessage(),
            **facts,
        }
        return json.dumps(line, ensure_ascii=False, default=str)


def configure_logs(clock: Clock, stream: TextIO = sys.stderr) -> None:
    """Send all logs to `stream`: JSON lines, or short lines if it is a terminal."""
    handler = logging.StreamHandler(stream)
    handler.setFormatter(_Lines(clock, for_person=stream.isatty()))
    logging.basicConfig(level=logging.INFO, handlers=[handler], force=True)
    for name in _LOUD_LIBRARIES:
        logging.getLogger(name).setLevel(logging.WARNING)

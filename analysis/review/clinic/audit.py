"""Who saw and changed what: lines that are only ever added, each with a hash of the one before.

A line that is changed or taken out later breaks the chain from there on, which :func:`broken_at` finds. The
chain shows tampering by somebody who can write the file but does not redo all hashes; who can do that too can
only be stopped by keeping copies of the newest hash elsewhere (a backup does).
"""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Final

GENESIS: Final = "0" * 64
"""What the first line has before it."""
_LONGEST_DETAIL: Final = 300


@dataclass(frozen=True, slots=True)
class AuditLine:
    """One thing that somebody did; `who` is None for a person who had not come in."""

    number: int
    at: str
    who: str | None
    did: str
    patient: str | None
    detail: str
    digest: str


def next_line(
    before: AuditLine | None,
    *,
    at: str,
    who: str | None,
    did: str,
    patient: str | None = None,
    detail: str = "",
) -> AuditLine:
    """Return the line that follows `before`."""
    number = 1 if before is None else before.number + 1
    bare = AuditLine(number, at, who, did, patient, detail[:_LONGEST_DETAIL], "")
    return AuditLine(**{**asdict(bare), "digest": _digest(before, bare)})


def broken_at(lines: Iterable[AuditLine]) -> int | None:
    """Return the number of the first line that does not follow from the one before it; None if all do."""
    before: AuditLine | None = None
    for line in lines:
        expected = 1 if before is None else before.number + 1
        if line.number != expected or line.digest != _digest(before, line):
            return expected
        before = line
    return None


def _digest(before: AuditLine | None, line: AuditLine) -> str:
    said = [line.number, line.at, line.who, line.did, line.patient, line.detail]
    chained = f"{GENESIS if before is None else before.digest}{json.dumps(said, ensure_ascii=False)}"
    return hashlib.sha256(chained.encode()).hexdigest()

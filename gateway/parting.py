"""From a strip's being taken off until all that it recorded has come: only then its segment ends.

What the strip could not send before lies in its memory: the link broke, or the last frames were lost, of
which no later one tells. So the segment stays open until the strip has said, over the present connection,
what it holds, and nothing of that is wanted any more: it has come, or was given up. What comes then follows
on in its order and is told once; what comes after the end has to be gone over and told anew.

That can fail in many ways: the strip is out of reach, never answers, or no longer holds what it names. So
patience ends when nothing has come for a while. What comes later still is not lost: it is gone over then.
"""

from typing import Final

from gateway.link.backfill import Backfill

PATIENCE_S: Final = 60.0
"""So long after the strip was taken off, or anything last came from its memory, its segment ends at the
latest, s [ours]: five times what finding it again took at the most on BlueZ."""


class Parting:
    """Knows whether a strip that was taken off has told all.

    Parameters
    ----------
    backfill
        What is wanted from the strip's memory.
    patience_s
        How long to wait in vain, s.
    """

    def __init__(self, backfill: Backfill, patience_s: float = PATIENCE_S) -> None:
        self._backfill, self._patience_s = backfill, patience_s
        self._is_off = False
        self._waits_since_s: float | None = None
        self._listed_over: int | None = None

    def begin(self) -> None:
        """Take note that the strip is off and streams no more; it may say so again and again."""
        self._is_off = True

    def end(self) -> None:
        """Take note that it is worn again, or its segment has ended."""
        self._is_off = False
        self._waits_since_s = None

    def listed(self) -> None:
        """Take note that the strip has said what it holds, and that what is missing of that is wanted."""
        self._listed_over = self._backfill.connection

    def came(self) -> None:
        """Take note that something has come from the strip's memory."""
        self._waits_since_s = None

    def is_complete(self) -> bool:
        """Return whether the strip is off and has told all."""
        connection = self._backfill.connection
        is_listed = connection is not None and connection == self._listed_over
        return self._is_off and is_listed and not self._backfill.wanted_samples

    def is_given_up(self, now_s: float) -> bool:
        """Return whether it is off and nothing has come for too long; to be asked again and again."""
        if not self._is_off:
            return False
        if self._waits_since_s is None:
            self._waits_since_s = now_s
        return now_s - self._waits_since_s >= self._patience_s

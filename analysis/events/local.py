"""What the clock on the patient's wall says: days begin and end by it, and so do quiet hours."""

from datetime import UTC, datetime, timedelta, tzinfo
from typing import NamedTuple

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_NS_PER_MIN = 60_000_000_000
_MIN_PER_H = 60


class LocalMoment(NamedTuple):
    """A day, as 2026-03-29, and the minute of it that the clock shows (0 to 1439)."""

    day: str
    minute: int


class LocalTime:
    """The clock of one time zone.

    When clocks go back an hour comes twice, and when they go forward one never comes; both are told as the
    clock on the wall tells them.
    """

    def __init__(self, zone: tzinfo) -> None:
        self._zone = zone
        self._known: tuple[int, LocalMoment] | None = None

    def at(self, utc_ns: int) -> LocalMoment:
        """Return what the clock says at `utc_ns` (since 1970)."""
        minute = utc_ns // _NS_PER_MIN
        known = self._known
        if known is None or known[0] != minute:  # asked once a second, it changes once a minute
            local = (_EPOCH + timedelta(minutes=minute)).astimezone(self._zone)
            said = LocalMoment(local.date().isoformat(), _MIN_PER_H * local.hour + local.minute)
            self._known = known = minute, said
        return known[1]

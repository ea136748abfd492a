"""Time zones by name."""

from typing import Protocol
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

_UTC = ZoneInfo("UTC")


class Zoned(Protocol):
    """Whoever lives somewhere."""

    @property
    def timezone(self) -> str:
        """Return the zone's name, as Europe/Vienna."""


def zone_of(somebody: Zoned) -> ZoneInfo:
    """Return the zone in which somebody's day begins and ends; UTC where the name is not known here."""
    try:
        return ZoneInfo(somebody.timezone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return _UTC

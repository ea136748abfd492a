"""The time zone that a store's days are of."""

import zoneinfo

from analysis.trends.store import StoreError


def zone_named(name: str) -> zoneinfo.ZoneInfo:
    """Return a time zone by its name; raises StoreError if this computer knows none such."""
    try:
        return zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError) as error:
        raise StoreError(f"this computer knows no time zone {name!r}; install its tzdata") from error

"""What Home Assistant is to see of the home, put together from the present, care and the store."""

import zoneinfo
from datetime import UTC, datetime, time
from typing import Final

from analysis.events.day import PostureState
from analysis.events.fields import utc_text
from analysis.trends.store import TrendStore
from gateway.delivery.homeassistant import HomeState, next_break_text
from gateway.present import Present
from gateway.wire.timebase import Clock

_S_PER_MIN: Final = 60.0
_NS_PER_S: Final = 1_000_000_000


class HomeView:
    """Looks at the home for Home Assistant.

    Parameters
    ----------
    store
        The home's store, which is asked for today's bends.
    patient, zone
        Whose day it is, and where it begins.
    clock
        The product's clock.
    present
        What is true now.
    """

    def __init__(
        self, store: TrendStore, patient: str, zone: zoneinfo.ZoneInfo, clock: Clock, present: Present
    ) -> None:
        self._store, self._patient, self._zone = store, patient, zone
        self._clock, self._present = clock, present
        self._counted: tuple[str, int] | None = None
        self._lifts: int | None = None

    def count_lifts(self) -> None:
        """Count today's bends if there can be other ones than last time; reads the store, in a thread."""
        today = self._clock.utc().astimezone(self._zone).date()
        midnight = datetime.combine(today, time(), self._zone).astimezone(UTC)
        since, recorded = utc_text(round(midnight.timestamp()) * _NS_PER_S), self._present.ledger.recorded
        if (since, recorded) != self._counted:
            lifts = self._store.events(self._patient, kinds={"lift"}, start=since)
            self._lifts = sum((lift["start"] or "") >= since for lift in lifts)
            self._counted = (since, recorded)

    def look(self) -> HomeState:
        """Return what Home Assistant is told now."""
        care, strip = self._present.care(), self._present.strip
        is_heard = self._present.link == "streaming"
        return HomeState(
            state=self._state(is_heard=is_heard),
            minutes_sat=int(care.sitting_s // _S_PER_MIN),
            next_break=next_break_text(care.next_break_ns),
            lifts_today=self._lifts,
            battery_pct=strip.battery_pct if strip is not None else None,
        )

    def _state(self, *, is_heard: bool) -> PostureState | None:
        if not is_heard:
            return None
        if self._present.strip is not None and not self._present.strip.worn:
            return "not_worn"
        return self._present.posture

"""Where the home's events go: to the clinic's outbox and into the home's own store.

The outbox comes first: should the process die between the two, the event is made again from the archive when
the gateway comes back, and both sides know it by its id.
"""

from collections.abc import Callable, Sequence

from analysis.events.event import Event
from analysis.trends.store import TrendStore


class Ledger:
    """Records events, once each, in all the places where they belong.

    Parameters
    ----------
    store
        The home's own store.
    """

    def __init__(self, store: TrendStore) -> None:
        self._store = store
        self._deliver: Callable[[Sequence[Event]], None] | None = None
        self.recorded = 0
        """Events recorded by this process; a page that sees it change reads the store anew."""

    def deliver_with(self, deliver: Callable[[Sequence[Event]], None]) -> None:
        """Also hand every event to `deliver`, which keeps it for the clinic before it returns."""
        self._deliver = deliver

    def record(self, events: Sequence[Event]) -> None:
        """Record events in order.

        Raises
        ------
        OutboxError, StoreError
            If one of the two cannot be written.
        """
        if not events:
            return
        if self._deliver is not None:
            self._deliver(events)
        self._store.put(event.to_dict() for event in events)
        self.recorded += len(events)

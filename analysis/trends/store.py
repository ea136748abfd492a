"""The trend store: what is known of a patient over months, as events, behind one interface.

A store keeps events exactly as the contract writes them. It holds each once:

- an event is what it is by its ``event_id``: put twice, it is there once;
- a derived event with a higher ``revision`` takes the place of the lower ones of the same kind that start at
  the same sample of the same boot, in whichever order they arrive;
- of ``lumbar.status/1`` the latest to arrive stays, one for each device: it is a state, not a history, and
  the broker's will has no time of its own to sort by.
"""

from collections.abc import Collection, Iterable, Mapping
from typing import Any, Protocol

from analysis.events.errors import LumbarError


class StoreError(LumbarError):
    """The store cannot do it now: trying again later may help. The message says what to do."""


class UnstorableEventError(StoreError):
    """An event that this store can never keep; the others of the same call were not put either."""


class TrendStore(Protocol):
    """Where events are kept and read by patient and time. Safe to use from several threads."""

    def put(self, events: Iterable[Mapping[str, Any]]) -> None:
        """Keep `events`, all of them or (on an error) none.

        Raises
        ------
        UnstorableEventError
            If one of them cannot be kept whatever the circumstances.
        StoreError
            If the store is out of order; nothing was put.
        """

    def events(
        self,
        patient: str,
        *,
        kinds: Collection[str] | None = None,
        start: str | None = None,
        end: str | None = None,
    ) -> list[dict[str, Any]]:
        """Return a patient's events by start, then event id.

        Parameters
        ----------
        patient
            Pseudonym; an unknown one has no events.
        kinds
            Last parts of the topics ("lift", "minute"); None: all.
        start, end
            UTC texts of a half-open interval: events that share time with it, or that happen in it and take
            no time. With either given, events without times (of a recording without a start) are left out.
        """

    def patients(self) -> list[str]:
        """Return the pseudonyms that have events, sorted."""

    def devices(self, patient: str) -> list[str]:
        """Return the devices that a patient has events of, sorted."""

    def close(self) -> None:
        """Release what the store holds; it cannot be used afterwards."""

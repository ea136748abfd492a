"""The trend store: what is known of a patient over months, as events, behind one interface.

A store keeps events exactly as the contract writes them. It holds each once:

- an event is what it is by its ``event_id``: put twice, it is there once;
- a derived event with a higher ``revision`` takes the place of the lower ones of the same kind that start at
  the same sample of the same boot, in whichever order they arrive;
- a ``lumbar.replace/1`` withdraws the derived events that it replaces, in whichever order they arrive, and is
  itself kept (:class:`analysis.events.revising.Replace` says which);
- of ``lumbar.status/1`` the latest to arrive stays, one for each device: it is a state, not a history, and
  the broker's will has no time of its own to sort by.

Beside the events it keeps each day in sums (:mod:`analysis.trends.daily`), with the patient's corrections in
them. Minutes are kept for as long as the settings say, the sums of their days for ever.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import Any, Final, Protocol

from analysis.events.errors import LumbarError
from analysis.trends.daily import Day

KEEP_MINUTES_DAYS: Final = 400
"""How long minutes are kept, days: a year and a month, so that this month can be laid beside last year's."""


class StoreError(LumbarError):
    """The store cannot do it now: trying again later may help. The message says what to do."""


class UnstorableEventError(StoreError):
    """An event that this store can never keep; the others of the same call were not put either."""


class TrendStore(Protocol):
    """Where events are kept and read by patient and time. Safe to use from several threads.

    One program at a time writes; any number may read.
    """

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

    def rows(self, patient: str, kind: str, names: Sequence[str], *, start: str, end: str) -> list[list[Any]]:
        """Return some fields of the events that :meth:`events` would give, a row each and in that order.

        For what is summed up: a month has twenty thousand minutes, of which a page needs a few numbers each.

        Parameters
        ----------
        patient, kind, start, end
            As for :meth:`events`; one kind.
        names
            Fields of the events' outermost level. One that an event does not have is None.
        """

    def days_of(self, patients: Collection[str], first: date, last: date) -> dict[str, list[Day]]:
        """Return :meth:`days` of many patients at once, by patient; one without any has an empty list."""

    def facts_of(
        self, patients: Collection[str], kinds: Collection[str], *, start: str | None = None
    ) -> dict[str, list[dict[str, Any]]]:
        """Return :meth:`events` of many patients at once, by patient.

        Parameters
        ----------
        patients, start
            Whose, and from when on.
        kinds
            Of facts only: what people entered, alerts, statuses. No revision replaces those.
        """

    def patients(self) -> list[str]:
        """Return the pseudonyms that have events, sorted."""

    def devices(self, patient: str) -> list[str]:
        """Return the devices that a patient has events of, sorted."""

    def days(self, patient: str, first: date, last: date) -> list[Day]:
        """Return the sums of the days from `first` to `last`, both included, that something is known of.

        A day is that of the wall clock in the store's time zone. Where that is set to another one, the days
        follow with the next :meth:`put` or :meth:`expire`.
        """

    def export(self, patient: str) -> Iterator[dict[str, Any]]:
        """Yield all events of a patient by kind, then start, then event id, without holding them at once."""

    def erase(self, patient: str) -> int:
        """Remove everything that is known of a patient, and return how many events that were.

        It cannot be undone. What arrives afterwards is kept again: end the patient's login first.
        """

    def expire(self, now: str) -> int:
        """Drop the minutes that are older than the settings say at the UTC text `now`; return how many.

        Their days stay, and a minute as old as that is not taken any more, so that no day counts it twice.
        """

    def close(self) -> None:
        """Release what the store holds; it cannot be used afterwards."""

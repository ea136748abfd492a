"""How the home stands, as one event: told to its own store and to the clinic whenever it changes."""

from importlib.metadata import version

from analysis.events.event import ALGORITHM, fact_id
from analysis.events.facts import Presence, Status, Versions
from analysis.events.fields import utc_text
from analysis.trends.sqlite import SqliteStore
from gateway.delivery.mqtt import ClinicLink
from gateway.present import Present
from gateway.wire.timebase import Clock


class Standing:
    """Tells how one patient's strip stands.

    Parameters
    ----------
    patient, device
        Whose strip it is, and its serial number.
    clock
        The product's clock.
    present
        What is true now.
    store
        The home's own.
    """

    def __init__(self, patient: str, device: str, clock: Clock, present: Present, store: SqliteStore) -> None:
        self._patient, self._device, self._clock = patient, device, clock
        self._present, self._store = present, store
        self._told: Status | None = None
        self.clinic: ClinicLink | None = None
        """The clinic that is to hear of it."""

    def tell(self, presence: Presence, *, anew: bool = False) -> None:
        """Let home and clinic know how things are, if that has changed or they are to be told `anew`."""
        status, told = self.now(presence), self._told
        if not anew and told is not None and _without_time(status) == _without_time(told):
            return
        self._told = status
        self._store.put([status.to_dict()])
        if self.clinic is not None:
            self.clinic.set_status(status)

    def now(self, presence: Presence) -> Status:
        """Return how things are."""
        now, strip = utc_text(self._clock.utc_ns()), self._present.strip
        return Status(
            event_id=fact_id(self._patient, self._device, "status", now),
            patient=self._patient,
            device=self._device,
            start=now,
            end=now,
            mode=None,
            algorithm=ALGORITHM,
            quality=None,
            presence=presence,
            battery_pct=strip.battery_pct if strip else None,
            worn=strip.worn if strip else None,
            link_state=self._present.link,
            backlog=self._present.backlog,
            versions=Versions(gateway=version("lumbar-monitor"), algorithm=ALGORITHM),
        )


def _without_time(status: Status) -> Status:
    return status.model_copy(update={"event_id": "", "start": None, "end": None, "backlog": None})

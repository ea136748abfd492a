"""What the patient enters on the pages, made into events and recorded like all others."""

from analysis.events.entries import Log
from analysis.events.event import ALGORITHM
from analysis.events.fields import utc_text
from analysis.review.home.log_form import LogAnswers
from gateway.ledger import Ledger
from gateway.wire.timebase import Clock


class HomeEntries:
    """Keeps one patient's entries. For the event loop's thread, like the ledger.

    Parameters
    ----------
    patient, device
        Whose entries, and which strip is worn.
    clock
        The product's clock.
    ledger
        Where they go: the home's store, and the clinic's outbox.
    """

    def __init__(self, patient: str, device: str, clock: Clock, ledger: Ledger) -> None:
        self._patient, self._device, self._clock, self._ledger = patient, device, clock, ledger

    def keep_log(self, entry_id: str, answers: LogAnswers) -> None:
        """Record an entry of the log; the same id again takes the place of the first.

        Raises
        ------
        OutboxError, StoreError
            If the disk or a store fails.
        """
        now = utc_text(self._clock.utc_ns())
        log = Log(
            event_id=entry_id,
            patient=self._patient,
            device=self._device,
            start=now,
            end=now,
            mode=None,
            algorithm=ALGORITHM,
            quality=None,
            **dict(answers) | {"confidence": list(answers.confidence)},
        )
        self._ledger.record([log])

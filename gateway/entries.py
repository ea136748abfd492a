"""What the patient enters on the pages, made into events and recorded like all others."""

from collections.abc import Sequence

from analysis.events.entries import Log, RedFlag
from analysis.events.event import ALGORITHM
from analysis.events.fields import utc_text
from analysis.review.home.log_form import LogAnswers
from gateway.care import Care
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
    care
        Pauses what the home would say while a red flag is raised.
    """

    def __init__(self, patient: str, device: str, clock: Clock, ledger: Ledger, care: Care) -> None:
        self._patient, self._device, self._clock = patient, device, clock
        self._ledger, self._care = ledger, care

    def keep_check(self, entry_id: str, red_flags: Sequence[RedFlag]) -> None:
        """Record the answers to the questions about red flags: those with a yes.

        Raises
        ------
        CareStateError, OutboxError, StoreError
            If the disk or a store fails.
        """
        self._care.answer_check(entry_id, red_flags, self._clock.utc_ns())

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

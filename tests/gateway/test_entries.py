"""What a patient enters becomes an event of the contract, for the home and for the clinic."""

from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

from analysis.care.settings import CareSettings
from analysis.events.catalogue import parse_event
from analysis.events.event import Event
from analysis.events.fields import utc_text
from analysis.review.home.log_form import LogAnswers
from analysis.trends.sqlite import SqliteStore
from gateway.care import Care
from gateway.entries import HomeEntries
from gateway.ledger import Ledger
from gateway.wire.timebase import Clock

ID = "0b0f5b0e-6a51-4c43-9d5c-2f0a35d2a6a1"


def test_an_entry_goes_home_and_to_the_clinic_alike(tmp_path: Path) -> None:
    delivered: list[Event] = []

    def deliver(events: Sequence[Event]) -> None:
        delivered.extend(events)

    clock = Clock()
    with closing(SqliteStore(tmp_path / "home.sqlite")) as store:
        ledger = Ledger(store)
        ledger.deliver_with(deliver)
        answers = LogAnswers.model_validate(
            {"pain_now": 4, "confidence": [{"task": "tie my shoes", "confidence": 7}], "note": "Fine."}
        )
        before = utc_text(clock.utc_ns())
        care = Care("p-1", "LM-1", CareSettings(), None, tmp_path / "care.json", ledger, lambda _: None)
        HomeEntries("p-1", "LM-1", clock, ledger, care).keep_log(ID, answers)
        (kept,) = store.events("p-1", kinds={"log"})
    assert [event.to_dict() for event in delivered] == [kept]
    assert parse_event(kept) == delivered[0]
    assert kept["event_id"] == ID
    assert kept["start"] == kept["end"]
    assert before <= kept["start"] <= utc_text(clock.utc_ns())
    assert kept["confidence"] == [{"task": "tie my shoes", "confidence": 7}]
    assert (kept["pain_worst"], kept["walking_min"]) == (None, None)

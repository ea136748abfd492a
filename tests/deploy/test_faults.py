"""Kill -9 each part once while events stream; twenty kills among 20,000 events are `make faults`."""

from pathlib import Path

import pytest

from tests.clinic_faults import Plan, run
from tests.influx import InfluxMissingError
from tests.shipped_broker import MosquittoMissingError


@pytest.mark.e2e
@pytest.mark.parametrize(("store", "kills"), [("sqlite", 2), ("influx", 3)])
def test_every_event_is_stored_once_whatever_is_killed(store: str, kills: int, tmp_path: Path) -> None:
    plan = Plan(store, events=600, kills=kills, seed=7, resend_s=1.0, patience_s=90.0)
    try:
        outcome = run(plan, tmp_path)
    except (InfluxMissingError, MosquittoMissingError) as error:
        pytest.skip(str(error))
    assert sorted(outcome.killed.values()) == [1] * kills, "each part once"
    assert outcome.put == outcome.stored > 590
    assert (outcome.missing, outcome.twice) == (0, 0), outcome

"""The short form of ``make soak``: one round in which parts are struck at random, whoever is due."""

import pytest
from rich.console import Console

from tests.soak import soak, tell


@pytest.mark.timeout(400)
def test_a_round_with_faults_loses_nothing_and_counts_nothing_twice(mosquitto: None) -> None:
    console = Console(width=100)
    tally = soak(minutes=0.0, seed=21, person="lifts", console=console)
    tell(tally, console)
    assert tally.differences == []
    assert tally.faults.total() >= 5
    assert tally.samples > 15_000, "the routine and more: dead or stopped, a strip measures nothing"
    assert tally.events > 10

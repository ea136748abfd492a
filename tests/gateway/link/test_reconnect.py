import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.link.reconnect import (
    LINK_STATES,
    Happening,
    Reconnect,
    ReconnectError,
    ReconnectParams,
    State,
)

PARAMS = ReconnectParams(rescan_s=0.5, first_pause_s=1.0, longest_pause_s=8.0, healthy_s=10.0)


def go(machine: Reconnect, *happenings: Happening, now_s: float = 0.0) -> None:
    for happening in happenings:
        machine.on(happening, now_s)


def test_the_good_life() -> None:
    machine = Reconnect(PARAMS)
    assert machine.state is State.WAITING
    assert machine.on(Happening.DUE, 0) is State.SCANNING
    assert machine.on(Happening.FOUND, 1) is State.CONNECTING
    assert machine.on(Happening.CONNECTED, 2) is State.STREAMING
    assert machine.on(Happening.STOPPED, 3) is State.STOPPED


def test_after_a_healthy_stream_it_looks_again_at_once() -> None:
    machine = Reconnect(PARAMS)
    go(machine, Happening.DUE, Happening.FOUND, Happening.CONNECTED)
    machine.on(Happening.DROPPED, 10.0)
    assert (machine.state, machine.pause_s) == (State.WAITING, 0.0)


def test_failures_make_it_wait_longer_and_longer() -> None:
    machine = Reconnect(PARAMS)
    pauses = []
    for _ in range(6):
        go(machine, Happening.DUE, Happening.FOUND, Happening.FAILED)
        pauses.append(machine.pause_s)
    assert pauses == [1, 2, 4, 8, 8, 8]


def test_a_connection_that_drops_right_away_counts_as_a_failure() -> None:
    machine = Reconnect(PARAMS)
    pauses = []
    for _ in range(3):
        go(machine, Happening.DUE, Happening.FOUND, Happening.CONNECTED, Happening.DROPPED)
        pauses.append(machine.pause_s)
    assert pauses == [1, 2, 4]
    go(machine, Happening.DUE, Happening.FOUND, Happening.CONNECTED)
    machine.on(Happening.DROPPED, 60.0)
    go(machine, Happening.DUE, Happening.FOUND, Happening.FAILED)
    assert machine.pause_s == 1.0


def test_a_stranger_is_no_failure_and_an_adapter_that_is_not_there_neither() -> None:
    machine = Reconnect(PARAMS)
    for _ in range(5):
        go(machine, Happening.DUE, Happening.FOUND, Happening.NOT_FOUND)
        assert (machine.state, machine.pause_s) == (State.WAITING, PARAMS.rescan_s)
        go(machine, Happening.DUE, Happening.NO_ADAPTER)
        assert (machine.state, machine.pause_s) == (State.WAITING, PARAMS.no_adapter_s)
    go(machine, Happening.DUE, Happening.FOUND, Happening.FAILED)
    assert machine.pause_s == 1.0


def test_an_empty_scan_is_no_failure() -> None:
    machine = Reconnect(PARAMS)
    for _ in range(5):
        go(machine, Happening.DUE, Happening.NOT_FOUND)
        assert machine.pause_s == 0.5


def test_what_cannot_happen_is_refused() -> None:
    with pytest.raises(ReconnectError, match="CONNECTED cannot happen while WAITING"):
        Reconnect(PARAMS).on(Happening.CONNECTED, 0)


@given(st.lists(st.sampled_from(list(Happening)), max_size=60), st.integers(0, 100))
def test_pauses_are_bounded_whatever_happens(happenings: list[Happening], step_s: int) -> None:
    machine = Reconnect(PARAMS)
    for place, happening in enumerate(happenings):
        before = machine.state
        try:
            machine.on(happening, place * step_s)
        except ReconnectError:
            assert machine.state is before
        assert 0 <= machine.pause_s <= PARAMS.longest_pause_s
        if before is State.STOPPED:
            assert machine.state is State.STOPPED


def test_every_state_has_its_name_in_events() -> None:
    assert set(LINK_STATES) == set(State)

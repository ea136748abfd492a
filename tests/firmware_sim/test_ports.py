"""Free ports."""

import socket

import pytest

from firmware_sim import ports
from firmware_sim.ports import free_port


def test_a_free_port_can_be_used_and_is_none_that_the_system_gives_away() -> None:
    found = {free_port() for _ in range(20)}
    assert len(found) > 1
    assert max(found) < 32_768  # where Linux begins unless told otherwise; others begin higher
    for port in found:
        with socket.socket() as listener:
            listener.bind(("127.0.0.1", port))


def test_a_taken_port_is_not_free(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        monkeypatch.setattr(ports, "_FIRST", listener.getsockname()[1])
        monkeypatch.setattr(ports, "_LAST", listener.getsockname()[1])
        with pytest.raises(OSError, match="no free port"):
            free_port()

"""Ports for what is started now and listens in a moment."""

import random
import socket
from typing import Final

_HOST: Final = "127.0.0.1"
_FIRST, _LAST = 15_000, 32_767
"""Below what Linux, macOS and Windows hand out by themselves: a port of theirs can become the near end of any
connection between being found and being used."""
_ATTEMPTS: Final = 100


def free_port() -> int:
    """Return a TCP port on loopback that is free, and that the system gives to nobody of its own accord.

    Raises
    ------
    OSError
        If there is none.
    """
    dice = random.SystemRandom()
    for _ in range(_ATTEMPTS):
        port = dice.randint(_FIRST, _LAST)
        with socket.socket() as probe:
            try:
                probe.bind((_HOST, port))
            except OSError:
                continue
            return port
    raise OSError(f"no free port among {_FIRST} to {_LAST} on {_HOST}")

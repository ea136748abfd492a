"""Telling systemd how we are: started, alive, ending (the sd_notify protocol).

The signs of life come from the event loop, so that a loop that hangs is noticed and the service restarted.
Without systemd (no ``NOTIFY_SOCKET`` in the environment) nothing is told.
"""

import asyncio
import os
import socket
from contextlib import suppress
from typing import Final

_US_PER_S: Final = 1e6


def tell(state: str) -> None:
    """Tell systemd a state such as ``READY=1``."""
    address = os.environ.get("NOTIFY_SOCKET")
    if not address:
        return
    if address.startswith("@"):  # a name in Linux's abstract namespace
        address = f"\0{address[1:]}"
    with suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as channel:
        channel.sendto(state.encode(), address)


async def show_life() -> None:
    """Tell that we are alive, twice as often as the unit's ``WatchdogSec`` asks for, until cancelled."""
    timeout_s = float(os.environ.get("WATCHDOG_USEC", "0")) / _US_PER_S
    while timeout_s > 0:
        tell("WATCHDOG=1")
        await asyncio.sleep(timeout_s / 2)

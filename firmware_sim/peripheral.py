"""The simulated strip as a program: :mod:`firmware_sim.strip_host` from power-on to the end."""

from __future__ import annotations

import asyncio
import json
import logging
import signal
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from bumble.core import BaseBumbleError
from bumble.transport.common import Transport

from firmware_sim.device import DeviceParams
from firmware_sim.errors import SimError
from firmware_sim.hci import open_hci
from firmware_sim.source import SampleSource
from firmware_sim.state_dir import write_private
from firmware_sim.strip_host import StripPeripheral, StripStats
from gateway.wire.timebase import Clock

log = logging.getLogger(__name__)

_LOOK_S = 0.5
"""How often a strip looks for a radio that is not there yet, s of this computer."""
_STOP_S = 1.0
"""How long a strip may take to end by itself, s of this computer; it takes 0.25 s unless it waits for its
radio."""


class StripError(SimError):
    """A strip that cannot go on."""


async def run_strip(
    transport: str,
    source: SampleSource,
    *,
    clock: Clock,
    serial: str,
    state_dir: Path,
    stop: asyncio.Event | None = None,
    on_ready: Callable[[], None] = lambda: None,
) -> StripStats:
    """Run a strip until it is stopped; SIGUSR1 presses its button, SIGUSR2 holds it.

    A radio that is not there yet is waited for; one that goes away ends the strip. A strip without any bond
    is open for pairing until it has one; after that the button opens it for a minute. At the end its counters
    are written to ``stats.json`` in its state directory, as one line of JSON.

    Parameters
    ----------
    transport
        Bumble's name of the HCI transport, such as "tcp-client:127.0.0.1:9701".
    source
        What the strip measures.
    clock
        The clock it lives by.
    serial
        Its serial number, such as "LM-000001".
    state_dir
        Where it keeps what outlives it.
    stop
        Set it to stop the strip; without it, SIGTERM and SIGINT do.
    on_ready
        Called once the strip advertises.

    Returns
    -------
    StripStats
        The counters.

    Raises
    ------
    StripError
        If what is named is no radio, it goes away, or the strip is stopped before it came.
    firmware_sim.state_dir.StripStateError, firmware_sim.bonds.BondFileError
        If the state directory is not this strip's, or damaged.
    """
    hci_transport = await _radio(transport, stop)
    try:
        strip = StripPeripheral(
            hci_transport,
            source,
            clock=clock,
            serial=serial,
            state_dir=state_dir,
            params=DeviceParams(),
        )
        try:
            await _serve(strip, hci_transport.source.terminated, stop, on_ready)
        finally:
            strip.close()
            stats = strip.stats()
            write_private(state_dir / "stats.json", json.dumps(asdict(stats)) + "\n")
            log.info("%s off after %d samples and %d frames", serial, stats.samples, stats.frames_sent)
    finally:
        await hci_transport.close()
    return stats


async def _radio(name: str, stop: asyncio.Event | None) -> Transport:
    """Open the HCI transport to the radio, as soon as there is one."""
    is_said = False
    while True:
        try:
            return await open_hci(name)
        except OSError as error:
            if not is_said:
                log.warning("waiting for the radio at %s: %s", name, error)
                is_said = True
        except (ValueError, BaseBumbleError) as error:  # ValueError: a name of no transport
            raise StripError(f"no radio at {name}: {error}") from error
        if stop is not None and stop.is_set():
            raise StripError(f"stopped while waiting for the radio at {name}")
        await asyncio.sleep(_LOOK_S)


async def _serve(
    strip: StripPeripheral,
    radio_gone: asyncio.Future[None],
    stop: asyncio.Event | None,
    on_ready: Callable[[], None],
) -> None:
    loop = asyncio.get_running_loop()
    handlers: dict[signal.Signals, Callable[[], None]] = {
        signal.SIGUSR1: strip.press_button,
        signal.SIGUSR2: strip.hold_button,
    }
    if stop is None:
        stop = asyncio.Event()
        handlers |= dict.fromkeys((signal.SIGTERM, signal.SIGINT), stop.set)
    for number, handler in handlers.items():
        loop.add_signal_handler(number, handler)
    serving = asyncio.create_task(strip.run(stop, on_ready))
    stopping = asyncio.create_task(stop.wait())
    ends: set[asyncio.Future[Any]] = {serving, stopping, radio_gone}
    try:
        await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
        was_told = stop.is_set()
    finally:
        for number in handlers:
            loop.remove_signal_handler(number)
        stop.set()
        await _ended(serving)
    error = None if serving.cancelled() else serving.exception()
    if radio_gone.done() and not was_told:
        raise StripError("the radio is gone") from error
    if error is not None and not radio_gone.done():
        raise error


async def _ended(serving: asyncio.Task[None]) -> None:
    """Wait until a strip that has been told to stop has; one that waits for its radio is torn away from it.

    More than once if need be: see :meth:`firmware_sim.strip_host.StripPeripheral.run`.
    """
    while not serving.done():
        await asyncio.wait({serving}, timeout=_STOP_S)
        serving.cancel()

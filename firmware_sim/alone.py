"""The simulated strip alone: on a radio that runs already, or with one of its own in the same process."""

import asyncio
from collections.abc import Callable
from pathlib import Path

from firmware_sim.errors import SimError
from firmware_sim.ether import RadioParams
from firmware_sim.peripheral import run_strip
from firmware_sim.person.source import PersonSource
from firmware_sim.replay import ReplaySource
from firmware_sim.scenarios import scenario as named
from firmware_sim.source import SampleSource
from firmware_sim.virtual_radio import VirtualRadio
from gateway.wire.timebase import Clock

_LOOPBACK = "127.0.0.1"


class PortError(SimError):
    """The radio's port is taken."""


def load_source(scenario: str, seed: int, replay: Path | None) -> SampleSource:
    """Return what the strip is to measure: a simulated person, or a recording.

    Raises
    ------
    SimError
        If there is no such scenario, or the recording cannot be worn.
    """
    return PersonSource(named(scenario, seed)) if replay is None else ReplaySource.load(replay)


async def run_with_radio(
    source: SampleSource,
    *,
    clock: Clock,
    serial: str,
    state_dir: Path,
    gateway_port: int,
    on_ready: Callable[[str], None],
) -> None:
    """Run a strip and a radio, until SIGTERM or SIGINT.

    Parameters
    ----------
    source, clock, serial, state_dir
        As for :func:`firmware_sim.peripheral.run_strip`.
    gateway_port
        HCI port offered to a gateway.
    on_ready
        Called with the port as an HCI transport, such as ``tcp-client:127.0.0.1:9702``, once the strip is on
        the air.

    Raises
    ------
    SimError
        If the port is taken or the state is not this strip's.
    """
    radio = VirtualRadio(RadioParams(), clock)
    try:
        try:
            await radio.start([0, gateway_port])
        except OSError as error:
            raise PortError(f"port {gateway_port} is in use; choose another with --port") from error
        strip_port, offered = (f"tcp-client:{_LOOPBACK}:{port}" for port in radio.ports)
        await run_strip(
            strip_port,
            source,
            clock=clock,
            serial=serial,
            state_dir=state_dir,
            on_ready=lambda: on_ready(offered),
        )
        await asyncio.sleep(0)  # lets the strip's controller leave before the radio closes
    finally:
        await radio.close()

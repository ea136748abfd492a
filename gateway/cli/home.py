"""The home: ``lumbar scan`` and ``lumbar gateway``."""

import json
import logging
import sys
import tempfile
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from analysis.events.errors import LumbarError
from gateway.cli.options import ClockOption, ConfigOption, JsonOption
from gateway.cli.output import log_to_stderr, say
from gateway.wire.timebase import REAL_CLOCK

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from gateway.link.ble import BluetoothBackend

app = typer.Typer()
log = logging.getLogger("lumbar.gateway")

_SCAN_S: Final = 6.0


@app.command()
def scan(
    virtual_radio: Annotated[str | None, typer.Option(metavar="HCI", help="Scan a virtual radio.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Find strips in range.

    Example: lumbar scan
    """
    import asyncio

    from gateway.link.ble import find_strips

    async def find() -> list[Any]:
        async with _bluetooth(virtual_radio, None) as backend:
            return await find_strips(_SCAN_S, backend)

    strips = asyncio.run(find())
    if as_json:
        keys = ("address", "name", "rssi_dbm")
        typer.echo(json.dumps([{key: getattr(strip, key) for key in keys} for strip in strips]))
    elif not strips:
        typer.echo("No strip in range. Is it charged, and was its button held to let it be paired?")
    else:
        for strip in strips:
            typer.echo(f"{strip.address}  {strip.name:12}  {strip.rssi_dbm} dBm")


@app.command()
def gateway(config: ConfigOption, clock: ClockOption = REAL_CLOCK) -> None:
    """Run the home: strip, signal core, reminders, the patient's pages.

    Example: lumbar gateway --config lumbar.toml
    """
    import asyncio

    from gateway.config import GatewayConfig, is_exposed, load_config

    settings = load_config(config, GatewayConfig)
    log_to_stderr(clock)
    if is_exposed(config, settings):
        log.warning("others can read the addresses in the settings; chmod 600 %s", config)

    from gateway.app import Gateway  # loads half the product, which settings that are wrong need not wait for
    from gateway.service import run_service

    async def run() -> None:
        radio = settings.bluetooth.virtual_radio
        bonds = settings.storage.folder / "bonds.json"
        async with _bluetooth(radio, bonds) as backend:
            home = Gateway(settings, clock, backend, sys.stdout if sys.stdout.isatty() else None)
            say({"ready": True, "page": home.url}, f"The patient's page: {home.url}")
            await run_service(home.run(), home.stop)

    asyncio.run(run())


@asynccontextmanager
async def _bluetooth(
    virtual_radio: str | None, bonds: Path | None
) -> "AsyncIterator[BluetoothBackend | None]":
    """Give the Bluetooth to use: a virtual adapter, or None for this computer's own.

    `bonds` is where the virtual adapter keeps its bonds; None: nowhere.
    """
    if virtual_radio is None:
        yield None
        return
    try:
        from firmware_sim.bleak_backend import virtual_bluetooth
    except ModuleNotFoundError as error:
        raise LumbarError("a virtual radio needs the extra: pip install 'lumbar-monitor[sim]'") from error
    with tempfile.TemporaryDirectory() as nowhere:
        adapter = virtual_bluetooth(virtual_radio, key_store=bonds or Path(nowhere) / "bonds.json")
        try:
            yield adapter
        finally:
            await adapter.close()

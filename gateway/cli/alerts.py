"""Reminders from the command line: ``lumbar alerts``."""

import json
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from gateway.cli.options import JsonOption

app = typer.Typer()


class Snooze(StrEnum):
    """How long to snooze, min."""

    SHORT = "15"
    MIDDLE = "30"
    LONG = "60"


class Silence(StrEnum):
    """How long to be silent, min; 0 ends it."""

    OVER = "0"
    HALF = "30"
    HOUR = "60"
    TWO = "120"
    FOUR = "240"


@app.command()
def alerts(
    config: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Settings of the gateway; they name its folder.")
    ] = None,
    folder: Annotated[
        Path | None, typer.Option(metavar="DIR", help="The gateway's folder, instead of its settings.")
    ] = None,
    snooze: Annotated[Snooze | None, typer.Option(help="Hold what is there for so many minutes.")] = None,
    acknowledge: Annotated[bool, typer.Option("--acknowledge", help="It was heard: no repetitions.")] = False,
    silent: Annotated[
        Silence | None, typer.Option(help="Minutes of silence, in a meeting or at the wheel; 0 ends it.")
    ] = None,
    standing: Annotated[
        bool, typer.Option("--was-standing", help="What is taken for sitting now was standing.")
    ] = False,
    days: Annotated[int, typer.Option(min=1, max=366, help="How far back to show.")] = 1,
    as_json: JsonOption = False,
) -> None:
    """Show alerts now and before; snooze or acknowledge them beside a running gateway.

    Example: lumbar alerts --config lumbar.toml

    Example: lumbar alerts --folder demo-run --snooze 15
    """
    from gateway.alerts import in_words
    from gateway.alerts import standing as how_it_stands
    from gateway.config import GatewayConfig, StorageConfig, load_config, time_zone
    from gateway.control import RunningGateway

    if config is not None and folder is not None:
        raise typer.BadParameter("give --config or --folder, not both")
    if snooze is not None and acknowledge:
        raise typer.BadParameter("give --snooze or --acknowledge, not both")
    settings = load_config(config, GatewayConfig) if config is not None else None
    home = folder or (settings.storage if settings else StorageConfig()).folder
    home = home.expanduser()
    if snooze is not None or acknowledge or standing or silent is not None:
        gateway = RunningGateway.of(home)
        if snooze is not None:
            gateway.answer("/alerts/snooze", minutes=snooze.value)
        if acknowledge:
            gateway.answer("/alerts/acknowledge")
        if standing:
            gateway.answer("/alerts/standing")
        if silent is not None:
            gateway.answer("/alerts/mute", minutes=silent.value)
    shown = how_it_stands(home, days, datetime.now(UTC))
    if as_json:
        typer.echo(json.dumps(shown.to_json()))
    else:
        zone = time_zone(settings.patient.timezone) if settings else None
        for line in in_words(shown, zone):
            typer.echo(line)

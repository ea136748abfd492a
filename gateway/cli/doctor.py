"""What is amiss, and what to do about it: ``lumbar doctor``."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from gateway.cli.options import JsonOption

app = typer.Typer()


@app.command()
def doctor(
    config: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Settings of a gateway, recorder or the pages."),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Check Bluetooth, broker, TLS, login, rights, store, disk, clock and versions; say what to do.

    A gateway or recorder that runs is disconnected from the broker for a moment. Exit status 1: a fault.

    Example: lumbar doctor --config lumbar.toml
    """
    from gateway.doctor.examine import examine

    findings = examine(config)
    if as_json:
        typer.echo(json.dumps([asdict(finding) for finding in findings], indent=1))
    else:
        for finding in findings:
            typer.echo(f"{finding.state:12} {finding.code:17} {finding.what}")
            if finding.advice:
                typer.echo(f"{'':31}-> {finding.advice}")
    if any(finding.state == "fault" for finding in findings):
        raise typer.Exit(1)

"""Options that several commands share: how each is written, what it may be, how help explains it."""

from pathlib import Path
from typing import Annotated

import typer

from gateway.wire.errors import WireError
from gateway.wire.gatt import decode_serial_number
from gateway.wire.timebase import BadClockTokenError, Clock


def _serial(text: str) -> str:
    try:
        return decode_serial_number(text.encode())
    except WireError as error:
        raise typer.BadParameter(str(error)) from error


def _clock(token: str | Clock) -> Clock:
    try:
        return token if isinstance(token, Clock) else Clock.from_token(token)
    except BadClockTokenError as error:
        raise typer.BadParameter(str(error)) from error


ClockOption = Annotated[Clock, typer.Option("--clock", parser=_clock, metavar="TOKEN", hidden=True)]
SpeedOption = Annotated[
    float, typer.Option(min=0.1, max=200.0, help="How much faster than life time passes.")
]
SeedOption = Annotated[int, typer.Option(min=0, help="Which person: the same seed, the same movements.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON for a program.")]
ReplayOption = Annotated[
    Path | None, typer.Option(metavar="FILE", help="Wear a recording (Parquet, CSV) instead of a person.")
]
SerialOption = Annotated[
    str, typer.Option(parser=_serial, metavar="SERIAL", help="Serial number of the strip.")
]
ConfigOption = Annotated[Path, typer.Option(metavar="FILE", help="Settings, TOML.")]

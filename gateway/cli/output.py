"""How commands speak: to a person at a terminal, or to the program that started them."""

import json
import sys
from typing import Any

import typer

from gateway.wire.timebase import Clock


def log_to_stderr(clock: Clock) -> None:
    """Send the log to standard error, with the clock's times."""
    from gateway.logs import configure_logs

    configure_logs(clock)


def say(for_program: dict[str, Any], for_person: str) -> None:
    """Tell what has begun, as a line of JSON where a program reads."""
    typer.echo(for_person if sys.stdout.isatty() else json.dumps(for_program))
    sys.stdout.flush()

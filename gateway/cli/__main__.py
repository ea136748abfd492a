"""The ``lumbar`` command: the composition root, where parts get their clock, their radio and their files.

Each neighbour of this file holds the commands of one room. Commands only read options, build parts and print;
what they do lives in the parts. Imports are lazy, so that ``lumbar --help`` answers at once and nothing needs
the simulator that does not run it.

Exit status: 0 done, 1 failed (one line on standard error says why and what to do), 2 mistyped.
"""

import os
import sys
from contextlib import suppress
from typing import NoReturn

import typer

from analysis.events.errors import LumbarError
from gateway.cli import alerts, clinic, doctor, home, operator, recordings, report, review, simulated

app = typer.Typer(
    help="Open wearable lumbar-motion monitor: hip hinge or lumbar flexion, sitting, standing, walking.\n\n"
    "For research and education; not a medical device.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
    rich_markup_mode=None,
)
for _room in (simulated, home, alerts, clinic, operator, recordings, report, review, doctor):
    app.add_typer(_room.app)


def _trouble(error: OSError) -> str:
    """Return what the system refuses: mostly a folder that is none, or a full disk."""
    where = f"{error.filename}: " if error.filename is not None else ""
    return f"{where}{error.strerror or error}"


def _leave(end: SystemExit) -> NoReturn:
    """End at once: all is closed, and freeing a gateway's memory piece by piece takes 1 to 2 s when busy."""
    if end.code not in {None, 0}:
        raise end
    with suppress(OSError):
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(0)
    raise end


def main() -> NoReturn:
    """Run the command line; whatever fails is one line on standard error and status 1."""
    from firmware_sim.errors import SimError

    try:
        app()
    except SystemExit as end:
        _leave(end)
    except (LumbarError, SimError) as error:
        typer.echo(f"lumbar: {error}", err=True)
    except KeyboardInterrupt:
        sys.exit(130)
    except BrokenPipeError:
        sys.stderr.close()  # whoever read our output has gone, as in `lumbar ... | head`
    except OSError as error:
        typer.echo(f"lumbar: {_trouble(error)}", err=True)
    except Exception as error:
        if os.environ.get("LUMBAR_DEBUG"):
            raise
        fault = f"{type(error).__name__}: {error}"
        typer.echo(
            f"lumbar: a fault of this program, not yours ({fault}); LUMBAR_DEBUG=1 shows more", err=True
        )
    sys.exit(1)


if __name__ == "__main__":
    main()

"""Recordings: ``lumbar analyse`` and ``lumbar calibrate``."""

import gc
import os
from pathlib import Path
from typing import Annotated, Final

import typer

from analysis.events.errors import LumbarError

app = typer.Typer()


_GARBAGE: Final = 200_000
"""So many objects more than there were are looked through for garbage."""


def _travel_light() -> None:
    """Leave at home, before the core is loaded, what takes time and is of no use to it.

    NumPy would start threads for matrices larger than any of ours, and ask for huge pages, which a system
    that has to clear them first gives slowly; Arrow would give memory back after each piece of a file and
    ask for it again for the next; pydantic would look for plugins in all that is installed, and Python for
    objects that hold each other among ten thousands of which hardly any do.
    """
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    os.environ.setdefault("NUMPY_MADVISE_HUGEPAGE", "0")
    os.environ.setdefault("MIMALLOC_PURGE_DELAY", "-1")
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
    gc.set_threshold(_GARBAGE)


def _settle_in() -> None:
    """Tell Python that what is loaded stays: at the end it is not looked through for garbage either."""
    gc.freeze()


@app.command()
def analyse(
    inputs: Annotated[list[Path], typer.Argument(metavar="FILE...|FOLDER", help="Recordings, or archives.")],
    calibration: Annotated[
        Path | None, typer.Option(metavar="C.json", help="Calibration; found in the data if left out.")
    ] = None,
    aligned: Annotated[
        bool, typer.Option("--aligned", help="The file's axes are the neutral posture.")
    ] = False,
    out: Annotated[
        Path | None, typer.Option(metavar="EVENTS.jsonl", help="Instead of standard output.")
    ] = None,
    angles: Annotated[
        Path | None, typer.Option(metavar="PATH", help="Also write angles: a file, or an existing folder.")
    ] = None,
) -> None:
    """Analyse recordings with the very core that runs live; events come as JSON lines.

    Example: lumbar analyse --aligned pickup.parquet
    """
    _travel_light()
    from gateway.offline import Analysis, load_calibration
    from gateway.offline import analyse as run

    _settle_in()
    if calibration and aligned:
        raise typer.BadParameter("give --calibration or --aligned, not both")
    if angles and len(inputs) > 1 and not angles.is_dir():
        raise typer.BadParameter(f"{angles} must be an existing folder to hold the angles of several inputs")
    known = load_calibration(calibration) if calibration else None
    if not run(Analysis(inputs, known, aligned, out, angles)):
        raise typer.Exit(1)


@app.command()
def calibrate(
    recording: Annotated[Path, typer.Argument(metavar="FILE", help="A recording of the guided routine.")],
    out: Annotated[Path, typer.Option(metavar="C.json", help="File to write.")] = Path("calibration.json"),
) -> None:
    """Make a calibration from a recording of the guided routine: stand, walk, bend, hinge, sit.

    Example: lumbar calibrate routine.parquet --out c.json
    """
    _travel_light()
    from gateway.offline import calibrate as run

    _settle_in()
    made = run(recording)
    for reason in made.reasons:
        typer.echo(reason, err=True)
    if not made.accepted:
        raise LumbarError(f"{recording.name}: the calibration was rejected; nothing was written")
    try:
        out.write_text(made.to_json() + "\n", encoding="utf-8")
    except OSError as error:
        raise LumbarError(f"cannot write {out}: {error.strerror}") from error
    typer.echo(f"{out}")

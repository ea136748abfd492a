"""What a therapist reads: ``lumbar report``."""

from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from analysis.events.errors import LumbarError

app = typer.Typer()


@app.command()
def report(
    patient: Annotated[str, typer.Option(help="Pseudonym.")],
    store: Annotated[
        Path, typer.Option(metavar="FILE", help="Store to read: the home's or the clinic's.")
    ] = Path("~/.local/share/lumbar/home.sqlite"),
    from_: Annotated[
        datetime | None, typer.Option("--from", formats=["%Y-%m-%d"], help="First day; the last if left out.")
    ] = None,
    to: Annotated[
        datetime | None, typer.Option("--to", formats=["%Y-%m-%d"], help="Last day; today if left out.")
    ] = None,
    out: Annotated[Path, typer.Option(metavar="F.html", help="File to write.")] = Path("report.html"),
    timezone: Annotated[str, typer.Option(help="Where the patient's day begins and ends.")] = "UTC",
) -> None:
    """Write the lift-quality report as one HTML file.

    Example: lumbar report --patient p-17 --from 2026-03-02 --out report.html
    """
    from analysis.review.publish import write_report
    from analysis.trends.sqlite import SqliteStore
    from gateway.config import time_zone

    if out.suffix.lower() not in {".html", ".htm"}:
        raise typer.BadParameter(f"{out.name}: this version writes HTML; print it to PDF from a browser")
    try:
        zone = time_zone(timezone)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from error
    path = store.expanduser()
    if not path.exists():
        raise LumbarError(f"there is no store {path}; name one with --store")
    with closing(SqliteStore(path)) as trends:
        days = {"first": from_ and from_.date(), "last": to and to.date()}
        write_report(trends, patient, zone, out, now=datetime.now(UTC), **days)
    typer.echo(f"{out}")

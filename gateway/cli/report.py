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
        datetime | None,
        typer.Option("--from", formats=["%Y-%m-%d"], help="First day; up to four weeks before the last."),
    ] = None,
    to: Annotated[
        datetime | None, typer.Option("--to", formats=["%Y-%m-%d"], help="Last day; today if left out.")
    ] = None,
    out: Annotated[Path, typer.Option(metavar="FILE", help="What to write: .html or .pdf.")] = Path(
        "report.html"
    ),
    sentence: Annotated[
        str | None, typer.Option(help="Your own sentence at the top instead of the one made by rule.")
    ] = None,
    timezone: Annotated[str, typer.Option(help="Where the patient's day begins and ends.")] = "UTC",
) -> None:
    """Write the lift-quality report: one page, and what lies behind it.

    Example: lumbar report --patient p-17 --from 2026-03-02 --out report.pdf
    """
    from analysis.review.publish import write_report
    from analysis.trends.sqlite import SqliteStore
    from gateway.config import time_zone

    if out.suffix.lower() not in {".html", ".htm", ".pdf"}:
        raise typer.BadParameter(f"{out.name}: a report is an .html or a .pdf file")
    try:
        zone = time_zone(timezone)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from error
    path = store.expanduser()
    if not path.exists():
        raise LumbarError(f"there is no store {path}; name one with --store")
    with closing(SqliteStore(path)) as trends:
        days = {"first": from_ and from_.date(), "last": to and to.date()}
        write_report(trends, patient, zone, out, now=datetime.now(UTC), sentence=sentence, **days)
    typer.echo(f"{out}")

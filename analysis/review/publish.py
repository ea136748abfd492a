"""Writing the report: from a store to a file."""

from datetime import date, datetime, tzinfo
from pathlib import Path

from analysis.review.report import render_report
from analysis.review.source import ReviewError, read_days
from analysis.trends.store import TrendStore


def write_report(
    store: TrendStore,
    patient: str,
    zone: tzinfo,
    out: Path,
    *,
    now: datetime,
    first: date | None = None,
    last: date | None = None,
) -> None:
    """Write the report on a patient's days to the HTML file `out`.

    Parameters
    ----------
    store, patient, zone
        Where the events are, whose they are, and the patient's time zone.
    out
        The file; what it held is replaced.
    now
        When the report is made, aware.
    first, last
        The days, both included; the last is today if not given, the first is the last.

    Raises
    ------
    ReviewError
        If the store does not know the patient, the days cannot be, or the file cannot be written.
    """
    known = store.patients()
    if patient not in known:
        names = f"it knows {', '.join(known)}" if known else "it is empty"
        raise ReviewError(f"the store does not know the patient {patient!r}: {names}")
    last = last or now.astimezone(zone).date()
    days = read_days(store, patient, first or last, last, zone, now=now)
    try:
        out.write_text(render_report(days, made_at=now), encoding="utf-8")
    except OSError as error:
        raise ReviewError(f"cannot write {out}: {error.strerror}") from error

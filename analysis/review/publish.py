"""Writing the report: from a store to a file."""

from datetime import date, datetime, tzinfo
from pathlib import Path

from analysis.review.pdf import pdf_of
from analysis.review.report import render_report
from analysis.review.source import ReviewError, read_period
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
    sentence: str | None = None,
) -> None:
    """Write the report on a patient's days to `out`: a PDF where its name ends so, else HTML.

    Parameters
    ----------
    store, patient, zone
        Where the events are, whose they are, and the patient's time zone.
    out
        The file; what it held is replaced.
    now
        When the report is made, aware.
    first, last
        The days, both included; the last is today if not given, the first the first day worn of the last
        four weeks.
    sentence
        What stands at the top of the page instead of the sentence made by rule.

    Raises
    ------
    ReviewError
        If the store does not know the patient, the days cannot be, or the file cannot be written.
    PdfError
        If nothing here prints.
    """
    known = store.patients()
    if patient not in known:
        names = f"it knows {', '.join(known)}" if known else "it is empty"
        raise ReviewError(f"the store does not know the patient {patient!r}: {names}")
    last = last or now.astimezone(zone).date()
    period = read_period(store, patient, first, last, zone, now=now)
    html = render_report(period, made_at=now, sentence=sentence)
    content = pdf_of(html) if out.suffix.lower() == ".pdf" else html.encode("utf-8")
    try:
        out.write_bytes(content)
    except OSError as error:
        raise ReviewError(f"cannot write {out}: {error.strerror}") from error

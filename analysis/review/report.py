"""The report: the days asked for as one HTML file that needs nothing else."""

from collections.abc import Sequence
from datetime import datetime

from analysis.review import sentences
from analysis.review.day import DayView
from analysis.review.page import STYLE, render, render_day
from analysis.review.source import ReviewError


def render_report(days: Sequence[DayView], *, made_at: datetime) -> str:
    """Return the report as one self-contained HTML file: no script, no link, printable on A4.

    Parameters
    ----------
    days
        Days of one patient in order of time; several get an overview first.
    made_at
        When the report is written, aware; shown in the patient's zone.

    Raises
    ------
    ReviewError
        If there is no day, or the days are not of one patient.
    """
    if not days:
        raise ReviewError("a report needs at least one day")
    patients = {view.patient for view in days}
    if len(patients) > 1:
        raise ReviewError(f"a report is about one patient, not {', '.join(sorted(patients))}")
    first, last = sentences.day_name(days[0]), sentences.day_name(days[-1])
    return render(
        "report.html",
        patient=days[0].patient,
        period=first if len(days) == 1 else f"{first} to {last}",
        made=made_at.astimezone(days[0].zone).strftime("%Y-%m-%d %H:%M"),
        style=STYLE.read_text(encoding="utf-8"),
        views=days,
        days=[render_day(view) for view in days if len(days) == 1 or not view.is_empty],
    )

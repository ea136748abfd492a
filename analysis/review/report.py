"""The lift-quality report: one page that is read in two minutes, then a line a day, then single days.

One self-contained HTML file: no script, no link, printable on A4 in black and white. The order of the page is
that of CLINICAL.md D, smoothness before degrees.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from analysis.review.charts.angles import spark_top_deg, sparkline
from analysis.review.charts.rhythm import rhythm_plot
from analysis.review.charts.trends import trend_chart
from analysis.review.charts.week import week_chart
from analysis.review.page import REPORT_STYLE, STYLE, render, render_day
from analysis.review.period import telling
from analysis.review.period.coaching import coaching
from analysis.review.period.period import PeriodView
from analysis.review.source import ReviewError

DAYS_IN_FULL: Final = 7
"""Most worn days that are shown one by one; of a longer time the line a day has to do."""
LOG_ENTRIES: Final = 2
"""Entries of the patient's log quoted on the page, the latest."""


def render_report(period: PeriodView, *, made_at: datetime, sentence: str | None = None) -> str:
    """Return the report.

    Parameters
    ----------
    period
        The days.
    made_at
        When the report is written, aware; shown in the patient's zone.
    sentence
        What the therapist says instead of the sentence made by rule; None: that one.

    Raises
    ------
    ReviewError
        If the days are not of one patient.
    """
    patients = {view.patient for view in period.days}
    if len(patients) > 1:
        raise ReviewError(f"a report is about one patient, not {', '.join(sorted(patients))}")
    shown = [each.lift for each in period.examples]
    top_deg = spark_top_deg(shown)
    return render(
        "report.html",
        period=period,
        tell=telling,
        made=made_at.astimezone(period.zone).strftime("%Y-%m-%d %H:%M"),
        style=STYLE.read_text(encoding="utf-8") + REPORT_STYLE.read_text(encoding="utf-8"),
        sentence=sentence or coaching(period).text,
        rhythm=rhythm_plot(period),
        examples=[(each, sparkline(each.lift, top_deg=top_deg)) for each in period.examples],
        trends=[trend_chart(each, period.first, period.last) for each in period.followed],
        week=week_chart(period.hours),
        entries=period.diary.entries[-LOG_ENTRIES:],
        days=_days(period),
    )


def _days(period: PeriodView) -> Sequence[str]:
    shown = period.worn if len(period.worn) <= DAYS_IN_FULL else ()
    return [render_day(view) for view in shown]

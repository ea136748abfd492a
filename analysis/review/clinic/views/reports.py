"""The lift-quality report: seen before it is printed, its sentence edited, then as HTML or PDF."""

from datetime import date, timedelta
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from analysis.review.clinic.desk import Desk
from analysis.review.clinic.forms import Form, read_form
from analysis.review.clinic.kept import Kept
from analysis.review.clinic.register import Patient
from analysis.review.page import render
from analysis.review.pdf import pdf_of
from analysis.review.period.coaching import coaching
from analysis.review.period.period import PeriodView
from analysis.review.report import render_report
from analysis.review.source import ReviewError, read_period
from analysis.review.zones import zone_of

LONGEST_SENTENCE: Final = 240
"""Characters; the report's first page has room for two lines."""
_USUAL: Final = timedelta(days=27)
_KEPT_PERIODS: Final = 8
"""Of so many the numbers are kept for a minute, as many as are looked at together [ours]."""
_POLICY: Final = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; frame-ancestors 'self'"
)
"""A report holds its own style, and is looked at inside the page about it."""


def routes(desk: Desk) -> APIRouter:
    """Return the routes."""
    router = APIRouter(default_response_class=HTMLResponse)
    # Weeks of minutes take seconds to go through; preview, sentence and report are of the same.
    periods: Kept[tuple[str, date, date], PeriodView] = Kept(_KEPT_PERIODS, lambda: desk.now().timestamp())

    def period_of(patient: Patient, first: date, last: date) -> PeriodView:
        return periods.get(
            (patient.patient, first, last),
            lambda: read_period(desk.store, patient.patient, first, last, zone_of(patient), now=desk.now()),
        )

    def html_of(patient: Patient, first: date, last: date) -> str:
        said = desk.register.said(patient.patient, first.isoformat(), last.isoformat())
        return render_report(period_of(patient, first, last), made_at=desk.now(), sentence=said)

    @router.get("/patients/{patient}/report")
    def preview(request: Request, patient: str, first: str = "", last: str = "") -> Response:
        session, known = desk.patient(request, patient)
        since, until = _days(desk, known, first, last)
        period = period_of(known, since, until)
        own = desk.register.said(patient, since.isoformat(), until.isoformat())
        return HTMLResponse(
            render(
                "clinic/report.html",
                session=session,
                patient=known,
                first=since.isoformat(),
                last=until.isoformat(),
                sentence=own or coaching(period).text,
                is_own=own is not None,
                longest=LONGEST_SENTENCE,
            )
        )

    @router.post("/patients/{patient}/report")
    def say(request: Request, patient: str, form: Annotated[Form, Depends(read_form)]) -> Response:
        session, known = desk.patient(request, patient, therapist=True)
        desk.check(request, session, form)
        since, until = _days(desk, known, form.get("first", ""), form.get("last", ""))
        text = " ".join(form.get("sentence", "").split())[:LONGEST_SENTENCE]
        rule = coaching(period_of(known, since, until)).text
        desk.register.say(patient, since.isoformat(), until.isoformat(), "" if text == rule else text)
        desk.note(
            request, "changed", who=session.account.login, patient=patient, detail="the report's sentence"
        )
        where = f"/patients/{patient}/report?first={since}&last={until}"
        return RedirectResponse(where, status_code=303)

    @router.get("/patients/{patient}/report.html")
    def page(request: Request, patient: str, first: str = "", last: str = "") -> Response:
        session, known = desk.patient(request, patient)
        since, until = _days(desk, known, first, last)
        desk.note(
            request, "saw", who=session.account.login, patient=patient, detail=f"report {since} {until}"
        )
        headers = {"Content-Security-Policy": _POLICY, "X-Frame-Options": "SAMEORIGIN"}
        return HTMLResponse(html_of(known, since, until), headers=headers)

    @router.get("/patients/{patient}/report.pdf")
    def printed(request: Request, patient: str, first: str = "", last: str = "") -> Response:
        session, known = desk.patient(request, patient)
        since, until = _days(desk, known, first, last)
        desk.note(
            request, "printed", who=session.account.login, patient=patient, detail=f"report {since} {until}"
        )
        name = f"lift-quality-{patient}-{until}.pdf"
        headers = {"Content-Disposition": f'attachment; filename="{name}"'}
        return Response(pdf_of(html_of(known, since, until)), media_type="application/pdf", headers=headers)

    return router


def _days(desk: Desk, patient: Patient, first: str, last: str) -> tuple[date, date]:
    try:
        until = date.fromisoformat(last) if last else desk.now().astimezone(zone_of(patient)).date()
        since = date.fromisoformat(first) if first else until - _USUAL
    except ValueError as error:
        raise ReviewError("a day is written as 2026-05-05") from error
    return since, until

"""The list of patients, what needs attention first; and one patient's weeks and months."""

from datetime import date, timedelta
from typing import Any, Final, Literal

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from analysis.review.charts.trends import trend_chart
from analysis.review.clinic.attention import Attention, attention
from analysis.review.clinic.desk import Desk
from analysis.review.clinic.long_run import Step, long_run
from analysis.review.clinic.register import Patient
from analysis.review.clinic.views.safety import open_check
from analysis.review.page import render
from analysis.review.proportion import wilson
from analysis.review.zones import zone_of

Span = Literal["weeks", "months"]
_SPANS: Final[dict[Span, tuple[int, Step, str]]] = {
    "weeks": (56, "days", "the last eight weeks"),
    "months": (371, "weeks", "the last year"),
}
"""Days looked back, the step of the trends, and what people call it."""
_LISTED: Final = 28
"""Days in the table."""


def routes(desk: Desk) -> APIRouter:
    """Return the routes."""
    router = APIRouter(default_response_class=HTMLResponse)

    def look(patient: Patient) -> tuple[Patient, Attention]:
        today = desk.now().astimezone(zone_of(patient)).date()
        return patient, attention(desk.lately.seen(patient.patient, today), today)

    @router.get("/")
    def patients(request: Request) -> Response:
        session = desk.session(request)
        if session.account.role == "patient":
            return RedirectResponse(f"/patients/{session.account.patient}", status_code=303)
        listed = desk.register.patients_of(session.account.login)
        today = [desk.now().astimezone(zone_of(patient)).date() for patient in listed]
        known = desk.lately.all([(patient.patient, day) for patient, day in zip(listed, today, strict=True)])
        rows = [
            (patient, attention(seen, day)) for patient, seen, day in zip(listed, known, today, strict=True)
        ]
        rows.sort(key=lambda row: (-row[1].urgency, row[0].name.casefold(), row[0].patient))
        shown = [(patient, seen, wilson(*seen.hip_led)) for patient, seen in rows]
        return HTMLResponse(render("clinic/patients.html", session=session, rows=shown))

    @router.get("/patients/{patient}")
    def weeks(request: Request, patient: str, span: Span = "weeks") -> Response:
        session, known = desk.patient(request, patient)
        desk.note(request, "saw", who=session.account.login, patient=patient, detail=span)
        today = desk.now().astimezone(zone_of(known)).date()
        length, step, named = _SPANS[span]
        first = today - timedelta(days=length - 1)
        days = desk.store.days(patient, first, today)
        begun = days[0].day if days else first
        _, seen = look(known)
        page: dict[str, Any] = {
            "session": session,
            "patient": known,
            "span": span,
            "named": named,
            "step": step,
            "charts": [trend_chart(each, begun, today) for each in long_run(days, step)],
            "days": [(day, wilson(day.hip_hinge, _scored(day))) for day in _listed(days, today)],
            "attention": seen,
            "health": open_check(desk, patient),
            "today": today,
        }
        return HTMLResponse(render("clinic/patient.html", **page))

    return router


def _scored(day: Any) -> int:
    return int(day.hip_hinge + day.shared + day.lumbar_flexion)


def _listed(days: list[Any], today: date) -> list[Any]:
    return [day for day in reversed(days) if (today - day.day).days < _LISTED and day.minutes]

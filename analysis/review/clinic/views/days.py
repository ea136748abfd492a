"""A patient's day: postures with the bends on them, and each bend's curves with a figure that moves."""

import json
from datetime import date, timedelta

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import HTMLResponse, Response

from analysis.review.charts.bend import bend_chart
from analysis.review.clinic.desk import Desk
from analysis.review.clinic.register import Patient
from analysis.review.day import DayView
from analysis.review.page import render, render_day
from analysis.review.source import ReviewError, read_day
from analysis.review.zones import zone_of


def routes(desk: Desk) -> APIRouter:
    """Return the routes."""
    router = APIRouter(default_response_class=HTMLResponse)

    def view_of(patient: Patient, day: str) -> DayView:
        try:
            chosen = date.fromisoformat(day)
        except ValueError as error:
            raise ReviewError(f"{day[:40]!r} is no day: write it as 2026-05-05") from error
        return read_day(desk.store, patient.patient, chosen, zone_of(patient), now=desk.now())

    @router.get("/patients/{patient}/days/{day}")
    def one_day(request: Request, patient: str, day: str) -> Response:
        session, known = desk.patient(request, patient)
        view = view_of(known, day)
        desk.note(request, "saw", who=session.account.login, patient=patient, detail=f"day {day}")
        shown = date.fromisoformat(day)
        today = desk.now().astimezone(zone_of(known)).date()
        return HTMLResponse(
            render(
                "clinic/day.html",
                session=session,
                patient=known,
                view=view,
                day=render_day(view, lift_links=f"/patients/{patient}/days/{day}/bends/"),
                before=shown - timedelta(days=1),
                after=shown + timedelta(days=1) if shown < today else None,
            )
        )

    @router.get("/patients/{patient}/days/{day}/bends/{event_id}")
    def bend(request: Request, patient: str, day: str, event_id: str) -> Response:
        session, known = desk.patient(request, patient)
        view = view_of(known, day)
        places = {lift.event_id: index for index, lift in enumerate(view.lifts)}
        if event_id not in places:
            raise HTTPException(404, "There is no such bend on this day.")
        index = places[event_id]
        lift = view.lifts[index]
        desk.note(request, "saw", who=session.account.login, patient=patient, detail=f"bend {event_id[:40]}")
        curve = {"dt_s": lift.dt_s, "trunk_deg": lift.trunk_curve_deg, "pelvis_deg": lift.pelvis_curve_deg}
        return HTMLResponse(
            render(
                "clinic/bend.html",
                session=session,
                patient=known,
                view=view,
                lift=lift,
                day=day,
                chart=bend_chart(lift),
                curve=json.dumps(curve),
                before=view.lifts[index - 1] if index else None,
                after=view.lifts[index + 1] if index + 1 < len(view.lifts) else None,
            )
        )

    return router

"""The patient's pages: today as it happens, and the days before.

Everything is rendered on the server and works without a script; with one, the part that changed is put in
place and the figure moves. Handlers that read the store are plain functions, which FastAPI runs on threads,
so that a slow disk never holds up the gateway.
"""

import json
from collections.abc import Callable, Coroutine
from dataclasses import asdict
from datetime import date, datetime, timedelta, tzinfo
from typing import Any, Final

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response
from fastapi.routing import APIRoute

from analysis.care.breaks import BreakParams
from analysis.events.errors import LumbarError
from analysis.review.day import DayView
from analysis.review.home.answers import Answers, add_answers
from analysis.review.home.calibration_routes import add_calibration
from analysis.review.home.check_routes import add_check
from analysis.review.home.door import Key
from analysis.review.home.exercise import Exercise
from analysis.review.home.glance import glance
from analysis.review.home.guide_routes import add_guide
from analysis.review.home.house import Entries, House, Sharing
from analysis.review.home.live import Live
from analysis.review.home.log_routes import add_log
from analysis.review.home.log_view import is_due, read_logs
from analysis.review.home.practice_routes import add_practice
from analysis.review.home.presence import presence
from analysis.review.home.reminders import care_json
from analysis.review.home.sharing_routes import add_sharing
from analysis.review.home.stream import stream
from analysis.review.page import HERE, ICON, render, render_day
from analysis.review.source import FIRST_DAY, LAST_DAY, ReviewError
from analysis.trends.store import TrendStore

FRAME_S: Final = 0.2
"""Real seconds between two messages of the stream: five a second look alive and cost little."""
REFRESH_S: Final = 2.0
"""Real seconds after which an open page asks for the day even if nothing was stored."""

_ASSETS: Final = {
    "page.css": "text/css; charset=utf-8",
    "home.css": "text/css; charset=utf-8",
    "live.js": "text/javascript; charset=utf-8",
    "practice.js": "text/javascript; charset=utf-8",
    "calibrate.js": "text/javascript; charset=utf-8",
}
HEADERS: Final = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
        "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    # With "no-referrer" a browser would not even tell our own page which site a form comes from.
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}
"""Headers of every answer: nothing from outside, nothing kept, nothing framed."""


class _Hardened(APIRoute):
    """A route whose answers all carry :data:`HEADERS`, and whose troubles are one clear page."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()

        async def hardened(request: Request) -> Response:
            try:
                response = await handle(request)
            except ReviewError as error:
                response = HTMLResponse(render("trouble.html", message=str(error)), status_code=400)
            except LumbarError as error:  # a store or a disk that fails
                response = HTMLResponse(render("trouble.html", message=str(error)), status_code=503)
            response.headers.update(HEADERS)
            return response

        return hardened


def home_routes(
    store: TrendStore,
    patient: str,
    zone: tzinfo,
    *,
    now: Callable[[], datetime],
    live: Live,
    rule: Callable[[], BreakParams] = BreakParams,
    answers: Callable[[], Answers | None] = lambda: None,
    entries: Callable[[], Entries | None] = lambda: None,
    key: Key | None = None,
    sharing: Sharing | None = None,
    exercise: Callable[[], Exercise | None] = lambda: None,
) -> APIRouter:
    """Return the routes of one patient's pages.

    Parameters
    ----------
    store
        Where the events are; used from several threads.
    patient
        Whose pages these are.
    zone
        The patient's time zone.
    now
        The present, aware; on the demo's clock when time is scaled.
    live
        The running gateway.
    rule
        Says what counts as long sitting and as a break: the therapist may change it.
    answers
        Says who carries out the patient's answers; None: nobody yet.
    entries
        Says who keeps what the patient enters; None: nobody yet.
    key
        What a request that changes something must know; None: a new one.
    sharing
        The switch of sharing with the clinic; None: no clinic is set up.
    exercise
        Says who sees to practice and calibration; None: nobody yet.
    """
    router = APIRouter(route_class=_Hardened, default_response_class=HTMLResponse)
    house = House(store, patient, zone, now, live, rule, entries, key or Key(), sharing, exercise)
    add_answers(router, house.key, answers, lambda: care_json(live.state().care, now(), zone))
    add_log(router, house)
    add_check(router, house)
    add_sharing(router, house)
    add_guide(router, house)
    add_practice(router, house)
    add_calibration(router, house)

    def view_of(day: str | None) -> DayView:
        return house.day(_day(day) if day else None)

    @router.get("/")
    def page(day: str | None = None) -> str:
        view = view_of(day)
        shown = view.bounds.start.astimezone(zone).date()
        care = live.state().care
        is_asked = view.is_today and not care.red_flags
        return render(
            "home.html",
            view=view,
            key=shown.isoformat(),
            day=render_day(view, folds=True),
            seen=glance(view, care) if view.is_today else None,
            live=asdict(presence(live.state(), now(), zone)) if view.is_today else None,
            refresh_s=REFRESH_S,
            form_key=house.key.text,
            asks_check=is_asked and care.asks_check,
            asks_calibration=is_asked and live.state().is_calibrated is False,
            asks_log=is_asked and is_due(read_logs(store, patient, now()), shown, zone),
            before=shown - timedelta(days=1) if shown > FIRST_DAY else None,
            after=shown + timedelta(days=1)
            if shown + timedelta(days=1) < LAST_DAY and not view.is_today
            else None,
        )

    @router.get("/day")
    def fragment(request: Request, day: str | None = None) -> Response:
        # Asked for every other second, but it changes only with an event, a posture or the minute.
        told = presence(live.state(), now(), zone)
        tag = f'"{day or "today"}/{told.revision}/{now():%Y-%m-%dT%H:%M}"'
        if request.headers.get("if-none-match") == tag:
            return Response(status_code=304)
        view = view_of(day)
        seen = render("home/glance_alone.html", seen=glance(view, live.state().care)) if view.is_today else ""
        return HTMLResponse(seen + render_day(view, folds=True), headers={"ETag": tag})

    @router.get("/api/day")
    def numbers(day: str | None = None) -> Response:
        body = json.dumps(asdict(view_of(day)), default=_plain)
        return Response(body, media_type="application/json")

    @router.get("/live")
    async def presences() -> Response:
        return stream(lambda: presence(live.state(), now(), zone), FRAME_S, repeats=True)

    @router.get("/static/{name}")
    def asset(name: str) -> Response:
        if name == "icon.svg":
            return Response(ICON, media_type="image/svg+xml")
        if name not in _ASSETS:
            return HTMLResponse(render("trouble.html", message="There is no such page."), status_code=404)
        return Response((HERE / "assets" / name).read_bytes(), media_type=_ASSETS[name])

    return router


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise ReviewError(f"{text[:40]!r} is no day: write it as 2026-05-05") from error


def _plain(value: object) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)

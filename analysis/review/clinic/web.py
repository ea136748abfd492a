"""The therapist's pages as one application: every answer hardened, every trouble one clear page."""

from collections.abc import Awaitable, Callable
from typing import Final

from fastapi import FastAPI, HTTPException, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from starlette.exceptions import HTTPException as StarletteHTTPException

from analysis.events.errors import LumbarError
from analysis.review.clinic.desk import Desk, NotInError
from analysis.review.clinic.views import days, door, export, patients, reports, safety, settings
from analysis.review.hosts import OurHosts
from analysis.review.page import HERE, ICON, render
from analysis.review.pdf import PdfError
from analysis.review.source import ReviewError

HEADERS: Final = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
        "frame-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
    "Strict-Transport-Security": "max-age=31536000",
    "Cache-Control": "no-store",
}
"""Headers of every answer; a page may set its own policy: the report has its style inside."""
_ASSETS: Final = {
    "page.css": "text/css; charset=utf-8",
    "clinic.css": "text/css; charset=utf-8",
    "lift.js": "text/javascript; charset=utf-8",
}


def review_app(desk: Desk, hosts: tuple[str, ...]) -> FastAPI:
    """Return the application; `hosts` are the names under which it may be asked for."""
    app = FastAPI(title="Lumbar Monitor", docs_url=None, redoc_url=None, openapi_url=None)
    app.add_middleware(OurHosts, names=hosts, tell=desk.note_another_host)
    for view in (door, patients, days, reports, settings, safety, export):
        app.include_router(view.routes(desk))

    @app.middleware("http")
    async def hardened(request: Request, handle: Callable[[Request], Awaitable[Response]]) -> Response:
        response = await handle(request)
        for name, value in HEADERS.items():
            response.headers.setdefault(name, value)
        return response

    @app.get("/static/{name}")
    def asset(name: str) -> Response:
        if name == "icon.svg":
            return Response(ICON, media_type="image/svg+xml")
        if name not in _ASSETS:
            raise HTTPException(404, "There is no such page.")
        content = (HERE / "assets" / name).read_bytes()
        return Response(content, media_type=_ASSETS[name], headers={"Cache-Control": "max-age=3600"})

    @app.exception_handler(NotInError)
    def come_in(_request: Request, _error: NotInError) -> Response:
        return RedirectResponse("/login", status_code=303)

    @app.exception_handler(StarletteHTTPException)
    def refused(_request: Request, error: StarletteHTTPException) -> Response:
        said = error.detail if error.status_code != 404 else "There is no such page."
        return _trouble(str(said), error.status_code)

    @app.exception_handler(ReviewError)
    def asked_wrong(_request: Request, error: ReviewError) -> Response:
        return _trouble(str(error), 400)

    @app.exception_handler(PdfError)
    @app.exception_handler(LumbarError)
    def out_of_order(_request: Request, error: LumbarError) -> Response:
        return _trouble(str(error), 503)

    return app


def _trouble(message: str, status: int) -> Response:
    return HTMLResponse(render("clinic/trouble.html", message=message, session=None), status_code=status)

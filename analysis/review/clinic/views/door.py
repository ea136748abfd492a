"""Coming in and going out."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from analysis.review.clinic.access import Refused
from analysis.review.clinic.desk import COOKIE, Desk
from analysis.review.clinic.forms import Form, read_form
from analysis.review.page import render

_LONGEST_LOGIN = 64


def routes(desk: Desk) -> APIRouter:
    """Return the routes."""
    router = APIRouter(default_response_class=HTMLResponse)

    @router.get("/login")
    def login(request: Request) -> Response:
        if desk.access.session(request.cookies.get(COOKIE)):
            return RedirectResponse("/", status_code=303)
        return HTMLResponse(render("clinic/login.html", session=None, refused=None, login=""))

    @router.post("/login")
    def come_in(request: Request, form: Annotated[Form, Depends(read_form)]) -> Response:
        login = form.get("login", "").strip()[:_LONGEST_LOGIN]
        answer = desk.access.log_in(login, form.get("password", ""))
        if isinstance(answer, Refused):
            desk.note(request, "login refused", who=None, detail=login)
            wait = f" Please wait {answer.wait_s:.0f} s before the next try." if answer.wait_s >= 1 else ""
            said = f"Login or password do not fit.{wait}"
            page = render("clinic/login.html", session=None, refused=said, login=login)
            headers = {"Retry-After": f"{answer.wait_s:.0f}"} if answer.wait_s >= 1 else {}
            return HTMLResponse(page, status_code=429 if answer.wait_s >= 1 else 403, headers=headers)
        desk.note(request, "login", who=login)
        response = RedirectResponse("/", status_code=303)
        response.set_cookie(COOKIE, answer.token, secure=True, httponly=True, samesite="strict", path="/")
        return response

    @router.post("/logout")
    def go_out(request: Request, form: Annotated[Form, Depends(read_form)]) -> Response:
        session = desk.session(request)
        desk.check(request, session, form)
        desk.access.log_out(session)
        desk.note(request, "logout", who=session.account.login)
        response = RedirectResponse("/login", status_code=303)
        response.delete_cookie(COOKIE, path="/", secure=True, httponly=True, samesite="strict")
        return response

    return router

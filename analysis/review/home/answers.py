"""The patient's answers: snooze, acknowledge, silence and more. Only these requests change something.

Who may ask: the page itself, and a program of this computer that can read the gateway's key file. A page of
another site cannot: a browser names the site that a request comes from, and the form carries a key that only
our own pages hold (it is new at each start). Requests without either are refused, and so is anything longer
than an answer can be.
"""

import hmac
import secrets
from collections.abc import Callable
from typing import Any, Final, Protocol
from urllib.parse import parse_qs

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, JSONResponse, RedirectResponse, Response

from analysis.care.wish import RefusedError
from analysis.review.page import render

_LONGEST_ANSWER: Final = 1000
"""Bytes; a form of ours takes 80."""
_ANSWERS: Final = ("snooze", "acknowledge", "mute", "standing", "pace")


class Answers(Protocol):
    """Carries answers out. Each raises :class:`RefusedError` with the reason if it cannot."""

    def snooze(self, minutes: object) -> None:
        """Hold the alerts that are there."""

    def acknowledge(self) -> None:
        """Take the word that they were heard."""

    def mute(self, minutes: object) -> None:
        """Say nothing for a while; 0: speak again."""

    def set_pace(self, pace: object) -> None:
        """Give every reminder, or leave it at half of them."""

    def was_standing(self) -> None:
        """Take the word that what is taken for sitting was standing."""


class Key:
    """The secret of one run of the gateway; whoever holds it may answer."""

    def __init__(self) -> None:
        self.text = secrets.token_urlsafe(32)

    def fits(self, text: str) -> bool:
        """Return whether `text` is the key, in the same time whatever it is."""
        return hmac.compare_digest(text.encode(), self.text.encode())


def add_answers(
    router: APIRouter, key: Key, answers: Callable[[], Answers | None], standing: Callable[[], dict[str, Any]]
) -> None:
    """Add the routes of answers to `router`.

    Parameters
    ----------
    router
        The patient's pages.
    key
        What a form, or a program, must know.
    answers
        Returns who carries answers out; None: there is no strip yet.
    standing
        Returns how care stands, for a program.
    """

    @router.get("/api/alerts")
    def alerts() -> Response:
        return JSONResponse(standing())

    # On the event loop, not on a thread: it changes what the gateway works with.
    @router.post("/alerts/{answer}")
    async def take(answer: str, request: Request) -> Response:
        is_program = "authorization" in request.headers
        form = parse_qs(await _body(request), keep_blank_values=True)
        if not _may_answer(request, form, key):
            return _refusal("This request did not come from this page. Open the page anew.", 403, is_program)
        if answer not in _ANSWERS:
            return _refusal("There is no such answer.", 404, is_program)
        try:
            _carry_out(answers(), answer, form)
        except RefusedError as error:
            return _refusal(_sentence(str(error)), 409, is_program)
        return JSONResponse(standing()) if is_program else RedirectResponse("/", 303)


async def _body(request: Request) -> str:
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > _LONGEST_ANSWER:
            return ""
    return body.decode("ascii", errors="replace")


def _may_answer(request: Request, form: dict[str, list[str]], key: Key) -> bool:
    given = request.headers.get("authorization")
    if given is not None:
        return key.fits(given.removeprefix("Bearer "))
    is_ours = request.headers.get("origin") == f"http://{request.headers.get('host')}"
    return is_ours and key.fits(form.get("key", [""])[0])


def _minutes(form: dict[str, list[str]]) -> int | None:
    text = form.get("minutes", [""])[0]
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 4 else None


def _carry_out(answers: Answers | None, answer: str, form: dict[str, list[str]]) -> None:
    if answers is None:
        raise RefusedError("there is no strip yet")
    match answer:
        case "snooze":
            answers.snooze(_minutes(form))
        case "acknowledge":
            answers.acknowledge()
        case "mute":
            answers.mute(_minutes(form))
        case "standing":
            answers.was_standing()
        case "pace":
            answers.set_pace(form.get("pace", [""])[0])


def _sentence(reason: str) -> str:
    return f"{reason[:1].upper()}{reason[1:]}."


def _refusal(reason: str, status: int, is_program: bool) -> Response:
    if is_program:
        return JSONResponse({"reason": reason}, status_code=status)
    return HTMLResponse(render("trouble.html", message=reason), status_code=status)

"""Who may change something: the page itself, and a program that can read the gateway's key file.

A page of another site cannot: a browser names the site that a request comes from, and each form carries a key
that only our own pages hold (it is new at each start). A request without either is refused, and so is
anything longer than a form of ours can be.
"""

import hmac
import secrets
from collections.abc import Mapping
from typing import Final
from urllib.parse import parse_qs

from fastapi import Request
from fastapi.responses import HTMLResponse

from analysis.review.page import render

_MOST_FIELDS: Final = 100

Form = Mapping[str, list[str]]
"""What was sent: for each name its values."""


class Key:
    """The secret of one run of the gateway; whoever holds it may change things."""

    def __init__(self) -> None:
        self.text = secrets.token_urlsafe(32)

    def fits(self, text: str) -> bool:
        """Return whether `text` is the key, in the same time whatever it is."""
        return hmac.compare_digest(text.encode(), self.text.encode())


async def let_in(request: Request, key: Key, longest: int) -> Form | None:
    """Return what a request sends, or None if it is none of ours; `longest` is in bytes."""
    form = _fields(await _body(request, longest))
    given = request.headers.get("authorization")
    if given is not None:
        return form if key.fits(given.removeprefix("Bearer ")) else None
    is_ours = request.headers.get("origin") == f"http://{request.headers.get('host')}"
    return form if is_ours and key.fits(one(form, "key")) else None


def one(form: Form, name: str) -> str:
    """Return the first value of a field, without white space around it; empty where there is none."""
    return form.get(name, [""])[0].strip()


def stranger() -> HTMLResponse:
    """Return the page for who was not let in."""
    return trouble("This request did not come from this page. Open the page anew.", 403)


def trouble(reason: str, status: int) -> HTMLResponse:
    """Return the page that says what is the matter."""
    return HTMLResponse(render("trouble.html", message=reason), status_code=status)


def sentence(reason: str) -> str:
    """Return a reason as a sentence."""
    return f"{reason[:1].upper()}{reason[1:]}."


async def _body(request: Request, longest: int) -> str:
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > longest:
            return ""
    return body.decode("ascii", errors="replace")


def _fields(body: str) -> Form:
    try:
        return parse_qs(body, keep_blank_values=True, max_num_fields=_MOST_FIELDS)
    except ValueError:
        return {}

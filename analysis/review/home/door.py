"""Who may change something: the page itself, and a program that can read the gateway's key file.

A page of another site cannot: a browser names the site that a request comes from, and each form carries a key
that only our own pages hold (it is new at each start). A request without either is refused, and so is
anything longer than a form of ours can be. Whoever keeps account of refusals hears of each.
"""

import hmac
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, Literal
from urllib.parse import parse_qs

from fastapi import Request
from fastapi.responses import HTMLResponse

from analysis.review.page import render

_MOST_FIELDS: Final = 100

Form = Mapping[str, list[str]]
"""What was sent: for each name its values."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """A request that was not let in: what was amiss, for which page, and whence it said it came."""

    what: Literal["no key", "another key", "another site", "another host", "too long"]
    page: str
    origin: str | None


class Key:
    """The secret of one run of the gateway; whoever holds it may change things.

    `tell` hears of each request that was not let in.
    """

    def __init__(self, tell: Callable[[Refusal], None] = lambda _: None) -> None:
        self.text = secrets.token_urlsafe(32)
        self.tell = tell

    def fits(self, text: str) -> bool:
        """Return whether `text` is the key, in the same time whatever it is."""
        return hmac.compare_digest(text.encode(), self.text.encode())


async def let_in(request: Request, key: Key, longest: int) -> Form | None:
    """Return what a request sends, or None if it is none of ours; `longest` is in bytes."""
    body = await _body(request, longest)
    form = _fields(body or "")
    origin, bearer = request.headers.get("origin"), request.headers.get("authorization")
    given = one(form, "key") if bearer is None else bearer.removeprefix("Bearer ")
    if body is None:
        what: Literal["too long", "another site", "no key", "another key"] = "too long"
    elif bearer is None and origin != f"http://{request.headers.get('host')}":
        what = "another site"
    elif key.fits(given):
        return form
    else:
        what = "another key" if given else "no key"
    key.tell(Refusal(what, request.url.path, origin))
    return None


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


async def _body(request: Request, longest: int) -> str | None:
    """Return what was sent; None if it is too long."""
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > longest:
            return None
    return body.decode("ascii", errors="replace")


def _fields(body: str) -> Form:
    try:
        return parse_qs(body, keep_blank_values=True, max_num_fields=_MOST_FIELDS)
    except ValueError:
        return {}

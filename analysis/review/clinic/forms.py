"""What a browser posts: bounded, of one kind, from our own pages only."""

from typing import Final
from urllib.parse import parse_qsl, urlsplit

from fastapi import HTTPException, Request

MAX_BYTES: Final = 16_384
"""A settings form takes 600 bytes; a sentence at most 2,000."""
_MAX_FIELDS: Final = 60


class Form(dict[str, str]):
    """Fields of a form by name; of fields of one name the last counts."""


async def read_form(request: Request) -> Form:
    """Return the posted form.

    Raises
    ------
    HTTPException
        413 if it is too long, 415 if it is another kind of content, 403 if another site sent it.
    """
    if not is_own(request):
        raise HTTPException(403, "This form came from another page than ours.")
    kind = request.headers.get("content-type", "").partition(";")[0].strip()
    if kind != "application/x-www-form-urlencoded":
        raise HTTPException(415, "A form is expected.")
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_BYTES:
            raise HTTPException(413, "That is more than a form here can hold.")
    try:
        pairs = parse_qsl(body.decode(), keep_blank_values=True, errors="strict", max_num_fields=_MAX_FIELDS)
    except ValueError as error:  # UnicodeDecodeError is one
        raise HTTPException(400, "That is no form.") from error
    return Form(pairs)


def is_own(request: Request) -> bool:
    """Return whether the browser says that one of our own pages sent this.

    Old browsers send no ``Sec-Fetch-Site``, and some tools no ``Origin``; a cross-site request from a browser
    always has one of the two. The session's own token is checked besides.
    """
    site = request.headers.get("sec-fetch-site")
    if site is not None and site not in {"same-origin", "none"}:
        return False
    origin = request.headers.get("origin")
    return origin is None or urlsplit(origin).netloc == request.headers.get("host")

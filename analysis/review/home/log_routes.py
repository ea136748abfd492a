"""The log's page: the form, and what was entered before."""

import asyncio
import uuid
from collections.abc import Mapping
from typing import Any, Final

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from analysis.care.wish import RefusedError
from analysis.events.entries import MAX_NOTE_CHARS, MAX_TASK_CHARS
from analysis.review.home.door import Form, let_in, one, sentence, stranger
from analysis.review.home.house import House
from analysis.review.home.log_form import LENGTHS, PAINS, FormError, read_entry_id, read_log
from analysis.review.home.log_view import hints, read_logs, shown, tasks
from analysis.review.page import render

_LONGEST_LOG: Final = 16_000
"""Bytes; a full note and eight tasks take 12,000 when every letter is outside of ASCII."""


def add_log(router: APIRouter, house: House) -> None:
    """Add the log's routes to `router`."""

    def page(given: Mapping[str, str] | None = None, trouble: str = "", *, kept: bool = False) -> str:
        logs = read_logs(house.store, house.patient, house.now())
        seen = hints(house.day())
        start = {} if seen.walking_min is None else {"walking_min": str(seen.walking_min)}
        return render(
            "home/log.html",
            given=start if given is None else given,
            hints=seen,
            tasks=tasks(logs),
            entries=shown(logs, house.zone),
            trouble=trouble,
            kept=kept,
            entry=str(uuid.uuid4()) if given is None else given.get("entry", ""),
            form_key=house.key.text,
            pains=PAINS,
            lengths=LENGTHS,
            most_note=MAX_NOTE_CHARS,
            most_task=MAX_TASK_CHARS,
        )

    @router.get("/log")
    def log(kept: bool = False) -> str:
        return page(kept=kept)

    # On the event loop, like everything that changes what the gateway works with; drawing reads the disk.
    @router.post("/log")
    async def keep(request: Request) -> Response:
        form = await let_in(request, house.key, _LONGEST_LOG)
        if form is None:
            return stranger()
        try:
            _keep(house, form)
        except FormError as error:
            return await _again(form, str(error), 422)
        except RefusedError as error:
            return await _again(form, sentence(str(error)), 409)
        return RedirectResponse("/log?kept=true", 303)

    async def _again(form: Form, trouble: str, status: int) -> Response:
        given: dict[str, Any] = {name: one(form, name) for name in form}
        return HTMLResponse(await asyncio.to_thread(page, given, trouble), status_code=status)


def _keep(house: House, form: Form) -> None:
    entries = house.entries()
    if entries is None:
        raise RefusedError("the log opens when the strip was found once")
    entries.keep_log(read_entry_id(form), read_log(form))

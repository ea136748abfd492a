"""Red flags at the clinic: what a patient answered, and a therapist's word that it was looked into.

The home is what pauses, so the home is what must hear: the word goes out as one of the settings, which are
retained and so reach a home that is away for a while. It names the last answer that the therapist has seen;
the home clears nothing that was raised later, and says what it cleared with a ``lumbar.safety/1`` of its own.
Until that has arrived the answer stays open here too.
"""

import json
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Depends, HTTPException, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from analysis.care.safety import recalled
from analysis.events.catalogue import EventError, parse_event
from analysis.events.entries import RedFlag, Safety
from analysis.events.fields import utc_text
from analysis.review.clinic.desk import Desk
from analysis.review.clinic.forms import Form, read_form
from analysis.review.clinic.register import Prescribed
from analysis.review.clinic.views.settings import last_sent, prescribe


@dataclass(frozen=True, slots=True)
class OpenCheck:
    """What a patient said yes to, when the last of it was said (UTC), and the word that is on its way."""

    red_flags: tuple[RedFlag, ...]
    raised: str
    sent: Prescribed | None


def open_check(desk: Desk, patient: str) -> OpenCheck | None:
    """Return what waits for a therapist, or None."""
    state = recalled(_safety(desk, patient))
    if state.raised_ns is None:
        return None
    raised = utc_text(state.raised_ns)
    sent = next((each for each in desk.register.prescribed(patient) if _clears(each, raised)), None)
    return OpenCheck(state.red_flags, raised, sent)


def routes(desk: Desk) -> APIRouter:
    """Return the routes."""
    router = APIRouter(default_response_class=HTMLResponse)

    @router.post("/patients/{patient}/health")
    def clear(request: Request, patient: str, form: Annotated[Form, Depends(read_form)]) -> Response:
        session, _ = desk.patient(request, patient, therapist=True)
        desk.check(request, session, form)
        waiting = open_check(desk, patient)
        if waiting is None or form.get("raised") != waiting.raised:
            raise HTTPException(409, "The answers have changed. Please look at the patient's page again.")
        login = session.account.login
        # Only what was sent before goes along: the home keeps its own values of everything else.
        body = json.dumps(last_sent(desk, patient) | {"red_flags_cleared": waiting.raised})
        sent = prescribe(desk, patient, login, body)
        detail = f"{', '.join(waiting.red_flags)} of {waiting.raised} with settings {sent.revision}"
        desk.note(request, "cleared red flags", who=login, patient=patient, detail=detail)
        return RedirectResponse(f"/patients/{patient}", status_code=303)

    return router


def _clears(prescribed: Prescribed, raised: str) -> bool:
    return str(json.loads(prescribed.body).get("red_flags_cleared") or "") >= raised


def _safety(desk: Desk, patient: str) -> list[Safety]:
    known: list[Safety] = []
    for value in desk.store.events(patient, kinds={Safety.topic_kind()}):
        try:
            event = parse_event(value)
        except EventError:
            continue
        if isinstance(event, Safety):
            known.append(event)
    return known

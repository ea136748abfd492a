"""A patient's settings: when the strip speaks up. Sent to the home, and every change kept with its author."""

import json
import re
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from pydantic import ValidationError

from analysis.care.settings import CareSettings
from analysis.events.facts import CommandAnswer
from analysis.review.clinic.desk import Desk
from analysis.review.clinic.forms import Form, read_form
from analysis.review.clinic.outlet import Prescription
from analysis.review.clinic.register import Prescribed
from analysis.review.page import render

_NOT_HERE: Final = frozenset({"red_flags_cleared"})
"""Settings that another page changes; a change here leaves them as they are."""
_LABELS: Final = {
    "nudge_min": "First nudge after",
    "alert_min": "Alert after",
    "repeat_min": "Repeat every",
    "repeats": "Repeat so often",
    "follower": "Tell a helper about very long sitting (only if the patient wants it)",
    "follower_min": "Helper is told after",
    "break_s": "Upright for",
    "break_steps": "With at least",
    "stretch_resets": "A stretch or shift in the seat counts too",
    "quiet_from": "Quiet hours from",
    "quiet_to": "Quiet hours until",
    "daily_cap": "Most alerts in a day",
    "worn_by": "The strip is usually worn by",
    "practice_hinges": "Hinges of a set",
    "practice_sets": "Sets a day (0: no number is asked for)",
    "profile": "The back is sensitive to",
}
"""What the form calls each setting."""


def routes(desk: Desk) -> APIRouter:
    """Return the routes."""
    router = APIRouter(default_response_class=HTMLResponse)

    def page(request: Request, patient: str, values: dict[str, Any] | None = None, trouble: str = "") -> str:
        session, known = desk.patient(request, patient, therapist=True)
        history = desk.register.prescribed(patient)
        return render(
            "clinic/settings.html",
            session=session,
            patient=known,
            values=held(desk, patient) | (values or {}),
            labels=_LABELS,
            limits=CareSettings.model_json_schema()["properties"],
            history=[(each, _answer(desk, patient, each)) for each in history],
            trouble=trouble,
            has_outlet=desk.outlet is not None,
        )

    @router.get("/patients/{patient}/settings")
    def settings(request: Request, patient: str) -> str:
        return page(request, patient)

    @router.post("/patients/{patient}/settings")
    def change(request: Request, patient: str, form: Annotated[Form, Depends(read_form)]) -> Response:
        session, _ = desk.patient(request, patient, therapist=True)
        desk.check(request, session, form)
        # What the form does not show stays as it was sent; what was never sent stays as the home has it.
        shown = CareSettings.model_fields.keys() - _NOT_HERE
        values = last_sent(desk, patient) | {name: form[name] for name in shown if name in form}
        try:
            body = CareSettings.model_validate(values).model_dump_json(exclude_unset=True)
        except ValidationError as error:
            return HTMLResponse(page(request, patient, values, _fault(error)), status_code=422)
        prescribed = prescribe(desk, patient, session.account.login, body)
        detail = f"settings {prescribed.revision}"
        desk.note(request, "changed", who=session.account.login, patient=patient, detail=detail)
        return RedirectResponse(f"/patients/{patient}/settings", status_code=303)

    return router


def held(desk: Desk, patient: str) -> dict[str, Any]:
    """Return the settings that are held to be in force: the usual ones where nothing else was sent."""
    return CareSettings().model_dump(mode="json") | last_sent(desk, patient)


def last_sent(desk: Desk, patient: str) -> dict[str, Any]:
    """Return the settings that were sent last; empty if none were."""
    history = desk.register.prescribed(patient)
    return dict(json.loads(history[0].body)) if history else {}


def prescribe(desk: Desk, patient: str, login: str, body: str) -> Prescribed:
    """Keep settings, as JSON, under the next revision, and send them."""
    prescribed = desk.register.prescribe(patient, at=desk.now_text(), by=login, body=body)
    send_to_all(desk, patient, prescribed)
    return prescribed


def send_to_all(desk: Desk, patient: str, prescribed: Prescribed) -> None:
    """Send settings to the home of each strip that the patient has worn."""
    if desk.outlet is None:
        return
    for device in desk.store.devices(patient):
        desk.outlet.send(Prescription(patient, device, prescribed.revision, prescribed.at, prescribed.body))


def _answer(desk: Desk, patient: str, prescribed: Prescribed) -> str:
    """Return what the home said to these settings."""
    wanted = f"settings-{patient}-{prescribed.revision}"
    answers = desk.store.events(patient, kinds={CommandAnswer.topic_kind()}, start=prescribed.at)
    for answer in answers:
        if answer.get("command_id") == wanted:
            return "in force" if answer.get("result") == "done" else f"refused: {answer.get('reason')}"
    return "on its way"


def _fault(error: ValidationError) -> str:
    """Return what is wrong, in the words of the form."""
    fault = error.errors()[0]
    name = next((str(part) for part in fault["loc"]), "")
    said = fault["msg"].removeprefix("Value error, ")
    match fault["type"]:
        case "string_pattern_mismatch":  # the only texts with a pattern are times of day
            said = "this should be a time of day such as 22:00"
        case "value_error":
            for setting, label in _LABELS.items():
                said = re.sub(rf"\b{setting}\b", f"“{label}”", said)
        case _:
            said = said.replace("Input should be", "this should be")
    return f"“{_LABELS.get(name, name)}”: {said}." if name else f"{said}."

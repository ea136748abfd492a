"""The patient's answers to reminders: snooze, acknowledge, silence for a meeting, and more."""

from collections.abc import Callable
from typing import Any, Final, Protocol

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, RedirectResponse, Response

from analysis.care.wish import RefusedError
from analysis.review.home.door import Form, Key, let_in, one, sentence, trouble

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
        form = await let_in(request, key, _LONGEST_ANSWER)
        if form is None:
            return _refusal("This request did not come from this page. Open the page anew.", 403, is_program)
        if answer not in _ANSWERS:
            return _refusal("There is no such answer.", 404, is_program)
        try:
            _carry_out(answers(), answer, form)
        except RefusedError as error:
            return _refusal(sentence(str(error)), 409, is_program)
        return JSONResponse(standing()) if is_program else RedirectResponse("/", 303)


def _minutes(form: Form) -> int | None:
    text = one(form, "minutes")
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 4 else None


def _carry_out(answers: Answers | None, answer: str, form: Form) -> None:
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
            answers.set_pace(one(form, "pace"))


def _refusal(reason: str, status: int, is_program: bool) -> Response:
    if is_program:
        return JSONResponse({"reason": reason}, status_code=status)
    return trouble(reason, status)

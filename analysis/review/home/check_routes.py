"""The health check: questions about red flags, and what to do after a yes.

Trouble with bladder or bowel, numbness between the legs and a leg that gets weaker are for the same day, the
others for a call to the doctor [ours: common advice, to be confirmed by a clinician]. The page never says
what is the matter: it cannot know.
"""

import asyncio
import uuid
from collections.abc import Mapping
from typing import Final, get_args

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from analysis.care.wish import RefusedError
from analysis.events.entries import RedFlag
from analysis.review.home.door import Form, let_in, one, sentence, stranger
from analysis.review.home.house import House
from analysis.review.home.log_form import FormError, read_entry_id
from analysis.review.page import render

QUESTIONS: Final[Mapping[RedFlag, str]] = {
    "bladder_or_bowel": "New trouble holding or passing water, or with your bowels?",
    "saddle_numbness": "Numb between the legs, where you would sit on a saddle?",
    "weakness": "A leg or foot that gets weaker, or gives way?",
    "numbness": "Numbness or tingling in a leg that gets stronger or spreads?",
    "fever": "Fever or chills together with the back pain?",
    "weight_loss": "Losing weight without trying to?",
    "recent_trauma": "A fall, a crash or a hard blow in the last weeks?",
}
"""What is asked, the most pressing first."""
_AT_ONCE: Final = frozenset[RedFlag]({"bladder_or_bowel", "saddle_numbness", "weakness"})
"""What is for the same day."""
_LONGEST_CHECK: Final = 2000
"""Bytes; the form takes 400."""


def add_check(router: APIRouter, house: House) -> None:
    """Add the check's routes to `router`."""

    def page(
        given: Mapping[str, str] | None = None,
        trouble: str = "",
        *,
        done: bool = False,
        raised: frozenset[RedFlag] = frozenset(),
    ) -> str:
        red_flags = raised | frozenset(house.live.state().care.red_flags)
        return render(
            "home/check.html",
            given=given or {},
            questions=QUESTIONS,
            red_flags=[QUESTIONS[flag] for flag in QUESTIONS if flag in red_flags],
            at_once=bool(red_flags & _AT_ONCE),
            trouble=trouble,
            is_shared=house.sharing is not None and house.sharing.is_on,
            done=done,
            entry=str(uuid.uuid4()),
            form_key=house.key.text,
        )

    @router.get("/check")
    def check(done: bool = False) -> str:
        return page(done=done)

    @router.post("/check")
    async def answer(request: Request) -> Response:
        form = await let_in(request, house.key, _LONGEST_CHECK)
        if form is None:
            return stranger()
        given = {name: one(form, name) for name in form}
        try:
            raised = read_check(form)
        except FormError as error:
            return HTMLResponse(await asyncio.to_thread(page, given, str(error)), status_code=422)
        try:
            _keep(house, read_entry_id(form), raised)
        except RefusedError as error:
            # What to do after a yes is said even where the yes cannot be kept.
            said = await asyncio.to_thread(page, given, sentence(str(error)), raised=frozenset(raised))
            return HTMLResponse(said, status_code=409)
        return RedirectResponse("/check" if raised else "/check?done=true", 303)


def read_check(form: Form) -> list[RedFlag]:
    """Return the questions that were answered with yes.

    Raises
    ------
    FormError
        If a question is without an answer, or the form is none of ours.
    """
    read_entry_id(form)
    flags: tuple[RedFlag, ...] = get_args(RedFlag)
    answers = {flag: one(form, flag) for flag in flags}
    if any(answer not in {"yes", "no"} for answer in answers.values()):
        raise FormError("Please answer each question with yes or no.")
    return [flag for flag in QUESTIONS if answers[flag] == "yes"]


def _keep(house: House, entry_id: str, raised: list[RedFlag]) -> None:
    entries = house.entries()
    if entries is None:
        raise RefusedError("your answers are not kept, because no strip was found yet")
    entries.keep_check(entry_id, raised)

"""Hinge practice: a page with a live bar, a verdict for each hinge, and one summary of the set."""

import asyncio
from typing import Final

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from analysis.care.wish import RefusedError
from analysis.review.home.door import let_in, one, sentence, stranger, trouble
from analysis.review.home.exercise import Exercise, ExerciseNow
from analysis.review.home.house import House
from analysis.review.home.practice_view import BAR_WIDTH, CUES, last_set, practice, told_sets
from analysis.review.home.stream import stream
from analysis.review.page import render

FRAME_S: Final = 0.05
"""Real seconds between two messages: the bar follows the strip's frames, which come every 90 ms."""
_LONGEST: Final = 1000
"""Bytes; the form takes 80."""
_TARGETS: Final = (5, 10, 15, 20)


def add_practice(router: APIRouter, house: House) -> None:
    """Add the routes of practice to `router`."""

    def now() -> ExerciseNow:
        exercise = house.exercise()
        return ExerciseNow() if exercise is None else exercise.now()

    @router.get("/practice")
    async def page() -> str:
        # The gateway's state is for this thread; the store is read on another.
        stands = now()
        view = practice(stands, house.live.state())
        told = await asyncio.to_thread(told_sets, house.store, house.patient, house.now(), house.zone)
        last = last_set(stands, told, house.zone)
        return render(
            "home/practice.html",
            view=view,
            bar_width=BAR_WIDTH,
            last=last,
            told=[each for each in told if last is None or each.key != last.key],
            targets=sorted({*_TARGETS, stands.hinges_asked}),
            asked=stands.hinges_asked,
            sets_asked=stands.sets_asked,
            sets_done=len(told) + (last is not None and all(each.key != last.key for each in told)),
            cue=CUES[stands.profile],
            form_key=house.key.text,
        )

    @router.get("/practice/live")
    async def live() -> Response:
        return stream(lambda: practice(now(), house.live.state()), FRAME_S)

    @router.post("/practice/{wish}")
    async def take(wish: str, request: Request) -> Response:
        form = await let_in(request, house.key, _LONGEST)
        if form is None:
            return stranger()
        if wish not in {"begin", "end"}:
            return trouble("There is no such page.", 404)
        try:
            _carry_out(house.exercise(), wish, one(form, "hinges"))
        except RefusedError as error:
            return trouble(sentence(str(error)), 409)
        return RedirectResponse("/practice", 303)


def _carry_out(exercise: Exercise | None, wish: str, hinges: str) -> None:
    if exercise is None:
        raise RefusedError("there is no strip yet")
    if wish == "end":
        exercise.end()
        return
    if not (hinges.isascii() and hinges.isdigit() and len(hinges) <= 3):
        raise RefusedError("choose how many hinges")
    exercise.begin(int(hinges))

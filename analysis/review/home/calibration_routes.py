"""The guided calibration as it happens: what to do now, what has been seen, why an attempt was of no use."""

from typing import Final

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from analysis.care.wish import RefusedError
from analysis.review.home.calibration_view import CalibrationView, calibration
from analysis.review.home.door import let_in, sentence, stranger, trouble
from analysis.review.home.exercise import ExerciseNow
from analysis.review.home.house import House
from analysis.review.home.stream import stream
from analysis.review.page import render

FRAME_S: Final = 0.5
"""Real seconds between two messages: what is counted are seconds and bends."""
_LONGEST: Final = 1000
"""Bytes; the form takes 80."""


def add_calibration(router: APIRouter, house: House) -> None:
    """Add the routes of calibration to `router`."""

    def view() -> CalibrationView:
        exercise = house.exercise()
        return calibration(ExerciseNow() if exercise is None else exercise.now(), house.zone)

    @router.get("/calibrate")
    async def page() -> str:
        return render("home/calibrate.html", view=view(), form_key=house.key.text)

    @router.get("/calibrate/live")
    async def live() -> Response:
        return stream(view, FRAME_S)

    @router.post("/calibrate")
    async def again(request: Request) -> Response:
        if await let_in(request, house.key, _LONGEST) is None:
            return stranger()
        exercise = house.exercise()
        try:
            if exercise is None:
                raise RefusedError("there is no strip yet")  # noqa: TRY301 - as the home itself would say
            exercise.calibrate()
        except RefusedError as error:
            return trouble(sentence(str(error)), 409)
        return RedirectResponse("/calibrate", 303)

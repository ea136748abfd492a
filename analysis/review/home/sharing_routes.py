"""Sharing with the clinic: a switch, and in plain words what it does."""

from typing import Final

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from analysis.review.home.door import let_in, one, stranger, trouble
from analysis.review.home.house import House
from analysis.review.page import render

_LONGEST_SWITCH: Final = 1000
"""Bytes; the form takes 80."""


def add_sharing(router: APIRouter, house: House) -> None:
    """Add the switch's routes to `router`."""

    @router.get("/sharing")
    def sharing() -> str:
        return render("home/sharing.html", sharing=house.sharing, form_key=house.key.text)

    @router.post("/sharing")
    async def switch(request: Request) -> Response:
        form = await let_in(request, house.key, _LONGEST_SWITCH)
        if form is None:
            return stranger()
        wanted = one(form, "share")
        if house.sharing is None or wanted not in {"yes", "no"}:
            return trouble("There is nothing to switch here.", 409)
        house.sharing.set(is_on=wanted == "yes")
        return RedirectResponse("/sharing", 303)

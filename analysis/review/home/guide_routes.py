"""The first-run guide: put the strip on, pair it, calibrate it, decide on sharing."""

from fastapi import APIRouter

from analysis.review.home.house import House
from analysis.review.page import render
from analysis.review.wording import LINK


def add_guide(router: APIRouter, house: House) -> None:
    """Add the guide's route to `router`."""

    @router.get("/guide")
    def guide() -> str:
        state = house.live.state()
        return render(
            "home/guide.html",
            link=LINK[state.link],
            is_found=state.link == "streaming",
            battery_pct=state.battery_pct,
            sharing=house.sharing,
        )

"""Every patient's page, on a phone and a desk, light and dark: nobody is shut out, and all can be read."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page

from analysis.motion.routine import RANGE_SMALL
from tests.analysis.review.barriers import DESK, PHONE, sideways, unfold, violations
from tests.analysis.review.home.practising import KINDS, a_set, calibration, hinges, routine, stands, told

pytestmark = pytest.mark.browser

LEAST_PX = 21.3
"""16 pt, which the patient's pages promise; a browser makes 96 px of 72 pt."""
SMALL_TEXT = """least => {
  const found = new Set();
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const holder = node.parentElement;
    if (!node.textContent.trim() || !holder.checkVisibility() || holder.closest(".unseen, .skip")) continue;
    const turned = holder.ownerSVGElement ? holder.getScreenCTM() : { a: 1, b: 0 };
    const size = parseFloat(getComputedStyle(holder).fontSize) * Math.hypot(turned.a, turned.b);
    if (size < least) found.add(`${size.toFixed(1)} px: ${node.textContent.trim().slice(0, 40)}`);
  }
  return [...found];
}"""


def faults(page: Page) -> list[str]:
    """Return what shuts somebody out: axe-core's violations, sideways scrolling, small text."""
    small: list[str] = page.evaluate(SMALL_TEXT, LEAST_PX)
    return violations(page) + sideways(page) + small


def going(home: Any) -> None:
    home.change(trunk_deg=52.0, pelvis_deg=41.0, lumbar_deg=11.0)
    home.stands = stands(home, a_set(home, hinges(home)))


def over(home: Any) -> None:
    told(home, "08:10:00", KINDS)
    home.stands = stands(home, a_set(home, hinges(home), is_open=False))


def before(home: Any) -> None:
    home.stands = stands(home)


def once_more(home: Any) -> None:
    made = calibration(home, accepted=False, reasons=[RANGE_SMALL], event_id="r-1")
    home.stands = stands(home, calibration=None, made=made, routine=routine("hinge"))


def raised(home: Any) -> None:
    home.care.answer_check("e", ["fever"], home.utc_ns())


def as_it_is(home: Any) -> None:
    pass


PLACES: list[tuple[str, Callable[[Any], None]]] = [
    ("", as_it_is),
    ("?day=2026-05-01", as_it_is),
    ("", raised),
    ("practice", as_it_is),
    ("practice", before),
    ("practice", going),
    ("practice", over),
    ("practice", raised),
    ("calibrate", as_it_is),
    ("calibrate", before),
    ("calibrate", once_more),
    ("log", as_it_is),
    ("check", as_it_is),
    ("check", raised),
    ("sharing", as_it_is),
    ("guide", as_it_is),
]


@pytest.mark.timeout(300)
@pytest.mark.parametrize(
    ("path", "so"), PLACES, ids=lambda each: each if isinstance(each, str) else each.__name__
)
def test_nobody_is_shut_out(page: Page, home: Any, path: str, so: Callable[[Any], None]) -> None:
    page.set_default_timeout(60_000)
    page.goto("about:blank")
    so(home)
    page.goto(home.url + path)
    found = [f"folded: {fault}" for fault in faults(page)]
    unfold(page)
    for name, size in (("phone", PHONE), ("desk", DESK)):
        page.set_viewport_size(size)
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)
            found += [f"{name}, {scheme}: {fault}" for fault in faults(page)]
    assert found == []

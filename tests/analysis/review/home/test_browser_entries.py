"""What the patient enters, on a phone in a real browser: by thumb and by keyboard, and shut out nobody."""

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.analysis.review.barriers import PHONE, sideways, violations

pytestmark = pytest.mark.browser

_LEAST_PX = 44


@pytest.fixture
def phone(page: Page) -> Page:
    page.set_default_timeout(60_000)  # a busy machine is no fault of the page
    page.set_viewport_size(PHONE)
    return page


def faults(page: Page) -> list[str]:
    """Return what shuts somebody out: axe-core's violations, sideways scrolling, targets too small."""
    small = page.evaluate(
        """least => [...document.querySelectorAll(".rooms a, button, summary, textarea, main label > span, "
          + "main input:not([type=hidden]):not([type=radio]):not([type=checkbox])")]
          .filter(each => each.checkVisibility() && each.getBoundingClientRect().height < least)
          .map(each => each.outerHTML.slice(0, 120))""",
        _LEAST_PX,
    )
    return violations(page) + sideways(page) + [f"{page.url} small: {each}" for each in small]


def look_in_light_and_dark(page: Page, path: str, home: Any) -> list[str]:
    page.goto(home.url + path)
    found = faults(page)
    page.emulate_media(color_scheme="dark")
    found += faults(page)
    page.emulate_media(color_scheme="light")
    return found


@pytest.mark.timeout(300)
def test_the_log_is_written_with_a_few_taps_and_shown_back(phone: Page, home: Any) -> None:
    phone.get_by_role("link", name="Write your log").click()
    pain = phone.get_by_role("group", name="Pain now")
    pain.get_by_role("radio", name="3").check()
    phone.keyboard.press("ArrowRight")
    expect(pain.get_by_role("radio", name="4")).to_be_checked()
    expect(phone.get_by_label("Walking")).to_have_value("26")
    phone.get_by_label("Name it").fill("tie my shoes")
    sure = phone.get_by_role("group", name="How sure are you that you can do it?")
    sure.get_by_role("radio", name="7").check()
    phone.get_by_label("One or two sentences").fill("Shoes went well.")
    found = faults(phone)
    phone.get_by_role("button", name="Keep this entry").click()
    expect(phone.get_by_role("heading", name="Your entry is kept")).to_be_visible()
    expect(phone.locator(".entries li").first).to_contain_text("Shoes went well.")
    (log,) = home.store.events(home.diary.patient, kinds={"log"})
    assert (log["pain_now"], log["walking_min"], log["pain_worst"]) == (4, 26, None)
    assert log["confidence"] == [{"task": "tie my shoes", "confidence": 7}]
    found += faults(phone)
    found += look_in_light_and_dark(phone, "log", home)
    found += look_in_light_and_dark(phone, "", home)
    assert found == []


@pytest.mark.timeout(300)
def test_a_red_flag_pauses_the_page_that_is_open_and_says_what_to_do(phone: Page, home: Any) -> None:
    found = look_in_light_and_dark(phone, "check", home)
    for group in phone.get_by_role("group").all():
        group.get_by_role("radio", name="No").check()
    phone.get_by_role("group", name="Numb between the legs").get_by_role("radio", name="Yes").check()
    phone.get_by_role("button", name="Send my answers").click()
    expect(phone.get_by_role("heading", name="Get medical help today")).to_be_visible()
    found += look_in_light_and_dark(phone, "check", home)
    found += look_in_light_and_dark(phone, "", home)
    expect(phone.locator("#reminders h3")).to_contain_text("Reminders are paused")
    home.care.prescribe(1, {"red_flags_cleared": "2026-05-05T08:03:20.000Z"}, home.utc_ns())
    expect(phone.locator("#reminders h3")).to_contain_text("No reminder")
    expect(phone.get_by_text("Please see a doctor")).to_be_hidden()
    assert found == []


@pytest.mark.timeout(300)
def test_sharing_is_paused_with_one_tap(phone: Page, home: Any) -> None:
    found = look_in_light_and_dark(phone, "sharing", home)
    phone.get_by_role("button", name="Pause sharing").click()
    expect(phone.get_by_role("heading", name="Sharing is paused")).to_be_visible()
    assert home.switched == [False]
    found += look_in_light_and_dark(phone, "sharing", home)
    assert found == []


def test_the_guide_shuts_nobody_out(phone: Page, home: Any) -> None:
    assert look_in_light_and_dark(phone, "guide", home) == []

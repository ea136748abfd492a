"""The page in a real browser: it keeps itself up to date, asks nobody else, and can be used by keyboard."""

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from analysis.care.policy import AlertNow, CareNow
from tests.analysis.review.barriers import PHONE, unfold

pytestmark = pytest.mark.browser


def test_a_new_event_appears_by_itself(page: Page, home: Any) -> None:
    expect(page.locator(".headline")).to_contain_text("13 bends so far today")
    home.diary.lift(home.diary.at("10:03:10"), "hip_hinge", depth_deg=71)
    home.change(care=CareNow(sitting_s=1900.0, is_sitting=True))
    home.store_new_events()
    expect(page.locator(".headline")).to_contain_text("14 bends so far today", timeout=5000)
    expect(page.locator("#glance")).to_contain_text("Stand up now and walk for a minute.")
    expect(page.locator(".lifts tbody tr").first).to_contain_text("71°")


def test_the_figure_and_the_words_follow_the_present(page: Page, home: Any) -> None:
    expect(page.locator("#pelvis")).to_have_attribute("transform", "rotate(22.4)")
    home.change(posture="sitting", pelvis_deg=-15.0, trunk_deg=5.0, lumbar_deg=20.0)
    expect(page.locator(".state")).to_have_text("Sitting")
    expect(page.locator("#pelvis")).to_have_attribute("transform", "rotate(-15.0)")
    expect(page.locator("#trunk")).to_have_attribute("transform", "rotate(20.0)")
    expect(page.locator("[data-live=trunk_text]")).to_have_text("5°")


def test_an_open_fold_and_the_focus_survive_a_refresh(page: Page, home: Any) -> None:
    kinds = ["hip_hinge", "shared", "lumbar_flexion"] * 6
    home.diary.chores(home.diary.at("10:05:00"), home.diary.at("10:20:00"), kinds)
    home.moment = home.diary.at("10:20:00")
    home.store_new_events()
    bends = page.locator("#day .fold > summary").filter(has_text="Bends")
    expect(bends).to_contain_text("31 bends, 11 hip-led", timeout=5000)
    bends.focus()
    page.keyboard.press("Enter")
    summary = page.locator("#day details details summary")
    expect(summary).to_have_text("7 earlier bends")
    summary.focus()
    page.keyboard.press("Enter")
    home.diary.lift(home.diary.at("10:20:10"), "shared")
    home.store_new_events()
    expect(summary).to_have_text("8 earlier bends", timeout=5000)
    expect(page.locator("#day details[open]")).to_have_count(2)
    expect(summary).to_be_focused()


def test_the_day_is_folded_but_on_paper_all_of_it_is_there(page: Page) -> None:
    page.set_viewport_size(PHONE)
    folds = page.locator("#day .fold")
    expect(folds).to_have_count(5)
    table = page.locator("#day .lifts")
    expect(table).to_be_hidden()
    assert page.evaluate("document.documentElement.scrollHeight") < 5 * PHONE["height"]
    page.emulate_media(media="print")
    expect(table).to_be_visible()
    page.emulate_media(media="screen")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    expect(table).to_be_visible()
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    expect(table).to_be_hidden()


def test_the_keyboard_reaches_links_and_shows_where_it_is(page: Page) -> None:
    page.keyboard.press("Tab")
    skip = page.locator(".skip")
    expect(skip).to_be_focused()
    expect(skip).to_be_in_viewport()
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_focused()
    page.locator("nav a").first.focus()
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Tab")
    outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
    assert outline == "solid"


def _raise_nudge(home: Any) -> None:
    raised_ns = round(home.moment.timestamp() * 1e9)
    nudge = AlertNow("prolonged_sitting", "nudge", "open", raised_ns, None)
    home.change(posture="sitting", care=CareNow(1860.0, True, raised_ns, (nudge,)))


def test_a_reminder_appears_and_is_answered_by_keyboard(page: Page, home: Any) -> None:
    reminders = page.locator("#reminders")
    expect(reminders.locator("h3")).to_contain_text("No reminder")
    expect(page.get_by_role("button", name="I heard it")).to_be_hidden()
    _raise_nudge(home)
    expect(reminders.locator("h3")).to_contain_text("Time for a break")
    heard = page.get_by_role("button", name="I heard it")
    heard.focus()
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Again in 15 min")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator(".headline")).to_contain_text("13 bends so far today")
    assert home.answered == [("snooze", 15)]


def test_silence_for_a_meeting_unfolds_and_ends(page: Page, home: Any) -> None:
    summary = page.locator("#reminders summary")
    summary.focus()
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Silent for 1 h").click()
    expect(page.locator(".headline")).to_be_visible()
    home.change(care=CareNow(muted_until_ns=round(home.moment.timestamp() * 1e9) + 3600 * 10**9))
    expect(page.locator("[data-reminder=notes]")).to_contain_text("Silent until 11:03")
    expect(summary).to_be_hidden()
    page.get_by_role("button", name="Speak again").click()
    expect(page.locator(".headline")).to_be_visible()
    assert home.answered == [("mute", 60), ("mute", 0)]


def test_buttons_are_large_enough_for_a_thumb_and_the_width_of_a_phone(page: Page, home: Any) -> None:
    _raise_nudge(home)
    expect(page.get_by_role("button", name="I heard it")).to_be_visible()
    page.locator("#reminders summary").click()
    for width in (320, 390, 1280):
        page.set_viewport_size({"width": width, "height": 900})
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        for button in page.locator("#reminders button:visible").all():
            box = button.bounding_box()
            assert box is not None
            assert box["height"] >= 44


def test_no_width_needs_sideways_scrolling(page: Page) -> None:
    unfold(page)
    for width in (320, 390, 768, 1280):
        page.set_viewport_size({"width": width, "height": 900})
        assert page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize(("scheme", "width"), [("light", 1280), ("dark", 390)])
def test_text_stands_out_from_its_ground_and_is_large(page: Page, scheme: Any, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    page.emulate_media(color_scheme=scheme)
    unfold(page)
    found = page.evaluate(_CONTRASTS)
    assert found["texts"] > 100
    assert found["lowest"] >= 4.5, found
    assert found["smallest_px"] >= 16, found


_CONTRASTS = """() => {
  const light = (rgb) => {
    const [r, g, b] = rgb.match(/[\\d.]+/g).map(Number).map((v) => v / 255)
      .map((v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const ground = (element) => {
    for (let each = element; each; each = each.parentElement) {
      const colour = getComputedStyle(each).backgroundColor;
      if (colour !== "rgba(0, 0, 0, 0)") return colour;
    }
    return "rgb(255, 255, 255)";
  };
  const result = { texts: 0, lowest: 99, smallest_px: 99, where: "" };
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const element = walker.currentNode.parentElement;
    if (!walker.currentNode.data.trim() || element.closest("title, desc, script, noscript")) continue;
    const style = getComputedStyle(element);
    const svg = element.closest("svg");
    const drawn = svg?.viewBox.baseVal?.width;
    const scale = drawn ? svg.getBoundingClientRect().width / drawn : 1;
    const [front, back] = [svg ? style.fill : style.color, ground(element)].map(light);
    const contrast = (Math.max(front, back) + 0.05) / (Math.min(front, back) + 0.05);
    if (contrast < result.lowest) Object.assign(result, { lowest: contrast, where: walker.currentNode.data });
    result.smallest_px = Math.min(result.smallest_px, parseFloat(style.fontSize) * scale);
    result.texts += 1;
  }
  return result;
}"""

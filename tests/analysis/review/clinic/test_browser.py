"""The therapist's pages in a real browser: the whole way through, accessible, and asking nobody else."""

import re
import shutil
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final, Literal

import pytest
from playwright.sync_api import Browser, Page, ViewportSize, expect, sync_playwright

from analysis.events.entries import Safety
from analysis.events.movement import Lift
from tests.analysis.review.barriers import DESK, PHONE, sideways, violations
from tests.analysis.review.clinic.conftest import PASSWORD, store_file

pytestmark = pytest.mark.browser

LOOKS: Final[tuple[tuple[ViewportSize, Literal["light", "dark"]], ...]] = ((PHONE, "light"), (DESK, "dark"))
FULL_DAY: Final = "2026-05-09"
REPORTED: Final = "first=2026-05-04&last=2026-05-08"
"""Five of the other days: enough for every chart of a report."""
_ALIKE: Final = 2
"""Bends of one kind on any other day: what a page can hold is there, and not repeated sixty times a day."""


@pytest.fixture(scope="module")
def filled_store(tmp_path_factory: pytest.TempPathFactory, clinic_events: list[dict[str, Any]]) -> Path:
    """The clinic's store with one day in full, and few bends on the others."""
    alike: Counter[tuple[str, ...]] = Counter()
    kept = []
    for event in clinic_events:
        if event["schema"] == Lift.SCHEMA and not event["start"].startswith(FULL_DAY):
            kind = (event["patient"], event["start"][:10], event["strategy"], event["context"])
            alike[kind] += 1
            if alike[kind] > _ALIKE:
                continue
        kept.append(event)
    return store_file(tmp_path_factory.mktemp("clinic"), kept)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    chromium = shutil.which("chromium")
    if chromium is None:
        pytest.skip("no chromium on this machine: apt-get install chromium")
    quiet = [
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-background-networking",
        "--no-first-run",
    ]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=quiet)
        yield browser
        browser.close()


@pytest.fixture
def page(browser: Browser, clinic: Any) -> Iterator[Page]:
    """A page whose console must stay silent, and which may ask for nothing of another host."""
    context = browser.new_context(viewport=DESK, base_url=clinic.url)
    page = context.new_page()
    page.set_default_timeout(60_000)  # a busy machine is no fault of the page
    complaints: list[str] = []
    asked: set[str] = set()
    page.on("console", lambda message: complaints.append(f"{message.type}: {message.text}"))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("request", lambda request: asked.add(re.sub(r"(://[^/]+/).*", r"\1", request.url)))
    yield page
    assert complaints == []
    assert asked == {clinic.url}
    context.close()


def log_in(page: Page, login: str = "mayer") -> None:
    page.goto("/")
    page.get_by_label("Login").fill(login)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()


def test_from_the_list_to_a_bend_that_moves(page: Page) -> None:
    log_in(page)
    expect(page.get_by_role("heading", name="Patients")).to_be_visible()
    page.get_by_role("link", name="Eva Berg").click()
    page.get_by_role("link", name="Fri 8 May").click()
    expect(page.get_by_role("heading", name="Friday 8 May 2026")).to_be_visible()
    page.locator(".lifts th a").first.click()
    expect(page.get_by_role("heading", name="Through the bend")).to_be_visible()
    trunk = page.locator("#pelvis")
    before = trunk.get_attribute("transform")
    page.get_by_role("slider", name="Time").focus()
    for _ in range(20):
        page.keyboard.press("ArrowRight")
    assert trunk.get_attribute("transform") != before
    expect(page.locator("#read")).to_contain_text("1.0 s: trunk")
    page.get_by_role("button", name="Play").click()
    expect(page.get_by_role("button", name="Stop")).to_be_visible()
    expect(page.get_by_role("button", name="Play")).to_be_visible(timeout=15_000)


@pytest.mark.timeout(300)
def test_a_setting_is_changed_and_a_sentence_edited(page: Page, clinic: Any) -> None:
    log_in(page)
    page.get_by_role("link", name="Eva Berg").click()
    page.get_by_role("link", name="Settings").click()
    page.get_by_label("First nudge after").fill("20")
    page.get_by_role("button", name="Send to the home").click()
    expect(page.get_by_role("row", name="mayer")).to_contain_text("on its way")
    assert '"nudge_min":20' in clinic.letters.sent[0].body
    page.goto("/patients/p-017/report?first=2026-05-07&last=2026-05-09")
    page.get_by_label("What you say").fill("Hinge at the dishwasher first.")
    page.get_by_role("button", name="Keep").click()
    report = page.frame_locator("iframe")
    expect(report.locator(".coach")).to_have_text("Hinge at the dishwasher first.")
    with page.expect_download() as download:
        page.get_by_role("link", name="As PDF").click()
    assert download.value.suggested_filename == "lift-quality-p-017-2026-05-09.pdf"
    assert download.value.path().read_bytes().startswith(b"%PDF-")


@pytest.mark.timeout(300)
def test_no_page_shuts_anybody_out(page: Page) -> None:
    """On a phone in light and on a desk in dark: no violation of WCAG 2.2 A or AA, no sideways scrolling."""
    faults = looked_at(page, "/login")
    log_in(page)
    eva, nobody = "/patients/p-017", "/patients/p-019"
    day = page.request.get(f"{eva}/days/{FULL_DAY}").text()
    bend = re.search(rf'href="({eva}/days/{FULL_DAY}/bends/[^"]+)"', day)
    assert bend is not None
    paths = ["/", eva, f"{eva}?span=months", f"{eva}/days/{FULL_DAY}", bend[1], f"{eva}/report"]
    paths += [f"{eva}/report.html?{REPORTED}", f"{eva}/settings"]
    paths += [nobody, f"{nobody}/days/{FULL_DAY}", f"{nobody}/report"]
    for path in paths:
        faults += looked_at(page, path)
    with page.context.new_page() as other:  # a page that is not there is an error of the console
        faults += looked_at(other, "/patients/nobody")
    assert faults == []


def looked_at(page: Page, path: str) -> list[str]:
    page.goto(path)
    faults: list[str] = []
    for size, scheme in LOOKS:
        page.set_viewport_size(size)
        page.emulate_media(color_scheme=scheme)
        faults += violations(page) + sideways(page)
    return faults


@pytest.mark.timeout(300)
def test_a_red_flag_is_cleared_on_the_patients_page(page: Page, clinic: Any) -> None:
    at = "2026-05-08T09:00:00.000Z"
    common: dict[str, Any] = {"device": "LM-0042", "start": at, "end": at, "mode": None, "algorithm": "x"}
    raised = Safety(
        event_id="e-1", patient="p-017", quality=None, action="raised", red_flags=["fever"], **common
    )
    clinic.store.put([raised.to_dict()])
    log_in(page)
    page.get_by_role("link", name="Eva Berg").click()
    faults = violations(page)
    page.set_viewport_size(PHONE)
    faults += violations(page)
    page.get_by_role("button", name="Looked into: clear it").click()
    expect(page.get_by_text("the home has not confirmed it yet")).to_be_visible()
    assert clinic.letters.sent[0].body == f'{{"red_flags_cleared": "{at}"}}'
    assert faults == []

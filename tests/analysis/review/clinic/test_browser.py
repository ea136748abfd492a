"""The therapist's pages in a real browser: the whole way through, accessible, and asking nobody else."""

import re
import shutil
from collections.abc import Iterator
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect, sync_playwright

from analysis.events.entries import Safety
from tests.analysis.review.clinic.conftest import PASSWORD

pytestmark = pytest.mark.browser

SIZES = {"phone": {"width": 390, "height": 844}, "desktop": {"width": 1280, "height": 900}}
_RULES = {"runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}}


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
    context = browser.new_context(viewport={"width": 1280, "height": 900}, base_url=clinic.url)
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


def test_a_setting_is_changed_and_a_sentence_edited(page: Page, clinic: Any) -> None:
    log_in(page)
    page.get_by_role("link", name="Eva Berg").click()
    page.get_by_role("link", name="Settings").click()
    page.get_by_label("First nudge after").fill("20")
    page.get_by_role("button", name="Send to the home").click()
    expect(page.get_by_role("row", name="mayer")).to_contain_text("on its way")
    assert '"nudge_min":20' in clinic.letters.sent[0].body
    page.goto("/patients/p-017/report?first=2026-05-04&last=2026-05-09")
    page.get_by_label("What you say").fill("Hinge at the dishwasher first.")
    page.get_by_role("button", name="Keep").click()
    report = page.frame_locator("iframe")
    expect(report.locator(".coach")).to_have_text("Hinge at the dishwasher first.")
    with page.expect_download() as download:
        page.get_by_role("link", name="As PDF").click()
    assert download.value.suggested_filename == "lift-quality-p-017-2026-05-09.pdf"
    assert download.value.path().read_bytes().startswith(b"%PDF-")


@pytest.mark.timeout(300)
@pytest.mark.parametrize(("size", "scheme"), [("phone", "light"), ("desktop", "dark")])
def test_no_page_shuts_anybody_out(browser: Browser, clinic: Any, size: str, scheme: Any) -> None:
    """axe-core finds no violation of WCAG 2.2 A or AA, and no page needs sideways scrolling."""
    context = browser.new_context(viewport=SIZES[size], color_scheme=scheme, base_url=clinic.url)  # type: ignore[arg-type]
    page = context.new_page()
    page.goto("/login")
    faults = [_faults(page)]
    log_in(page)
    bend = page.goto("/patients/p-017/days/2026-05-08").text()  # type: ignore[union-attr]
    link = re.search(r'href="(/patients/p-017/days/2026-05-08/bends/[^"]+)"', bend)
    assert link is not None
    eva, nobody = "/patients/p-017", "/patients/p-019"
    for path in (
        *(
            "/",
            eva,
            f"{eva}?span=months",
            f"{eva}/days/2026-05-08",
            link[1],
            f"{eva}/report",
            f"{eva}/settings",
        ),
        *(nobody, f"{nobody}/days/2026-05-08", f"{nobody}/report", "/patients/nobody"),
    ):
        page.goto(path)
        faults.append(_faults(page))
        assert page.evaluate("document.documentElement.scrollWidth") <= SIZES[size]["width"], path
    page.goto("/patients/p-017/report.html")
    faults.append(_faults(page))
    context.close()
    assert [fault for each in faults for fault in each] == []


def _faults(page: Page) -> list[str]:
    found = Axe().run(page, options=_RULES)
    return [
        f"{page.url} {violation['id']}: {violation['nodes'][0]['html'][:160]} "
        f"{violation['nodes'][0].get('failureSummary', '')[:200]}"
        for violation in found.response["violations"]
    ]


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
    faults = _faults(page)
    page.set_viewport_size(SIZES["phone"])  # type: ignore[arg-type]  # a mapping of just these two
    faults += _faults(page)
    page.get_by_role("button", name="Looked into: clear it").click()
    expect(page.get_by_text("the home has not confirmed it yet")).to_be_visible()
    assert clinic.letters.sent[0].body == f'{{"red_flags_cleared": "{at}"}}'
    assert faults == []

"""What shuts somebody out of a page in a real browser, as the tests of all pages look for it."""

from typing import Final

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, ViewportSize

_ASKED: Final = {
    "runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]},
    "resultTypes": ["violations"],
}
"""WCAG 2.2, levels A and AA. What passed is not listed with every element that it passed for."""
PHONE: Final[ViewportSize] = {"width": 390, "height": 844}
DESK: Final[ViewportSize] = {"width": 1280, "height": 900}


def violations(page: Page) -> list[str]:
    """Return what axe-core finds against the page as it stands, in its size and colours of now.

    It is put into a document once, so that one page can be looked at again in another size.
    """
    if page.evaluate("typeof axe === 'undefined'"):
        page.evaluate(Axe().axe_script)
    found = page.evaluate("asked => axe.run(asked).then(found => found.violations)", _ASKED)
    return [
        f"{page.url} {each['id']}: {each['nodes'][0]['html'][:160]} "
        f"{each['nodes'][0].get('failureSummary', '')[:200]}"
        for each in found
    ]


def sideways(page: Page) -> list[str]:
    """Return whether the page is wider than the window, which has somebody scroll to and fro to read it."""
    if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
        return [f"{page.url} scrolls sideways"]
    return []


def unfold(page: Page) -> None:
    """Open all that is folded away, so that it is looked at too."""
    page.evaluate("for (const fold of document.querySelectorAll('details')) fold.open = true")

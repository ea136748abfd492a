"""A page as PDF, printed by a browser, so that paper shows what the screen shows.

Chromium prints it without a window. It runs on a copy of the page in a folder of its own, with a fresh
profile and no network: the page needs nothing from outside, and nothing of the person who is logged in.
"""

import os
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Final

from analysis.events.errors import LumbarError

BROWSERS: Final = (
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "microsoft-edge",
    "chrome",
)
"""Programs that print so, in the order in which they are looked for."""
_WITHIN_S: Final = 60.0


class PdfError(LumbarError):
    """A page that cannot be printed; the message says what to do."""


def pdf_of(html: str) -> bytes:
    """Return a page as a PDF document.

    Raises
    ------
    PdfError
        If there is no such browser here, or it does not print.
    """
    browser = next(filter(None, map(shutil.which, BROWSERS)), None)
    if browser is None:
        raise PdfError(
            "no browser that can print to PDF was found: install chromium, or write HTML and print that"
        )
    with tempfile.TemporaryDirectory(prefix="lumbar-pdf-", ignore_cleanup_errors=True) as folder:
        page, printed = Path(folder, "page.html"), Path(folder, "page.pdf")
        page.write_text(html, encoding="utf-8")
        command = [
            browser,
            "--headless",
            "--disable-gpu",
            "--disable-extensions",
            "--no-first-run",
            "--disable-background-networking",
            "--host-resolver-rules=MAP * ~NOTFOUND",
            f"--user-data-dir={folder}/profile",
            "--no-pdf-header-footer",
            f"--print-to-pdf={printed}",
            page.as_uri(),
        ]
        if hasattr(os, "geteuid") and os.geteuid() == 0:
            command.insert(1, "--no-sandbox")  # Chromium refuses its sandbox to root
        try:
            done = subprocess.run(command, capture_output=True, timeout=_WITHIN_S, check=False)  # noqa: S603
        except (OSError, subprocess.TimeoutExpired) as error:
            raise PdfError(f"{Path(browser).name} did not print: {error}") from error
        if not printed.exists():
            said = done.stderr.decode(errors="replace").strip().splitlines()
            raise PdfError(f"{Path(browser).name} did not print: {said[-1] if said else 'it gave no reason'}")
        return printed.read_bytes()

"""Takes the README's picture: the patient's page in the middle of the simulated morning, from a real browser.

.venv/bin/python -m tests.readme_picture deploy/docs/page.png
"""

import argparse
import asyncio
import shutil
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from playwright.async_api import async_playwright

from firmware_sim.stage import Plan, Stage
from gateway.wire.timebase import Clock

SPEED = 50.0
TAKEN_AT = "T09:11:50"
"""After nudge, alert and the first steps of the break, by the time of the run."""
BROWSER = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)


async def take(path: Path, width: int, height: int) -> None:
    """Run the morning and photograph its page."""
    with tempfile.TemporaryDirectory() as folder:
        clock = Clock.scaled(SPEED, datetime(2026, 11, 23, 8, tzinfo=UTC))
        stage = Stage(Plan(Path(folder), clock))
        await stage.start()
        try:
            async with async_playwright() as playwright:
                browser = await playwright.chromium.launch(
                    executable_path=shutil.which("chromium"), args=BROWSER
                )
                page = await browser.new_page(
                    viewport={"width": width, "height": height}, device_scale_factor=1.25
                )
                await page.goto(stage.page_url, wait_until="domcontentloaded")
                async for status in stage.progress():
                    if (status.get("last_sample") or "") >= f"2026-11-23{TAKEN_AT}":
                        break
                await page.screenshot(path=path)
                await browser.close()
        finally:
            await stage.stop()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("out", type=Path)
    parser.add_argument("--width", type=int, default=1240)
    parser.add_argument("--height", type=int, default=1425)
    options = parser.parse_args()
    asyncio.run(take(options.out, options.width, options.height))

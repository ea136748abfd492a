"""A red flag from the patient's page to the therapist's, and its clearing back: home, broker and clinic."""

import asyncio
import json
import re
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from analysis.trends.sqlite import SqliteStore
from firmware_sim.ports import free_port
from firmware_sim.stage import PATIENT, Stage
from tests.analysis.review.clinic.conftest import PASSWORD, Browser

pytestmark = pytest.mark.e2e

SOON_S = 30.0


def lumbar(*words: str, given: str = "") -> str:
    command = [sys.executable, "-m", "gateway.cli", *words]
    done = subprocess.run(command, input=given, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


async def until(look: Callable[[], Any], what: str) -> Any:
    for _ in range(round(SOON_S / 0.2)):
        if found := await asyncio.to_thread(look):
            return found
        await asyncio.sleep(0.2)
    raise AssertionError(f"not within {SOON_S:.0f} s: {what}")


def answer_at_home(stage: Stage, *, yes: str) -> str:
    """Fill in the health check as the page's own form does; returns the page that follows."""
    with urllib.request.urlopen(f"{stage.page_url}check", timeout=10) as page:
        form = page.read().decode()
    hidden = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', form))
    questions = re.findall(r'type="radio" name="(\w+)" value="yes"', form)
    answers = {name: "yes" if name == yes else "no" for name in questions}
    origin = {"Origin": stage.page_url.rstrip("/")}
    sent = urllib.request.Request(f"{stage.page_url}check", urlencode(hidden | answers).encode(), origin)
    with urllib.request.urlopen(sent, timeout=10) as page:
        return str(page.read().decode())


def red_flags(stage: Stage) -> list[str]:
    with urllib.request.urlopen(f"{stage.page_url}api/alerts", timeout=10) as answer:
        flags: list[str] = json.load(answer)["red_flags"]
        return flags


def at_the_clinic(stage: Stage, kind: str, **fields: str) -> list[dict[str, Any]]:
    store = SqliteStore(stage.clinic_store)
    events = store.events(PATIENT, kinds={kind})
    store.close()
    return [event for event in events if all(event[name] == value for name, value in fields.items())]


def is_found(stage: Stage) -> bool:
    with urllib.request.urlopen(f"{stage.page_url}api/status", timeout=10) as answer:
        return bool(json.load(answer)["link"] == "streaming")


@pytest.mark.timeout(200)
def test_the_therapist_clears_it_and_the_home_speaks_again(
    on_stage: Callable[..., None], tmp_path: Path
) -> None:
    register, port = str(tmp_path / "review.sqlite"), free_port()
    where = ("--register", register)
    lumbar("account", "add", "mayer", "--name", "Anna Mayer", *where, given=f"{PASSWORD}\n")
    lumbar("account", "patient", PATIENT, "--name", "Eva Berg", "--therapist", "mayer", *where)

    async def act(stage: Stage) -> None:
        assert stage.broker is not None
        config = tmp_path / "review.toml"
        config.write_text(
            f'register_file = "{register}"\n[store]\npath = "{stage.clinic_store}"\n[web]\nport = {port}\n'
            f'[mqtt]\nhost = "127.0.0.1"\nport = {stage.broker.port}\n',
            encoding="utf-8",
        )
        await until(lambda: is_found(stage), "the strip is found")
        assert "Call your doctor today" in await asyncio.to_thread(answer_at_home, stage, yes="fever")
        assert red_flags(stage) == ["fever"]
        await until(lambda: at_the_clinic(stage, "safety", action="raised"), "the clinic hears of it")

        command = (sys.executable, "-m", "gateway.cli", "review", "--config", str(config))
        serving = await asyncio.create_subprocess_exec(*command, stdout=subprocess.PIPE)
        try:
            assert serving.stdout is not None
            await serving.stdout.readline()
            await _clear(stage, Browser(port))
        finally:
            serving.send_signal(signal.SIGTERM)
            await asyncio.wait_for(serving.wait(), 10)

    on_stage(act, speed=10.0, scenario="quiet", seed=1)
    assert "cleared red flags" in lumbar("account", "log", *where)


async def _clear(stage: Stage, browser: Browser) -> None:
    page = f"/patients/{PATIENT}"
    await asyncio.to_thread(browser.log_in, "mayer")
    shown = (await asyncio.to_thread(browser.get, page)).text
    assert "an answer is open" in shown
    raised = re.search(r'name="raised" value="([^"]+)"', shown)
    csrf = re.search(r'name="csrf" value="([^"]+)"', shown)
    assert raised is not None
    assert csrf is not None
    stolen = {"csrf": "stolen", "raised": raised[1]}
    assert (await asyncio.to_thread(browser.post, f"{page}/health", stolen)).status == 403
    assert red_flags(stage) == ["fever"]
    form = {"csrf": csrf[1], "raised": raised[1]}
    assert (await asyncio.to_thread(browser.post, f"{page}/health", form)).status == 303
    await until(lambda: not red_flags(stage), "the home speaks again")
    await until(lambda: at_the_clinic(stage, "safety", action="cleared"), "the clinic hears that it did")
    await until(lambda: at_the_clinic(stage, "command", result="done"), "the clinic hears what became of it")
    assert "an answer is open" not in (await asyncio.to_thread(browser.get, page)).text

"""A served home with a made-up present that tests can move on."""

import http.client
import json
import re
import shutil
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, cast
from urllib.parse import urlencode

import pytest
import uvicorn
from fastapi import FastAPI
from playwright.sync_api import Browser, Page, sync_playwright

from analysis.care.settings import CareSettings
from analysis.care.wish import RefusedError
from analysis.review.home.door import Key
from analysis.review.home.exercise import ExerciseNow
from analysis.review.home.live import LiveState
from analysis.review.home.routes import home_routes
from analysis.trends.sqlite import SqliteStore
from gateway.care import Care
from gateway.entries import HomeEntries
from gateway.ledger import Ledger
from gateway.sharing import Sharing
from gateway.wire.timebase import Clock


@dataclass
class Answer:
    status: int
    headers: dict[str, str]
    text: str

    def json(self) -> Any:
        return json.loads(self.text)


class Home:
    """A served home; `state` and `moment` are the present, and may be changed."""

    def __init__(self, folder: Path, store: SqliteStore, diary: Any, port: int) -> None:
        self.store, self.diary, self.port = store, diary, port
        self.moment: datetime = diary.at("10:03:20")
        self.present = LiveState(
            link="streaming",
            posture="standing",
            since=diary.at("10:03:00"),
            battery_pct=87,
            worn=True,
            last_sample=self.moment,
            lag_s=0.4,
            pelvis_deg=22.4,
            trunk_deg=46.0,
            lumbar_deg=23.6,
            counters={"missing_samples": 0},
            stored_events=len(diary.events),
        )

        self.key = Key()
        ledger, device = Ledger(store), "LM-0042"
        self.care = Care(
            diary.patient, device, CareSettings(), None, folder / "care.json", ledger, lambda _: None
        )
        self.entries = HomeEntries(diary.patient, device, cast("Clock", self), ledger, self.care)
        self.switched: list[bool] = []
        self.sharing = Sharing(folder / "sharing.json", self.switched.append)
        self.answered: list[tuple[str, object]] = []
        self.stands = ExerciseNow()

    def snooze(self, minutes: object) -> None:
        if minutes not in {15, 30, 60}:
            raise RefusedError("minutes must be 15, 30 or 60")
        self.answered.append(("snooze", minutes))

    def acknowledge(self) -> None:
        self.answered.append(("acknowledge", None))

    def mute(self, minutes: object) -> None:
        self.answered.append(("mute", minutes))

    def set_pace(self, pace: object) -> None:
        self.answered.append(("pace", pace))

    def was_standing(self) -> None:
        self.answered.append(("standing", None))

    def utc_ns(self) -> int:
        return round(self.moment.timestamp()) * 10**9

    def now(self) -> datetime:
        return self.moment

    def state(self) -> LiveState:
        now = self.care.now(self.utc_ns())
        care = replace(self.present.care, red_flags=now.red_flags, asks_check=now.asks_check)
        return replace(self.present, care=care)

    def change(self, **changes: Any) -> None:
        self.present = replace(self.present, **changes)

    def store_new_events(self) -> None:
        """Put what the diary has gained into the store, and tell the page."""
        self.store.put(self.diary.events)
        self.moment += timedelta(seconds=30)
        self.change(stored_events=len(self.diary.events), last_sample=self.moment)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/"

    def get(self, path: str, **headers: str) -> Answer:
        return self._request("GET", path, None, headers)

    def send(self, path: str, **fields: object) -> Answer:
        """Post a form as the page itself does."""
        headers = {"Origin": self.url.rstrip("/"), "Content-Type": "application/x-www-form-urlencoded"}
        return self.post(path, urlencode({"key": self.key.text} | fields), **headers)

    def post(self, path: str, body: str, **headers: str) -> Answer:
        return self._request("POST", path, body, headers)

    def _request(self, method: str, path: str, body: str | None, headers: dict[str, str]) -> Answer:
        with closing(http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)) as connection:
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
            said = answer.read().decode()
            return Answer(answer.status, {k.lower(): v for k, v in answer.getheaders()}, said)


@dataclass(frozen=True)
class _Practised:
    """Practice and calibration of a home."""

    home: Home

    def now(self) -> ExerciseNow:
        return self.home.stands

    def begin(self, target: int) -> None:
        if self.home.stands.calibration is None:
            raise RefusedError("show the strip how you move first")
        self.home.answered.append(("begin", target))

    def end(self) -> None:
        self.home.answered.append(("end", None))

    def calibrate(self) -> None:
        self.home.answered.append(("calibrate", None))


@pytest.fixture
def home(tmp_path: Path, morning: Any) -> Iterator[Home]:
    with closing(SqliteStore(tmp_path / "home.db")) as store, closing(socket.socket()) as listener:
        store.put(morning.events)
        listener.bind(("127.0.0.1", 0))
        home = Home(tmp_path, store, morning, listener.getsockname()[1])
        app = FastAPI()
        routes = home_routes(
            store,
            morning.patient,
            morning.zone,
            now=home.now,
            live=home,
            answers=lambda: home,
            entries=lambda: home.entries,
            key=home.key,
            sharing=home.sharing,
            exercise=lambda: _Practised(home),
        )
        app.include_router(routes)
        config = uvicorn.Config(app, log_level="error", ws="none", timeout_graceful_shutdown=1)
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        try:
            while not server.started:
                time.sleep(0.01)
            yield home
        finally:
            server.should_exit = True
            thread.join(10)


_QUIET = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    chromium = shutil.which("chromium")
    if chromium is None:
        pytest.skip("no chromium on this machine: apt-get install chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=list(_QUIET))
        yield browser
        browser.close()


@pytest.fixture
def page(browser: Browser, home: Any) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 1280, "height": 900}, reduced_motion="reduce")
    page = context.new_page()
    complaints: list[str] = []
    asked: set[str] = set()
    page.on("console", lambda message: complaints.append(f"{message.type}: {message.text}"))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("request", lambda request: asked.add(re.sub(r"(://[^/]+/).*", r"\1", request.url)))
    page.goto(home.url)
    yield page
    assert complaints == []
    assert asked == {home.url}
    context.close()

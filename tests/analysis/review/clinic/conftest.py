"""A served clinic: two therapists, four patients, one with a login, and a clock that tests move on."""

import http.client
import re
import shutil
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.cookies import SimpleCookie
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
import uvicorn

from analysis.review.clinic.access import Access
from analysis.review.clinic.desk import Desk
from analysis.review.clinic.lately import Lately
from analysis.review.clinic.outlet import Prescription
from analysis.review.clinic.passwords import hashed
from analysis.review.clinic.register import Account, Patient, Register
from analysis.review.clinic.web import review_app
from analysis.trends.sqlite import SqliteStore
from tests.analysis.review.months import FIRST, ZONE, Month

PASSWORD = "a horse and a battery"
DAYS = 6


@dataclass
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode()


class Letters:
    """An outlet that keeps what it is given: the real one has tests of its own, with a real broker."""

    def __init__(self) -> None:
        self.sent: list[Prescription] = []

    def send(self, prescription: Prescription) -> None:
        self.sent.append(prescription)


@dataclass
class Browser:
    """A browser as far as HTTP goes: it keeps the cookie and knows the forms' token."""

    port: int
    cookies: dict[str, str] = field(default_factory=dict)

    def ask(self, method: str, path: str, body: str | None = None, **headers: str) -> Answer:
        sent = {"Host": f"127.0.0.1:{self.port}"} | {k.replace("_", "-"): v for k, v in headers.items()}
        if self.cookies:
            sent["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        if body is not None:
            sent.setdefault("Content-Type", "application/x-www-form-urlencoded")
        with closing(http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)) as connection:
            connection.request(method, path, body, sent)
            answer = connection.getresponse()
            content = answer.read()
            for value in answer.msg.get_all("set-cookie") or []:
                for name, morsel in SimpleCookie(value).items():
                    self.cookies[name] = morsel.value
            return Answer(answer.status, {k.lower(): v for k, v in answer.getheaders()}, content)

    def get(self, path: str, **headers: str) -> Answer:
        return self.ask("GET", path, **headers)

    def post(self, path: str, values: dict[str, str], **headers: str) -> Answer:
        return self.ask("POST", path, urlencode(values), **headers)

    def log_in(self, login: str, password: str = PASSWORD) -> "Browser":
        answer = self.post("/login", {"login": login, "password": password})
        assert answer.status == 303, answer.text
        return self

    def csrf(self, path: str) -> str:
        found = re.search(r'name="csrf" value="([^"]+)"', self.get(path).text)
        assert found is not None
        return found[1]


class Clinic:
    """The served application and its parts; `moment` is the present and may be moved on."""

    def __init__(self, folder: Path, store: SqliteStore, port: int) -> None:
        self.register, self.store = Register(folder / "review.sqlite"), store
        self.events: list[dict[str, Any]] = []
        self.moment = datetime.combine(FIRST + timedelta(days=DAYS - 1), datetime.min.time(), ZONE).replace(
            hour=20
        )
        self.letters = Letters()
        self.port = port
        self.app = review_app(
            Desk(
                self.register,
                Access(self.register, self.now_s),
                store,
                Lately(store, self.now_s),
                self.letters,  # type: ignore[arg-type]  # quacks like an outlet
                lambda: self.moment.astimezone(UTC),
            ),
            ("127.0.0.1", "localhost"),
        )
        for login, name in (("mayer", "Anna Mayer"), ("kern", "Jo Kern")):
            self.register.add_account(Account(login, name, "therapist", _HASH, None, is_open=True))
        for patient, name, therapist in (
            ("p-017", "Eva Berg", "mayer"),
            ("p-018", "Tom O'Neill <b>", "mayer"),
            ("p-019", "Nobody Yet", "mayer"),
            ("p-020", "Ida Blom", "kern"),
        ):
            self.register.add_patient(Patient(patient, name, therapist, "Europe/Zurich"))
        self.register.add_account(Account("eva", "Eva Berg", "patient", _HASH, "p-017", is_open=True))

    def now_s(self) -> float:
        return self.moment.timestamp()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/"

    def browser(self) -> Browser:
        return Browser(self.port)


_HASH = hashed(PASSWORD)


def store_file(folder: Path, events: list[dict[str, Any]]) -> Path:
    """Make a store in `folder` that holds `events`."""
    path = folder / "clinic.sqlite"
    with closing(SqliteStore(path, timezone="Europe/Zurich")) as store:
        store.put(events)
    return path


@pytest.fixture(scope="session")
def clinic_events() -> list[dict[str, Any]]:
    """Six days of three patients; the fourth has never worn a strip."""
    people = {"p-017": "improving", "p-018": "sitter", "p-020": "one_pod"}
    return [
        {**event, "patient": patient, "event_id": f"{patient}-{event['event_id']}"}
        for patient, person in people.items()
        for event in Month(person, days=DAYS).events  # type: ignore[arg-type]  # the three are persons
    ]


@pytest.fixture(scope="session")
def filled_store(tmp_path_factory: pytest.TempPathFactory, clinic_events: list[dict[str, Any]]) -> Path:
    """A store that holds them, to be copied."""
    return store_file(tmp_path_factory.mktemp("clinic"), clinic_events)


@pytest.fixture
def clinic(tmp_path: Path, filled_store: Path, clinic_events: list[dict[str, Any]]) -> Iterator[Clinic]:
    shutil.copy(filled_store, tmp_path / "clinic.sqlite")
    with closing(SqliteStore(tmp_path / "clinic.sqlite")) as store, closing(socket.socket()) as listener:
        listener.bind(("127.0.0.1", 0))
        clinic = Clinic(tmp_path, store, listener.getsockname()[1])
        clinic.events = clinic_events
        server = uvicorn.Server(
            uvicorn.Config(clinic.app, log_level="error", timeout_graceful_shutdown=1, server_header=False)
        )
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        try:
            while not server.started:
                time.sleep(0.01)
            yield clinic
        finally:
            server.should_exit = True
            thread.join(10)
            clinic.register.close()

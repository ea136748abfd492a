"""The home's web server: on this computer only, and gone at once when the gateway stops."""

import asyncio
import http.client
import json
import logging
import socket
import time
import zoneinfo
from collections.abc import Awaitable, Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from analysis.review.home.door import Refusal
from analysis.review.home.routes import home_routes
from analysis.trends.sqlite import SqliteStore
from firmware_sim.ports import free_port
from gateway.ledger import Ledger
from gateway.pages import PageError, Pages
from gateway.present import Present
from gateway.refusals import FILE_NAME, Refusals
from gateway.wire.timebase import REAL_CLOCK

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
Build = Callable[..., Pages]


def status_for(port: int, host: str) -> int:
    """Return the HTTP status that a client gets which believes this computer to be `host`."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    connection.request("GET", "/api/status", headers={"Host": f"{host}:{port}"})
    status = connection.getresponse().status
    connection.close()
    return status


@pytest.fixture
def port() -> int:
    return free_port()


@pytest.fixture
def build(tmp_path: Path) -> Iterator[Build]:
    store = SqliteStore(tmp_path / "home.sqlite")
    present = Present(Ledger(store))

    def made(port: int, refused: Callable[[Refusal], None] = lambda _: None) -> Pages:
        routes = home_routes(store, "p-1", zoneinfo.ZoneInfo("UTC"), now=lambda: NOON, live=present)
        return Pages(port, routes, present.account, refused)

    yield made
    store.close()


def get(port: int, path: str, host: str = "127.0.0.1") -> tuple[int, str]:
    connection = http.client.HTTPConnection(host, port, timeout=5.0)
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        return answer.status, answer.read().decode()
    finally:
        connection.close()


def while_serving(pages: Pages, act: Callable[[], Awaitable[Any]]) -> float:
    """Serve while `act` runs, then stop; returns how long stopping took, s."""

    async def whole() -> float:
        serving = asyncio.create_task(pages.run())
        await act()
        asked_s = time.monotonic()
        pages.stop()
        await asyncio.wait_for(serving, 10.0)
        return time.monotonic() - asked_s

    return asyncio.run(whole())


def test_the_page_and_the_account_are_served(build: Build, port: int) -> None:
    answers: dict[str, tuple[int, str]] = {}

    async def act() -> None:
        for path in ("/", "/api/status", "/docs", "/openapi.json"):
            answers[path] = await asyncio.to_thread(get, port, path)

    pages = build(port)
    assert pages.url == f"http://127.0.0.1:{port}/"
    while_serving(pages, act)
    assert answers["/"][0] == 200
    assert "<html" in answers["/"][1]
    assert json.loads(answers["/api/status"][1])["link"] == "waiting"
    assert (answers["/docs"][0], answers["/openapi.json"][0]) == (404, 404)


def test_only_this_computer_is_served(build: Build, port: int) -> None:
    async def act() -> None:
        await asyncio.to_thread(get, port, "/api/status")
        with pytest.raises(OSError, match="refused"):
            await asyncio.to_thread(get, port, "/api/status", "127.0.0.2")

    while_serving(build(port), act)


def test_a_foreign_name_for_this_computer_gets_nothing_and_is_recorded(
    build: Build, port: int, tmp_path: Path
) -> None:
    statuses = []
    refusals = Refusals(tmp_path / FILE_NAME, REAL_CLOCK)

    async def act() -> None:
        statuses.append(await asyncio.to_thread(status_for, port, "localhost"))
        statuses.append(await asyncio.to_thread(status_for, port, "evil.example"))

    while_serving(build(port, refusals.note), act)
    assert statuses == [200, 400]
    (line,) = (tmp_path / FILE_NAME).read_text().splitlines()
    kept = json.loads(line)
    assert (kept["what"], kept["page"]) == ("another host", "/api/status")
    assert kept["origin"] == f"evil.example:{port}"


def test_a_taken_port_is_named(build: Build) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        taken = other.getsockname()[1]
        with pytest.raises(PageError, match=rf"port {taken} is in use; .* \[pages\] port"):
            build(taken)


def test_it_stops_soon_though_a_page_is_open(
    build: Build, port: int, caplog: pytest.LogCaptureFixture
) -> None:
    connections: list[http.client.HTTPConnection] = []

    def open_live() -> bytes:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5.0)
        connections.append(connection)
        connection.request("GET", "/live")
        return connection.getresponse().readline()

    async def act() -> None:
        assert (await asyncio.to_thread(open_live)).startswith(b"data: {")

    with caplog.at_level(logging.WARNING):
        took_s = while_serving(build(port), act)
    for connection in connections:
        connection.close()
    assert took_s < 1.0
    assert caplog.records == [], "it is a normal end"


def test_cancelled_it_lets_go_of_the_port(build: Build, port: int) -> None:
    async def act() -> None:
        serving = asyncio.create_task(build(port).run())
        await asyncio.to_thread(get, port, "/api/status")
        serving.cancel()
        with pytest.raises(asyncio.CancelledError):
            await serving
        again = asyncio.create_task(build(port).run())
        assert (await asyncio.to_thread(get, port, "/api/status"))[0] == 200
        again.cancel()
        with pytest.raises(asyncio.CancelledError):
            await again

    asyncio.run(act())


def test_the_port_is_free_again_at_once(build: Build, port: int) -> None:
    async def act() -> None:
        await asyncio.to_thread(get, port, "/")

    while_serving(build(port), act)
    while_serving(build(port), act)

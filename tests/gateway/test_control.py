"""How a command finds the gateway beside it: the file, and what stands behind it."""

import http.server
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from gateway.control import AnswerRefusedError, NotRunningError, RunningGateway, announce, withdraw


@contextmanager
def answering(status: int, said: bytes) -> Iterator[tuple[str, list[tuple[str, str, bytes]]]]:
    """A server that says the same to everything; yields its address and what it was asked."""
    asked: list[tuple[str, str, bytes]] = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            asked.append((f"{self.command} {self.path}", self.headers["Authorization"], body))
            self.send_response(status)
            self.end_headers()
            self.wfile.write(said)

        def do_POST(self) -> None:
            self.do_GET()

        def log_message(self, *_: Any) -> None:
            pass

    server = http.server.HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/", asked
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_the_file_is_its_owners_alone(tmp_path: Path) -> None:
    (tmp_path / "gateway.json").write_text("of a gateway that was killed")
    (tmp_path / "gateway.json").chmod(0o644)
    announce(tmp_path, "http://127.0.0.1:8765/", "key")
    assert (tmp_path / "gateway.json").stat().st_mode & 0o777 == 0o600
    assert RunningGateway.of(tmp_path) == RunningGateway(tmp_path, "127.0.0.1", 8765, "key")
    withdraw(tmp_path)
    withdraw(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_asking_and_answering_carry_the_key(tmp_path: Path) -> None:
    with answering(200, b'{"sitting_s": 3}') as (url, asked):
        announce(tmp_path, url, "key")
        gateway = RunningGateway.of(tmp_path)
        assert gateway.ask("/api/alerts") == {"sitting_s": 3}
        assert gateway.answer("/alerts/snooze", minutes=15) == {"sitting_s": 3}
    assert asked == [
        ("GET /api/alerts", "Bearer key", b""),
        ("POST /alerts/snooze", "Bearer key", b"minutes=15"),
    ]


def test_a_refusal_is_the_gateways_reason(tmp_path: Path) -> None:
    with answering(409, b'{"reason": "There is no alert to snooze."}') as (url, _):
        announce(tmp_path, url, "key")
        with pytest.raises(AnswerRefusedError, match=r"^There is no alert to snooze$"):
            RunningGateway.of(tmp_path).answer("/alerts/snooze", minutes=15)


@pytest.mark.parametrize("said", [b"<html>another program</html>", b"[]", b""])
def test_another_program_on_the_port_is_no_gateway(tmp_path: Path, said: bytes) -> None:
    with answering(200, said) as (url, _):
        announce(tmp_path, url, "key")
        with pytest.raises(NotRunningError, match="no gateway runs in"):
            RunningGateway.of(tmp_path).ask("/api/alerts")


def test_a_file_left_by_a_killed_gateway_is_no_gateway(tmp_path: Path) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        announce(tmp_path, f"http://127.0.0.1:{probe.getsockname()[1]}/", "key")
    with pytest.raises(NotRunningError, match=r"no gateway runs in .*; start it with"):
        RunningGateway.of(tmp_path).ask("/api/alerts")


@pytest.mark.parametrize(
    "damage", ["", "[]", "{}", '{"url": 3, "key": ""}', '{"url": "http://x:99999", "key": ""}']
)
def test_a_damaged_file_is_told(tmp_path: Path, damage: str) -> None:
    (tmp_path / "gateway.json").write_text(damage)
    with pytest.raises(NotRunningError, match="is damaged; restart the gateway"):
        RunningGateway.of(tmp_path)


def test_no_file_is_no_gateway(tmp_path: Path) -> None:
    with pytest.raises(NotRunningError, match="no gateway runs in"):
        RunningGateway.of(tmp_path)

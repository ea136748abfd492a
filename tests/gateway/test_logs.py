"""Log lines: JSON for programs, short for people."""

import io
import json
import logging
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from gateway.logs import configure_logs
from gateway.wire.timebase import Clock


@pytest.fixture
def clock() -> Clock:
    return Clock.scaled(1.0, datetime(2026, 3, 2, 8, tzinfo=UTC))


@pytest.fixture(autouse=True)
def _restored_logging() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_program_reads_json(clock: Clock) -> None:
    stream = io.StringIO()
    configure_logs(clock, stream)
    logging.getLogger("lumbar.link").info("connected", extra={"serial": "LM-000001", "att_mtu": 247})
    line = json.loads(stream.getvalue())
    assert line.pop("time").startswith("2026-03-02T08:00:0")
    assert line == {
        "level": "info",
        "part": "lumbar.link",
        "event": "connected",
        "serial": "LM-000001",
        "att_mtu": 247,
    }


def test_an_error_is_one_line(clock: Clock) -> None:
    stream = io.StringIO()
    configure_logs(clock, stream)
    try:
        int("odd\nvalue")
    except ValueError:
        logging.getLogger("lumbar").exception("failed")
    assert stream.getvalue().count("\n") == 1
    assert "odd" in json.loads(stream.getvalue())["error"]


def test_a_person_reads_a_short_line(clock: Clock) -> None:
    stream = Terminal()
    configure_logs(clock, stream)
    logging.getLogger("lumbar.link").warning("link lost", extra={"after_s": 2.5})
    assert stream.getvalue().startswith("\r\x1b[K08:00:0")
    assert stream.getvalue().endswith(" lumbar.link: link lost after_s=2.5\n")

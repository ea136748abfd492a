"""What is missing, in words: once in the log for each reason, and in the status for as long as it lasts."""

import logging
from dataclasses import dataclass

import pytest

from gateway.lacking import Lacking


@dataclass
class Link:
    lacks: str | None = None


def test_a_strip_out_of_range_is_missing_until_it_streams(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING)
    lacking = Lacking()
    assert lacking.now(None, None) == {"the strip": "looking for the strip"}
    lacking.link_changed("scanning", "looking for the strip")
    assert lacking.now(None, None) == {"the strip": "looking for the strip"}
    for _ in range(3):
        lacking.link_changed("waiting", "no strip in range")
        lacking.link_changed("scanning", "looking for the strip")
        assert lacking.now(None, None) == {"the strip": "no strip in range"}
    lacking.link_changed("connecting", "found C0:00:00:00:00:01")
    lacking.link_changed("streaming", "connected to LM-000001")
    assert lacking.now(None, None) == {}
    lacking.link_changed("waiting", "no strip in range")
    said = ["waiting for the strip: no strip in range"]
    assert [record.getMessage() for record in caplog.records] == 2 * said


def test_another_reason_is_said_too(caplog: pytest.LogCaptureFixture) -> None:
    lacking = Lacking()
    lacking.link_changed("waiting", "no Bluetooth to use")
    lacking.link_changed("waiting", "no strip in range")
    assert [record.getMessage() for record in caplog.records] == [
        "waiting for the strip: no Bluetooth to use",
        "waiting for the strip: no strip in range",
    ]


def test_brokers_are_asked(caplog: pytest.LogCaptureFixture) -> None:
    lacking = Lacking()
    lacking.link_changed("streaming", "connected to LM-000001")
    assert lacking.now(Link("the broker at b:1883: refused"), Link()) == {
        "the clinic": "the broker at b:1883: refused"
    }
    assert lacking.now(Link(), Link("the broker at h:1883: refused")) == {
        "Home Assistant": "the broker at h:1883: refused"
    }

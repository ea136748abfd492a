"""Events as the contract writes them, for the stores."""

import uuid
from collections.abc import Callable
from typing import Any

import pytest

from analysis.events.event import ALGORITHM, derived_id
from analysis.events.fields import utc_text

T0_NS = 1_772_355_600_000_000_000
"""2026-03-01T09:00:00Z."""

Make = Callable[..., dict[str, Any]]


def at(second: float) -> str:
    """Return the instant so many seconds after nine o'clock."""
    return utc_text(T0_NS + round(second * 1e9))


@pytest.fixture
def make_walk() -> Make:
    """Return a maker of walks: derived events."""

    def make(
        first_sample: int = 0, revision: int = 0, patient: str = "p-01", **fields: Any
    ) -> dict[str, Any]:
        start_s = first_sample / 100
        base = {
            "schema": "lumbar.walk/1",
            "event_id": derived_id(
                patient, "LM-1", "walk", boot=1, first_sample=first_sample, revision=revision
            ),
            "patient": patient,
            "device": "LM-1",
            "start": at(start_s),
            "end": at(start_s + 10),
            "mode": "dual",
            "algorithm": ALGORITHM,
            "quality": 0.9,
            "boot": 1,
            "first_sample": first_sample,
            "last_sample": first_sample + 999,
            "revision": revision,
            "steps": 20,
            "cadence_spm": 110.0,
            "duration_s": 10.0,
        }
        return base | fields

    return make


@pytest.fixture
def make_mark() -> Make:
    """Return a maker of button marks: facts."""

    def make(number: int = 0, patient: str = "p-01", **fields: Any) -> dict[str, Any]:
        base = {
            "schema": "lumbar.mark/1",
            "event_id": str(uuid.UUID(int=number)),
            "patient": patient,
            "device": "LM-1",
            "start": at(number),
            "end": at(number),
            "mode": None,
            "algorithm": ALGORITHM,
            "quality": None,
        }
        return base | fields

    return make


@pytest.fixture
def make_status() -> Make:
    """Return a maker of statuses."""

    def make(**fields: Any) -> dict[str, Any]:
        base = {
            "schema": "lumbar.status/1",
            "event_id": str(uuid.UUID(int=1 << 70)),
            "patient": "p-01",
            "device": "LM-1",
            "start": at(0),
            "end": at(0),
            "mode": "dual",
            "algorithm": ALGORITHM,
            "quality": None,
            "presence": "online",
            "battery_pct": 80,
            "worn": True,
            "link_state": "streaming",
            "backlog": 0,
            "versions": {"gateway": "0.1.0", "algorithm": ALGORITHM},
        }
        return base | fields

    return make


@pytest.fixture
def clock_text() -> Callable[[float], str]:
    """Return what gives the text of an instant, in seconds after nine o'clock."""
    return at

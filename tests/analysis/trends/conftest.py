"""Events as the contract writes them, and the stores that hold them."""

import uuid
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from analysis.events.event import ALGORITHM, derived_id
from analysis.events.fields import utc_text
from analysis.trends.influx import InfluxStore
from analysis.trends.sqlite import SqliteStore
from analysis.trends.store import TrendStore

T0_NS = 1_772_355_600_000_000_000
"""2026-03-01T09:00:00Z."""

Make = Callable[..., dict[str, Any]]
Open = Callable[..., TrendStore]


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
def make_minute() -> Make:
    """Return a maker of minutes: number 0 begins at nine o'clock; `sitting` when nothing else is said."""

    def make(number: int = 0, revision: int = 0, patient: str = "p-01", **fields: Any) -> dict[str, Any]:
        return minute(number, revision, patient, **fields)

    return make


def minute(number: int, revision: int = 0, patient: str = "p-01", **fields: Any) -> dict[str, Any]:
    """Return a minute of sitting."""
    first_sample = number * 6000
    base = {
        "schema": "lumbar.minute/1",
        "event_id": derived_id(
            patient, "LM-1", "minute", boot=1, first_sample=first_sample, revision=revision
        ),
        "patient": patient,
        "device": "LM-1",
        "start": at(number * 60),
        "end": at(number * 60 + 60),
        "mode": "dual",
        "algorithm": ALGORITHM,
        "quality": 0.9,
        "boot": 1,
        "first_sample": first_sample,
        "last_sample": first_sample + 5999,
        "revision": revision,
        "lying_s": 0.0,
        "sitting_s": 60.0,
        "standing_s": 0.0,
        "walking_s": 0.0,
        "not_worn_s": 0.0,
        "steps": 0,
        "lifts": 0,
        "tilt_hist_s": [0.0] * 6 + [59.99, 0.01] + [0.0] * 22,
        "velocity_hist_s": [60.0] + [0.0] * 9,
        "lumbar_over_half_s": 3.5,
        "standing_extension_s": None,
        "back_bends": 1,
        "slumped_s": 30.0,
    }
    return base | fields


@pytest.fixture
def make_replace() -> Make:
    """Return a maker of records that replace the minutes of a span of samples."""

    def make(first_sample: int, last_sample: int, revision: int = 1, **fields: Any) -> dict[str, Any]:
        base = {
            "schema": "lumbar.replace/1",
            "event_id": str(uuid.uuid5(uuid.UUID(int=5), f"{first_sample} {last_sample} {revision}")),
            "patient": "p-01",
            "device": "LM-1",
            "start": at(first_sample / 100),
            "end": at((last_sample + 1) / 100),
            "mode": "dual",
            "algorithm": ALGORITHM,
            "quality": None,
            "boot": 1,
            "first_sample": first_sample,
            "last_sample": last_sample,
            "revision": revision,
            "kinds": ["minute"],
            "event_ids": [],
        }
        return base | fields

    return make


@pytest.fixture
def make_correction() -> Make:
    """Return a maker of corrections, in seconds after nine o'clock."""

    def make(start_s: float, end_s: float, state: str, entered_s: float, **fields: Any) -> dict[str, Any]:
        base = {
            "schema": "lumbar.correction/1",
            "event_id": str(uuid.uuid5(uuid.UUID(int=6), f"{start_s} {end_s} {state} {entered_s}")),
            "patient": "p-01",
            "device": "LM-1",
            "start": at(start_s),
            "end": at(end_s),
            "mode": None,
            "algorithm": ALGORITHM,
            "quality": None,
            "state": state,
            "entered": at(entered_s),
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


@pytest.fixture(params=["sqlite", "influx"])
def open_store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Open]:
    """Open one and the same store, with settings of one's own, as often as wanted."""
    opened: list[TrendStore] = []
    if request.param == "sqlite":
        make: Open = partial(SqliteStore, tmp_path / "store.db")
    else:
        make = partial(InfluxStore, request.getfixturevalue("influx_settings"))

    def open_it(**settings: Any) -> TrendStore:
        opened.append(make(**settings))
        return opened[-1]

    yield open_it
    for store in opened:
        store.close()


@pytest.fixture
def store(open_store: Open) -> TrendStore:
    return open_store()

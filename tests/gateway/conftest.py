"""A home on disk without a radio: archive, stores and segments, fed with what simulated people do."""

import functools
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from analysis.care.settings import CareSettings
from analysis.care.statement import Reminder, Vibration
from analysis.events.calibration import Calibration
from analysis.events.event import Event
from analysis.recording.archive import Archive
from analysis.recording.raw import RawSamples
from analysis.trends.sqlite import SqliteStore
from firmware_sim.person.source import PersonSource
from firmware_sim.scenarios import scenario
from firmware_sim.truth.record import truth_of
from gateway.archive.writer import LiveArchive
from gateway.calibrations import Calibrations, Patient
from gateway.care import Care
from gateway.config import CalibrationConfig
from gateway.ledger import Ledger
from gateway.link.backfill import Backfill
from gateway.present import Present
from gateway.recovery import recovering
from gateway.segments import Segments
from gateway.strip import Strip
from tests.gateway.house import Build, built

PATIENT, DEVICE = "p-1", "LM-000001"
START_NS = 1_800_000_000_000_000_000
SAMPLE_NS = 10_000_000


@functools.cache
def _worn(name: str, seconds: int | None) -> NDArray[np.int16]:
    one = scenario(name, 1)
    wanted = 100 * seconds if seconds is not None else round(one.duration_s * 100)
    return PersonSource(one).read(0, wanted)


@pytest.fixture
def worn() -> Callable[..., RawSamples]:
    """Samples of a person in a scenario: ``worn(name, boot=1, seconds=None, later_h=0)``."""

    def samples(name: str, *, boot: int = 1, seconds: int | None = None, later_h: float = 0.0) -> RawSamples:
        raw = _worn(name, seconds)
        start_ns = START_NS + round(later_h * 3600e9)
        return RawSamples(boot, 0, start_ns + np.arange(len(raw)) * SAMPLE_NS, raw)

    return samples


@pytest.fixture(scope="session")
def chores_s() -> list[tuple[float, float]]:
    """Start and end of the lifts that follow the calibration in "lifts", s from its first sample."""
    truth = truth_of(scenario("lifts", 1))
    return [(lift.start_s, lift.end_s) for lift in truth.lifts if lift.context == "chores"]


@dataclass
class Home:
    """What one process of a gateway has of a strip, in a folder that outlives it."""

    folder: Path
    mode: str = "guided"
    reuse_h: float = 12.0
    settings: CareSettings = field(default_factory=CareSettings)
    delivered: list[Event] = field(default_factory=list)
    told: list[Reminder] = field(default_factory=list)
    awaited: set[int] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        self.store = SqliteStore(self.folder / "home.sqlite")
        self.ledger = Ledger(self.store)
        self.ledger.deliver_with(self.delivered.extend)
        self.archive = LiveArchive(self.folder / "archive", patient=PATIENT, device=DEVICE)
        calibration = CalibrationConfig.model_validate({"mode": self.mode, "reuse_h": self.reuse_h})
        patient = Patient(PATIENT, DEVICE, calibration)
        calibrations = Calibrations(patient)
        for _ in recovering(self.archive, self.ledger, calibrations):
            pass
        self.recovered: Calibration | None = calibrations.newest
        self.care = Care(PATIENT, DEVICE, self.settings, None, self.care_state, self.ledger, self.told.append)
        self.backfill = Backfill()
        self.segments = Segments(self.archive, self.ledger, calibrations, self.care, self.is_awaited)
        self.present = Present(self.ledger)
        self.strip = Strip(patient, self.archive, self.segments, self.ledger, self.present, self.backfill)

    @property
    def care_state(self) -> Path:
        return self.folder / "care.json"

    @property
    def vibrations(self) -> list[Vibration]:
        return [reminder.vibration for reminder in self.told if reminder.vibration is not None]

    @property
    def journal(self) -> Path:
        return self.archive.folder / "inputs.jsonl"

    def is_awaited(self, boot: int) -> bool:
        return boot in self.awaited or self.backfill.awaits(boot)

    def push(self, samples: RawSamples, at_once: int = 100) -> None:
        for start in range(0, len(samples), at_once):
            self.segments.push(samples[start : start + at_once])

    def stored(self, *kinds: str) -> list[dict[str, Any]]:
        return self.store.events(PATIENT, kinds=kinds or None)

    def read(self) -> Archive:
        """The archive as somebody else reads it now."""
        return Archive(self.archive.folder)

    def holdings_time(self, boot: int, sample: int) -> int:
        """UTC of a sample, ns, as it is archived."""
        (block,) = self.read().blocks_of(boot, sample, sample + 1)
        assert block.utc_ns is not None
        return int(block.utc_ns[0])

    def close(self) -> None:
        self.archive.close()
        self.store.close()


@dataclass
class Homes:
    """Opens homes, and closes them at the end."""

    folder: Path
    opened: list[Home] = field(default_factory=list)

    def __call__(self, folder: Path | None = None, **how: Any) -> Home:
        home = Home(folder or self.folder / "home", **how)
        self.opened.append(home)
        return home

    def close(self, home: Home) -> None:
        self.opened.remove(home)
        home.close()

    def as_a_crash_leaves_it(self, home: Home) -> Path:
        """A copy of the home's folder as it is on disk now, for another process to find."""
        return Path(shutil.copytree(home.folder, self.folder / f"crashed-{len(list(self.folder.iterdir()))}"))


@pytest.fixture
def homes(tmp_path: Path) -> Iterator[Homes]:
    made = Homes(tmp_path)
    yield made
    for home in list(made.opened):
        made.close(home)


@pytest.fixture
def house(tmp_path: Path) -> Build:
    """Return what builds a house with everything in it that runs."""
    return lambda: built(tmp_path)

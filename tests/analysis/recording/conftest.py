from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from analysis.events.calibration import Calibration, Gates, Neutral, Template
from analysis.recording.raw import RawSamples, Scale, Source

HOUR_NS = 3600 * 1_000_000_000


@pytest.fixture
def source() -> Source:
    return Source("p1", "LM-0001", Scale(8 / 32768 * 9.80665, 1000 / 32768 * np.pi / 180))


@pytest.fixture
def samples_at() -> Callable[..., RawSamples]:
    """Random samples that start `start_s` into an hour."""

    def make(
        first_sample: int, count: int, *, boot: int = 1, start_s: float = 0.0, pods: int = 2
    ) -> RawSamples:
        rng = np.random.default_rng(first_sample)
        raw = rng.integers(-32768, 32768, (count, 6 * pods), np.int16)
        utc_ns = 500_000 * HOUR_NS + round(start_s * 1e9) + np.arange(count) * 10_000_000
        return RawSamples(boot, first_sample, utc_ns, raw)

    return make


@pytest.fixture
def calibration() -> Calibration:
    return Calibration(
        event_id="0b9ac2a9-56b1-4f0e-8d07-6b6b6b6b6b6b",
        patient="p1",
        device="LM-0001",
        start=None,
        end=None,
        mode="dual",
        algorithm="lumbar-core/0.1.0",
        quality=0.9,
        mounting_upper_quat=[0.1234567890123456, 0.2, 0.3, 0.9],
        mounting_lower_quat=[1.0, 0.0, 0.0, 0.0],
        neutral=Neutral(upper=[0.0, 0.0, 1.0], lower=[0.0, 0.0, 1.0]),
        lumbar_range_deg=55.5,
        sit_deg=-8.0,
        slump_deg=-20.0,
        template=Template(pelvis_deg=[0.0, 30.0], trunk_deg=[0.0, 60.0]),
        gates=Gates(hip_share=0.4, hip_range_pct=60.0),
        valid_from=None,
        accepted=True,
        reasons=[],
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "archive"
    made.mkdir()
    return made

"""Signals of known motion: a planar back of two segments, and simulated people."""

from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray

from analysis.events.calibration import Calibration
from analysis.motion.block import RATE_HZ, Block, PodSamples
from analysis.motion.calibration import aligned
from analysis.motion.origin import Origin
from firmware_sim.person.source import PersonSource
from firmware_sim.scenarios import Scenario, scenario
from gateway.wire.frame import ACC_LSB_MPS2, GYR_LSB_RADPS

FloatArray = NDArray[np.float64]
GRAVITY_MPS2 = 9.80665
START_UTC_NS = 1_767_261_600_000_000_000

ORIGIN = Origin("patient-7", "strip-3", 4)


def pod(tilt_deg: FloatArray, height_m: FloatArray) -> PodSamples:
    """Return what a pod feels that tilts forward and moves up and down: acc = R^T (a + g), gyr about +y."""
    tilt = np.radians(tilt_deg)
    up_mps2 = np.gradient(np.gradient(height_m)) * RATE_HZ**2 + GRAVITY_MPS2
    zero = np.zeros_like(tilt)
    acc = np.stack((-np.sin(tilt) * up_mps2, zero, np.cos(tilt) * up_mps2), axis=1)
    gyr = np.stack((zero, np.gradient(tilt) * RATE_HZ, zero), axis=1)
    return PodSamples(acc, gyr)


def planar(
    pelvis_deg: FloatArray,
    trunk_deg: FloatArray | None,
    height_m: FloatArray | None = None,
    *,
    first_sample: int = 0,
    gyroscopes: bool = True,
) -> Block:
    """Return a planar motion; without `trunk_deg` there is only the lower pod."""
    height_m = np.zeros_like(pelvis_deg) if height_m is None else height_m
    count = pelvis_deg.shape[0]
    pods = [pod(pelvis_deg, height_m), None if trunk_deg is None else pod(trunk_deg, height_m)]
    if not gyroscopes:
        pods = [None if one is None else PodSamples(one.acc_mps2, None) for one in pods]
    return Block(
        first_sample,
        pods[0],
        pods[1],
        START_UTC_NS + (first_sample + np.arange(count)) * 10_000_000,
        np.zeros(count, dtype=np.bool_),
    )


def bump(t_s: FloatArray, start_s: float, duration_s: float) -> FloatArray:
    """Return a smooth rise to one and back to zero."""
    phase = np.clip((t_s - start_s) / duration_s, 0.0, 1.0)
    return np.asarray(np.sin(np.pi * phase) ** 2)


def step(t_s: FloatArray, start_s: float, duration_s: float) -> FloatArray:
    """Return a smooth step from zero to one (minimum jerk)."""
    tau = np.clip((t_s - start_s) / duration_s, 0.0, 1.0)
    return np.asarray(tau**3 * (10.0 - 15.0 * tau + 6.0 * tau**2))


def simulated_blocks(one: Scenario, seconds: float, first_s: float = 0.0) -> list[Block]:
    """Return samples of a simulated person, in minutes."""
    source = PersonSource(one)
    blocks = []
    first, end = round(first_s * RATE_HZ), round(min(seconds, one.duration_s) * RATE_HZ)
    for at in range(first, end, 6000):
        raw = source.read(at, min(6000, end - at))
        si = raw * np.tile(np.repeat((ACC_LSB_MPS2, GYR_LSB_RADPS), 3), 2)
        times = START_UTC_NS + (at + np.arange(raw.shape[0])) * 10_000_000
        blocks.append(
            Block(
                at,
                PodSamples(si[:, 6:9], si[:, 9:12]),
                PodSamples(si[:, 0:3], si[:, 3:6]),
                times,
                np.abs(raw.astype(np.int64)).max(axis=1) >= 32767,
            )
        )
    return blocks


@pytest.fixture(name="origin")
def _origin() -> Origin:
    return ORIGIN


@pytest.fixture(name="straight")
def _straight() -> Calibration:
    """Give the aligned calibration of two pods."""
    return aligned(ORIGIN, dual=True)


@pytest.fixture(name="planar")
def _planar() -> Callable[..., Block]:
    return planar


@pytest.fixture(name="bump")
def _bump() -> Callable[[FloatArray, float, float], FloatArray]:
    return bump


@pytest.fixture(name="step")
def _step() -> Callable[[FloatArray, float, float], FloatArray]:
    return step


@pytest.fixture(name="lifts_scenario", scope="session")
def _lifts_scenario() -> Scenario:
    return scenario("lifts", seed=3)


@pytest.fixture(name="simulated", scope="session")
def _simulated(lifts_scenario: Scenario) -> list[Block]:
    """Give the samples of a simulated person who calibrates, then lifts twelve times."""
    return simulated_blocks(lifts_scenario, 300.0)


@pytest.fixture(name="blocks_of", scope="session")
def _blocks_of() -> Callable[..., list[Block]]:
    return simulated_blocks

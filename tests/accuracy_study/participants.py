"""The people of the study: who they are and how each clipped the strip on."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from firmware_sim.person.anatomy import Mounting, Quaternion
from firmware_sim.person.source import PersonSource
from firmware_sim.scenarios import Scenario, scenario
from gateway.wire.frame import SAMPLE_RATE_HZ

_MOUNTING_DICE = 0x4D4F
_MOST_TILT_DEG = 30.0
_ONE_IN = 4


def participant(seed: int) -> Scenario:
    """Return the person of `seed`: most do twelve lifts, one in four has a whole morning."""
    one = scenario("morning" if seed % _ONE_IN == 0 else "lifts", seed)
    rng = np.random.default_rng(np.random.SeedSequence(entropy=seed, spawn_key=(_MOUNTING_DICE,)))
    return replace(one, mounting=Mounting(_clipped_on(rng), _clipped_on(rng)))


def _clipped_on(rng: np.random.Generator) -> Quaternion:
    """Draw one pod's mounting: right, upside down, back to front or both, then tilted up to 30 deg."""
    upside_down, back_to_front = rng.integers(0, 2, 2)
    way = Rotation.from_euler("xz", (180.0 * upside_down, 180.0 * back_to_front), degrees=True)
    axis_deg, tilt_deg = rng.uniform(0.0, 360.0), rng.uniform(0.0, _MOST_TILT_DEG)
    axis = np.array([np.cos(np.radians(axis_deg)), np.sin(np.radians(axis_deg)), 0.0])
    x, y, z, w = (Rotation.from_rotvec(np.radians(tilt_deg) * axis) * way).as_quat().tolist()
    return (w, x, y, z)


def recorded(scenario: Scenario) -> NDArray[np.int16]:
    """Return all that the strip measures of a person."""
    return PersonSource(scenario).read(0, round(scenario.duration_s * SAMPLE_RATE_HZ))
